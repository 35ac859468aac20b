// Questions of the page, and the list of its keys.

import { ask, confirm, keyList } from "../shared/dialogs.js";
import { h } from "../shared/dom.js";
import { count } from "../shared/words.js";

const PICKING = { names: ["a b c", "1 2 3"], text: "Pick what stands under that letter or number" };

/** What finishing means. True where the lead wants it. */
export function confirmFinish(details) {
  const content = [
    h("p", {}, "What was decided holds, and where nobody decided what the coders agree on."),
  ];
  if (details) {
    const where = count(details, "turn or episode", "turns or episodes");
    const say = `In ${where} details differ and were not decided: what most coders gave holds.`;
    content.push(h("p", {}, say));
  }
  return confirm({ title: "Finish this session?", content, yes: "Finish", no: "Go on" });
}

/** `table`: rows of {names, text}. */
export function showKeys(table) {
  return ask({
    title: "Keys",
    content: [keyList([PICKING, ...table])],
    answers: [{ text: "Close", value: "", main: true }],
  });
}
