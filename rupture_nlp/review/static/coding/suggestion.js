// What the model says about the current turn, and what the coder makes of it.

import { styleOf } from "../shared/book.js";
import { h, key, setText } from "../shared/dom.js";
import { isRupture } from "../shared/values.js";
import { capital, plain } from "../shared/words.js";
import { mayChange, suggestionAt, turnValue } from "./state.js";

export class SuggestionBox {
  constructor({ coding, rules }) {
    this.rules = rules;
    this.headline = h("span", {});
    this.doubt = h("span", { class: "chip flagged" }, "uncertain");
    this.details = h("p", { class: "small" });
    this.bars = h("ul", { class: "bars", "aria-label": "Probability of each code" });
    this.accept = h(
      "button",
      { type: "button", on: { click: () => coding.accept() } },
      "Accept",
      key("a"),
    );
    this.reject = h(
      "button",
      { type: "button", on: { click: () => coding.reject() } },
      "Reject",
      key("x"),
    );
    this.verdict = h("span", { class: "verdict" });
    this.element = h(
      "section",
      { class: "suggestion", "aria-label": "Suggestion of the model" },
      h("p", { class: "headline" }, this.headline, " ", this.doubt),
      this.bars,
      this.details,
      h("div", { class: "buttons" }, this.accept, this.reject, this.verdict),
    );
  }

  update(state) {
    const suggestion = suggestionAt(state, state.current);
    this.element.hidden = suggestion === null;
    if (!suggestion) return;
    const value = turnValue(state, state.current);
    setText(this.headline, `Model: ${plain(suggestion.rupture)}`);
    this.doubt.hidden = !suggestion.uncertain;
    this.element.classList.toggle("unsure", Boolean(suggestion.uncertain));
    setText(this.details, details(suggestion));
    this.drawBars(state, suggestion);
    const closed = !mayChange(state);
    this.accept.disabled = closed;
    this.reject.disabled = closed || !isRupture(suggestion);
    setText(this.verdict, verdict(value, suggestion));
  }

  drawBars(state, suggestion) {
    const rows = (suggestion.p ?? []).map((p, index) => {
      const name = state.codes[index];
      const bar = h("span", { class: `bar ${styleOf(name) || "none"}`, "aria-hidden": "true" });
      bar.style.width = `${Math.max(1, 100 * p)}%`;
      return h(
        "li",
        {},
        h("span", {}, capital(plain(name))),
        h("span", { class: "track", "aria-hidden": "true" }, bar),
        h("span", { class: "p" }, p.toFixed(2)),
      );
    });
    this.bars.replaceChildren(...rows);
  }
}

function details(suggestion) {
  const parts = [];
  if (suggestion.intensity) parts.push(`intensity ${suggestion.intensity}`);
  for (const name of suggestion.markers ?? []) parts.push(plain(name));
  for (const name of suggestion.strategies ?? []) parts.push(plain(name));
  if (suggestion.process) parts.push(plain(suggestion.process));
  return parts.length ? `With ${parts.join(", ")}.` : "";
}

function verdict(value, suggestion) {
  if (!value) return "";
  return value.rupture === suggestion.rupture ? "✓ as yours" : "yours differs";
}
