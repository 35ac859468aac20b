// The page on which disagreements are settled: makes its parts and tells them what happens.

import { say } from "../base.js";
import { makeApi } from "../shared/api.js";
import { setBook } from "../shared/book.js";
import { Conflicts } from "../shared/conflicts.js";
import { byId, setText, takesText } from "../shared/dom.js";
import { browserStorage, Memory } from "../shared/memory.js";
import { Outbox } from "../shared/outbox.js";
import { Rules } from "../shared/rules.js";
import { noticeButton, Saving, watchLeaving } from "../shared/saving.js";
import { keyOf } from "../shared/values.js";
import { count } from "../shared/words.js";
import { Deciding } from "./deciding.js";
import { confirmFinish, showKeys } from "./dialogs.js";
import { Reasons } from "./reasons.js";
import { counts, decided, drafted, draftOf, fromServer, itemAt, listed } from "./state.js";
import { nextOf, nextOpen, saved } from "./state.js";
import { domId, focusOn, View } from "./view.js";
import { itemName, tallyWords } from "./words.js";

const DRAFT = "draft";

class Page {
  constructor(answer, codebook, api) {
    this.api = api;
    this.rules = new Rules(codebook);
    this.memory = new Memory(browserStorage(), answer.assignment.id);
    this.outbox = this.makeOutbox();
    this.state = this.laidOver(fromServer(answer, { drafts: new Map(this.memory.all(DRAFT)) }));
    this.state.current = nextOpen(this.state, null) ?? this.state.current;
    this.saving = new Saving({
      noun: "decision",
      outbox: () => this.outbox,
      memory: this.memory,
      rest: () => this.finishedNotice(),
      discarded: () => this.reload(),
    });
    this.deciding = new Deciding(this);
    this.view = this.makeView();
    this.reasons = new Reasons(byId("reasons"), codebook.rules.deciding);
    for (const item of this.state.items.values()) this.reasons.add(item.decision?.reason);
  }

  makeOutbox() {
    this.arrivals = 0; // decisions that the server has taken from this page
    this.conflicts = new Conflicts({
      outbox: () => this.outbox,
      what: (kind, target) => itemName(itemAt(this.state, keyOf(kind, target)), this.state.turns),
      turns: () => this.state.turns,
      theirs: () => {},
      done: () => this.reload(),
    });
    return new Outbox({
      memory: this.memory,
      send: (change) => this.api.decide(change),
      seqOf: (kind, target) => itemAt(this.state, keyOf(kind, target))?.seq ?? 0,
      events: {
        saved: (change, answer) => this.arrived(change, answer),
        conflict: (kind, target, current) => this.conflicts.add(kind, target, current),
        overruled: () => this.reload(),
        refused: (change, error) => this.refused(change, error),
        status: () => this.saving?.update(),
      },
    });
  }

  makeView() {
    return new View({
      roots: { turns: byId("turns"), episodes: byId("episodes"), ratings: byId("ratings") },
      acts: {
        select: (key) => this.select(key),
        pick: (key, value) => this.deciding.pick(key, value),
        own: (key) => this.deciding.own(key),
        reason: (key, reason) => this.draft(key, { reason }),
        decide: (key) => this.deciding.decide(key),
        takeBack: (key) => this.deciding.takeBack(key),
        unfold: (from, to) => this.unfold(from, to),
      },
    });
  }

