// Draws the page from the state. Text only ever becomes a text node.

import { byId, h, key as keyCap } from "../shared/dom.js";
import { sameValue } from "../shared/values.js";
import { clock, count, speakerName, turnName, valueSummary } from "../shared/words.js";
import { draftOf, finalOf, isListed, isOpen, itemAt, listed, rows } from "./state.js";
import { chips, itemName, standingWords } from "./words.js";

export function domId(key) {
  return `item-${key.replace(":", "-")}`;
}

/** Give the focus; in a field of text the caret stands at the end, or where it stood. */
export function focusOn(element, caret = null) {
  element.focus({ preventScroll: true });
  if (element.dataset.part !== "reason") return;
  const at = caret ?? element.value.length;
  element.setSelectionRange(at, at);
}

/** `acts`: select(key), pick(key, value), own(key), reason(key, text), decide(key), takeBack(key),
 * unfold(from, to). */
export class View {
  constructor({ roots, acts }) {
    this.roots = roots; // turns, episodes, ratings
    this.acts = acts;
  }

  draw(state) {
    const focus = this.focusNow();
    this.roots.turns.replaceChildren(...rows(state).map((row) => this.row(state, row)));
    for (const kind of ["episode", "rating"]) {
      const keys = listed(state).filter((key) => key.startsWith(`${kind}:`));
      const agreed = [...state.items.values()].filter((i) => i.kind === kind && !isListed(state, i));
      const root = this.roots[`${kind}s`];
      root.replaceChildren(
        ...keys.map((key) => this.item(state, key)),
        ...agreed.map((item) => this.agreedLine(state, item)),
      );
      if (!root.children.length) root.append(h("li", { class: "nothing" }, "Nobody marked one."));
    }
    this.focusAgain(focus);
  }

  /** Where the focus is, so that drawing anew does not lose it. */
  focusNow() {
    const active = document.activeElement;
    const part = active?.dataset?.part ?? "";
    return { id: active?.closest("li")?.id ?? "", part, caret: active?.selectionStart ?? null };
  }

  focusAgain({ id, part, caret }) {
    const li = id ? byId(id) : null;
    const field = part ? li?.querySelector(`[data-part="${part}"]`) : null;
    if (li) focusOn(field ?? li, caret);
  }

  row(state, row) {
    if (row.turn === undefined) return this.fold(state, row);
    if (!row.item) return h("li", { class: "turn other" }, ...this.words(row.turn));
    return this.item(state, row.key, row.turn);
  }

  fold(state, { from, to, ruptures }) {
    const [first, last] = [from, to].map((position) => turnName(state.turns[position]));
    const number = to - from + 1;
    const where = number === 1 ? `Turn ${first}` : `Turns ${first} to ${last}`;
    const what = ruptures ? `, ${count(ruptures, "rupture")} agreed` : "";
    return h(
      "li",
      { class: "fold", id: `fold-${from}` },
      h(
        "button",
        {
          type: "button",
          "aria-expanded": "false",
          data: { part: "fold" },
          on: { click: () => this.acts.unfold(from, to) },
        },
        `${where}: ${count(number, "agreed turn")}${what}`,
      ),
    );
  }

  words(turn) {
    return [
      h(
        "div",
        { class: "who" },
        h("span", { class: "number" }, turnName(turn)),
        " ",
        h("span", { class: "speaker" }, speakerName(turn.speaker)),
        " ",
        h("span", { class: "time" }, clock(turn.start_s)),
      ),
      h("p", { class: "words", dir: "auto" }, turn.text),
    ];
  }

  item(state, key, turn = null) {
    const item = itemAt(state, key);
    const current = key === state.current;
    const classes = ["item", item.standing, isOpen(item) ? "open" : "", current ? "current" : ""];
    if (turn) classes.push("turn", turn.speaker);
    const name = itemName(item, state.turns);
    return h(
      "li",
      {
        id: domId(key),
        class: classes.filter(Boolean).join(" "),
        tabindex: -1,
        "aria-label": `${name}, ${standingWords(item)}`,
        "aria-current": current ? "true" : null,
        on: { click: (event) => this.clicked(event, state, key) },
      },
      ...(turn ? this.words(turn) : [h("h3", {}, name)]),
      h("div", { class: "settle" }, ...this.settling(state, key, item, current)),
    );
  }

