// What a turn's coding may hold (codebook, sections 2 to 4). Pure: values in, values out.
//
// Every function gives a value that the server takes: what no longer fits after a change (the
// markers of a code that was taken away) is dropped.

import { isRupture, NONE, NOTHING, UNCODABLE } from "./values.js";

export const LONGEST_COMMENT = 2000;

/** The rules of one codebook. All of its functions take the value now (or null) and the speaker. */
export class Rules {
  constructor(codebook) {
    this.codebook = codebook;
    this.codes = codebook.ruptures.map((code) => code.name);
    this.ruptures = this.codes.filter((name) => name !== NONE);
    this.markers = new Map(codebook.markers.map((marker) => [marker.name, marker]));
    this.order = new Map(
      [...codebook.markers, ...codebook.strategies].map((entry, index) => [entry.name, index]),
    );
  }

  /** May the turn be coded at all? Turns of other speakers give context only. */
  takesCodes(speaker) {
    return speaker === "patient" || speaker === "therapist";
  }

  /** The markers that fit: those of the turn's codes, or of every code while it has none. */
  markersFor(value, speaker) {
    if (!this.takesCodes(speaker) || value?.rupture === UNCODABLE) return [];
    const codes = isRupture(value) ? [value.rupture, value.secondary] : this.ruptures;
    return this.codebook.markers.filter(
      (marker) =>
        codes.includes(marker.code) && (speaker === "therapist" || !marker.therapist_only),
    );
  }

  strategiesFor(value, speaker) {
    const fits = speaker === "therapist" && value?.rupture !== UNCODABLE;
    return fits ? this.codebook.strategies : [];
  }

  processesFor(value, speaker) {
    const fits = speaker === "patient" && value?.rupture !== UNCODABLE;
    return fits ? this.codebook.processes : [];
  }

  /** The codes that may stand beside the turn's own. */
  secondariesFor(value) {
    if (!isRupture(value)) return [];
    return this.codebook.ruptures.filter(
      (code) => code.name !== NONE && code.name !== value.rupture,
    );
  }

  withRupture(value, speaker, rupture) {
    const before = value ?? NOTHING;
    if (rupture === UNCODABLE) return { ...NOTHING, rupture, comment: before.comment };
    return this.tidy({ ...before, rupture }, speaker);
  }

  withSecondary(value, speaker, secondary) {
    return this.tidy({ ...(value ?? NOTHING), secondary }, speaker);
  }

  withIntensity(value, speaker, intensity) {
    return this.tidy({ ...(value ?? NOTHING), intensity }, speaker);
  }

  /** Put a marker to the turn or take it away. On a turn without a code it brings its code. */
  withMarker(value, speaker, name) {
    const before = value ?? NOTHING;
    const marker = this.markers.get(name);
    if (!isRupture(before)) {
      return this.tidy({ ...before, rupture: marker.code, markers: [name] }, speaker);
    }
    return this.tidy({ ...before, markers: this.toggled(before.markers, name) }, speaker);
  }

  withStrategy(value, speaker, name) {
    const before = value ?? NOTHING;
    return this.tidy({ ...before, strategies: this.toggled(before.strategies, name) }, speaker);
  }

  /** Set the process; naming the one that is set takes it away. */
  withProcess(value, speaker, name) {
    const before = value ?? NOTHING;
    return this.tidy({ ...before, process: before.process === name ? null : name }, speaker);
  }

  withComment(value, speaker, text) {
    // Cut between characters, never inside one: half a character is no text for the server.
    const kept = [...text.toWellFormed().replaceAll("\0", "")].slice(0, LONGEST_COMMENT).join("");
    return { ...(value ?? NOTHING), comment: kept.trim() === "" ? null : kept };
  }

  /** What the model suggests, as a decision of the coder. The coder's comment stays. */
  fromSuggestion(value, speaker, suggestion) {
    return this.tidy(
      {
        rupture: suggestion.rupture ?? NONE,
        secondary: suggestion.secondary ?? null,
        intensity: suggestion.intensity ?? null,
        markers: suggestion.markers ?? [],
        strategies: suggestion.strategies ?? [],
        process: suggestion.process ?? null,
        comment: value?.comment ?? null,
      },
      speaker,
    );
  }

  /** Drop what does not fit the rupture code or the speaker. */
  tidy(value, speaker) {
    if (value.rupture === UNCODABLE) {
      return { ...NOTHING, rupture: UNCODABLE, comment: value.comment };
    }
    const rupture = isRupture(value);
    const second = this.secondariesFor(value).some((code) => code.name === value.secondary);
    const secondary = second ? value.secondary : null;
    const kept = { ...value, secondary, intensity: rupture ? value.intensity : null };
    const markers = rupture ? this.names(this.markersFor(kept, speaker)) : new Set();
    const strategies = this.names(this.strategiesFor(kept, speaker));
    const processes = this.names(this.processesFor(kept, speaker));
    return {
      ...kept,
      markers: value.markers.filter((name) => markers.has(name)),
      strategies: value.strategies.filter((name) => strategies.has(name)),
      process: processes.has(value.process) ? value.process : null,
    };
  }

  names(entries) {
    return new Set(entries.map((entry) => entry.name));
  }

  toggled(names, name) {
    const without = names.filter((other) => other !== name);
    const now = without.length < names.length ? without : [...without, name];
    return now.sort((a, b) => this.order.get(a) - this.order.get(b)); // the codebook's order
  }
}
