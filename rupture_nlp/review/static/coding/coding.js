// Coding the current turn: what keys and buttons do to its value.

import { isRupture } from "../shared/values.js";
import { plain } from "../shared/words.js";
import { spoken } from "./rows.js";
import { changed, isTouched, mayChange, redone, suggestionAt } from "./state.js";
import { turnValue, undone } from "./state.js";

export class Coding {
  /** `announce(text)` is heard, not seen; `moving.go` shows where an undo happened. */
  constructor({ store, rules, outbox, say, announce, moving }) {
    Object.assign(this, { store, rules, outbox, say, announce, moving });
  }

  get state() {
    return this.store.state;
  }

  get turn() {
    return this.state.turns[this.state.current];
  }

  get value() {
    return turnValue(this.state, this.state.current);
  }

  /** Decide something: shown at once, kept here, sent in the background. */
  decide(kind, target, value) {
    if (!this.allowed()) return false;
    const before = this.state;
    this.store.set(changed(before, kind, target, value));
    if (this.state !== before) this.outbox.add({ kind, target, value });
    return true;
  }

  allowed() {
    if (mayChange(this.state)) return true;
    this.say("This session is finished, its codes are closed.");
    return false;
  }

  codable() {
    if (this.turn && this.rules.takesCodes(this.turn.speaker)) return true;
    this.say("Turns of other speakers give context and take no codes.");
    return false;
  }

  setTurn(value) {
    if (!this.codable()) return;
    if (this.decide("turn", this.state.current, value)) {
      this.announce(spoken(this.state, this.state.current));
    }
  }

  rupture(name) {
    this.setTurn(this.rules.withRupture(this.value, this.turn.speaker, name));
  }

  /** The code of a digit: 0 is none, 1 to 4 the ruptures in the codebook's order. */
  digit(number) {
    this.rupture(this.rules.codes[number]);
  }

  intensity(number) {
    if (!isRupture(this.value)) {
      this.say("Only a rupture has an intensity: choose its code first.");
      return;
    }
    this.setTurn(this.rules.withIntensity(this.value, this.turn.speaker, number));
  }

  /** One stronger; after the strongest the weakest. */
  nextIntensity() {
    const strongest = this.rules.codebook.intensities.length;
    this.intensity(((this.value?.intensity ?? 0) % strongest) + 1);
  }

  marker(name) {
    this.setTurn(this.rules.withMarker(this.value, this.turn.speaker, name));
  }

  strategy(name) {
    this.setTurn(this.rules.withStrategy(this.value, this.turn.speaker, name));
  }

  process(name) {
    this.setTurn(this.rules.withProcess(this.value, this.turn.speaker, name));
  }

  secondary(name) {
    const next = this.value?.secondary === name ? null : name;
    this.setTurn(this.rules.withSecondary(this.value, this.turn.speaker, next));
  }

  /** A comment may belong to a turn that was left meanwhile. */
  comment(position, text) {
    const turn = this.state.turns[position];
    if (!turn || !this.rules.takesCodes(turn.speaker)) return;
    const before = turnValue(this.state, position);
    if ((before?.comment ?? "") === text.trim() || (!before && !text.trim())) return;
    this.decide("turn", position, this.rules.withComment(before, turn.speaker, text));
  }

  /** As if the turn had never been coded. */
  clear() {
    if (this.value === null) this.say("This turn is not coded.");
    else this.setTurn(null);
  }

  /** Done with this turn: what carries no code is `none`. */
  goOn() {
    const { current } = this.state;
    const open = this.turn && this.rules.takesCodes(this.turn.speaker);
    if (open && mayChange(this.state) && !isTouched(this.state, current)) this.digit(0);
    return this.moving.next();
  }

  // Suggestions

  accept() {
    const suggestion = this.suggestion();
    if (!suggestion) return;
    this.setTurn(this.rules.fromSuggestion(this.value, this.turn.speaker, suggestion));
  }

  /** Against a suggested rupture the turn is `none`; a suggested `none` leaves the choice open. */
  reject() {
    const suggestion = this.suggestion();
    if (!suggestion) return;
    if (isRupture(suggestion)) this.digit(0);
    else this.say("The model suggests none: choose the code that you see.");
  }

  suggestion() {
    const suggestion = suggestionAt(this.state, this.state.current);
    if (!suggestion) this.say("There is no suggestion for this turn.");
    return suggestion;
  }

  // Taking back

  undo() {
    this.stepBack(undone(this.state), "There is nothing to undo.", "Undone");
  }

  redo() {
    this.stepBack(redone(this.state), "There is nothing to redo.", "Done again");
  }

  stepBack({ state, step }, otherwise, word) {
    if (!this.allowed()) return;
    if (!step) {
      this.say(otherwise);
      return;
    }
    this.store.set(state);
    this.outbox.add({ kind: step.kind, target: step.target, value: step.value });
    if (step.kind === "turn") {
      this.moving.go(Number(step.target));
      this.announce(`${word}. ${spoken(this.state, this.state.current)}`);
    } else {
      const what = step.kind === "rating" ? `rating ${plain(step.target)}` : "an episode";
      this.say(`${word}: ${what}.`);
    }
  }
}
