// The panel of the current turn: its code and all that goes with it.

import { intensityWord, styleOf } from "../shared/book.js";
import { h, key, setAttribute, setText } from "../shared/dom.js";
import { LONGEST_COMMENT } from "../shared/rules.js";
import { isRupture, UNCODABLE } from "../shared/values.js";
import { capital, clock, plain, speakerName, turnName } from "../shared/words.js";
import { Picker } from "./picker.js";
import { isCodable, mayChange, turnValue } from "./state.js";
import { SuggestionBox } from "./suggestion.js";

const COMMENT_WAIT_MS = 1500;
const DRAFT = "draft";

export class TurnPanel {
  /** `back()` gives the focus to the transcript. */
  constructor({ root, rules, coding, moving, memory, back }) {
    Object.assign(this, { root, rules, coding, moving, memory, back });
    this.commentAt = null; // the position that the comment field belongs to
    this.timer = null;
    this.title = h("h2", { id: "turn-title" });
    this.note = h("p", { class: "notice", hidden: true });
    this.suggestion = new SuggestionBox({ coding, rules });
    this.codes = this.makeCodes();
    this.codeHelp = h("p", { class: "help two-lines" });
    this.intensity = this.makeIntensity();
    this.pickers = this.makePickers();
    this.comment = this.makeComment();
    this.fields = h(
      "div",
      { class: "fields" },
      this.suggestion.element,
      h("div", { class: "field" }, this.codes, this.codeHelp),
      this.intensity,
      ...Object.values(this.pickers).map((picker) => picker.element),
      h("div", { class: "field" }, h("label", { for: "comment" }, "Comment", key("c")), this.comment),
      this.makeSteps(),
    );
    root.append(this.makeHead(), this.note, this.fields);
  }

  makeHead() {
    const step = (label, text, act) =>
      h("button", { type: "button", "aria-label": label, on: { click: act } }, text);
    return h(
      "div",
      { class: "head" },
      step("Previous turn", "↑", () => this.moving.previous()),
      this.title,
      step("Next turn", "↓", () => this.moving.next()),
    );
  }

  makeCodes() {
    const group = h("div", { class: "codes-buttons", role: "group", "aria-label": "Rupture" });
    this.codeButtons = new Map();
    const names = [...this.rules.codes, UNCODABLE];
    names.forEach((name, index) => {
      const keyName = name === UNCODABLE ? "u" : String(index);
      const button = h(
        "button",
        {
          type: "button",
          class: `code ${styleOf(name)}`,
          data: { name },
          on: { click: () => this.coding.rupture(name) },
        },
        key(keyName),
        h("span", {}, capital(plain(name))),
      );
      button.addEventListener("pointerover", () => this.explain(name));
      button.addEventListener("pointerout", () => this.explain(null));
      button.addEventListener("focus", () => this.explain(name));
      button.addEventListener("blur", () => this.explain(null));
      this.codeButtons.set(name, button);
      group.append(button);
    });
    return group;
  }

  makeIntensity() {
    const group = h("div", { class: "scale", role: "group", "aria-label": "Intensity" });
    this.intensityButtons = this.rules.codebook.intensities.map(({ value, meaning }) => {
      const button = h(
        "button",
        { type: "button", title: meaning, on: { click: () => this.coding.intensity(value) } },
        `${value} ${intensityWord(value)}`,
      );
      group.append(button);
      return { value, button };
    });
    return h(
      "div",
      { class: "field intensity" },
      h("span", { class: "label" }, "Intensity", key("i")),
      group,
    );
  }

  makePickers() {
    const make = (id, label, keyName, choose, single = false) =>
      new Picker({ id, label, keyName, choose, single, done: this.back });
    return {
      markers: make("markers", "Markers", "m", (name) => this.coding.marker(name)),
      secondary: make("secondary", "Second code", "w", (n) => this.coding.secondary(n), true),
      strategies: make("strategies", "Strategies", "s", (name) => this.coding.strategy(name)),
      process: make("process", "Process", "p", (name) => this.coding.process(name), true),
    };
  }

  makeSteps() {
    const step = (text, keyName, act) =>
      h("button", { type: "button", on: { click: act } }, text, key(keyName));
    this.undoButton = step("Undo", "z", () => this.coding.undo());
    this.redoButton = step("Redo", "Z", () => this.coding.redo());
    this.clearButton = step("Not coded", "⌫", () => this.coding.clear());
    return h("div", { class: "buttons" }, this.undoButton, this.redoButton, this.clearButton);
  }

