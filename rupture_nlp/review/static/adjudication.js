// The page on which disagreements are settled: makes its parts and tells them what happens.

import { call, say } from "./base.js";
import { setText, takesText } from "./coding/dom.js";
import { browserStorage, Memory } from "./coding/memory.js";
import { Rules } from "./coding/rules.js";
import { count } from "./coding/words.js";
import { Deciding } from "./adjudication/deciding.js";
import { confirmFinish, showKeys } from "./adjudication/dialogs.js";
import { Queue } from "./adjudication/queue.js";
import {
  counts,
  decided,
  drafted,
  fromServer,
  keyOf,
  listed,
  nextOf,
  nextOpen,
  saved,
} from "./adjudication/state.js";
import { Reasons, Status } from "./adjudication/status.js";
import { domId, focusOn, View } from "./adjudication/view.js";

const byId = (id) => document.getElementById(id);
const PATIENCE_MS = 20_000;

class Page {
  constructor(answer, codebook) {
    this.number = answer.assignment.id;
    this.rules = new Rules(codebook);
    this.state = fromServer(answer);
    this.status = new Status({
      reopen: () => this.step("reopen"),
      retry: () => this.queue.tryNow(),
      discard: () => this.discard(),
    });
    this.queue = this.makeQueue();
    this.deciding = new Deciding(this);
    this.view = new View({
      roots: { turns: byId("turns"), episodes: byId("episodes"), ratings: byId("ratings") },
      acts: {
        select: (key) => this.select(key),
        pick: (key, value) => this.deciding.pick(key, value),
        own: (key) => this.deciding.own(key),
        reason: (key, reason) => (this.state = drafted(this.state, key, { reason })),
        decide: (key) => this.deciding.decide(key),
        takeBack: (key) => this.deciding.takeBack(key),
        unfold: (from, to) => this.unfold(from, to),
      },
    });
    this.layOver();
    this.reasons = new Reasons(byId("reasons"), codebook.rules?.deciding ?? []);
    for (const item of this.state.items.values()) this.reasons.add(item.decision?.reason);
  }

  get root() {
    return `/api/assignments/${this.number}`;
  }

  makeQueue() {
    return new Queue({
      memory: new Memory(browserStorage(), `adjudication-${this.number}`),
      send: (body) => call(`${this.root}/decisions`, body, { signal: AbortSignal.timeout(PATIENCE_MS) }),
      events: {
        saved: (decision, answer) => this.arrived(decision, answer),
        conflict: (mine, current) => this.overtaken(mine, current),
        refused: (decision, error) => this.refused(decision, error),
        status: () => this.showStatus(),
      },
    });
  }

