// One turn as a row of the transcript: its lane, words, codes, and where it stands in an episode.

import { styleOf } from "../shared/book.js";
import { chip, codeChips } from "../shared/chips.js";
import { h, setAttribute } from "../shared/dom.js";
import { isRupture, NONE } from "../shared/values.js";
import { clock, plain, speakerName, turnName, turnSummary } from "../shared/words.js";
import { episodeAt, episodesOf, isCodable, isRepaired, suggestionAt, turnValue } from "./state.js";

const signatures = new WeakMap(); // element to what it shows

/**
 * Fill a row, or make it where `row` is null. A row whose content did not change is left alone:
 * scrolling through 2,000 turns redraws nothing.
 */
export function drawRow(state, position, row, query) {
  const view = rowView(state, position, query);
  const signature = JSON.stringify(view);
  const element = row ?? h("div", { role: "option", id: rowId(position) });
  if (signatures.get(element) === signature) return element;
  signatures.set(element, signature);
  setAttribute(element, "class", view.classes.join(" "));
  setAttribute(element, "aria-selected", String(view.current));
  setAttribute(element, "aria-posinset", position + 1);
  setAttribute(element, "aria-setsize", view.total);
  element.dataset.position = position;
  element.replaceChildren(...content(state.turns[position], view));
  return element;
}

export function rowId(position) {
  return `turn-${position}`;
}

/** Everything that a row shows, as plain values. */
function rowView(state, position, query) {
  const turn = state.turns[position];
  const value = turnValue(state, position);
  const suggestion = suggestionAt(state, position);
  const current = position === state.current;
  return {
    value,
    suggestion,
    p: suggestion ? probability(state, suggestion) : "",
    current,
    query: query && turn.text.toLowerCase().includes(query) ? query : "",
    total: state.assignment.turns_total,
    episode: episodeMark(state, position),
    classes: [
      "turn",
      turn.speaker,
      current ? "current" : "",
      value ? "touched" : "",
      isRupture(value) ? "rupture" : "",
      styleOf(value?.rupture),
      suggestion?.uncertain ? "unsure" : "",
      ...episodeClasses(state, position),
    ].filter(Boolean),
  };
}

function episodeClasses(state, position) {
  const { marking } = state;
  if (marking) {
    const [low, high] = [marking.start, state.current].sort((a, b) => a - b);
    if (low <= position && position <= high) return ["marking"];
  }
  const episode = episodeAt(state, position);
  if (!episode) return [];
  const classes = ["inside"];
  if (position === episode.start) classes.push("first");
  if (position === episode.end) classes.push("last");
  if (isRepaired(episode)) classes.push("repaired");
  return classes;
}

/** The words at the edge of an episode, "" elsewhere. */
function episodeMark(state, position) {
  if (state.marking?.start === position) return "Episode starts here";
  const episode = episodeAt(state, position);
  if (!episode) return "";
  const marks = [];
  const number = episodesOf(state).indexOf(episode) + 1;
  if (position === episode.start) marks.push(`Episode ${number} starts`);
  if (position === episode.repair_start) marks.push("Repair starts");
  if (position === episode.end) {
    const how = episode.resolution ? `, resolution ${episode.resolution}` : "";
    marks.push(`Episode ${number} ends${how}`);
  }
  return marks.join(" · ");
}

function content(turn, view) {
  return [
    h(
      "span",
      { class: "who" },
      h("span", { class: "number" }, turnName(turn)),
      h("span", { class: "speaker" }, speakerName(turn.speaker)),
      h("span", { class: "time" }, clock(turn.start_s)),
    ),
    h("span", { class: "words", dir: "auto" }, ...marked(turn.text, view.query)),
    signOf(turn, view.value),
    h("span", { class: "chips" }, ...chips(turn, view)),
  ];
}

/** At the end of the line: whether the turn was coded. A plain `none` takes no line of its own. */
function signOf(turn, value) {
  if (!isCodable(turn)) return h("span", { class: "sign" });
  const none = isPlainNone(value) ? "none " : "";
  const sign = h("span", { "aria-hidden": "true" }, value ? "✓" : "○");
  const spokenSign = value ? null : h("span", { class: "hidden" }, "not coded");
  return h("span", { class: "sign" }, none, sign, spokenSign);
}

function isPlainNone(value) {
  return value?.rupture === NONE && !value.strategies.length && !value.process;
}

/** The text with every place that the search found. */
function marked(text, query) {
  if (!query) return [text];
  const parts = [];
  const low = text.toLowerCase();
  // Where lower case has another length, places in it are not places in the text.
  if (low.length !== text.length) return [text];
  let from = 0;
  for (let at = low.indexOf(query); at >= 0; at = low.indexOf(query, from)) {
    parts.push(text.slice(from, at), h("mark", {}, text.slice(at, at + query.length)));
    from = at + query.length;
  }
  parts.push(text.slice(from));
  return parts;
}

function chips(turn, view) {
  const found = isCodable(turn) ? decidedChips(view.value) : [];
  if (view.suggestion) found.push(...suggestionChips(view));
  if (view.episode) found.push(chip("edge", view.episode));
  return found;
}

function decidedChips(value) {
  if (!value) return [];
  const found = codeChips(value);
  if (isRupture(value) && !value.intensity) found.push(chip("flagged", "intensity?"));
  if (value.comment) found.push(chip("comment", "✎ comment"));
  return found;
}

/** What the model says; nothing where it is sure that there is nothing. */
function suggestionChips({ value, suggestion, p }) {
  const code = suggestion.rupture;
  const rupture = isRupture(suggestion);
  if (!rupture && !suggestion.uncertain) return [];
  const style = styleOf(code);
  // Once the coder has decided, the suggestion steps back.
  if (value?.rupture === code) return [chip("suggested agreed", `as the model ${p}`.trim())];
  const settled = value ? " changed" : "";
  const found = [chip(`suggested ${style}${settled}`, `model: ${plain(code)} ${p}`.trim())];
  if (suggestion.uncertain && !value) found.push(chip("flagged", "uncertain"));
  return found;
}

/** The probability of the suggested code as `.72`; "" where the model gave none. */
function probability(state, suggestion) {
  const p = suggestion.p?.[state.codes.indexOf(suggestion.rupture)];
  return p === undefined ? "" : p.toFixed(2).replace(/^0/, "");
}

/** A row's height before it was drawn: lines of words, and a line of codes. */
export function guessHeight(turn, charactersPerLine, lineHeight) {
  const lines = Math.max(1, Math.ceil(turn.text.length / charactersPerLine));
  return lines * lineHeight + 1.6 * lineHeight;
}

/** What a screen reader hears after the turn was coded. */
export function spoken(state, position) {
  const turn = state.turns[position];
  return `Turn ${turnName(turn)}: ${turnSummary(turnValue(state, position))}`;
}