  // Drawing

  update(state) {
    const turn = state.turns[state.current];
    if (!turn) return;
    const value = turnValue(state, state.current);
    const time = clock(turn.start_s);
    const parts = [`Turn ${turnName(turn)}`, speakerName(turn.speaker), time].filter(Boolean);
    setText(this.title, parts.join(" · "));
    this.showNote(state, turn);
    this.fields.hidden = !isCodable(turn);
    this.showCodes(value, state);
    this.showPickers(turn, value, state);
    this.showComment(state, value);
    this.undoButton.disabled = !state.undo.length || !mayChange(state);
    this.redoButton.disabled = !state.redo.length || !mayChange(state);
    this.clearButton.disabled = value === null || !mayChange(state);
    this.suggestion.update(state);
  }

  showNote(state, turn) {
    this.note.hidden = isCodable(turn);
    setText(this.note, "Turns of other speakers give context and take no codes.");
  }

  showCodes(value, state) {
    for (const [name, button] of this.codeButtons) {
      setAttribute(button, "aria-pressed", String(value?.rupture === name));
      button.disabled = !mayChange(state);
    }
    this.chosen = value?.rupture ?? null;
    this.explain(null);
    this.intensity.hidden = !isRupture(value);
    for (const { value: number, button } of this.intensityButtons) {
      setAttribute(button, "aria-pressed", String(value?.intensity === number));
      button.disabled = !mayChange(state);
    }
  }

  showPickers(turn, value, state) {
    const { markers, secondary, strategies, process } = this.pickers;
    const disabled = !mayChange(state);
    const { rules } = this;
    const folded = !isRupture(value); // all markers at once would bury the rest
    markers.update(rules.markersFor(value, turn.speaker), value?.markers ?? [], {
      folded,
      disabled,
    });
    const second = value?.secondary ? [value.secondary] : [];
    secondary.update(rules.secondariesFor(value), second, { disabled });
    const chosen = value?.strategies ?? [];
    strategies.update(rules.strategiesFor(value, turn.speaker), chosen, { disabled });
    const inside = value?.process ? [value.process] : [];
    process.update(rules.processesFor(value, turn.speaker), inside, { disabled });
  }

  /** Say what a code means: the one under the pointer, else the one that is set. */
  explain(name) {
    const shown = name ?? this.chosen;
    const code = this.rules.codebook.ruptures.find((entry) => entry.name === shown);
    let text = code?.description ?? "";
    if (code?.direction) text = `${capital(code.direction)}: ${code.description}`;
    if (shown === UNCODABLE) text = "The turn cannot be judged: missing in every figure.";
    setText(this.codeHelp, text);
  }

  // Comment: every keystroke is kept in the browser, a pause or leaving the field decides

  makeComment() {
    return h("textarea", {
      id: "comment",
      rows: 2,
      maxlength: LONGEST_COMMENT,
      on: {
        input: () => this.typed(),
        blur: () => this.commitComment(),
        keydown: (event) => {
          if (event.key !== "Escape") return;
          event.stopPropagation();
          this.commitComment();
          this.back();
        },
      },
    });
  }

  showComment(state, value) {
    const { current } = state;
    if (this.commentAt !== current) {
      this.commitComment();
      this.commentAt = current;
      this.comment.value = value?.comment ?? "";
    } else if (document.activeElement !== this.comment) {
      this.comment.value = value?.comment ?? "";
    }
    this.comment.readOnly = !mayChange(state); // what stands there can still be read and copied
  }

  typed() {
    this.memory.put(DRAFT, String(this.commentAt), this.comment.value);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.commitComment(), COMMENT_WAIT_MS);
    this.dirty = true;
  }

  commitComment() {
    clearTimeout(this.timer);
    if (!this.dirty) return;
    this.dirty = false;
    this.coding.comment(this.commentAt, this.comment.value);
    this.memory.drop(DRAFT, String(this.commentAt));
  }

  /** Comments that an earlier visit left half written become decisions now. */
  takeUpDrafts() {
    for (const [position, text] of this.memory.all(DRAFT)) {
      this.coding.comment(Number(position), text);
      this.memory.drop(DRAFT, position);
    }
  }
}
