// What the page says about itself: how many disputes are left, what is saved, what is in the way.

import { h, setAttribute, setText } from "../coding/dom.js";
import { count } from "../coding/words.js";
import { counts } from "./state.js";

const byId = (id) => document.getElementById(id);

export class Status {
  /** `acts`: reopen, retry, discard. */
  constructor(acts) {
    this.acts = acts;
    this.shown = "";
  }

  show(state, queue) {
    const { disputes, open, details } = counts(state);
    const { finished } = state.assignment;
    setText(byId("tally"), `${tally(disputes, open)}${differing(details)}`);
    byId("finish").hidden = finished;
    byId("add-episode").hidden = finished;
    byId("next").disabled = open === 0;
    this.showSave(queue);
    this.showNotice(queue, finished);
  }

  showSave({ state, unsent }) {
    const trouble = state === "offline" || state === "halted";
    let text = unsent ? "Saving…" : "All decisions saved";
    if (state === "offline") text = `Not connected · ${count(unsent, "decision")} unsent`;
    if (state === "halted") text = `Not saving · ${count(unsent, "decision")} unsent`;
    setText(byId("save"), text);
    setAttribute(byId("save"), "data-trouble", trouble);
    if (trouble) setText(byId("save-aloud"), text);
    else if (!unsent) setText(byId("save-aloud"), "");
  }

  showNotice(queue, finished) {
    const parts = this.notice(queue, finished);
    const signature = parts.map((part) => part.textContent ?? part).join("");
    if (signature === this.shown) return;
    this.shown = signature;
    byId("notice").hidden = !parts.length;
    byId("notice").replaceChildren(...parts);
  }

  notice({ state, halt }, finished) {
    if (state === "halted") {
      const why = halt.status === 401 ? "You are signed out: open your link in another tab." : halt.message;
      const kept = "What you decided is kept in this browser.";
      return [
        `Not saved: ${why} ${kept} `,
        this.button("Try again", this.acts.retry),
        " ",
        this.button("Give it up", this.acts.discard),
      ];
    }
    if (state === "offline") {
      const text =
        "Not connected to the server. You can go on: decisions are kept in this browser and sent " +
        "when it answers again. ";
      return [text, this.button("Try now", this.acts.retry)];
    }
    if (!finished) return [];
    return ["Finished: these are the codes that hold. ", this.button("Open again", this.acts.reopen)];
  }

  button(text, act) {
    return h("button", { type: "button", on: { click: act } }, text);
  }
}

function tally(disputes, open) {
  if (!disputes) return "No dispute";
  if (!open) return disputes === 1 ? "The one dispute is decided" : `All ${disputes} disputes decided`;
  return `${open} of ${count(disputes, "dispute")} open`;
}

function differing(details) {
  return details ? ` · details differ in ${count(details, "turn or episode", "turns or episodes")}` : "";
}

/** Reasons that are offered while one is typed: the codebook's rules, and those given before. */
export class Reasons {
  constructor(list, rules) {
    this.list = list;
    this.known = new Set();
    rules.forEach((text, at) => this.add(`Rule ${at + 1}: ${text.replaceAll("_", " ")}`));
  }

  add(text) {
    if (!text || this.known.has(text)) return;
    this.known.add(text);
    this.list.append(h("option", { value: text }));
  }
}
