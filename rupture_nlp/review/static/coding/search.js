// Searching the words of the session. The browser's own search sees only the rows near the view.

import { setText } from "../shared/dom.js";
import { count } from "../shared/words.js";

const WAIT_MS = 120;

export class Search {
  /** `changed()` redraws the rows, which show the places that were found. */
  constructor({ input, status, store, moving, changed, back }) {
    Object.assign(this, { input, status, store, moving, changed, back });
    this.query = "";
    this.hits = [];
    input.addEventListener("input", () => {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.run(), WAIT_MS);
    });
    input.addEventListener("keydown", (event) => this.pressed(event));
    input.form.addEventListener("submit", (event) => event.preventDefault());
  }

  focus() {
    this.input.focus();
    this.input.select();
  }

  pressed(event) {
    if (event.key === "Enter") {
      event.preventDefault();
      if (this.query !== this.wanted()) this.run();
      else this.step(event.shiftKey ? -1 : 1);
    } else if (event.key === "Escape") {
      event.stopPropagation();
      this.input.value = "";
      this.run();
      this.back();
    }
  }

  wanted() {
    return this.input.value.trim().toLowerCase();
  }

  run() {
    clearTimeout(this.timer);
    this.query = this.wanted();
    this.find();
    const { current } = this.store.state;
    const next = this.hits.find((position) => position >= current) ?? this.hits[0];
    if (next !== undefined) this.moving.go(next);
    this.say();
    this.changed();
  }

  find() {
    const { turns } = this.store.state;
    const found = this.query ? turns.filter((t) => t.text.toLowerCase().includes(this.query)) : [];
    this.hits = found.map((turn) => turn.position);
  }

  step(step) {
    this.find(); // turns may have been shown since
    if (!this.hits.length) return;
    const { current } = this.store.state;
    const later = this.hits.filter((position) => position > current);
    const earlier = this.hits.filter((position) => position < current);
    const next = step > 0 ? (later[0] ?? this.hits[0]) : (earlier.at(-1) ?? this.hits.at(-1));
    this.moving.go(next);
    this.say();
  }

  say() {
    if (!this.query) {
      setText(this.status, "");
      return;
    }
    const at = this.hits.indexOf(this.store.state.current);
    const place = at >= 0 ? `${at + 1} of ` : "";
    setText(this.status, this.hits.length ? place + count(this.hits.length, "turn") : "not found");
  }
}
