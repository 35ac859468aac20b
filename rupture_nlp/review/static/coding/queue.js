// Changes on their way to the server: kept in the browser until the server has them, sent in order.
//
// A change is {client_id, n, kind, target, base, value}. `base` is the number of the decision that
// the coder saw; null where an earlier change of the same target is still unsent, whose number is
// not known yet. Sending one again has the same client_id, so the server stores it once.

import { entryKey } from "./state.js";
import { sameValue } from "./rules.js";

const WAITS_MS = [1000, 2000, 4000, 8000, 15_000];
const KIND = "unsent";

function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * `send(change)` posts one change. `seqOf(kind, target)` is the number of the last known decision.
 * `events`: saved(change, answer), conflict(change, current), overruled(kind, target, current),
 * refused(change, error), status().
 */
export class Outbox {
  constructor({ memory, send, seqOf, events }) {
    this.memory = memory;
    this.send = send;
    this.seqOf = seqOf;
    this.events = events;
    this.changes = [];
    this.conflicts = new Map(); // "kind:target" to the other decision
    this.state = "idle"; // idle, sending, offline, halted
    this.halt = null; // the error that stopped everything
    this.failures = 0;
    this.timer = null;
  }

  get unsent() {
    return this.changes.length;
  }

  /** Take up what an earlier visit could not send; returns it, in order. */
  restore() {
    const kept = this.memory.all(KIND).map(([, change]) => change);
    this.changes = kept.sort((a, b) => a.n - b.n);
    return this.changes;
  }

  add({ kind, target, value }) {
    const key = entryKey(kind, target);
    const waiting = this.changes.some((other) => entryKey(other.kind, other.target) === key);
    const last = this.changes.at(-1)?.n ?? 0;
    const change = {
      client_id: newId(),
      n: Math.max(Date.now(), last + 1),
      kind,
      target: String(target),
      base: waiting ? null : this.seqOf(kind, target),
      value,
    };
    this.changes.push(change);
    this.memory.put(KIND, change.client_id, change);
    this.events.status();
    this.pump();
  }

  /** Send what waits, one at a time, until nothing is left or something is in the way. */
  async pump() {
    if (this.state === "sending" || this.state === "halted") return;
    clearTimeout(this.timer);
    let change = this.next();
    while (change) {
      this.state = "sending";
      this.events.status();
      if (!(await this.deliver(change))) return;
      change = this.next();
    }
    this.state = "idle";
    this.events.status();
  }

  next() {
    return this.changes.find((c) => !this.conflicts.has(entryKey(c.kind, c.target)));
  }

  /** True where the next one may go. */
  async deliver(change) {
    if (change.base === null) {
      // Kept before it is sent: should the answer be lost, the very same is sent again.
      change.base = this.seqOf(change.kind, change.target);
      this.memory.put(KIND, change.client_id, change);
    }
    const { client_id, kind, target, base, value } = change;
    try {
      const answer = await this.send({ client_id, kind, target, base, value });
      this.failures = 0;
      this.forget([change]);
      this.events.saved(change, answer);
      return true;
    } catch (error) {
      return this.failed(change, error);
    }
  }

  failed(change, error) {
    if (error.passing) {
      this.retryLater(error);
      return false;
    }
    this.failures = 0;
    if (error.status === 409 && error.current) {
      this.disagreed(change, error.current);
      return true;
    }
    if ([400, 413, 422].includes(error.status)) {
      this.forget(this.group(change.kind, change.target));
      this.events.refused(change, error);
      return true;
    }
    this.state = "halted";
    this.halt = error;
    this.events.status();
    return false;
  }

  retryLater(error) {
    this.state = "offline";
    const wait = Math.max(
      WAITS_MS[Math.min(this.failures, WAITS_MS.length - 1)],
      1000 * error.retryAfterS,
    );
    this.failures += 1;
    this.timer = setTimeout(() => this.tryNow(), wait);
    this.events.status();
  }

  /** Try again at once: the connection is back, or the coder asks. */
  tryNow() {
    if (this.state === "sending") return;
    this.state = "idle";
    this.halt = null;
    this.pump();
  }

  // Conflicts

  disagreed(change, current) {
    const mine = this.group(change.kind, change.target).at(-1);
    if (sameValue(mine.value, current.value)) {
      this.forget(this.group(change.kind, change.target));
      this.events.overruled(change.kind, change.target, current);
      return;
    }
    this.conflicts.set(entryKey(change.kind, change.target), current);
    this.events.conflict(mine, current);
  }

  group(kind, target) {
    return this.changes.filter((c) => c.kind === kind && c.target === target);
  }

  /** Drop our changes of the target. */
  takeTheirs(kind, target) {
    this.conflicts.delete(entryKey(kind, target));
    this.forget(this.group(kind, target));
    this.events.status();
    this.pump();
  }

  /** Send our last value again, now knowing what it replaces. */
  keepMine(kind, target) {
    const current = this.conflicts.get(entryKey(kind, target));
    const group = this.group(kind, target);
    const last = group.at(-1);
    this.forget(group.slice(0, -1));
    last.base = current.seq;
    this.memory.put(KIND, last.client_id, last);
    this.conflicts.delete(entryKey(kind, target));
    this.pump();
  }

  /** Give up everything that is unsent. */
  discardAll() {
    this.forget([...this.changes]);
    this.conflicts.clear();
    this.halt = null;
    this.state = "idle";
    this.events.status();
  }

  forget(changes) {
    const gone = new Set(changes.map((change) => change.client_id));
    this.changes = this.changes.filter((change) => !gone.has(change.client_id));
    for (const id of gone) this.memory.drop(KIND, id);
  }
}