  start() {
    byId("next").addEventListener("click", () => this.goOpen(1));
    byId("keys").addEventListener("click", () => showKeys(this.keyTable));
    byId("finish").addEventListener("click", () => this.finish());
    byId("add-episode").addEventListener("click", () => this.deciding.addEpisode());
    byId("adjudication").addEventListener("keydown", (event) => this.pressed(event));
    window.addEventListener("online", () => this.queue.tryNow());
    document.addEventListener("before-leave", (event) => this.beforeLeave(event));
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") this.reload();
    });
    byId("loading").hidden = true;
    byId("desk").hidden = false;
    this.draw();
    if (this.state.current) this.select(this.state.current);
    this.queue.pump();
  }

  // Showing

  draw() {
    this.view.draw(this.state);
    this.showStatus();
  }

  showStatus() {
    if (this.queue) this.status.show(this.state, this.queue);
  }

  // Going

  select(key, part = null) {
    this.state = { ...this.state, current: key };
    this.draw();
    const element = byId(domId(key));
    if (!element) return;
    const field = part ? element.querySelector(`[data-part="${part}"]`) : null;
    focusOn(field ?? element);
    element.scrollIntoView({ block: "nearest" });
    // The context above matters more than what follows.
    const { top } = element.getBoundingClientRect();
    if (top > window.innerHeight * 0.55) window.scrollBy(0, top - window.innerHeight * 0.45);
  }

  goOpen(step) {
    const key = nextOpen(this.state, this.state.current, step);
    if (key) this.select(key);
    else say("No dispute is open. Finish when you are ready.");
  }

  goListed(step) {
    const key = nextOf(this.state, this.state.current, step, () => true);
    if (key) this.select(key);
  }

  unfold(from, to) {
    const unfolded = new Set(this.state.unfolded);
    for (let position = from; position <= to; position += 1) unfolded.add(position);
    this.state = { ...this.state, unfolded };
    this.draw();
    const first = this.state.turns.slice(from, to + 1).find((turn) => turn.speaker !== "other");
    if (first) byId(domId(keyOf("turn", String(first.position))))?.focus();
  }

  foldAll() {
    this.state = { ...this.state, unfolded: new Set() };
    if (!listed(this.state).includes(this.state.current)) {
      this.state = { ...this.state, current: nextOpen(this.state, null) ?? listed(this.state)[0] ?? null };
    }
    this.draw();
    if (this.state.current) this.select(this.state.current);
  }

  // What the server says

  /** Decisions of an earlier visit, or unsent ones, lie over what the server knows. */
  layOver() {
    for (const { kind, target, value, reason } of this.queue.waiting) {
      this.state = decided(this.state, keyOf(kind, target), value, reason);
    }
  }

  async reload() {
    try {
      const answer = await call(`/api/adjudications/${this.number}`);
      this.state = fromServer(answer, this.state);
      this.layOver();
      this.draw();
    } catch (error) {
      if (error.status !== 0) say(error.message);
    }
  }

  arrived(decision, answer) {
    this.state = saved(this.state, keyOf(decision.kind, decision.target), answer.seq);
    // An episode may settle or open others: the server knows which.
    if (decision.kind === "episode") this.reload();
  }

  async overtaken(mine) {
    await this.reload();
    const key = keyOf(mine.kind, mine.target);
    if (mine.value !== null) {
      this.state = drafted(this.state, key, { value: mine.value, reason: mine.reason ?? "" });
    }
    this.select(key);
    say("Somebody else decided this in the meantime. Yours is not saved: it stands below, ready to decide.");
  }

  async refused(decision, error) {
    await this.reload();
    const key = keyOf(decision.kind, decision.target);
    this.select(key);
    say(`Not taken: ${error.message}`);
  }

  /** Give up what cannot be saved, such as after another lead finished the session. */
  discard() {
    this.queue.discard();
    this.reload();
  }

  async finish() {
    const { open, details } = counts(this.state);
    if (open) {
      say(`${count(open, "dispute")} left.`);
      this.goOpen(1);
    } else if (this.queue.unsent) {
      say("Not everything is saved yet.");
    } else if (await confirmFinish(details)) {
      await this.step("finish");
    }
  }

  async step(name) {
    try {
      await call(`${this.root}/${name}`, {});
    } catch (error) {
      say(error.message);
    }
    await this.reload();
  }

  beforeLeave(event) {
    if (!this.queue.unsent) return;
    event.preventDefault();
    say("Not everything is saved yet: you are still signed in.");
  }

  // Keys: they work while the focus is inside the page's own part

  get keyTable() {
    return [
      ["n", "next open dispute", () => this.goOpen(1)],
      ["p", "previous open dispute", () => this.goOpen(-1)],
      ["j", "next line that is not folded", () => this.goListed(1)],
      ["k", "previous line that is not folded", () => this.goListed(-1)],
      ["o", "own value", () => this.state.current && this.deciding.own(this.state.current)],
      ["r", "the reason", () => this.state.current && this.select(this.state.current, "reason")],
      ["Enter", "decide (in the reason)", null],
      ["Escape", "leave the reason", null],
      ["x", "take a turn's decision back", () => this.state.current && this.deciding.takeBack(this.state.current)],
      ["z", "fold agreed turns away again", () => this.foldAll()],
      ["?", "these keys", () => showKeys(this.keyTable)],
    ];
  }

  pressed(event) {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (takesText(event.target)) {
      if (event.key === "Escape" && this.state.current) this.select(this.state.current);
      return;
    }
    const row = this.keyTable.find(([key, , act]) => act && key === event.key);
    if (row) row[2]();
    else if (!/^[a-z0-9]$/.test(event.key) || !this.deciding.pickLabel(event.key)) return;
    event.preventDefault();
  }
}

async function open() {
  const number = byId("adjudication").dataset.assignment;
  try {
    const [answer, codebook] = await Promise.all([
      call(`/api/adjudications/${number}`),
      call("/api/codebook"),
    ]);
    const page = new Page(answer, codebook);
    page.start();
  } catch (error) {
    if (error.name !== "CallError") throw error;
    setText(byId("loading"), `The session cannot be opened. ${error.message}`);
  }
}

open();
