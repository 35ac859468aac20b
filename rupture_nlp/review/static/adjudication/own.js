// A value that no column has: asked for in a dialog of plain fields.

import { intensityWord } from "../shared/book.js";
import { byId, h, takesText } from "../shared/dom.js";
import { isRupture, NOTHING, UNCODABLE } from "../shared/values.js";
import { capital, nameAt, plain } from "../shared/words.js";

/** Ask for a value, beginning with `value`. Gives {value}, or null where the dialog was left. */
export function askOwn({ item, turn, turns, value, rules, title }) {
  if (item.kind === "turn") return new TurnDialog({ turn, value, rules, title }).ask();
  if (item.kind === "episode") return askEpisode({ turns, value, title });
  return askRating({ value, title, target: item.target, rules });
}

function makeDialog(title, content, read) {
  const problem = h("p", { class: "problem", role: "alert" });
  const form = h(
    "form",
    {},
    h("h2", { id: "own-title" }, title),
    ...content,
    problem,
    h(
      "div",
      { class: "buttons" },
      h("button", { type: "submit", class: "main" }, "Take this"),
      h("button", { type: "button", on: { click: () => dialog.close() } }, "Cancel"),
    ),
  );
  const dialog = h("dialog", { class: "own", "aria-labelledby": "own-title" }, form);
  return new Promise((resolve) => {
    let taken = null;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const answer = read();
      problem.textContent = answer.problem ?? "";
      if (answer.problem) return;
      taken = answer;
      dialog.close();
    });
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(taken);
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

class TurnDialog {
  constructor({ turn, value, rules, title }) {
    Object.assign(this, { turn, value: value ?? NOTHING, rules, title });
    this.body = h("div", { class: "own-fields" });
    this.body.addEventListener("keydown", (event) => this.pressed(event));
    this.draw();
  }

  ask() {
    return makeDialog(this.title, [this.body], () => ({ value: this.value }));
  }

  set(value) {
    const focused = document.activeElement?.id;
    this.value = value;
    this.draw();
    if (focused) byId(focused)?.focus();
  }

  draw() {
    const { value, rules, turn } = this;
    const { speaker } = turn;
    const parts = [this.codes()];
    if (isRupture(value)) parts.push(this.intensities(), this.seconds());
    // Markers bring a code with them; here the code comes first.
    const markers = isRupture(value) ? rules.markersFor(value, speaker) : [];
    parts.push(
      this.boxes("Markers", markers, value.markers, (name) => rules.withMarker(value, speaker, name)),
      this.boxes("Strategies", rules.strategiesFor(value, speaker), value.strategies, (name) =>
        rules.withStrategy(value, speaker, name),
      ),
      this.processes(),
    );
    this.body.replaceChildren(...parts.filter(Boolean));
  }

  codes() {
    const names = [...this.rules.codes, UNCODABLE];
    const choose = (name) => this.set(this.rules.withRupture(this.value, this.turn.speaker, name));
    return this.radios("Rupture", "own-code", names, this.value.rupture, choose, (name, at) =>
      `${capital(plain(name))} (${name === UNCODABLE ? "u" : at})`,
    );
  }

  intensities() {
    return this.radios(
      "Intensity",
      "own-intensity",
      this.rules.codebook.intensities.map((anchor) => anchor.value),
      this.value.intensity,
      (strength) => this.set(this.rules.withIntensity(this.value, this.turn.speaker, strength)),
      (strength) => `${strength} ${intensityWord(strength)}`,
    );
  }

  seconds() {
    const names = [null, ...this.rules.secondariesFor(this.value).map((code) => code.name)];
    return this.radios(
      "Second code",
      "own-second",
      names,
      this.value.secondary,
      (name) => this.set(this.rules.withSecondary(this.value, this.turn.speaker, name)),
      (name) => (name === null ? "no second code" : capital(plain(name))),
    );
  }

  processes() {
    const { rules, turn, value } = this;
    const names = rules.processesFor(value, turn.speaker).map((process) => process.name);
    if (!names.length) return null;
    return this.radios(
      "Process",
      "own-process",
      [null, ...names],
      value.process,
      (name) => this.set({ ...value, process: name }),
      (name) => (name === null ? "no process" : plain(name)),
    );
  }

  radios(legend, name, values, chosen, choose, text) {
    const fields = values.map((value, at) => {
      const id = `${name}-${at}`;
      return h(
        "label",
        { for: id },
        h("input", {
          type: "radio",
          id,
          name,
          checked: value === chosen,
          on: { change: () => choose(value) },
        }),
        ` ${text(value, at)}`,
      );
    });
    return h("fieldset", {}, h("legend", {}, legend), ...fields);
  }

  boxes(legend, entries, chosen, toggled) {
    if (!entries.length) return null;
    const fields = entries.map(({ name, description }) => {
      const id = `own-${name}`;
      return h(
        "label",
        { for: id, title: description },
        h("input", {
          type: "checkbox",
          id,
          checked: chosen.includes(name),
          on: { change: () => this.set(toggled(name)) },
        }),
        ` ${plain(name)}`,
      );
    });
    return h("fieldset", {}, h("legend", {}, legend), ...fields);
  }

  pressed(event) {
    if (event.ctrlKey || event.altKey || event.metaKey || takesText(event.target)) return;
    const names = [...this.rules.codes, UNCODABLE];
    const at = event.key === "u" ? names.length - 1 : "01234".indexOf(event.key);
    if (at < 0 || event.key.length !== 1) return;
    event.preventDefault();
    this.set(this.rules.withRupture(this.value, this.turn.speaker, names[at]));
    byId(`own-code-${at}`)?.focus();
  }
}

function askEpisode({ turns, value, title }) {
  const none = h("input", { type: "checkbox", id: "own-none", checked: value === null });
  const place = (position) => (typeof position === "number" ? position + 1 : "");
  const fields = {
    start: numberField("start", "First turn", turns.length, place(value?.start)),
    end: numberField("end", "Last turn", turns.length, place(value?.end)),
    repair: numberField(
      "repair",
      "Repair starts (may be empty)",
      turns.length,
      place(value?.repair_start),
    ),
    resolution: numberField(
      "resolution",
      "Resolution, 1 to 5 (may be empty)",
      5,
      value?.resolution ?? "",
    ),
  };
  const content = [
    h("label", { for: "own-none" }, none, " There is no episode here"),
    h("p", { class: "hint" }, `Turns by their place, 1 to ${turns.length}.`),
    ...Object.values(fields).map((field) => field.element),
  ];
  return makeDialog(title, content, () =>
    none.checked ? { value: null } : readEpisode(fields, turns),
  );
}

function numberField(name, text, max, value) {
  const input = h("input", { id: `own-${name}`, type: "number", min: 1, max, value });
  const element = h("div", { class: "field" }, h("label", { for: input.id }, text), input);
  return { element, read: () => (input.value === "" ? null : Number(input.value)) };
}

/** {value}, or {problem} where the fields make no episode. */
function readEpisode(fields, turns) {
  const [start, end, repair] = [fields.start, fields.end, fields.repair].map((f) => f.read());
  if (start === null || end === null) return { problem: "Give the first and the last turn." };
  if (start > end) return { problem: "The last turn comes before the first." };
  if (repair !== null && (repair < start || repair > end)) {
    return { problem: `Repair starts inside: ${nameAt(turns, start - 1)} to ${nameAt(turns, end - 1)}.` };
  }
  return {
    value: {
      start: start - 1,
      end: end - 1,
      repair_start: repair === null ? null : repair - 1,
      resolution: fields.resolution.read(),
    },
  };
}

function askRating({ value, title, target, rules }) {
  const anchors = rules.codebook.ratings.find((rating) => rating.name === target);
  const fields = [1, 2, 3, 4, 5, null].map((number) =>
    h(
      "label",
      { for: `own-rating-${number}` },
      h("input", {
        type: "radio",
        id: `own-rating-${number}`,
        name: "own-rating",
        value: number === null ? "" : String(number),
        checked: number === value,
      }),
      ` ${number === null ? "empty" : number}`,
    ),
  );
  const content = [
    h("fieldset", {}, h("legend", {}, capital(plain(target))), ...fields),
    h("p", { class: "hint" }, `1: ${anchors.low}; 5: ${anchors.high}.`),
  ];
  return makeDialog(title, content, () => {
    const { value: text } = document.querySelector('input[name="own-rating"]:checked');
    return { value: text === "" ? null : Number(text) };
  });
}
