// What a coder should look at again before finishing: the codebook's rules that span turns.
// Pure. The server takes the coding all the same; a corpus with such rows fails validation.

import { isRupture } from "../shared/values.js";
import { episodeAt, episodesOf, firstStrategy, turnValue } from "./state.js";

/**
 * All findings: {text, position}, in order of their turns.
 */
export function findings(state, rules) {
  const found = [];
  for (const turn of state.turns) found.push(...turnFindings(state, turn, rules));
  for (const episode of episodesOf(state)) found.push(...episodeFindings(state, episode));
  return found.sort((a, b) => a.position - b.position);
}

function turnFindings(state, turn, rules) {
  const { position, speaker } = turn;
  const value = turnValue(state, position);
  if (!value) return [];
  const found = [];
  const say = (text) => found.push({ text, position });
  const outside = episodeAt(state, position) === null;
  if (isRupture(value)) {
    if (!value.intensity) say("a rupture without an intensity");
    if (outside) say("a rupture outside every episode");
    const possible = rules.markersFor(value, speaker).length > 0;
    if (speaker === "patient" && possible && !value.markers.length) {
      say("a patient's rupture without a marker");
    }
  }
  if (value.process && outside) say("a process outside every episode");
  return found;
}

function episodeFindings(state, episode) {
  const found = [];
  const say = (text) => found.push({ text, position: episode.start });
  if (!isRupture(turnValue(state, episode.start))) {
    say("an episode that does not open on a rupture");
  }
  const first = firstStrategy(state, episode.start, episode.end);
  if (episode.repair_start !== first) {
    say(
      first === null
        ? "an episode with a start of repair but no strategy inside"
        : "an episode whose repair does not start at its first strategy",
    );
  }
  if (episode.resolution === null) say("an episode without a resolution");
  return found;
}

/** Ratings that are still empty. `resolution` stays empty where no rupture was coded. */
export function emptyRatings(state, rules) {
  const ruptures = state.turns.some((turn) => isRupture(turnValue(state, turn.position)));
  return rules.codebook.ratings
    .map((rating) => rating.name)
    .filter((name) => ruptures || name !== "resolution")
    .filter((name) => !state.entries.get(`rating:${name}`)?.value);
}
