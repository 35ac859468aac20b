// The ways through a session: finish, reveal, take the server's state anew.

import { nameAt, plain } from "../shared/words.js";
import { confirmFinish, confirmReveal, tellHidden } from "./dialogs.js";
import { fromServer, withKept } from "./state.js";

export class Flow {
  /** `page` is the whole page: its store, outbox, api, rules, panel and list. */
  constructor(page) {
    this.page = page;
  }

  get state() {
    return this.page.state;
  }

  async finish() {
    this.page.panel.commitComment();
    if (this.state.assignment.finished) return;
    const hidden = this.state.assignment.turns_total - this.state.turns.length;
    if (hidden) await tellHidden(hidden);
    else if (await confirmFinish(this.state, this.page.rules)) await this.closeSession();
    this.page.back();
  }

  async closeSession() {
    if (this.page.outbox.unsent) {
      this.page.say("Not finished: some changes are not saved yet. Finish again when they are.");
      return;
    }
    try {
      await this.page.api.finish();
      await this.reload();
    } catch (error) {
      this.page.say(`Not finished. ${error.message}`);
    }
  }

  async reveal() {
    if (await confirmReveal()) {
      try {
        await this.page.api.reveal();
        await this.reload();
      } catch (error) {
        this.page.say(`Not shown. ${error.message}`);
      }
    }
    this.page.back();
  }

  /** Take the server's state anew; what is unsent stays on top. */
  async reload() {
    const answer = await this.page.api.load();
    const fresh = withKept(fromServer(answer, this.page.rules.codes), this.page.outbox.changes);
    this.page.store.set({ ...fresh, current: this.state.current });
    this.page.list.show(this.state.current);
  }

  async refused(error) {
    await this.reload().catch(() => {});
    this.page.say(`Not saved. ${error.message}`);
  }

  /** What a target is called at the start of a sentence. */
  what(kind, target) {
    if (kind === "turn") return `Turn ${nameAt(this.state.turns, Number(target))}`;
    return kind === "rating" ? `The rating ${plain(target)}` : "An episode";
  }
}
