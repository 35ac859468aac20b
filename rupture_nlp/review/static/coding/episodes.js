// The panel of episodes: what was marked, how it was resolved, and what the model suggests.

import { familyOf } from "../shared/book.js";
import { h, redraw } from "../shared/dom.js";
import { isRupture } from "../shared/values.js";
import { capital, count, episodeSummary, nameAt, speakerName } from "../shared/words.js";
import { episodesOf, firstStrategy, mayChange, overlaps, turnValue } from "./state.js";

export class EpisodesPanel {
  constructor({ root, rules, marking, moving, back }) {
    Object.assign(this, { root, rules, marking, moving, back });
    root.addEventListener("keydown", (event) => this.pressed(event));
  }

  /** Put the focus on the resolution of an episode. */
  focus(id) {
    const scale = this.root.querySelector(`[data-episode="${CSS.escape(id)}"] .scale`);
    (scale?.querySelector('[aria-pressed="true"]') ?? scale?.firstChild)?.focus();
  }

  update(state) {
    this.state = state;
    const episodes = episodesOf(state);
    const intro = episodes.length
      ? []
      : [h("p", { class: "small" }, "No episode yet. Press e at its first turn, then at its last.")];
    redraw(this.root, [
      h("h2", {}, "Episodes"),
      ...intro,
      ...episodes.map((episode, index) => this.card(episode, index)),
      ...this.suggested(),
    ]);
  }

  name(position) {
    return nameAt(this.state.turns, position);
  }

  card(episode, index) {
    const { id } = episode;
    const inside = episode.start <= this.state.current && this.state.current <= episode.end;
    return h(
      "section",
      { class: `card ${inside ? "here" : ""}`, data: { episode: id }, "aria-labelledby": `h-${id}` },
      h("h3", { id: `h-${id}` }, `Episode ${index + 1}`),
      h("p", {}, this.extent(episode)),
      this.repair(episode),
      this.resolution(episode),
      this.buttons(episode),
    );
  }

  extent(episode) {
    const turns = count(episode.end - episode.start + 1, "turn");
    const kind = this.kind(episode);
    const by = speakerName(this.state.turns[episode.start]?.speaker).toLowerCase();
    const where = `Turns ${this.name(episode.start)} to ${this.name(episode.end)} (${turns})`;
    return kind ? `${where}, ${kind}, begun by the ${by}` : `${where}, no rupture inside yet`;
  }

  /** Withdrawal, confrontation or mixed, by the ruptures inside; "" without any. */
  kind(episode) {
    const families = new Set();
    for (let position = episode.start; position <= episode.end; position += 1) {
      const value = turnValue(this.state, position);
      if (isRupture(value)) families.add(familyOf(value.rupture));
    }
    return families.size > 1 ? "mixed" : ([...families][0] ?? "");
  }

  repair(episode) {
    const first = firstStrategy(this.state, episode.start, episode.end);
    const at = episode.repair_start;
    const words = at === null ? "No start of repair." : `Repair starts at turn ${this.name(at)}.`;
    const parts = [words];
    if (at !== first) {
      const change = () => this.marking.change(episode.id, { repair_start: first });
      const text = first === null ? "Take it away" : `Set to the first strategy, turn ${this.name(first)}`;
      parts.push(" ", this.button(episode, "first", text, change));
    }
    return h("p", {}, ...parts);
  }

  resolution(episode) {
    const meaning = this.rules.codebook.resolutions.find((r) => r.value === episode.resolution);
    const buttons = this.rules.codebook.resolutions.map(({ value, meaning: words }) =>
      h(
        "button",
        {
          type: "button",
          title: words,
          "aria-label": `${value}: ${words}`,
          "aria-pressed": String(episode.resolution === value),
          disabled: !mayChange(this.state),
          data: { focus: `${episode.id}-r${value}`, resolution: value },
          on: { click: () => this.marking.change(episode.id, { resolution: value }) },
        },
        String(value),
      ),
    );
    return h(
      "div",
      { class: "field" },
      h("span", { class: "label" }, "Resolution"),
      h("div", { class: "scale", role: "group", "aria-label": "Resolution" }, ...buttons),
      h("p", { class: "help" }, meaning?.meaning ?? this.ends()),
    );
  }

  /** The anchors at both ends. */
  ends() {
    const anchors = this.rules.codebook.resolutions;
    const [first, last] = [anchors.at(0), anchors.at(-1)];
    return `${first.value} ${first.meaning} … ${last.value} ${last.meaning}: press a digit.`;
  }

  buttons(episode) {
    const { id } = episode;
    const { current } = this.state;
    const here = this.name(current);
    const change = (parts) => () => this.marking.change(id, parts);
    return h(
      "div",
      { class: "buttons" },
      this.button(episode, "go", "Go to start", () => this.moving.go(episode.start)),
      this.button(episode, "goend", "Go to end", () => this.moving.go(episode.end)),
      this.button(episode, "start", `Start at ${here}`, change({ start: current })),
      this.button(episode, "end", `End at ${here}`, change({ end: current })),
      this.button(episode, "delete", "Delete", () => this.marking.remove(id)),
    );
  }

  button(episode, name, text, act) {
    const data = { focus: `${episode.id}-${name}` };
    const disabled = !mayChange(this.state) && !name.startsWith("go");
    return h("button", { type: "button", data, disabled, on: { click: act } }, text);
  }

  suggested() {
    const found = this.state.suggestions?.episodes ?? [];
    if (!found.length) return [];
    return [
      h("h3", {}, "The model suggests"),
      ...found.map((episode, index) => this.suggestion({ ...episode, id: `model-${index}` })),
    ];
  }

  suggestion(episode) {
    const { start, end, repair_start, resolution } = episode;
    const taken = overlaps(this.state, start, end);
    const accept = () => this.marking.add(start, end, { repair_start, resolution });
    return h(
      "div",
      { class: "card suggested" },
      h("p", {}, capital(episodeSummary(episode, this.state.turns))),
      h(
        "div",
        { class: "buttons" },
        this.button(episode, "go", "Go to start", () => this.moving.go(start)),
        taken ? h("span", { class: "small" }, "shares turns with yours") : null,
        taken ? null : this.button(episode, "accept", "Accept", accept),
      ),
    );
  }

  /** Digits resolve the episode that holds the focus; Escape goes back to the transcript. */
  pressed(event) {
    const card = event.target.closest("[data-episode]");
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const digit = /^(?:Digit|Numpad)([1-5])$/.exec(event.code);
    if (card && digit && !event.shiftKey) {
      event.preventDefault();
      event.stopPropagation();
      this.marking.change(card.dataset.episode, { resolution: Number(digit[1]) });
      this.back();
    }
  }
}
