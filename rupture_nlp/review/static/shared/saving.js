// What the page says about saving: done, under way, or what stands in the way and what helps.

import { byId, h, setAttribute, setText } from "./dom.js";
import { count } from "./words.js";

/** A button in a notice. */
export function noticeButton(text, act) {
  return h("button", { type: "button", on: { click: act } }, text);
}

export class Saving {
  /**
   * `noun` is what is saved (`change`); `outbox()` holds it; `rest()` gives what else a notice has
   * to say, or null; `discarded()` is called after what was unsent is given up.
   */
  constructor({ noun, outbox, memory, rest, discarded }) {
    Object.assign(this, { noun, outbox, memory, rest, discarded });
    this.parts = { save: byId("save"), aloud: byId("save-aloud"), notice: byId("notice") };
    this.trouble = false;
    this.shown = "";
  }

  get unsent() {
    return count(this.outbox().unsent, this.noun);
  }

  update() {
    this.showLine();
    this.showNotice();
  }

  showLine() {
    const { state, unsent, inTrouble } = this.outbox();
    let text = unsent ? "Saving…" : `All ${this.noun}s saved`;
    if (state === "offline") text = `Not connected · ${this.unsent} unsent`;
    if (state === "halted") text = `Not saving · ${this.unsent} unsent`;
    setText(this.parts.save, text);
    setAttribute(this.parts.save, "data-trouble", inTrouble);
    // Every code saves something: only trouble, and its end, are said aloud.
    if (inTrouble !== this.trouble && (inTrouble || !unsent)) {
      setText(this.parts.aloud, text);
      this.trouble = inTrouble;
    }
  }

  showNotice() {
    const { notice } = this.parts;
    const content = this.content();
    notice.hidden = content === null;
    const signature = content ? JSON.stringify(content.map((part) => part.textContent ?? part)) : "";
    if (signature === this.shown) return;
    this.shown = signature;
    notice.replaceChildren(...(content ?? []));
  }

  content() {
    const { state, halt } = this.outbox();
    if (state === "halted") return halt.status === 401 ? this.signedOut() : this.refused(halt);
    if (state === "offline") return this.offline();
    if (this.memory.full) {
      return [`This browser keeps nothing: do not close the page before all ${this.noun}s are saved.`];
    }
    return this.rest();
  }

  offline() {
    const are = this.outbox().unsent === 1 ? "is" : "are";
    const where = this.memory.full
      ? "held by this page only: do not close it."
      : "kept in this browser and sent when the server answers again. " +
        "Leave this page open: until then it cannot be loaded anew.";
    return [
      `Not connected to the server. You can go on: ${this.unsent} ${are} ${where} `,
      noticeButton("Try now", () => this.outbox().tryNow()),
    ];
  }

  signedOut() {
    return [
      "You are signed out. Open your personal link in another tab, then load this page again: " +
        `${this.unsent} kept in this browser will be sent. `,
      noticeButton("Load again", () => location.reload()),
    ];
  }

  refused(error) {
    return [
      `Not saved (${this.unsent}): ${error.message} `,
      noticeButton("Try again", () => this.outbox().tryNow()),
      " ",
      noticeButton(`Give up ${this.unsent}`, () => this.giveUp()),
    ];
  }

  giveUp() {
    this.outbox().discardAll();
    this.discarded();
  }
}

/**
 * The connection comes back, the window closes, somebody signs out. `commit()` decides what is
 * half typed; `say(text)` tells why nobody was signed out.
 */
export function watchLeaving({ outbox, commit, say }) {
  window.addEventListener("online", () => outbox.tryNow());
  window.addEventListener("pagehide", commit);
  window.addEventListener("beforeunload", (event) => {
    commit();
    if (outbox.unsent) event.preventDefault();
  });
  document.addEventListener("before-leave", (event) => {
    commit();
    if (!outbox.unsent) return;
    event.preventDefault();
    say("Not signed out: not everything is saved yet.");
  });
}
