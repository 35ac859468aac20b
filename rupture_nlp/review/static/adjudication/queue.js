// Decisions on their way to the server: kept in the browser until it has them, sent in order.
//
// A decision is {client_id, n, kind, target, base, value, reason}. `base` is the number of the
// decision that was seen; null while an earlier one on the same target is still unsent.

import { keyOf } from "./state.js";

const WAITS_MS = [1000, 2000, 4000, 8000, 15_000];
const KIND = "unsent";
const REFUSED = [400, 413, 422];

function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * `send(decision)` posts one. `events`: saved(decision, answer), conflict(decision, current),
 * refused(decision, error), status().
 */
export class Queue {
  constructor({ memory, send, events }) {
    Object.assign(this, { memory, send, events });
    this.waiting = memory
      .all(KIND)
      .map(([, decision]) => decision)
      .sort((a, b) => a.n - b.n);
    this.state = "idle"; // idle, sending, offline, halted
    this.halt = null;
    this.failures = 0;
    this.timer = null;
  }

  get unsent() {
    return this.waiting.length;
  }

  add({ kind, target, value, reason, base }) {
    const key = keyOf(kind, target);
    const earlier = this.waiting.some((other) => keyOf(other.kind, other.target) === key);
    const decision = {
      client_id: newId(),
      n: Math.max(Date.now(), (this.waiting.at(-1)?.n ?? 0) + 1),
      kind,
      target,
      base: earlier ? null : base,
      value,
      reason: reason || null,
    };
    this.waiting.push(decision);
    this.memory.put(KIND, decision.client_id, decision);
    this.pump();
  }

  /** Send what waits, one at a time, until nothing is left or something is in the way. */
  async pump() {
    if (this.state === "sending" || this.state === "halted") return;
    clearTimeout(this.timer);
    while (this.waiting.length) {
      this.state = "sending";
      this.events.status();
      if (!(await this.deliver(this.waiting[0]))) return;
    }
    this.state = "idle";
    this.events.status();
  }

  /** True where the next one may go. */
  async deliver(decision) {
    const { n, ...body } = decision;
    try {
      const answer = await this.send(body);
      this.failures = 0;
      this.drop([decision]);
      this.follow(decision, answer.seq);
      this.events.saved(decision, answer);
      return true;
    } catch (error) {
      return this.failed(decision, error);
    }
  }

  /** Later ones on the same target were made knowing this one. */
  follow(decision, seq) {
    const next = this.of(decision).find((other) => other.base === null);
    if (!next) return;
    next.base = seq;
    this.memory.put(KIND, next.client_id, next);
  }

  of({ kind, target }) {
    return this.waiting.filter((other) => other.kind === kind && other.target === target);
  }

  failed(decision, error) {
    if (error.status === 0 || error.status === 408 || error.status === 429 || error.status >= 500) {
      this.later(error);
      return false;
    }
    this.failures = 0;
    if (error.status === 409) {
      const mine = this.of(decision);
      this.drop(mine);
      this.events.conflict(mine.at(-1), error.body?.current ?? null);
      return true;
    }
    if (REFUSED.includes(error.status)) {
      this.drop(this.of(decision));
      this.events.refused(decision, error);
      return true;
    }
    this.state = "halted";
    this.halt = error;
    this.events.status();
    return false;
  }

  later(error) {
    this.state = "offline";
    const step = WAITS_MS[Math.min(this.failures, WAITS_MS.length - 1)];
    this.failures += 1;
    this.timer = setTimeout(() => this.tryNow(), Math.max(step, 1000 * (error.retryAfterS ?? 0)));
    this.events.status();
  }

  tryNow() {
    if (this.state === "sending") return;
    this.state = "idle";
    this.halt = null;
    this.pump();
  }

  /** Give up everything that is unsent. */
  discard() {
    this.drop([...this.waiting]);
    this.halt = null;
    this.state = "idle";
    this.events.status();
  }

  drop(decisions) {
    const gone = new Set(decisions.map((one) => one.client_id));
    this.waiting = this.waiting.filter((one) => !gone.has(one.client_id));
    for (const id of gone) this.memory.drop(KIND, id);
  }
}
