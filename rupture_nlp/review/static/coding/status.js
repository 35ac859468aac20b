// What the page says about the session: how far the coder is, and that it is finished.

import { setText } from "../shared/dom.js";
import { noticeButton } from "../shared/saving.js";
import { count } from "../shared/words.js";
import { tally } from "./state.js";

/** How many turns are coded or shown, ruptures and episodes: in words, and as a bar. */
export function showTally(state, { words, bar }) {
  const { codable, touched, ruptures, episodes, hidden } = tally(state);
  const total = state.assignment.turns_total;
  const coded = hidden
    ? `${touched} coded, ${total - hidden} of ${total} shown`
    : `${touched} of ${codable} coded`;
  setText(words, `${coded} · ${count(ruptures, "rupture")} · ${count(episodes, "episode")}`);
  bar.max = Math.max(1, total);
  bar.value = total - hidden - (codable - touched);
}

/** What a finished session says, and the way on; null for one that is open. */
export function finishedNotice(assignment, reveal) {
  if (!assignment.finished) return null;
  if (assignment.second_pass) {
    return [
      "Second pass: you see the model's suggestions. What you change now is kept apart from your blind codes.",
    ];
  }
  if (assignment.mode === "blind" && !assignment.revealed) {
    return [
      "Finished. Your codes are closed. You may look at the model's suggestions now and make a second pass. ",
      noticeButton("Show the suggestions…", reveal),
    ];
  }
  return ["Finished. Your codes are closed; the person who leads the project can open them again."];
}
