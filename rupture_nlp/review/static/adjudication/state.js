// What the page knows and what follows from it. Pure: no page, no network.
//
// state = {
//   assignment, columns, turns,  as the server gives them
//   items,     Map of key to item: {kind, target, standing, agreed, options, remarks, decision, seq}
//   drafts,    Map of key to {value, reason}: picked, not decided yet
//   current,   key of the item that the keys act on, or null
//   unfolded,  Set of positions of agreed turns that are shown
// }

import { isRupture, keyOf, NOTHING } from "../shared/values.js";

const BEFORE = 6; // turns of context before the current one, and after
const AFTER = 2;

/** The state of what the server gave; what was picked and unfolded before stays. */
export function fromServer(answer, before = null) {
  const items = new Map(answer.items.map((item) => [keyOf(item.kind, item.target), item]));
  for (const key of before?.drafts?.keys() ?? []) {
    // Picked here, not decided: the server does not know of it.
    if (key.startsWith("episode:") && !items.has(key)) items.set(key, addedEpisode(key));
  }
  const state = {
    assignment: answer.assignment,
    columns: answer.columns,
    turns: answer.turns,
    items,
    drafts: before?.drafts ?? new Map(),
    unfolded: before?.unfolded ?? new Set(),
    current: before?.current ?? null,
  };
  if (state.current === null || !itemAt(state, state.current)) {
    state.current = nextOpen(state, null) ?? listed(state)[0] ?? null;
  }
  return state;
}

/** The item of a key; for a turn that nobody said a word on: agreed, none. */
export function itemAt(state, key) {
  const known = state.items.get(key);
  if (known) return known;
  const [kind, target] = key.split(":");
  const turn = kind === "turn" ? state.turns[Number(target)] : null;
  if (!turn || turn.speaker === "other") return null;
  return {
    kind,
    target,
    standing: "agreed",
    agreed: NOTHING,
    options: [],
    remarks: [],
    decision: null,
    seq: 0,
  };
}

/** In dispute, and not decided with a reason. */
export function isOpen(item) {
  return item.standing === "disputed" && !item.decision?.reason;
}

/** Is there more to see than that all agree, or was something picked for it? */
export function isListed(state, item) {
  const picked = state.drafts.get(keyOf(item.kind, item.target))?.value !== undefined;
  return picked || item.standing !== "agreed" || item.decision !== null || item.remarks.length > 0;
}

/** Keys in the order of the page: what is listed, and turns that were unfolded. */
export function listed(state) {
  const keys = new Set([...state.unfolded].map((position) => keyOf("turn", position)));
  for (const [key, item] of state.items) if (isListed(state, item)) keys.add(key);
  for (const key of state.drafts.keys()) keys.add(key);
  const items = [...keys].map((key) => itemAt(state, key)).filter(Boolean);
  const ratings = items.filter((item) => item.kind === "rating");
  return [
    ...sorted(items, "turn", (item) => Number(item.target)),
    ...sorted(items, "episode", startOf),
    ...ratings,
  ].map((item) => keyOf(item.kind, item.target));
}

function sorted(items, kind, by) {
  return items.filter((item) => item.kind === kind).sort((a, b) => by(a) - by(b));
}

/** Where an episode starts, by its decision, its agreed value, or the first column that has it. */
function startOf(item) {
  const values = [item.decision?.value, item.agreed, ...item.options.map((one) => one.value)];
  return values.find((value) => value)?.start ?? 0;
}

/** The next dispute after a key, around the end; null where none is left. */
export function nextOpen(state, key, step = 1) {
  return nextOf(state, key, step, (item) => isOpen(item));
}

export function nextOf(state, key, step, test) {
  const keys = listed(state);
  const { length } = keys;
  const from = keys.indexOf(key);
  const start = from < 0 && step < 0 ? 0 : from;
  for (let k = 1; k <= length; k += 1) {
    const candidate = keys[(((start + step * k) % length) + length) % length];
    if (test(itemAt(state, candidate))) return candidate;
  }
  return null;
}

export function counts(state) {
  const items = [...state.items.values()];
  const disputes = items.filter((item) => item.standing === "disputed");
  const details = items.filter((item) => item.standing === "details" && !item.decision);
  return {
    disputes: disputes.length,
    open: disputes.filter(isOpen).length,
    details: details.length,
  };
}

/**
 * The rows of the transcript: {turn, shown} or {from, to, ruptures}, a run of agreed turns that is
 * folded away. Around the current turn some are shown for their words.
 */
export function rows(state) {
  const [kind, target] = (state.current ?? "").split(":");
  const here = kind === "turn" ? Number(target) : null;
  const found = [];
  for (const turn of state.turns) {
    const { position } = turn;
    const key = keyOf("turn", position);
    const item = itemAt(state, key);
    const near = here !== null && position >= here - BEFORE && position <= here + AFTER;
    if (near || state.unfolded.has(position) || (item && isListed(state, item))) {
      found.push({ turn, item, key });
      continue;
    }
    const last = found.at(-1);
    const run = last && last.turn === undefined ? last : { from: position, to: position, ruptures: 0 };
    if (run !== last) found.push(run);
    run.to = position;
    if (item && isRupture(item.agreed)) run.ruptures += 1;
  }
  return found;
}

/** What holds of an item as the page stands: what was decided, else what all agree on. */
export function finalOf(item) {
  return item.decision ? item.decision.value : item.agreed;
}

/** A decision was made here. A turn without a value is open again. */
export function decided(state, key, value, reason) {
  const item = itemAt(state, key) ?? addedEpisode(key);
  const none = value === null && item.kind === "turn";
  const decision = none ? null : { value, reason: reason || null };
  const drafts = new Map(state.drafts);
  drafts.delete(key);
  return { ...withItem(state, key, { ...item, decision }), drafts };
}

export function withItem(state, key, item) {
  return { ...state, items: new Map(state.items).set(key, item) };
}

function addedEpisode(key) {
  const [kind, target] = key.split(":");
  return newEpisode(target, kind);
}

/** An episode that no coder marked. */
export function newEpisode(target, kind = "episode") {
  const nobody = { agreed: null, options: [], remarks: [], decision: null, seq: 0 };
  return { kind, target, standing: "added", ...nobody };
}

/** The server has it under this number. */
export function saved(state, key, seq) {
  const item = itemAt(state, key);
  return item ? withItem(state, key, { ...item, seq }) : state;
}

/** Something was picked for the item, or its reason typed. */
export function drafted(state, key, parts) {
  const drafts = new Map(state.drafts);
  const item = itemAt(state, key);
  const before = drafts.get(key) ?? { value: undefined, reason: item?.decision?.reason ?? "" };
  drafts.set(key, { ...before, ...parts });
  return { ...state, drafts };
}

/** What would be decided now: {value, reason, chosen}; not `chosen` where nothing was picked. */
export function draftOf(state, key) {
  const item = itemAt(state, key);
  const draft = state.drafts.get(key);
  const picked = draft !== undefined && draft.value !== undefined;
  return {
    chosen: picked || Boolean(item?.decision),
    value: picked ? draft.value : (item?.decision?.value ?? null),
    reason: draft?.reason ?? item?.decision?.reason ?? "",
  };
}
