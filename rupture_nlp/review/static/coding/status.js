// What the page says about itself: saved or not, how far the coder is, what stands in the way.

import { h, setAttribute, setText } from "./dom.js";
import { tally } from "./state.js";
import { count } from "./words.js";

export class Status {
  /** `parts`: elements save, tally, progress, notice. `acts`: retry, discard, reveal, reload. */
  constructor({ parts, outbox, memory, acts }) {
    Object.assign(this, { parts, outbox, memory, acts });
  }

  update(state) {
    this.state = state;
    this.showTally(tally(state), state.assignment);
    this.showSave();
    this.showNotice();
  }

  showTally({ codable, touched, ruptures, episodes, hidden }, assignment) {
    const total = assignment.turns_total;
    const coded = hidden
      ? `${touched} coded, ${total - hidden} of ${total} shown`
      : `${touched} of ${codable} coded`;
    const rest = `${count(ruptures, "rupture")} · ${count(episodes, "episode")}`;
    setText(this.parts.tally, `${coded} · ${rest}`);
    this.parts.progress.max = Math.max(1, assignment.turns_total);
    this.parts.progress.value = assignment.turns_total - hidden - (codable - touched);
  }

  showSave() {
    const { state, unsent } = this.outbox;
    let text = "All changes saved";
    if (state === "offline") text = `Not connected · ${count(unsent, "change")} unsent`;
    else if (state === "halted") text = `Not saving · ${count(unsent, "change")} unsent`;
    else if (unsent) text = "Saving…";
    setText(this.parts.save, text);
    const trouble = state === "offline" || state === "halted";
    setAttribute(this.parts.save, "data-trouble", trouble);
    // Every code saves something: only trouble, and its end, are said aloud.
    if (trouble !== Boolean(this.trouble) && (trouble || !unsent)) {
      setText(this.parts.aloud, text);
      this.trouble = trouble;
    }
  }

  showNotice() {
    const { notice } = this.parts;
    const content = this.noticeContent();
    notice.hidden = content === null;
    const signature = content ? JSON.stringify(content.map((part) => part.textContent ?? part)) : "";
    if (signature === this.signature) return;
    this.signature = signature;
    notice.replaceChildren(...(content ?? []));
  }

  noticeContent() {
    const { outbox } = this;
    if (outbox.state === "halted") return this.haltedContent(outbox.halt);
    if (outbox.state === "offline") return this.offlineContent();
    if (this.memory.full) {
      return ["This browser keeps nothing: do not close the page before all changes are saved."];
    }
    return this.finishedContent(this.state.assignment);
  }

  offlineContent() {
    const changes = count(this.outbox.unsent, "change");
    const are = this.outbox.unsent === 1 ? "is" : "are";
    const where = this.memory.full
      ? "held by this page only: do not close it."
      : "kept in this browser, also if you close the page, and sent when the server answers again.";
    return [
      `Not connected to the server. You can go on coding: ${changes} ${are} ${where} `,
      this.button("Try now", this.acts.retry),
    ];
  }

  haltedContent(error) {
    const changes = count(this.outbox.unsent, "change");
    if (error.status === 401) {
      return [
        `You are signed out. Open your personal link in another tab, then load this page again: ` +
          `${changes} kept in this browser will be sent. `,
        this.button("Load again", this.acts.reload),
      ];
    }
    return [
      `Not saved (${changes}): ${error.message} `,
      this.button("Try again", this.acts.retry),
      " ",
      this.button(`Give up ${changes}`, this.acts.discard),
    ];
  }

  finishedContent(assignment) {
    if (!assignment.finished) return null;
    if (assignment.second_pass) {
      return ["Second pass: you see the model's suggestions. What you change now is kept apart from your blind codes."];
    }
    if (assignment.mode === "blind" && !assignment.revealed) {
      return [
        "Finished. Your codes are closed. You may look at the model's suggestions now and make a second pass. ",
        this.button("Show the suggestions…", this.acts.reveal),
      ];
    }
    return ["Finished. Your codes are closed; the person who leads the project can open them again."];
  }

  button(text, act) {
    return h("button", { type: "button", on: { click: act } }, text);
  }
}
