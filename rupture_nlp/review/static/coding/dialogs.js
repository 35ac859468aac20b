// Questions that stop the work: finish, reveal, conflict; and the list of keys.

import { emptyRatings, findings } from "./checks.js";
import { h } from "./dom.js";
import { isRupture } from "./rules.js";
import { isCodable, isTouched, suggestionAt } from "./state.js";
import { count, plain, turnName, valueSummary } from "./words.js";

const MOST_FINDINGS = 8;

/**
 * Ask, and give back the chosen answer's value; "" where the dialog was closed. Enter chooses the
 * main answer; a question that may come up in the middle of typing has none, so no key hits it.
 */
export function ask({ title, content, answers }) {
  return new Promise((resolve) => {
    const heading = h("h2", { id: "dialog-title", tabindex: -1 }, title);
    const dialog = h("dialog", { "aria-labelledby": "dialog-title" }, heading, ...content);
    const buttons = answers.map(({ text, value, main = false }) =>
      h(
        "button",
        { type: "button", class: main ? "main" : null, on: { click: () => dialog.close(value) } },
        text,
      ),
    );
    dialog.append(h("div", { class: "buttons" }, ...buttons));
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue);
    });
    document.body.append(dialog);
    dialog.showModal();
    (buttons[answers.findIndex((answer) => answer.main)] ?? heading).focus();
    dialog.scrollTop = 0;
  });
}

/** All keys, by group, from the very table that acts on them. */
export async function showKeys(table, focusedOnly) {
  const box = h("input", { type: "checkbox", id: "focused-only", checked: focusedOnly });
  const groups = table.map(({ title, keys }) =>
    h(
      "section",
      {},
      h("h3", {}, title),
      h("dl", { class: "keys" }, ...keys.filter(({ names }) => names.length).map(keyRow)),
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

function keyRow({ names, text }) {
  const keys = names.flatMap((name, index) => [
    ...(index ? [" "] : []),
    ...name.split(" ").flatMap((part, k) => [...(k ? [" "] : []), h("kbd", {}, part)]),
  ]);
  return h("div", {}, h("dt", {}, ...keys), h("dd", {}, text));
}

/** What finishing means, in numbers. True where the coder wants it. */
export async function confirmFinish(state, rules) {
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
  const answer = await ask({
    title: "Finish this session?",
    content,
    answers: [
      { text: "Finish", value: "finish", main: true },
      { text: "Go on coding", value: "" },
    ],
  });
  return answer === "finish";
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

export async function confirmReveal() {
  const answer = await ask({
    title: "Show the model's suggestions?",
    content: [
      h("p", {}, "This cannot be taken back. Your blind codes stay as they are, for agreement."),
      h("p", {}, "What you change afterwards is kept as your second pass."),
    ],
    answers: [
      { text: "Show them", value: "reveal", main: true },
      { text: "Not now", value: "" },
    ],
  });
  return answer === "reveal";
}

/** Somebody decided the same thing meanwhile: "theirs" or "mine". No answer is no choice yet. */
export async function askConflict(what, mine, current, names) {
  let answer = "";
  while (!answer) {
    answer = await ask({
      title: `${what} was changed elsewhere`,
      content: [
        h("p", {}, "Another window or person changed it after this page last saw it."),
        h(
          "dl",
          { class: "versions" },
          h("div", {}, h("dt", {}, "There now"), h("dd", {}, valueSummary(mine.kind, current.value, names))),
          h("div", {}, h("dt", {}, "Yours"), h("dd", {}, valueSummary(mine.kind, mine.value, names))),
        ),
        comments(mine, current),
      ],
      answers: [
        { text: "Take theirs", value: "theirs" },
        { text: "Keep mine", value: "mine" },
      ],
    });
  }
  return answer;
}

/** Comments in full where they differ: one of them will be gone from view. */
function comments(mine, current) {
  const [one, other] = [current.value?.comment ?? "", mine.value?.comment ?? ""];
  if (mine.kind !== "turn" || one === other) return null;
  return h("p", { class: "small" }, `Comment there: “${one}”. Your comment: “${other}”.`);
}

