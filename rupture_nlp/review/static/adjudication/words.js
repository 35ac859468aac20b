// Values of an adjudication in words and chips.

import { h } from "../coding/dom.js";
import { capital, plain, styleOf, turnName, turnSummary } from "../coding/words.js";

const INTENSITIES = ["", "slight", "clear", "strong"];

/** Any value in one line. */
export function summary(kind, value, turns) {
  if (kind === "turn") return turnSummary(value);
  if (kind === "rating") return value === null ? "left empty" : String(value);
  if (value === null) return "no episode";
  const parts = [`turns ${nameAt(turns, value.start)} to ${nameAt(turns, value.end)}`];
  if (value.repair_start !== null) parts.push(`repair from turn ${nameAt(turns, value.repair_start)}`);
  if (value.resolution !== null) parts.push(`resolution ${value.resolution}`);
  return parts.join(", ");
}

export function nameAt(turns, position) {
  const turn = turns[position];
  return turn ? turnName(turn) : String(position + 1);
}

/** What an item is called in a sentence. */
export function itemName(item, turns) {
  if (item.kind === "turn") return `Turn ${nameAt(turns, Number(item.target))}`;
  if (item.kind === "rating") return capital(plain(item.target));
  const values = [item.decision?.value, item.agreed, ...item.options.map((one) => one.value)];
  const value = values.find((one) => one);
  return value ? `Episode at turn ${nameAt(turns, value.start)}` : "Episode";
}

/** A value as chips, in the colours of its code. */
export function chips(kind, value, turns) {
  if (kind !== "turn") return [chip("plain-value", summary(kind, value, turns))];
  if (value === null) return [chip("plain", "not coded")];
  if (value.rupture === "uncodable") return [chip("plain", "uncodable")];
  const found = [];
  if (value.rupture === "none") found.push(chip("plain", "none"));
  else {
    const strength = value.intensity ? `, ${INTENSITIES[value.intensity]}` : "";
    found.push(chip(`rupture ${styleOf(value.rupture)}`, capital(plain(value.rupture)) + strength));
  }
  if (value.secondary) {
    found.push(chip(`secondary ${styleOf(value.secondary)}`, `also ${plain(value.secondary)}`));
  }
  found.push(...value.markers.map((name) => chip("marker", plain(name))));
  found.push(...value.strategies.map((name) => chip("strategy", plain(name))));
  if (value.process) found.push(chip("process", plain(value.process)));
  return found;
}

function chip(style, text) {
  return h("span", { class: `chip ${style}` }, text);
}
