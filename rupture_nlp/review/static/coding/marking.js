// Marking episodes: the first turn, the last turn, where repair begins, how it ended.

import { isRupture, newEpisodeId } from "../shared/values.js";
import { turnName } from "../shared/words.js";
import { episodeAt, firstStrategy, markingFrom, overlaps, turnValue, valueOf } from "./state.js";

export class Marking {
  /** `edit(id)` opens an episode in its panel. */
  constructor({ store, coding, say, edit }) {
    Object.assign(this, { store, coding, say, edit });
  }

  get state() {
    return this.store.state;
  }

  name(position) {
    return turnName(this.state.turns[position]);
  }

  /** The key `e`: start, then end; inside an episode that stands already: look at it. */
  mark() {
    if (!this.coding.allowed()) return;
    const { marking, current } = this.state;
    const inside = episodeAt(this.state, current);
    if (marking) this.close();
    else if (inside) this.edit(inside.id);
    else {
      this.store.set(markingFrom(this.state, current));
      const opens = isRupture(turnValue(this.state, current));
      this.say(
        `Episode starts at turn ${this.name(current)}${opens ? "" : " (which is no rupture)"}. ` +
          "Go to its last turn and press e again; Escape gives it up.",
      );
    }
  }

  close() {
    const { marking, current } = this.state;
    const start = Math.min(marking.start, current);
    const end = Math.max(marking.start, current);
    const id = this.add(start, end, {
      repair_start: marking.repair ?? firstStrategy(this.state, start, end),
      resolution: null,
    });
    if (id === null) return;
    this.store.set(markingFrom(this.state, null));
    this.edit(id);
  }

  /** Make an episode; null where it would share turns with another one. */
  add(start, end, rest) {
    if (overlaps(this.state, start, end)) {
      this.say("It would share turns with another episode. Mark another end, or Escape.");
      return null;
    }
    const id = newEpisodeId();
    if (!this.coding.decide("episode", id, { start, end, ...rest })) return null;
    this.say(`Episode from turn ${this.name(start)} to turn ${this.name(end)}.`);
    return id;
  }

  /** True where there was something to give up. */
  cancel() {
    if (!this.state.marking) return false;
    this.store.set(markingFrom(this.state, null));
    this.say("No episode was made.");
    return true;
  }

  /** The key `b`: repair begins at the current turn; a second time takes it back. */
  repairHere() {
    if (!this.coding.allowed()) return;
    const { marking, current } = this.state;
    const inside = episodeAt(this.state, current);
    if (marking) {
      this.store.set({ ...this.state, marking: { ...marking, repair: current } });
      this.say(`Repair starts at turn ${this.name(current)}.`);
    } else if (inside) {
      const again = inside.repair_start === current;
      this.change(inside.id, { repair_start: again ? null : current });
      this.say(again ? "No start of repair." : `Repair starts at turn ${this.name(current)}.`);
    } else {
      this.say("Repair starts inside an episode: mark the episode first, with e.");
    }
  }

  /** Change parts of an episode. A start of repair that falls outside is taken away. */
  change(id, parts) {
    const value = { ...valueOf(this.state, "episode", id), ...parts };
    if (value.start > value.end) {
      this.say("An episode cannot end before it starts.");
      return;
    }
    if (overlaps(this.state, value.start, value.end, id)) {
      this.say("It would share turns with another episode.");
      return;
    }
    const repair = value.repair_start;
    if (repair !== null && (repair < value.start || repair > value.end)) value.repair_start = null;
    this.coding.decide("episode", id, value);
  }

  remove(id) {
    if (this.coding.decide("episode", id, null)) this.say("The episode is deleted; z undoes it.");
  }
}
