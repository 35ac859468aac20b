// A choice among the codebook's names: typed, numbered, clicked. The definition of the one in
// focus stands below.

import { styleOf } from "../shared/book.js";
import { h, key, setAttribute, setText } from "../shared/dom.js";
import { plain } from "../shared/words.js";

const DIGITS = 9;

export class Picker {
  /**
   * `choose(name)` sets or takes away; `done()` goes back to the transcript; `single` closes after
   * one choice; `folded` shows the names only while the field has the focus.
   */
  constructor({ id, label, keyName, single = false, choose, done }) {
    Object.assign(this, { id, single, choose, done });
    this.options = [];
    this.shown = [];
    this.selected = [];
    this.active = -1;
    this.input = this.makeInput();
    this.list = this.makeList(label);
    this.help = h("p", { class: "help", id: `${id}-help` });
    this.element = h(
      "div",
      { class: "picker field" },
      h("label", { for: `${id}-input` }, label, key(keyName)),
      this.input,
      this.list,
      this.help,
    );
  }

  makeInput() {
    return h("input", {
      type: "text",
      id: `${this.id}-input`,
      role: "combobox",
      autocomplete: "off",
      spellcheck: "false",
      "aria-expanded": "true",
      "aria-autocomplete": "list",
      "aria-controls": `${this.id}-list`,
      placeholder: "type, or a number",
      on: {
        keydown: (event) => this.pressed(event),
        input: () => this.narrowed(),
        focus: () => this.refresh(),
        blur: () => this.left(),
      },
    });
  }

  makeList(label) {
    return h("div", {
      id: `${this.id}-list`,
      class: "pills",
      role: "listbox",
      "aria-multiselectable": this.single ? null : "true",
      "aria-label": label,
      on: {
        mousedown: (event) => event.preventDefault(), // the focus stays where it is
        click: (event) => this.clicked(event),
        pointerover: (event) => this.hovered(event),
        pointerout: () => this.explain(this.shown[this.active]),
      },
    });
  }

  focus() {
    if (this.element.hidden) return false;
    this.input.focus();
    return true;
  }

  /** Show these options; nothing to choose hides the whole field. */
  update(options, selected, { folded = false, disabled = false } = {}) {
    this.element.hidden = options.length === 0;
    this.element.classList.toggle("folded", folded);
    this.input.disabled = disabled;
    setAttribute(this.list, "aria-disabled", disabled ? "true" : null);
    this.options = options;
    this.selected = selected;
    this.refresh();
  }

  refresh() {
    const query = this.input.value.trim().toLowerCase();
    this.shown = this.options.filter((option) => matches(option, query));
    if (this.active >= this.shown.length) this.active = this.shown.length - 1;
    if (query && this.active < 0 && this.shown.length) this.active = 0;
    this.draw();
  }

  draw() {
    while (this.list.children.length > this.shown.length) this.list.lastChild.remove();
    this.shown.forEach((option, index) => {
      const pill = this.list.children[index] ?? this.list.appendChild(this.makePill());
      this.fill(pill, option, index);
    });
    const active = this.shown[this.active];
    const away = this.element.classList.contains("folded") && document.activeElement !== this.input;
    setAttribute(this.input, "aria-expanded", String(!away));
    setAttribute(this.input, "aria-activedescendant", active ? this.pillId(this.active) : null);
    this.explain(active);
  }

  makePill() {
    return h("div", { role: "option" }, h("kbd", { "aria-hidden": "true" }), h("span"));
  }

  fill(pill, option, index) {
    const chosen = this.selected.includes(option.name);
    const style = option.family === undefined ? styleOf(option.code) : styleOf(option.name);
    pill.dataset.name = option.name;
    setAttribute(pill, "id", this.pillId(index));
    setAttribute(pill, "class", `pill ${style} ${index === this.active ? "active" : ""}`.trim());
    setAttribute(pill, "aria-selected", String(chosen));
    setAttribute(pill, "aria-describedby", index === this.active ? this.help.id : null);
    setText(pill.firstChild, index < DIGITS ? String(index + 1) : "");
    setText(pill.lastChild, plain(option.name));
  }

  pillId(index) {
    return `${this.id}-${index}`;
  }

  explain(option) {
    const code = option?.code && this.element.classList.contains("folded");
    const text = option ? `${code ? `${plain(option.code)}: ` : ""}${option.description}` : "";
    setText(this.help, text);
  }

  // Keys and pointer

  pressed(event) {
    const act = this.actionOf(event);
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  }

  actionOf(event) {
    if (event.ctrlKey || event.altKey || event.metaKey) return null;
    const digit = /^(?:Digit|Numpad)([1-9])$/.exec(event.code);
    if (digit && !event.shiftKey) return () => this.pickAt(Number(digit[1]) - 1);
    const empty = this.input.value === "";
    switch (event.key) {
      case "ArrowDown":
        return () => this.move(1);
      case "ArrowUp":
        return () => this.move(-1);
      case "ArrowRight":
        return empty ? () => this.move(1) : null;
      case "ArrowLeft":
        return empty ? () => this.move(-1) : null;
      case " ":
        return empty ? () => this.pickAt(this.active) : null;
      case "Enter":
        return () => (this.active >= 0 ? this.pickAt(this.active) : this.done());
      case "Escape":
        return () => this.done();
      default:
        return null;
    }
  }

  move(step) {
    const { length } = this.shown;
    if (!length) return;
    if (this.active < 0) this.active = step > 0 ? 0 : length - 1;
    else this.active = (this.active + step + length) % length;
    this.draw();
  }

  narrowed() {
    this.active = -1;
    this.refresh();
  }

  pickAt(index) {
    const option = this.shown[index];
    if (!option) return;
    this.input.value = "";
    this.active = -1;
    this.choose(option.name);
    if (this.single) this.done();
    else this.refresh();
  }

  clicked(event) {
    const pill = event.target.closest("[data-name]");
    if (pill && !this.input.disabled) this.choose(pill.dataset.name);
  }

  hovered(event) {
    const name = event.target.closest("[data-name]")?.dataset.name;
    const option = this.options.find((other) => other.name === name);
    if (option) this.explain(option);
  }

  left() {
    this.input.value = "";
    this.active = -1;
    this.refresh();
  }
}

/** Does the name hold what was typed? */
function matches(option, query) {
  return !query || plain(option.name).toLowerCase().includes(query);
}