  clicked(event, state, key) {
    if (key !== state.current && !event.target.closest("button, input, a")) this.acts.select(key);
  }

  settling(state, key, item, current) {
    const parts = [this.standing(state, item)];
    if (item.options.length) parts.push(this.options(state, key, item, current));
    if (item.remarks.length) {
      parts.push(
        h(
          "ul",
          { class: "remarks", "aria-label": "Comments of coders" },
          ...item.remarks.map((text) => h("li", { dir: "auto" }, text)),
        ),
      );
    }
    if (current && !state.assignment.finished) parts.push(this.form(state, key, item));
    return parts;
  }

  /** The line that says how the item stands, and what holds. */
  standing(state, item) {
    const open = isOpen(item);
    const holds = item.standing === "disputed" && !item.decision ? [] : this.holds(state, item);
    return h(
      "div",
      { class: "standing" },
      h("span", { class: open ? "badge open" : "badge" }, standingWords(item)),
      ...holds,
      item.decision?.reason ? h("span", { class: "because", dir: "auto" }, item.decision.reason) : null,
    );
  }

  holds(state, item) {
    return chips(item.kind, finalOf(item), state.turns);
  }

  options(state, key, item, current) {
    const draft = draftOf(state, key);
    return h(
      "div",
      { class: "options", role: "group", "aria-label": "What was coded" },
      ...item.options.map(({ label, value }) =>
        h(
          "button",
          {
            type: "button",
            class: "option",
            disabled: state.assignment.finished,
            "aria-pressed": String(draft.chosen && sameValue(bare(draft.value), bare(value))),
            data: { part: `option-${label}` },
            on: { click: () => this.acts.pick(key, value) },
          },
          current ? keyCap(label.toLowerCase()) : null,
          h("span", { class: "letter" }, label),
          h("span", { class: "value" }, ...chips(item.kind, value, state.turns)),
        ),
      ),
    );
  }

  form(state, key, item) {
    const draft = draftOf(state, key);
    const reasonId = `reason-${domId(key)}`;
    const mustSay = item.standing === "disputed";
    return h(
      "form",
      {
        class: "decision",
        on: {
          submit: (event) => {
            event.preventDefault();
            this.acts.decide(key);
          },
        },
      },
      h(
        "p",
        { class: "chosen" },
        h("b", {}, "Decision: "),
        draft.chosen ? valueSummary(item.kind, draft.value, state.turns) : "nothing picked yet",
      ),
      h("label", { for: reasonId }, mustSay ? "Reason" : "Reason (may be empty)", keyCap("r")),
      h("input", {
        id: reasonId,
        type: "text",
        list: "reasons",
        maxlength: 2000,
        autocomplete: "off",
        value: draft.reason,
        required: mustSay,
        data: { part: "reason" },
        on: { input: (event) => this.acts.reason(key, event.target.value) },
      }),
      h("button", { type: "submit", class: "main", data: { part: "decide" } }, "Decide", keyCap("Enter")),
      this.button("Own value…", "o", "own", () => this.acts.own(key)),
      item.decision && item.kind === "turn"
        ? this.button("Take back", "x", "back", () => this.acts.takeBack(key))
        : null,
    );
  }

  button(text, cap, part, act) {
    return h("button", { type: "button", data: { part }, on: { click: act } }, text, keyCap(cap));
  }

  agreedLine(state, item) {
    return h(
      "li",
      { class: "item agreed" },
      h("h3", {}, itemName(item, state.turns)),
      h("div", { class: "settle" }, this.standing(state, item)),
      state.assignment.finished
        ? null
        : h(
            "button",
            {
              type: "button",
              class: "small-button",
              "aria-label": `Change ${itemName(item, state.turns)}`,
              on: { click: () => this.acts.own(`${item.kind}:${item.target}`) },
            },
            "Change…",
          ),
    );
  }
}

/** Options have no comment: it is not compared either. */
function bare(value) {
  return value && typeof value === "object" && "comment" in value ? { ...value, comment: null } : value;
}
