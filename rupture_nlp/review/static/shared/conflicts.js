// Somebody else decided the same thing meanwhile: which of the two holds is asked, one at a time.

import { ask } from "./dialogs.js";
import { h } from "./dom.js";
import { valueSummary } from "./words.js";

export class Conflicts {
  /**
   * `outbox()` holds the changes; `what(kind, target)` names a target at the start of a sentence;
   * `turns()` are those of the session; `theirs(kind, target, current)` takes the other decision
   * into the page; `done()` is called after each answer.
   */
  constructor({ outbox, what, turns, theirs, done }) {
    Object.assign(this, { outbox, what, turns, theirs, done });
    this.asking = Promise.resolve();
  }

  /** Ask after what is being asked now. */
  add(kind, target, current) {
    this.asking = this.asking.then(() => this.settle(kind, target, current));
  }

  async settle(kind, target, current) {
    const outbox = this.outbox();
    const mine = outbox.group(kind, target).at(-1);
    if (!mine) return;
    if ((await this.question(mine, current)) === "theirs") {
      this.theirs(kind, target, current);
      outbox.takeTheirs(kind, target);
    } else {
      outbox.keepMine(kind, target);
    }
    this.done();
  }

  /** "theirs" or "mine". No answer is no choice yet. */
  async question(mine, current) {
    const version = (title, value) =>
      h("div", {}, h("dt", {}, title), h("dd", {}, valueSummary(mine.kind, value, this.turns())));
    let answer = "";
    while (!answer) {
      answer = await ask({
        title: `${this.what(mine.kind, mine.target)} was changed elsewhere`,
        content: [
          h("p", {}, "Another window or person changed it after this page last saw it."),
          h("dl", { class: "versions" }, version("There now", current.value), version("Yours", mine.value)),
          comments(mine, current),
        ].filter(Boolean),
        answers: [
          { text: "Take theirs", value: "theirs" },
          { text: "Keep mine", value: "mine" },
        ],
      });
    }
    return answer;
  }
}

/** Comments in full where they differ: one of them will be gone from view. */
function comments(mine, current) {
  const [one, other] = [current.value?.comment ?? "", mine.value?.comment ?? ""];
  if (mine.kind !== "turn" || one === other) return null;
  return h("p", { class: "small" }, `Comment there: “${one}”. Your comment: “${other}”.`);
}
