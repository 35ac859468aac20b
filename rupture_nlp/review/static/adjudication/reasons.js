// Reasons that are offered while one is typed: the codebook's rules, and those given before.

import { h } from "../shared/dom.js";

export class Reasons {
  /** `list` is the data list of the fields; `rules` are those of deciding between codes. */
  constructor(list, rules) {
    this.list = list;
    this.known = new Set();
    rules.forEach((text, at) => this.add(`Rule ${at + 1}: ${text}`));
  }

  add(text) {
    if (!text || this.known.has(text)) return;
    this.known.add(text);
    this.list.append(h("option", { value: text }));
  }
}
