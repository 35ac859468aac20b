// Values of decisions, and what they are called. Pure.
//
// The value of a turn is {rupture, secondary, intensity, markers, strategies, process, comment};
// of an episode {start, end, repair_start, resolution}; of a rating a number. null takes back.

export const NONE = "none";
export const UNCODABLE = "uncodable";

/** A turn on which there is nothing to say. */
export const NOTHING = Object.freeze({
  rupture: NONE,
  secondary: null,
  intensity: null,
  markers: Object.freeze([]),
  strategies: Object.freeze([]),
  process: null,
  comment: null,
});

/** The name of what is decided on: a turn, an episode or a rating. */
export function keyOf(kind, target) {
  return `${kind}:${target}`;
}

export function isRupture(value) {
  return Boolean(value) && value.rupture !== NONE && value.rupture !== UNCODABLE;
}

/** True where both values say the same; either may be null, a turn that is not coded. */
export function sameValue(one, other) {
  return JSON.stringify(canonical(one)) === JSON.stringify(canonical(other));
}

function canonical(value) {
  if (value === null || typeof value !== "object") return value;
  return Object.keys(value)
    .sort()
    .map((name) => [name, value[name]]);
}

/** An episode's id: `e` and eight hexadecimal digits. */
export function newEpisodeId() {
  return `e${randomHex(4)}`;
}

/** As many random bytes, in hexadecimal digits. */
export function randomHex(bytes) {
  const random = crypto.getRandomValues(new Uint8Array(bytes));
  return Array.from(random, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
