// The four ratings of the session, 1 to 5, with the codebook's anchors; and what to look at again.

import { h, setAttribute, setText } from "../shared/dom.js";
import { capital, plain, turnName } from "../shared/words.js";
import { findings } from "./checks.js";
import { mayChange, valueOf } from "./state.js";

const STEPS = [1, 2, 3, 4, 5];
const MOST_SHOWN = 60; // findings in the panel; the rest is counted

export class RatingsPanel {
  constructor({ root, rules, coding, moving }) {
    Object.assign(this, { root, rules, coding, moving });
    this.scales = rules.codebook.ratings.map((rating) => this.scale(rating));
    this.checkTitle = h("h2", {}, "To look at again");
    this.checks = h("ul", { class: "checks" });
    root.append(
      h("h2", {}, "Ratings of the session"),
      h("p", { class: "small" }, "After the last turn. Keys 1 to 5 rate and go on, ⌫ empties, Esc: done."),
      ...this.scales.map((scale) => scale.element),
      ...rules.codebook.rules.ratings.map((text) => h("p", { class: "small" }, text)),
      this.checkTitle,
      this.checks,
    );
  }

  focus() {
    const open = this.scales.find((s) => valueOf(this.state, "rating", s.name) === null);
    this.focusScale(open ?? this.scales[0]);
  }

  focusScale(scale) {
    const value = valueOf(this.state, "rating", scale.name);
    scale.buttons[(value ?? 1) - 1].focus();
  }

  scale(rating) {
    const { name } = rating;
    const buttons = STEPS.map((value) =>
      h(
        "button",
        {
          type: "button",
          "aria-label": `${value}${anchor(rating, value)}`,
          on: { click: () => this.rate(name, value) },
        },
        String(value),
      ),
    );
    const model = h("p", { class: "small" });
    const element = h(
      "div",
      { class: "field rating", on: { keydown: (event) => this.pressed(event, name) } },
      h("span", { class: "label", id: `rating-${name}` }, capital(plain(name))),
      h("div", { class: "scale", role: "group", "aria-labelledby": `rating-${name}` }, ...buttons),
      h(
        "p",
        { class: "ends" },
        h("span", {}, `1 ${rating.low}`),
        h("span", {}, `5 ${rating.high}`),
      ),
      model,
    );
    return { name, element, buttons, model };
  }

  /** The same number again empties. */
  rate(name, value) {
    const same = valueOf(this.state, "rating", name) === value;
    this.coding.decide("rating", name, same ? null : value);
  }

  pressed(event, name) {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const act = this.actionOf(event, name);
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  }

  actionOf(event, name) {
    const index = this.scales.findIndex((scale) => scale.name === name);
    const digit = /^(?:Digit|Numpad)([1-5])$/.exec(event.code);
    if (digit && !event.shiftKey) {
      return () => {
        this.coding.decide("rating", name, Number(digit[1]));
        this.step(index, 1);
      };
    }
    const at = this.scales[index].buttons.indexOf(document.activeElement);
    const beside = (step) => () => this.scales[index].buttons[(at + step + 5) % 5].focus();
    const actions = {
      Backspace: () => this.coding.decide("rating", name, null),
      Delete: () => this.coding.decide("rating", name, null),
      ArrowDown: () => this.step(index, 1),
      ArrowUp: () => this.step(index, -1),
      ArrowRight: beside(1),
      ArrowLeft: beside(-1),
    };
    return actions[event.key] ?? null;
  }

  // Stays at either end: in the transcript the next digit would code a turn.
  step(index, step) {
    this.focusScale(this.scales[index + step] ?? this.scales[index]);
  }

  update(state) {
    this.state = state;
    for (const { name, buttons, model } of this.scales) {
      const value = valueOf(state, "rating", name);
      buttons.forEach((button, index) => {
        setAttribute(button, "aria-pressed", String(value === index + 1));
        button.disabled = !mayChange(state);
      });
      const suggested = state.suggestions?.ratings?.[name];
      model.hidden = suggested === undefined || suggested === null;
      setText(model, model.hidden ? "" : `The model suggests ${Number(suggested).toFixed(1)}.`);
    }
    this.showChecks();
  }

  showChecks() {
    const found = findings(this.state, this.rules);
    this.checkTitle.hidden = found.length === 0;
    const items = found.slice(0, MOST_SHOWN).map(({ text, position }) => {
      const go = () => this.moving.go(position);
      const name = `Turn ${turnName(this.state.turns[position])}`;
      return h("li", {}, h("button", { type: "button", on: { click: go } }, name), ` ${text}`);
    });
    if (found.length > MOST_SHOWN) items.push(h("li", {}, `and ${found.length - MOST_SHOWN} more`));
    this.checks.replaceChildren(...items);
  }
}

function anchor(rating, value) {
  const words = { 1: rating.low, 5: rating.high }[value];
  return words ? `: ${words}` : "";
}

