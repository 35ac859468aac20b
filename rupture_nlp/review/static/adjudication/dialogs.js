// Questions of the page, and the list of its keys.

import { ask } from "../coding/dialogs.js";
import { h } from "../coding/dom.js";
import { count } from "../coding/words.js";

/** What finishing means. True where the lead wants it. */
export async function confirmFinish(details) {
  const lines = [
    h("p", {}, "What was decided holds, and where nobody decided what the coders agree on."),
  ];
  if (details) {
    const where = count(details, "turn or episode", "turns or episodes");
    const say = `In ${where} details differ and were not decided: what most coders gave holds.`;
    lines.push(h("p", {}, say));
  }
  const answer = await ask({
    title: "Finish this session?",
    content: lines,
    answers: [
      { text: "Finish", value: "finish", main: true },
      { text: "Go on", value: "" },
    ],
  });
  return answer === "finish";
}

/** `table`: [key, what it does, act]. */
export function showKeys(table) {
  const rows = [["a b c, 1 2 3", "pick what stands under that letter or number"], ...table];
  const entry = ([key, text]) => h("div", {}, h("dt", {}, h("kbd", {}, key)), h("dd", {}, text));
  return ask({
    title: "Keys",
    content: [h("dl", { class: "keys" }, ...rows.map(entry))],
    answers: [{ text: "Close", value: "", main: true }],
  });
}
