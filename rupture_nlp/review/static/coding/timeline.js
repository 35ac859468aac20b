// The whole session as a picture at the side: two lanes, top to bottom; click to go there.
//
// As in the reports a bar that points at the other speaker is confrontation, one that points away
// is withdrawal; solid or hatched tells the two codes of a family apart.

import { familyOf, styleOf } from "../shared/book.js";
import { isRupture } from "../shared/values.js";
import { count } from "../shared/words.js";
import { episodesOf, isRepaired, suggestionAt, turnValue } from "./state.js";

const PAD = 6;
const LEAST_MARK = 3; // pixels; a rupture in a session of 2,000 turns can be seen still
const STEP = 5; // pixels a step of intensity
const COLOURS = ["w", "c", "r", "r-tint", "rule", "block", "band", "band-edge", "link"];
const HATCHED = new Set(["ws", "cc"]);

export class Timeline {
  constructor({ canvas, moving }) {
    this.canvas = canvas;
    this.state = null;
    this.colours = null; // read when they are needed
    this.view = { first: 0, last: 0 };
    canvas.addEventListener("mousedown", (event) => event.preventDefault()); // keeps the focus
    canvas.addEventListener("pointerdown", (event) => {
      canvas.setPointerCapture(event.pointerId);
      moving.go(this.positionAt(event));
    });
    canvas.addEventListener("pointermove", (event) => {
      if (event.buttons) moving.go(this.positionAt(event));
    });
    new ResizeObserver(() => this.schedule()).observe(canvas);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.recolour());
    new MutationObserver(() => this.recolour()).observe(document.documentElement, {
      attributeFilter: ["data-theme"],
    });
  }

  update(state) {
    this.state = state;
    this.schedule();
  }

  recolour() {
    this.colours = null;
    this.schedule();
  }

  seen(view) {
    if (view.first === this.view.first && view.last === this.view.last) return;
    this.view = view;
    this.schedule();
  }

  schedule() {
    if (this.frame) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      if (this.state) this.draw();
    });
  }

  positionAt(event) {
    const box = this.canvas.getBoundingClientRect();
    const part = (event.clientY - box.top - PAD) / (box.height - 2 * PAD);
    return Math.floor(part * this.state.assignment.turns_total);
  }

  draw() {
    const { clientWidth: width, clientHeight: height } = this.canvas;
    if (!width || !height) return;
    const scale = window.devicePixelRatio || 1;
    this.canvas.width = Math.round(width * scale);
    this.canvas.height = Math.round(height * scale);
    this.pen = this.canvas.getContext("2d");
    this.pen.scale(scale, scale);
    this.width = width;
    this.each = (height - 2 * PAD) / Math.max(1, this.state.assignment.turns_total);
    this.colours ??= readColours(this.canvas);
    this.drawEpisodes();
    this.drawLanes();
    for (const turn of this.state.turns) this.drawTurn(turn);
    this.drawView();
    this.describe();
  }

  top(position) {
    return PAD + position * this.each;
  }

  lane(speaker) {
    return this.width * (speaker === "therapist" ? 0.32 : 0.74);
  }

  drawEpisodes() {
    for (const episode of episodesOf(this.state)) {
      const repaired = isRepaired(episode);
      const high = (episode.end - episode.start + 1) * this.each;
      this.pen.fillStyle = repaired ? this.colours["r-tint"] : this.colours.band;
      this.pen.fillRect(0, this.top(episode.start), this.width, Math.max(2, high));
      this.pen.fillStyle = repaired ? this.colours.r : this.colours["band-edge"];
      this.pen.fillRect(0, this.top(episode.start), 3, Math.max(2, high));
    }
  }

  drawLanes() {
    const shown = this.state.turns.length;
    this.pen.fillStyle = this.colours.rule;
    for (const speaker of ["therapist", "patient"]) {
      this.pen.fillRect(this.lane(speaker) - 0.5, PAD, 1, shown * this.each);
    }
  }

  drawTurn(turn) {
    const value = turnValue(this.state, turn.position);
    const suggestion = suggestionAt(this.state, turn.position);
    if (isRupture(value)) this.drawBar(turn, value, true);
    else if (!value && isRupture(suggestion)) this.drawBar(turn, suggestion, false);
    else if (value) this.drawDot(turn, value);
  }

  drawBar(turn, value, decided) {
    const withdrawal = familyOf(value.rupture) === "withdrawal";
    const high = Math.max(LEAST_MARK, this.each * 0.8);
    const long = STEP * (value.intensity ?? 1.5) + 2;
    // Toward the other lane: right for the therapist. Withdrawal goes the other way.
    const right = (turn.speaker === "therapist") !== withdrawal;
    const left = right ? this.lane(turn.speaker) : this.lane(turn.speaker) - long;
    const top = this.top(turn.position) + (this.each - high) / 2;
    const colour = withdrawal ? this.colours.w : this.colours.c;
    this.pen.fillStyle = colour;
    this.pen.strokeStyle = colour;
    if (decided && !HATCHED.has(styleOf(value.rupture))) this.pen.fillRect(left, top, long, high);
    else if (decided) this.hatch(left, top, long, high);
    else this.pen.strokeRect(left + 0.5, top + 0.5, long - 1, Math.max(1, high - 1));
  }

  hatch(left, top, long, high) {
    for (let x = left; x < left + long; x += 3) this.pen.fillRect(x, top, 1.6, high);
    this.pen.fillRect(left, top, long, 0.8);
    this.pen.fillRect(left, top + high - 0.8, long, 0.8);
  }

  drawDot(turn, value) {
    const repair = value.strategies.length > 0 || Boolean(value.process);
    const high = Math.min(3, Math.max(1, this.each * 0.5));
    this.pen.fillStyle = repair ? this.colours.r : this.colours.block;
    const long = repair ? 7 : 4;
    const top = this.top(turn.position) + (this.each - high) / 2;
    this.pen.fillRect(this.lane(turn.speaker) - long / 2, top, long, high);
  }

  /** What can be seen in the transcript, and the current turn. */
  drawView() {
    const top = this.top(this.view.first);
    const high = Math.max(4, this.top(this.view.last + 1) - top);
    this.pen.strokeStyle = this.colours["band-edge"];
    this.pen.lineWidth = 1;
    this.pen.strokeRect(0.5, top + 0.5, this.width - 1, high);
    this.pen.fillStyle = this.colours.link;
    const middle = this.top(this.state.current) + this.each / 2;
    this.pen.fillRect(0, middle - 1, this.width, 2);
  }

  describe() {
    const ruptures = this.state.turns.filter((t) => isRupture(turnValue(this.state, t.position)));
    const episodes = episodesOf(this.state).length;
    this.canvas.setAttribute(
      "aria-label",
      `Timeline: ${count(ruptures.length, "rupture")}, ${count(episodes, "episode")}. ` +
        "The keys f and o go to the next rupture and the next turn that is not coded.",
    );
  }
}

/** Colours as the canvas takes them: a custom property alone would come as `light-dark(...)`. */
function readColours(element) {
  const found = COLOURS.map((name) => {
    element.style.color = `var(--${name})`;
    return [name, getComputedStyle(element).color];
  });
  element.style.color = "";
  return Object.fromEntries(found);
}
