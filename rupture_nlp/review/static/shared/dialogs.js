// Questions that stop the work.

import { h } from "./dom.js";

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

/** True where the answer is `yes`, which Enter gives. */
export async function confirm({ title, content, yes, no }) {
  const answers = [
    { text: yes, value: "yes", main: true },
    { text: no, value: "" },
  ];
  return (await ask({ title, content, answers })) === "yes";
}

/** Keys and what they do: {names, text}; a name may be several keys, as `Ctrl Enter`. */
export function keyList(rows) {
  return h("dl", { class: "keys" }, ...rows.map(keyRow));
}

function keyRow({ names, text }) {
  const keys = names.join(" ").split(" ");
  const caps = keys.flatMap((name, index) => [index ? " " : "", h("kbd", {}, name)]);
  return h("div", {}, h("dt", {}, ...caps), h("dd", {}, text));
}