  start() {
    byId("next").addEventListener("click", () => this.goOpen(1));
    byId("keys").addEventListener("click", () => showKeys(this.keyTable));
    byId("finish").addEventListener("click", () => this.finish());
    byId("add-episode").addEventListener("click", () => this.deciding.addEpisode());
    byId("adjudication").addEventListener("keydown", (event) => this.pressed(event));
    watchLeaving({ outbox: this.outbox, commit: () => {}, say });
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") this.reload();
    });
    byId("loading").hidden = true;
    byId("desk").hidden = false;
    this.draw();
    if (this.state.current) this.select(this.state.current);
    this.outbox.pump();
  }

  // Showing

  draw() {
    const { finished } = this.state.assignment;
    const tally = counts(this.state);
    this.view.draw(this.state);
    setText(byId("tally"), tallyWords(tally));
    byId("finish").hidden = finished;
    byId("add-episode").hidden = finished;
    byId("next").disabled = tally.open === 0;
    this.saving.update();
  }

  finishedNotice() {
    if (!this.state.assignment.finished) return null;
    const again = noticeButton("Open again", () => this.step("reopen"));
    return ["Finished: these are the codes that hold. ", again];
  }

  // What is picked and not decided yet is kept in this browser, too

  draft(key, parts) {
    this.state = drafted(this.state, key, parts);
    this.memory.put(DRAFT, key, this.state.drafts.get(key));
  }

  forgetDraft(key) {
    this.memory.drop(DRAFT, key);
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

  /** What was decided here and is unsent lies over what the server knows. */
  laidOver(state) {
    const over = (next, { kind, target, value, reason }) =>
      decided(next, keyOf(kind, target), value, reason);
    return this.outbox.changes.reduce(over, state);
  }

  async reload() {
    try {
      const before = this.arrivals;
      const answer = await this.api.loadSettling();
      // Perhaps written before a decision arrived that no longer waits here: ask again.
      if (this.arrivals !== before) return await this.reload();
      this.state = this.laidOver(fromServer(answer, this.state));
      this.draw();
    } catch (error) {
      if (!error.passing) say(error.message);
    }
  }

  arrived({ kind, target }, { seq }) {
    this.arrivals += 1;
    this.state = saved(this.state, keyOf(kind, target), seq);
    // An episode may settle or open others: the server knows which.
    if (kind === "episode") this.reload();
  }

  async refused({ kind, target }, error) {
    await this.reload();
    this.select(keyOf(kind, target));
    say(`Not taken: ${error.message}`);
  }

  async finish() {
    const { open, details } = counts(this.state);
    if (open) {
      say(`${count(open, "dispute")} left.`);
      this.goOpen(1);
    } else if (this.outbox.unsent) {
      say("Not everything is saved yet.");
    } else if (await confirmFinish(details)) {
      await this.step("finish");
    }
  }

  async step(name) {
    say(""); // what was said of the last decision is over
    try {
      await this.api[name]();
    } catch (error) {
      say(error.message);
    }
    await this.reload();
  }

  // Keys: they work while the focus is inside the page's own part

  get keyTable() {
    const row = (name, text, act) => ({ names: [name], text, act });
    const here = (act) => () => this.state.current && act(this.state.current);
    return [
      row("n", "Next open dispute", () => this.goOpen(1)),
      row("p", "Previous open dispute", () => this.goOpen(-1)),
      row("j", "Next line that is not folded", () => this.goListed(1)),
      row("k", "Previous line that is not folded", () => this.goListed(-1)),
      row("o", "Own value", here((key) => this.deciding.own(key))),
      row("r", "The reason; Enter decides, Escape leaves it", here((key) => this.select(key, "reason"))),
      row("x", "Take a turn's decision back", here((key) => this.deciding.takeBack(key))),
      row("z", "Fold agreed turns away again", () => this.foldAll()),
      row("Ctrl Enter", "Decide what is picked; where nothing is, finish", () => this.decideOrFinish()),
      row("?", "These keys", () => showKeys(this.keyTable)),
    ];
  }

  pressed(event) {
    if (event.altKey) return;
    const control = event.ctrlKey || event.metaKey;
    const name = control ? `Ctrl ${event.key}` : event.key;
    if (takesText(event.target) && !control) {
      if (name === "Escape" && this.state.current) this.select(this.state.current);
      return;
    }
    const row = this.keyTable.find(({ names }) => names.includes(name));
    if (row) row.act();
    else if (!/^[a-z0-9]$/.test(name) || !this.deciding.pickLabel(name)) return;
    event.preventDefault();
  }

  decideOrFinish() {
    const { current } = this.state;
    const picked = current && this.state.drafts.has(current) && draftOf(this.state, current).chosen;
    const typing = takesText(document.activeElement);
    if (current && (picked || typing)) this.deciding.decide(current);
    else this.finish();
  }
}

async function open() {
  const api = makeApi(byId("adjudication").dataset.assignment);
  try {
    const [answer, codebook] = await Promise.all([api.loadSettling(), api.codebook()]);
    setBook(codebook);
    new Page(answer, codebook, api).start();
  } catch (error) {
    setText(byId("loading"), `The session cannot be opened. ${error.message}`);
    if (error.name !== "ApiError") throw error;
  }
}

open();
