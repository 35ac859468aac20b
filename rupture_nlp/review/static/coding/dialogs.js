// Questions of the coding page: finish, reveal; and the list of keys.

import { ask, confirm, keyList } from "../shared/dialogs.js";
import { h } from "../shared/dom.js";
import { isRupture } from "../shared/values.js";
import { count, plain, turnName } from "../shared/words.js";
import { emptyRatings, findings } from "./checks.js";
import { isCodable, isTouched, suggestionAt } from "./state.js";

const MOST_FINDINGS = 8;

/** All keys, by group, from the very table that acts on them. */
export async function showKeys(table, focusedOnly) {
  const box = h("input", { type: "checkbox", id: "focused-only", checked: focusedOnly });
  const groups = table.map(({ title, keys }) =>
    h(
      "section",
      {},
      h("h3", {}, title),
      keyList(keys.filter(({ names }) => names.length)),
    ),
  );
  await ask({
    title: "Keys",
    content: [
      h("div", { class: "key-groups" }, ...groups),
      h(
        "p",
        {},
        box,
        " ",
        h("label", { for: "focused-only" }, "Keys work only while the transcript has the focus"),
      ),
    ],
    answers: [{ text: "Close", value: "close", main: true }],
  });
  return box.checked;
}

/** What finishing means, in numbers. True where the coder wants it. */
export function confirmFinish(state, rules) {
  const found = findings(state, rules);
  const lines = [untouchedLine(state), ...ratingLines(state, rules)];
  const more = found.slice(0, MOST_FINDINGS).map((finding) => {
    const name = turnName(state.turns[finding.position]);
    return h("li", {}, `turn ${name}: ${finding.text}`);
  });
  if (found.length > MOST_FINDINGS) more.push(h("li", {}, `and ${found.length - MOST_FINDINGS} more`));
  const content = [h("ul", {}, ...lines.map((line) => h("li", {}, line)))];
  if (more.length) {
    content.push(h("p", {}, "The codebook would have you look again at:"), h("ul", {}, ...more));
  }
  content.push(h("p", {}, "After this your codes are closed."));
  return confirm({ title: "Finish this session?", content, yes: "Finish", no: "Go on coding" });
}

function untouchedLine(state) {
  const open = state.turns.filter((t) => isCodable(t) && !isTouched(state, t.position));
  if (!open.length) return "Every turn is coded.";
  const were = open.length === 1 ? "was" : "were";
  const suggested = open.filter((turn) => isRupture(suggestionAt(state, turn.position))).length;
  const model = suggested ? ` For ${suggested} of them the model suggests a rupture.` : "";
  return `${count(open.length, "turn")} ${were} never coded: they will count as none.${model}`;
}

function ratingLines(state, rules) {
  const empty = emptyRatings(state, rules);
  if (!empty.length) return ["All ratings are given."];
  return [`Ratings that are empty: ${empty.map(plain).join(", ")}.`];
}

export function tellHidden(hidden) {
  return ask({
    title: "Not all turns were shown yet",
    content: [h("p", {}, `${count(hidden, "turn")} at the end of the session must be read first.`)],
    answers: [{ text: "Go on", value: "", main: true }],
  });
}

export function confirmReveal() {
  return confirm({
    title: "Show the model's suggestions?",
    content: [
      h("p", {}, "This cannot be taken back. Your blind codes stay as they are, for agreement."),
      h("p", {}, "What you change afterwards is kept as your second pass."),
    ],
    yes: "Show them",
    no: "Not now",
  });
}
