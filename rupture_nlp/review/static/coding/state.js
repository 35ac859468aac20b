// The state of the page and every way in which it changes. Pure: no page, no network.
//
// state = {
//   assignment,  as the server gives it
//   turns,       those that may be seen, by position
//   entries,     Map of "kind:target" to {value, seq}: the last decision of each target
//   suggestions, null, or {turns: Map of position to suggestion, episodes, ratings, model}
//   codes,       the codebook's five codes in the order of probabilities
//   current,     position of the current turn
//   marking,     null, or {start, repair} of the episode whose end is not marked yet
//   undo, redo,  steps {kind, target, before, after}
// }

import { isRupture, keyOf, sameValue } from "../shared/values.js";

const LONGEST_HISTORY = 1000;
const LEAST_REPAIRED = 4; // resolution

/** The state of a page that was just loaded from the server's answer. */
export function fromServer(answer, codes, current = 0) {
  return {
    codes,
    assignment: answer.assignment,
    turns: answer.turns,
    entries: new Map(
      answer.decisions.map((d) => [keyOf(d.kind, d.target), { value: d.value, seq: d.seq }]),
    ),
    suggestions: readSuggestions(answer.suggestions),
    current: clamp(current, answer.turns.length),
    marking: null,
    undo: [],
    redo: [],
  };
}

function readSuggestions(suggestions) {
  if (!suggestions) return null;
  return {
    turns: new Map(suggestions.turns.map((turn) => [turn.position, turn])),
    episodes: suggestions.episodes ?? [],
    ratings: suggestions.ratings ?? {},
    model: suggestions.model ?? "",
  };
}

function clamp(position, turns) {
  return Math.max(0, Math.min(position, turns - 1));
}

// Reading

export function valueOf(state, kind, target) {
  return state.entries.get(keyOf(kind, target))?.value ?? null;
}

export function turnValue(state, position) {
  return valueOf(state, "turn", position);
}

/** First pass open, or the second one after the reveal. */
export function mayChange(state) {
  return !state.assignment.finished || state.assignment.second_pass;
}

/** Turns that take codes. */
export function isCodable(turn) {
  return turn.speaker !== "other";
}

/** Has anything been decided on the turn, `none` included? */
export function isTouched(state, position) {
  return turnValue(state, position) !== null;
}

const episodeLists = new WeakMap(); // entries never change in place: one list for each Map

/** Episodes in order: {id, start, end, repair_start, resolution}. */
export function episodesOf(state) {
  let episodes = episodeLists.get(state.entries);
  if (!episodes) {
    episodes = [];
    for (const [key, { value }] of state.entries) {
      if (value !== null && key.startsWith("episode:")) {
        episodes.push({ id: key.slice("episode:".length), ...value });
      }
    }
    episodes.sort((a, b) => a.start - b.start || a.end - b.end);
    episodeLists.set(state.entries, episodes);
  }
  return episodes;
}

export function episodeAt(state, position) {
  return episodesOf(state).find((e) => e.start <= position && position <= e.end) ?? null;
}

/** The suggestion for a turn, or null where there is none or none may be seen. */
export function suggestionAt(state, position) {
  return state.suggestions?.turns.get(position) ?? null;
}

/** Positions of turns that pass `test`, from the one after `from` on, around the end. */
export function findTurn(state, from, step, test) {
  const { length } = state.turns;
  for (let k = 1; k <= length; k += 1) {
    const position = (((from + step * k) % length) + length) % length;
    if (test(state.turns[position])) return position;
  }
  return null;
}

export function tally(state) {
  const codable = state.turns.filter(isCodable);
  const touched = codable.filter((turn) => isTouched(state, turn.position));
  return {
    codable: codable.length,
    touched: touched.length,
    ruptures: touched.filter((turn) => isRupture(turnValue(state, turn.position))).length,
    episodes: episodesOf(state).length,
    hidden: state.assignment.turns_total - state.turns.length,
  };
}

// Changing

export function goneTo(state, position) {
  const current = clamp(position, state.turns.length);
  return current === state.current ? state : { ...state, current };
}

/** More turns may be seen. Turns that are here already are left as they are. */
export function withTurns(state, turns) {
  const known = state.turns.length;
  const fresh = turns.filter((turn) => turn.position >= known);
  fresh.sort((a, b) => a.position - b.position);
  return { ...state, turns: [...state.turns, ...fresh] };
}

/** A decision of the coder. A value that changes nothing changes nothing. */
export function changed(state, kind, target, value) {
  const before = valueOf(state, kind, target);
  if (sameValue(before, value)) return state;
  const step = { kind, target: String(target), before, after: value };
  const undo = [...state.undo, step].slice(-LONGEST_HISTORY);
  return { ...put(state, kind, target, value), undo, redo: [] };
}

/** Take the last step back: {state, step}, step null where there is nothing to take back. */
export function undone(state) {
  return stepped(state, "undo", "redo", "before");
}

export function redone(state) {
  return stepped(state, "redo", "undo", "after");
}

/** Move the last step from one list to the other; what holds then is its `side`. */
function stepped(state, from, to, side) {
  const step = state[from].at(-1);
  if (!step) return { state, step: null };
  const value = step[side];
  const next = put(state, step.kind, step.target, value);
  return {
    state: { ...next, [from]: state[from].slice(0, -1), [to]: [...state[to], step] },
    step: { ...step, value },
  };
}

function put(state, kind, target, value) {
  return withEntry(state, kind, target, (before) => ({ value, seq: before.seq }));
}

function withEntry(state, kind, target, change) {
  const key = keyOf(kind, target);
  const entries = new Map(state.entries);
  entries.set(key, change(entries.get(key) ?? { value: null, seq: 0 }));
  return { ...state, entries };
}

/** The server has a decision under this number. The value here may be newer already. */
export function saved(state, kind, target, seq) {
  return withEntry(state, kind, target, ({ value }) => ({ value, seq }));
}

/** What somebody else decided counts: our steps on that target are forgotten. */
export function overruled(state, kind, target, value, seq) {
  const others = (step) => step.kind !== kind || step.target !== String(target);
  return {
    ...withEntry(state, kind, target, () => ({ value, seq })),
    undo: state.undo.filter(others),
    redo: state.redo.filter(others),
  };
}

/** Changes that were kept from an earlier visit lie over what the server knows. */
export function withKept(state, changes) {
  let next = state;
  for (const { kind, target, value } of changes) next = put(next, kind, target, value);
  return next;
}

// Episodes

export function markingFrom(state, start) {
  return { ...state, marking: start === null ? null : { start, repair: null } };
}

/** The first turn with a strategy between two positions: where repair begins (section 5). */
export function firstStrategy(state, start, end) {
  for (let position = start; position <= end; position += 1) {
    if (turnValue(state, position)?.strategies?.length) return position;
  }
  return null;
}

/** Would an episode of this extent share a turn with another one? */
export function overlaps(state, start, end, except = null) {
  return episodesOf(state).some((e) => e.id !== except && e.start <= end && start <= e.end);
}

/** Repair began and went well (codebook, section 5). */
export function isRepaired(episode) {
  return episode.repair_start !== null && episode.resolution >= LEAST_REPAIRED;
}
