// Decisions on their way to the server: kept in the browser until the server has them, sent in
// order.
//
// A change is {client_id, n, kind, target, base, value, reason}. `base` is the number of the
// decision that was seen; null while an earlier change of the same target is unsent, whose number
// is not known yet. Sending one again has the same client_id, so the server stores it once.

import { keyOf, randomHex, sameValue } from "./values.js";

const WAITS_MS = [1000, 2000, 4000, 8000, 15_000];
const REFUSED = [400, 413, 422];
const KIND = "unsent";

/**
 * `send(change)` posts one change. `seqOf(kind, target)` is the number of the last known decision.
 * `events`: saved(change, answer), conflict(kind, target, current), overruled(kind, target,
 * current), refused(change, error), status().
 */
export class Outbox {
  constructor({ memory, send, seqOf, events }) {
    Object.assign(this, { memory, send, seqOf, events });
    this.conflicts = new Map(); // key to the other decision
    this.state = "idle"; // idle, sending, offline, halted
    this.halt = null; // the error that stopped everything
    this.failures = 0;
    this.timer = null;
    // What an earlier visit could not send, in order.
    this.changes = memory.all(KIND).map(([, change]) => change);
    this.changes.sort((a, b) => a.n - b.n);
  }

  get unsent() {
    return this.changes.length;
  }

  /** Does something stand in the way of sending? */
  get inTrouble() {
    return this.state === "offline" || this.state === "halted";
  }

  add({ kind, target, value, reason = null }) {
    const name = String(target);
    const last = this.changes.at(-1)?.n ?? 0;
    const change = {
      client_id: randomHex(16),
      n: Math.max(Date.now(), last + 1),
      kind,
      target: name,
      base: this.group(kind, name).length ? null : this.seqOf(kind, name),
      value,
      reason,
    };
    this.changes.push(change);
    this.keep(change);
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
    return this.changes.find((c) => !this.conflicts.has(keyOf(c.kind, c.target)));
  }

  /** True where the next one may go. */
  async deliver(change) {
    // Where the one before it was not kept, what is known now is what was seen.
    change.base ??= this.seqOf(change.kind, change.target);
    this.keep(change); // should the answer be lost, the very same is sent again
    const { client_id, kind, target, base, value, reason } = change;
    let answer = null;
    try {
      answer = await this.send({ client_id, kind, target, base, value, reason });
    } catch (error) {
      return this.failed(change, error);
    }
    this.failures = 0;
    this.forget([change]);
    this.follow(change, answer.seq);
    this.events.saved(change, answer);
    return true;
  }

  /** The next one on the same target was made knowing this one. */
  follow({ kind, target }, seq) {
    const [next] = this.group(kind, target);
    if (!next) return;
    next.base = seq;
    this.keep(next);
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
    if (REFUSED.includes(error.status)) {
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
    const step = WAITS_MS[Math.min(this.failures, WAITS_MS.length - 1)];
    this.failures += 1;
    this.timer = setTimeout(() => this.tryNow(), Math.max(step, 1000 * error.retryAfterS));
    this.events.status();
  }

  /** Try again at once: the connection is back, or somebody asks. */
  tryNow() {
    if (this.state === "sending") return;
    this.state = "idle";
    this.halt = null;
    this.pump();
  }

  // Conflicts

  disagreed({ kind, target }, current) {
    const group = this.group(kind, target);
    if (sameValue(group.at(-1).value, current.value)) {
      this.forget(group);
      this.events.overruled(kind, target, current);
      return;
    }
    this.conflicts.set(keyOf(kind, target), current);
    this.events.conflict(kind, target, current);
  }

  group(kind, target) {
    return this.changes.filter((c) => c.kind === kind && c.target === target);
  }

  /** Drop our changes of the target. */
  takeTheirs(kind, target) {
    this.conflicts.delete(keyOf(kind, target));
    this.forget(this.group(kind, target));
    this.events.status();
    this.pump();
  }

  /** Send our last value again, now knowing what it replaces. */
  keepMine(kind, target) {
    const current = this.conflicts.get(keyOf(kind, target));
    const group = this.group(kind, target);
    const last = group.at(-1);
    this.forget(group.slice(0, -1));
    last.base = current.seq;
    this.keep(last);
    this.conflicts.delete(keyOf(kind, target));
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

  keep(change) {
    this.memory.put(KIND, change.client_id, change);
  }

  forget(changes) {
    const gone = new Set(changes.map((change) => change.client_id));
    this.changes = this.changes.filter((change) => !gone.has(change.client_id));
    for (const id of gone) this.memory.drop(KIND, id);
  }
}
