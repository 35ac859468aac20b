// Keys: the table of what each does, and the one listener that acts on it.

import { intensityWord } from "../shared/book.js";
import { takesText } from "../shared/dom.js";
import { capital, plain } from "../shared/words.js";

// A key that is held down moves on, but codes one turn only.
const MAY_REPEAT = new Set(["ArrowDown", "ArrowUp", "j", "k", "PageDown", "PageUp", "z", "Z"]);

function row(on, names, text, act, typing = false) {
  return { on, names, text, act, typing };
}

/**
 * All keys in groups: {title, keys: [{on, names, text, act, typing}]}. `on` are the combinations
 * that trigger it, `names` how they are shown, none where another row tells it; `typing`: also
 * while a field takes text.
 */
export function keyTable({ moving, coding, marking, page, rules }) {
  return [
    { title: "Go", keys: goKeys(moving, coding, page) },
    { title: "Code the turn", keys: codeKeys(coding, page, rules) },
    {
      title: "Suggestions",
      keys: [
        row(["a"], ["a"], "Accept", () => coding.accept()),
        row(["x"], ["x"], "Reject a rupture: none", () => coding.reject()),
      ],
    },
    { title: "Episodes and session", keys: sessionKeys(marking, page) },
    { title: "Help", keys: helpKeys(page) },
  ];
}

function goKeys(moving, coding, page) {
  return [
    row(["ArrowDown", "j"], ["↓", "j"], "Next turn", () => moving.next()),
    row(["ArrowUp", "k"], ["↑", "k"], "Previous turn", () => moving.previous()),
    row(["Enter"], ["Enter"], "Done: what has no code is none; next turn", () => coding.goOn()),
    row(["PageDown"], ["PgDn", "PgUp"], "Ten turns on, back", () => moving.pageDown()),
    row(["PageUp"], [], "Ten turns back", () => moving.pageUp()),
    row(["Home"], ["Home", "End"], "First, last turn", () => moving.first()),
    row(["End"], [], "Last turn", () => moving.last()),
    row(["o"], ["o", "O"], "Next, previous turn that is not coded", () => moving.open(1)),
    row(["O"], [], "Previous turn that is not coded", () => moving.open(-1)),
    row(["f"], ["f", "F"], "Next, previous rupture", () => moving.rupture(1)),
    row(["F"], [], "Previous rupture", () => moving.rupture(-1)),
    row(["q"], ["q", "Q"], "Next, previous uncertain turn", () => moving.uncertain(1)),
    row(["Q"], [], "Previous uncertain turn", () => moving.uncertain(-1)),
    row(["/"], ["/"], "Search the words; Enter next, Shift Enter before", () => page.search()),
  ];
}

function codeKeys(coding, page, rules) {
  const digits = rules.ruptures.map((name, at) => {
    const digit = String(at + 1);
    return row([digit], [digit], capital(plain(name)), () => coding.digit(at + 1));
  });
  const anchors = rules.codebook.intensities;
  const words = anchors.map(({ value }) => intensityWord(value)).join(", ");
  const strengths = anchors.map(({ value }, at) =>
    row([`Shift+${value}`], at ? [] : [`Shift 1…${anchors.length}`], "That intensity", () =>
      coding.intensity(value),
    ),
  );
  return [
    row(["0", "n"], ["0", "n"], "None", () => coding.digit(0)),
    ...digits,
    row(["u"], ["u"], "Uncodable", () => coding.rupture("uncodable")),
    row(["i"], ["i"], `Intensity: ${words} in turn`, () => coding.nextIntensity()),
    ...strengths,
    row(["m"], ["m"], "Markers: type or press a number, Esc when done", () => page.pick("markers")),
    row(["w"], ["w"], "Second code", () => page.pick("secondary")),
    row(["s"], ["s"], "Strategies (therapist)", () => page.pick("strategies")),
    row(["p"], ["p"], "Process (patient)", () => page.pick("process")),
    row(["c"], ["c"], "Comment; Esc when done", () => page.comment()),
    row(["Backspace", "Delete"], ["⌫"], "Not coded", () => coding.clear()),
    row(["z", "Ctrl+z"], ["z", "Ctrl z"], "Undo", () => coding.undo()),
    row(["Z", "Ctrl+Z", "Ctrl+y"], ["Z", "Ctrl y"], "Redo", () => coding.redo()),
  ];
}

function sessionKeys(marking, page) {
  const mark = "Episode: first turn, last turn; inside one: look at it";
  return [
    row(["e"], ["e"], mark, () => marking.mark()),
    row(["b"], ["b"], "Repair begins here", () => marking.repairHere()),
    row(["r"], ["r"], "Ratings of the session", () => page.ratings()),
    row(["Ctrl+Enter"], ["Ctrl Enter"], "Finish", () => page.finish(), true),
  ];
}

function helpKeys(page) {
  const define = "Definition of what has the focus; F1 also while typing";
  return [
    row(["d"], ["d", "F1"], define, () => page.define()),
    row(["F1"], [], "Definition", () => page.define(), true),
    row(["?"], ["?"], "This list", () => page.keys()),
    row(["Escape"], ["Esc"], "Back to the transcript", () => page.escape(), true),
  ];
}

/** The name of what was pressed: `j`, `Shift+1`, `Ctrl+z`, `ArrowDown`; "" for no command. */
function combination(event) {
  const altGr = event.getModifierState("AltGraph");
  if (event.altKey && !altGr) return "";
  const control = (event.ctrlKey || event.metaKey) && !altGr ? "Ctrl+" : "";
  // By place, not by sign: digits are digits on keyboards where they need Shift, too.
  const digit = /^(?:Digit|Numpad)([0-9])$/.exec(event.code);
  const signs = event.key === "?" || event.key === "/"; // where a keyboard has them on a digit
  if (digit && !signs) return `${control}${event.shiftKey ? "Shift+" : ""}${digit[1]}`;
  let { key } = event;
  if (key.length === 1 && /\p{L}/u.test(key)) {
    // Caps lock is no command.
    key = event.shiftKey ? key.toUpperCase() : key.toLowerCase();
  }
  return control + key;
}

/**
 * Listen. `before()` is called before each act. `focusedOnly()`: act on single keys only while the
 * transcript has the focus.
 */
export function listen({ table, transcript, focusedOnly, before }) {
  const acts = new Map();
  for (const { keys } of table) for (const row of keys) for (const on of row.on) acts.set(on, row);
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing) return;
    if (document.querySelector("dialog[open]")) return;
    const row = acts.get(combination(event));
    if (!row || !applies(row, event, transcript, focusedOnly())) return;
    event.preventDefault();
    if (event.repeat && !MAY_REPEAT.has(event.key)) return;
    before();
    row.act();
  });
}

function applies(row, event, transcript, focusedOnly) {
  const { target } = event;
  if (row.typing) return true;
  if (takesText(target)) return false;
  if (focusedOnly && !transcript.contains(target)) return false;
  const presses = event.key === "Enter" || event.key === " ";
  return !(presses && target.closest("button, a, summary"));
}
