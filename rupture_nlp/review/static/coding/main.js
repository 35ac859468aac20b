// The coding page: makes its parts, and tells them what happens.

import { makeApi } from "../shared/api.js";
import { setBook } from "../shared/book.js";
import { Conflicts } from "../shared/conflicts.js";
import { byId, setAttribute, setText } from "../shared/dom.js";
import { browserStorage, Memory } from "../shared/memory.js";
import { Outbox } from "../shared/outbox.js";
import { Rules } from "../shared/rules.js";
import { Saving, watchLeaving } from "../shared/saving.js";
import { keyOf } from "../shared/values.js";
import { count, modeWords, nothingToPick } from "../shared/words.js";
import { CodebookPanel, focusedName } from "./codebook.js";
import { Coding } from "./coding.js";
import { showKeys } from "./dialogs.js";
import { EpisodesPanel } from "./episodes.js";
import { Flow } from "./flow.js";
import { keyTable, listen } from "./keyboard.js";
import { RowList } from "./list.js";
import { Marking } from "./marking.js";
import { Moving } from "./moving.js";
import { TurnPanel } from "./panel.js";
import { RatingsPanel } from "./ratings.js";
import { drawRow, guessHeight, rowId } from "./rows.js";
import { Search } from "./search.js";
import { findTurn, fromServer, isCodable, isTouched, mayChange, overruled } from "./state.js";
import { saved, turnValue, withKept } from "./state.js";
import { finishedNotice, showTally } from "./status.js";
import { Store } from "./store.js";
import { Tabs } from "./tabs.js";
import { Timeline } from "./timeline.js";

const PLACE = "place";
const KEYS = "keys";

class Page {
  constructor(answer, codebook, api) {
    this.api = api;
    this.rules = new Rules(codebook);
    this.memory = new Memory(browserStorage(), answer.assignment.id);
    this.outbox = this.makeOutbox();
    this.store = new Store(this.restored(answer));
    this.focusedOnly = this.memory.take(KEYS, "focused-only") ?? false;
    this.makeActs();
    this.makeParts(codebook);
    this.connect();
  }

  get state() {
    return this.store.state;
  }

  // Making

  makeOutbox() {
    const theirs = (kind, target, current) =>
      this.store.set(overruled(this.state, kind, target, current.value, current.seq));
    this.conflicts = new Conflicts({
      outbox: () => this.outbox,
      what: (kind, target) => this.flow.what(kind, target),
      turns: () => this.state.turns,
      theirs,
      done: () => this.back(),
    });
    return new Outbox({
      memory: this.memory,
      send: (change) => this.api.decide(change),
      seqOf: (kind, target) => this.state.entries.get(keyOf(kind, target))?.seq ?? 0,
      events: {
        saved: ({ kind, target }, { seq }) => this.store.set(saved(this.state, kind, target, seq)),
        conflict: (kind, target, current) => this.conflicts.add(kind, target, current),
        overruled: theirs,
        refused: (change, error) => this.flow.refused(error),
        status: () => this.saving?.update(),
      },
    });
  }

  /** The server's state with what was not sent yet, at the place where the coder left. */
  restored(answer) {
    const state = withKept(fromServer(answer, this.rules.codes), this.outbox.changes);
    const place = this.memory.take(PLACE, "current");
    const open = (turn) => isCodable(turn) && !isTouched(state, turn.position);
    const current = place ?? findTurn(state, -1, 1, open) ?? 0;
    return { ...state, current: Math.min(current, Math.max(0, state.turns.length - 1)) };
  }

  makeActs() {
    const say = (text) => this.say(text);
    const announce = (text) => setText(byId("announced"), text);
    this.back = () => byId("turns").focus({ preventScroll: true });
    this.moving = new Moving({
      store: this.store,
      api: this.api,
      say,
      shown: (position) => this.list.show(position),
      reload: () => this.flow.reload(),
    });
    const { store, rules, outbox, moving } = this;
    this.coding = new Coding({ store, rules, outbox, say, announce, moving });
    this.marking = new Marking({ store, coding: this.coding, say, edit: (id) => this.edit(id) });
  }

  makeParts(codebook) {
    const { rules, coding, moving, memory, marking, back } = this;
    this.panel = new TurnPanel({ root: byId("panel-turn"), rules, coding, moving, memory, back });
    this.episodes = new EpisodesPanel({ root: byId("panel-episodes"), rules, marking, moving, back });
    this.ratings = new RatingsPanel({ root: byId("panel-session"), rules, coding, moving });
    this.book = new CodebookPanel({ root: byId("panel-codebook"), codebook });
    this.timeline = new Timeline({ canvas: byId("timeline"), moving });
    this.tabs = new Tabs({ list: byId("tabs"), changed: () => this.drawPanels(this.state) });
    this.search = new Search({
      input: byId("search-input"),
      status: byId("hits"),
      store: this.store,
      moving,
      changed: () => this.list.render(),
      back,
    });
    this.flow = new Flow(this);
    this.saving = new Saving({
      noun: "change",
      outbox: () => this.outbox,
      memory,
      rest: () => finishedNotice(this.state.assignment, () => this.flow.reveal()),
      discarded: () => this.flow.reload(),
    });
    this.list = this.makeList();
    this.table = keyTable({ moving, coding, marking, page: this.pageActs(), rules });
  }

