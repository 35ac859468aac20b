// A turn's coding as chips, in the colours of its code.

import { intensityWord, styleOf } from "./book.js";
import { h } from "./dom.js";
import { isRupture, UNCODABLE } from "./values.js";
import { capital, plain } from "./words.js";

export function chip(style, text) {
  return h("span", { class: `chip ${style}` }, text);
}

/** What was coded, but for a plain `none` and the comment. */
export function codeChips(value) {
  if (value.rupture === UNCODABLE) return [chip("plain", "uncodable")];
  const found = [];
  if (isRupture(value)) found.push(ruptureChip(value));
  if (value.secondary) {
    found.push(chip(`secondary ${styleOf(value.secondary)}`, `also ${plain(value.secondary)}`));
  }
  found.push(...value.markers.map((name) => chip("marker", plain(name))));
  found.push(...value.strategies.map((name) => chip("strategy", plain(name))));
  if (value.process) found.push(chip("process", plain(value.process)));
  return found;
}

function ruptureChip({ rupture, intensity }) {
  const strength = intensity ? `, ${intensityWord(intensity)}` : "";
  return chip(`rupture ${styleOf(rupture)}`, capital(plain(rupture)) + strength);
}
