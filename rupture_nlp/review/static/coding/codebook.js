// The codebook beside the text: definitions of codes, markers, strategies, processes.

import { styleOf } from "../shared/book.js";
import { h } from "../shared/dom.js";
import { isRupture, NONE } from "../shared/values.js";
import { capital, plain } from "../shared/words.js";

export class CodebookPanel {
  constructor({ root, codebook }) {
    this.root = root;
    this.sections = new Map();
    const { rules } = codebook;
    root.append(
      h("h2", {}, `Codebook ${codebook.version}`),
      h("p", { class: "small" }, h("a", { href: "/codebook", target: "_blank" }, "The whole codebook")),
      ...codebook.ruptures.filter((c) => c.name !== NONE).map((code) => this.code(code, codebook)),
      this.prose("none", "None, or a rupture?", rules.unit),
      this.anchors("intensity", "Intensity", codebook.intensities),
      this.prose("deciding", "Deciding between codes", rules.deciding, "ol"),
      this.prose("therapist", "Ruptures of the therapist", rules.therapist),
      this.list("strategies", "Strategies of the therapist", codebook.strategies, rules.strategies),
      this.list("processes", "Processes of the patient", codebook.processes, rules.process),
      this.prose("episodes", "Episodes", rules.episodes),
      this.anchors("resolution", "Resolution of an episode", codebook.resolutions),
    );
  }

  code(code, codebook) {
    const markers = codebook.markers.filter((marker) => marker.code === code.name);
    const intro = `${capital(code.direction)}. ${capital(code.description)}.`;
    return this.list(code.name, capital(plain(code.name)), markers, [intro]);
  }

  list(name, title, entries, intro = []) {
    const section = h(
      "section",
      { class: `book ${styleOf(name)}`, tabindex: -1, "aria-label": title },
      h("h3", {}, title),
      ...intro.map((text) => h("p", {}, text)),
      h("dl", {}, ...entries.map((entry) => this.entry(entry))),
    );
    if (!entries.length) section.lastChild.remove();
    this.sections.set(name, section);
    return section;
  }

  /** What each number of a scale means. */
  anchors(name, title, anchors) {
    const named = ({ value, meaning }) => ({ name: String(value), description: meaning });
    return this.list(name, title, anchors.map(named));
  }

  entry(entry) {
    const who = entry.therapist_only ? " (therapist)" : "";
    return h(
      "div",
      { data: { entry: entry.name } },
      h("dt", {}, `${plain(entry.name)}${who}`),
      h("dd", {}, entry.description),
    );
  }

  /** Paragraphs, or a numbered list of rules. */
  prose(name, title, texts, tag = "div") {
    const item = tag === "ol" ? "li" : "p";
    const section = this.list(name, title, []);
    section.append(h(tag, { class: "prose" }, ...texts.map((text) => h(item, {}, text))));
    return section;
  }

  /** Bring the definition into view that belongs to what the coder does. */
  show(name) {
    const section = this.sections.get(name);
    const entry = this.root.querySelector(`[data-entry="${CSS.escape(name)}"]`);
    for (const marked of this.root.querySelectorAll(".looked-up")) {
      marked.classList.remove("looked-up");
    }
    const target = entry ?? section;
    if (!target) return;
    target.classList.add("looked-up");
    target.scrollIntoView({ block: "start" });
  }
}

/** What the coder is at: the choice under the cursor, else the code of the turn. */
export function focusedName(value, speaker) {
  const field = document.activeElement;
  const active = field?.getAttribute("aria-activedescendant");
  const pill = active && field.role === "combobox" ? document.getElementById(active) : null;
  if (pill?.dataset.name) return pill.dataset.name;
  const button = field?.closest("button.code");
  if (button) return button.dataset.name;
  if (field?.id === "strategies-input") return "strategies";
  if (field?.id === "process-input") return "processes";
  if (isRupture(value)) return value.rupture;
  if (value?.strategies.length) return value.strategies[0];
  if (value?.process) return value.process;
  return speaker === "therapist" ? "strategies" : "withdrawal_from_other";
}