  makeList() {
    const view = byId("view");
    return new RowList({
      view,
      body: byId("turns"),
      draw: (index, row) => drawRow(this.state, index, row, this.search.query),
      guess: (index) => guessHeight(this.state.turns[index], view.clientWidth / 10, 24),
      current: () => this.state.current,
    });
  }

  pageActs() {
    return {
      search: () => this.search.focus(),
      pick: (name) => this.pick(name),
      comment: () => this.focusComment(),
      ratings: () => this.openRatings(),
      finish: () => this.flow.finish(),
      define: () => this.define(),
      keys: () => this.showKeys(),
      escape: () => this.escape(),
    };
  }

  connect() {
    this.store.subscribe((state) => this.draw(state));
    this.list.onMoved = (view) => this.timeline.seen(view);
    const turns = byId("turns");
    turns.addEventListener("click", (event) => {
      const row = event.target.closest("[data-position]");
      if (!row || String(getSelection())) return;
      this.sayNothing();
      this.moving.select(Number(row.dataset.position));
    });
    // A click with the pointer leaves the keys with the transcript.
    byId("side").addEventListener("click", (event) => {
      if (event.detail > 0 && event.target.closest("button")) this.back();
    });
    byId("finish").addEventListener("click", () => this.flow.finish());
    byId("keys").addEventListener("click", () => this.showKeys());
    const commit = () => this.panel.commitComment();
    watchLeaving({ outbox: this.outbox, commit, say: (text) => this.say(text) });
    listen({
      table: this.table,
      transcript: byId("view"),
      focusedOnly: () => this.focusedOnly,
      before: () => this.sayNothing(),
    });
  }

  start() {
    byId("loading").hidden = true;
    byId("desk").hidden = false;
    byId("turns").classList.toggle("timed", this.state.turns.some((t) => t.start_s !== null));
    this.draw(this.state);
    this.list.show(this.state.current, true);
    if (!this.state.turns.length) this.moving.next(); // turn by turn, and none was opened yet
    this.panel.takeUpDrafts();
    this.outbox.pump();
    this.back();
  }

  // Drawing

  draw(state) {
    if (this.list.count !== state.turns.length) this.list.setCount(state.turns.length);
    const here = state.turns.length ? rowId(state.current) : null;
    setAttribute(byId("turns"), "aria-activedescendant", here);
    this.drawPanels(state);
    this.timeline.update(state);
    showTally(state, { words: byId("tally"), bar: byId("progress") });
    this.saving.update();
    this.list.render();
    this.drawRest(state);
    this.memory.put(PLACE, "current", state.current);
  }

  /** Panels that nobody sees wait until their tab is opened. */
  drawPanels(state) {
    this.panel.update(state);
    if (this.tabs.shown === "panel-episodes") this.episodes.update(state);
    if (this.tabs.shown === "panel-session") this.ratings.update(state);
  }

  drawRest(state) {
    const hidden = state.assignment.turns_total - state.turns.length;
    byId("hidden-turns").hidden = hidden === 0;
    const text = `${count(hidden, "later turn")} not shown yet: a turn is coded in the light of what came before it. ↓ shows the next.`;
    setText(byId("hidden-turns"), hidden ? text : "");
    byId("finish").hidden = state.assignment.finished;
    byId("closed").hidden = mayChange(state);
    byId("side").classList.toggle("closed", !mayChange(state));
    setText(byId("mode"), modeWords(state.assignment));
  }

  say(text) {
    setText(byId("status"), text);
  }

  /** What was said goes with the next action, but for how to end an episode. */
  sayNothing() {
    if (!this.state.marking) this.say("");
  }

  // What keys ask of the page

  pick(name) {
    this.tabs.show("panel-turn");
    if (!this.panel.pickers[name].focus()) this.say(nothingToPick(name));
  }

  focusComment() {
    this.tabs.show("panel-turn");
    byId("comment").focus();
  }

  openRatings() {
    this.tabs.show("panel-session");
    this.ratings.focus();
  }

  edit(id) {
    this.tabs.show("panel-episodes");
    this.episodes.focus(id);
  }

  define() {
    const turn = this.state.turns[this.state.current];
    const name = focusedName(turnValue(this.state, this.state.current), turn?.speaker);
    if (this.tabs.shown === "panel-codebook" && document.activeElement === byId("turns")) {
      this.tabs.show("panel-turn");
      return;
    }
    this.tabs.show("panel-codebook");
    this.book.show(name);
    this.back();
  }

  escape() {
    if (this.marking.cancel()) return;
    if (document.activeElement === byId("turns")) this.tabs.show("panel-turn");
    this.say("");
    this.back();
  }

  async showKeys() {
    this.focusedOnly = await showKeys(this.table, this.focusedOnly);
    this.memory.put(KEYS, "focused-only", this.focusedOnly);
    this.back();
  }
}

async function open() {
  const root = byId("coding");
  const api = makeApi(root.dataset.assignment);
  try {
    const [codebook, answer] = await Promise.all([api.codebook(), api.load()]);
    setBook(codebook);
    new Page(answer, codebook, api).start();
  } catch (error) {
    setText(byId("loading"), `The session cannot be shown. ${error.message}`);
    if (!error.status) throw error;
  }
}

open();
