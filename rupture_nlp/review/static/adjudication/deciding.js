// What is done to an item: picked, given a value of its own, decided, taken back.

import { say } from "../base.js";
import { askOwn } from "./own.js";
import { decided, drafted, draftOf, finalOf, itemAt, keyOf, newEpisode, nextOpen } from "./state.js";
import { itemName, summary } from "./words.js";

const EMPTY_EPISODE = Object.freeze({ start: 0, end: 0, repair_start: null, resolution: null });

export class Deciding {
  /** `page` holds the state, the queue, the rules, the reasons, and `select(key, part)`. */
  constructor(page) {
    this.page = page;
  }

  pick(key, value) {
    const { page } = this;
    if (this.closed()) return;
    page.state = drafted(page.state, key, { value });
    page.select(key, "reason");
  }

  pickLabel(label) {
    const { page } = this;
    const item = itemAt(page.state, page.state.current ?? "");
    const option = item?.options.find((one) => one.label.toLowerCase() === label);
    if (option) this.pick(page.state.current, option.value);
    return Boolean(option);
  }

  async own(key) {
    const { page } = this;
    if (this.closed()) return;
    const item = itemAt(page.state, key);
    const draft = draftOf(page.state, key);
    const value = draft.chosen ? draft.value : (finalOf(item) ?? item.options[0]?.value ?? null);
    const answer = await askOwn({
      item,
      turn: item.kind === "turn" ? page.state.turns[Number(item.target)] : null,
      turns: page.state.turns,
      value,
      rules: page.rules,
      title: `${itemName(item, page.state.turns)}: own value`,
    });
    if (!answer) return;
    this.pick(key, answer.value);
  }

  decide(key) {
    const { page } = this;
    if (this.closed()) return;
    const item = itemAt(page.state, key);
    const draft = draftOf(page.state, key);
    const reason = draft.reason.trim();
    if (!draft.chosen) {
      say("Pick a column, or o for your own value.");
      return;
    }
    if (item.standing === "disputed" && !reason) {
      say("A dispute is decided with a reason.");
      page.select(key, "reason");
      return;
    }
    const base = item.seq;
    page.state = decided(page.state, key, draft.value, reason);
    page.reasons.add(reason);
    page.queue.add({ kind: item.kind, target: item.target, value: draft.value, reason, base });
    const name = itemName(itemAt(page.state, key), page.state.turns);
    say(`${name}: ${summary(item.kind, draft.value, page.state.turns)}.`);
    const next = nextOpen(page.state, key);
    page.select(next ?? key);
  }

  takeBack(key) {
    const { page } = this;
    const item = itemAt(page.state, key);
    if (this.closed() || item.kind !== "turn" || !item.decision) return;
    page.state = decided(page.state, key, null, "");
    page.queue.add({ kind: item.kind, target: item.target, value: null, reason: "", base: item.seq });
    say(`${itemName(item, page.state.turns)}: the decision is taken back.`);
    page.select(key);
  }

  async addEpisode() {
    const { page } = this;
    const id = `e${crypto.getRandomValues(new Uint32Array(1))[0].toString(16).padStart(8, "0")}`;
    const item = newEpisode(id);
    const { turns } = page.state;
    const answer = await askOwn({ item, turns, value: EMPTY_EPISODE, rules: page.rules, title: "Add an episode" });
    if (!answer?.value) return;
    page.state.items.set(keyOf("episode", id), item);
    this.pick(keyOf("episode", id), answer.value);
  }

  closed() {
    const { page } = this;
    if (page.state.assignment.finished) say("The session is settled. Open it again to change it.");
    return page.state.assignment.finished;
  }
}
