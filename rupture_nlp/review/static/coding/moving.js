// Going from turn to turn. In a progressive session the server is asked for the next one.

import { isRupture } from "../shared/values.js";
import { findTurn, goneTo, isCodable, isTouched, suggestionAt } from "./state.js";
import { turnValue, withTurns } from "./state.js";

const PAGE = 10;

export class Moving {
  /**
   * `say(text)` tells the coder something; `shown(position)` brings a turn into view; `reload()`
   * takes the session anew from the server.
   */
  constructor({ store, api, say, shown, reload }) {
    Object.assign(this, { store, api, say, shown, reload });
    this.asking = false;
  }

  get state() {
    return this.store.state;
  }

  go(position) {
    this.store.set(goneTo(this.state, position));
    this.shown(this.state.current);
  }

  /** Make a turn the current one that is in view already: nothing moves under the pointer. */
  select(position) {
    this.store.set(goneTo(this.state, position));
  }

  previous() {
    this.go(this.state.current - 1);
  }

  pageUp() {
    this.go(this.state.current - PAGE);
  }

  pageDown() {
    this.go(this.state.current + PAGE);
  }

  first() {
    this.go(0);
  }

  last() {
    this.go(this.state.turns.length - 1);
  }

  /** The next turn; where it is hidden still, ask the server to show it. */
  async next() {
    const next = this.state.turns.length ? this.state.current + 1 : 0;
    if (next < this.state.turns.length) {
      this.go(next);
    } else if (this.state.assignment.turns_total > this.state.turns.length) {
      await this.advance(next);
    } else {
      this.say("This is the last turn.");
    }
  }

  async advance(to) {
    if (this.asking) return;
    this.asking = true;
    try {
      const { turns } = await this.api.advance(to + 1); // a number of turns, not a position
      this.store.set(withTurns(this.state, turns));
      // Another window opened it before: only what is new comes as an answer.
      if (this.state.turns.length <= to) await this.reload();
      this.go(to);
    } catch (error) {
      this.say(
        error.passing
          ? "Not connected: the next turn comes when the connection is back. The turns that you have can still be coded."
          : error.message,
      );
    } finally {
      this.asking = false;
    }
  }

  open(step) {
    const open = (turn) => isCodable(turn) && !isTouched(this.state, turn.position);
    this.find(step, open, "Every turn shown so far is coded.");
  }

  rupture(step) {
    const rupture = (turn) => isRupture(turnValue(this.state, turn.position));
    this.find(step, rupture, "No turn is coded as a rupture.");
  }

  uncertain(step) {
    if (!this.state.suggestions) {
      this.say("Uncertain turns are shown only where the model's suggestions are.");
      return;
    }
    const unsure = (turn) => Boolean(suggestionAt(this.state, turn.position)?.uncertain);
    this.find(step, unsure, "The model is uncertain about no turn.");
  }

  find(step, test, otherwise) {
    const position = findTurn(this.state, this.state.current, step, test);
    if (position === null) this.say(otherwise);
    else this.go(position);
  }
}
