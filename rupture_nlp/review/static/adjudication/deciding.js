// What is done to an item: picked, given a value of its own, decided, taken back.

import { say } from "../base.js";
import { keyOf, newEpisodeId } from "../shared/values.js";
import { valueSummary } from "../shared/words.js";
import { askOwn } from "./own.js";
import { decided, draftOf, finalOf, itemAt, newEpisode, nextOpen, withItem } from "./state.js";
import { itemName } from "./words.js";

const EMPTY_EPISODE = Object.freeze({ start: 0, end: 0, repair_start: null, resolution: null });

export class Deciding {
  /** `page` holds the state, the outbox, the rules, and `select(key, part)`, `draft(key, parts)`. */
  constructor(page) {
    this.page = page;
  }

  pick(key, value) {
    const { page } = this;
    if (this.closed()) return;
    page.draft(key, { value });
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
    this.send(key, item, draft.value, reason);
    const name = itemName(itemAt(page.state, key), page.state.turns);
    say(`${name}: ${valueSummary(item.kind, draft.value, page.state.turns)}.`);
    const next = nextOpen(page.state, key);
    page.select(next ?? key);
  }

  takeBack(key) {
    const { page } = this;
    const item = itemAt(page.state, key);
    if (this.closed() || item.kind !== "turn" || !item.decision) return;
    this.send(key, item, null, null);
    say(`${itemName(item, page.state.turns)}: the decision is taken back.`);
    page.select(key);
  }

  async addEpisode() {
    const { page } = this;
    const id = newEpisodeId();
    const item = newEpisode(id);
    const { turns } = page.state;
    const answer = await askOwn({ item, turns, value: EMPTY_EPISODE, rules: page.rules, title: "Add an episode" });
    if (!answer?.value) return;
    const key = keyOf("episode", id);
    page.state = withItem(page.state, key, item);
    this.pick(key, answer.value);
  }

  /** A decision: shown at once, kept here, sent in the background. */
  send(key, { kind, target }, value, reason) {
    const { page } = this;
    page.state = decided(page.state, key, value, reason);
    page.forgetDraft(key);
    page.reasons.add(reason);
    page.outbox.add({ kind, target, value, reason: reason || null });
  }

  closed() {
    const { page } = this;
    if (page.state.assignment.finished) say("The session is settled. Open it again to change it.");
    return page.state.assignment.finished;
  }
}
