// A list of rows of different heights of which only those near the view are in the page.
//
// Rows outside stand as two spacers. A row's height is guessed until it was drawn once, and then
// known; where a guess above the view proves wrong, the view is moved by the difference, so that
// what the reader looks at stays where it is.

const OVERSCAN_PX = 500; // drawn above and below the view, so that scrolling meets ready rows
const COMFORT = [0.2, 0.72]; // the current row is kept in this part of the view
const TRIES = 4; // rounds of drawing until the guesses around a target are replaced

export class RowList {
  /**
   * `view` scrolls and holds `body`, which holds the rows. `draw(index, row)` fills a row, `row`
   * null where it must be made, and returns it; `guess(index)` is a height in pixels; `current()`
   * is the row that stays in view when the window changes, if it was there.
   */
  constructor({ view, body, draw, guess, current }) {
    this.view = view;
    this.body = body;
    this.draw = draw;
    this.guess = guess;
    this.current = current;
    this.count = 0;
    this.heights = []; // null where not known yet
    this.offsets = null; // top of each row, and the end; null while out of date
    this.rows = new Map(); // index to element
    this.above = document.createElement("div");
    this.below = document.createElement("div");
    for (const spacer of [this.above, this.below]) spacer.setAttribute("aria-hidden", "true");
    body.before(this.above);
    body.after(this.below);
    this.frame = 0;
    this.width = 0;
    this.height = 0; // of the view, before it changes
    this.onMoved = () => {};
    view.addEventListener("scroll", () => this.schedule(), { passive: true });
    new ResizeObserver(() => this.resized()).observe(view);
  }

  setCount(count) {
    this.count = count;
    this.heights.length = Math.min(this.heights.length, count);
    while (this.heights.length < count) this.heights.push(null);
    this.offsets = null;
  }

  schedule() {
    if (this.frame) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      this.render();
    });
  }

  resized() {
    const width = this.body.clientWidth;
    const current = this.current();
    const wasInView = this.isInView(current);
    this.height = this.view.clientHeight;
    if (width !== this.width) {
      const anchor = this.anchor();
      this.width = width;
      this.heights.fill(null);
      this.offsets = null;
      this.place(anchor);
    } else {
      this.schedule();
    }
    if (wasInView) this.show(current); // a tablet that is turned: rows above it grow or shrink
  }

  /** Whether any of the row was in the view before it changed. */
  isInView(index) {
    if (index < 0 || index >= this.count) return false;
    const [top, offsets] = [this.scrollTop(), this.tops()];
    return offsets[index] < top + this.height && offsets[index + 1] > top;
  }

  /** Draw the rows of the view; the row at its top stays where it is. */
  render() {
    this.place(this.anchor());
  }

  /** The row at the top of the view, and how far the view has gone into it. */
  anchor() {
    const offsets = this.tops();
    const index = this.indexAt(this.scrollTop());
    return { index, into: this.scrollTop() - (offsets[index] ?? 0) };
  }

  place({ index, into }) {
    for (let round = 0; round < TRIES; round += 1) {
      const top = (this.tops()[index] ?? 0) + into;
      this.drawAround(top);
      if (!this.measure()) break;
    }
    const wanted = (this.tops()[index] ?? 0) + into;
    this.drawAround(wanted);
    if (Math.abs(this.scrollTop() - wanted) >= 1) this.view.scrollTop = wanted + this.start();
    this.onMoved(this.visible());
  }

  /** Bring a row into the comfortable part of the view. `always`: also when it is there already. */
  show(index, always = false) {
    if (index < 0 || index >= this.count) return;
    const height = this.view.clientHeight;
    let top = this.scrollTop();
    for (let round = 0; round < TRIES; round += 1) {
      top = this.comfortable(index, height, always ? null : this.scrollTop());
      this.drawAround(top);
      if (!this.measure()) break;
    }
    top = this.comfortable(index, height, always ? null : this.scrollTop());
    this.drawAround(top);
    this.view.scrollTop = top + this.start();
    this.onMoved(this.visible());
  }

  /** Where the view must begin so that the row stands well; `now` is where it begins now. */
  comfortable(index, height, now) {
    const offsets = this.tops();
    const [high, low] = [offsets[index], offsets[index + 1]];
    const from = high - COMFORT[0] * height;
    const to = low - COMFORT[1] * height;
    // A row taller than the comfortable part begins at its top.
    if (now === null || to > from) return Math.max(0, from);
    return Math.max(0, Math.min(Math.max(now, to), from));
  }

  drawAround(top) {
    const offsets = this.tops();
    const first = this.indexAt(top - OVERSCAN_PX);
    const last = this.indexAt(top + this.view.clientHeight + OVERSCAN_PX);
    for (const [index, row] of this.rows) {
      if (index < first || index > last) {
        row.remove();
        this.rows.delete(index);
      }
    }
    let previous = null;
    for (let index = first; index <= last && index < this.count; index += 1) {
      const row = this.draw(index, this.rows.get(index) ?? null);
      this.rows.set(index, row);
      if (previous ? previous.nextSibling !== row : this.body.firstChild !== row) {
        if (previous) previous.after(row);
        else this.body.prepend(row);
      }
      previous = row;
    }
    this.above.style.height = `${offsets[first] ?? 0}px`;
    const end = offsets[this.count] - (offsets[Math.min(last + 1, this.count)] ?? 0);
    this.below.style.height = `${end}px`;
  }

  /** Read the heights of the drawn rows; true where one differs from what was thought. */
  measure() {
    let differs = false;
    for (const [index, row] of this.rows) {
      const { height } = row.getBoundingClientRect();
      if (this.heights[index] === null || Math.abs(this.heights[index] - height) > 0.25) {
        this.heights[index] = height;
        differs = true;
      }
    }
    if (differs) this.offsets = null;
    return differs;
  }

  tops() {
    if (this.offsets) return this.offsets;
    const offsets = new Float64Array(this.count + 1);
    for (let index = 0; index < this.count; index += 1) {
      offsets[index + 1] = offsets[index] + (this.heights[index] ?? this.guess(index));
    }
    this.offsets = offsets;
    return offsets;
  }

  /** The row that holds a height, counted from the top of the first one. */
  indexAt(top) {
    const offsets = this.tops();
    let [low, high] = [0, Math.max(0, this.count - 1)];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (offsets[middle] <= top) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** First and last row that can be seen. */
  visible() {
    const top = this.scrollTop();
    return { first: this.indexAt(top), last: this.indexAt(top + this.view.clientHeight - 1) };
  }

  scrollTop() {
    return this.view.scrollTop - this.start();
  }

  /** What stands above the first row inside the view. */
  start() {
    return this.above.offsetTop;
  }
}
