// Names of the codebook, turns and counts in the words of the page.

const SPEAKERS = { therapist: "Therapist", patient: "Patient", other: "Other" };

const LONGEST_ID = 6; // longest utterance id that names a turn; else it is named by its place

/** A codebook name as words: `validates_position` as `validates position`. */
export function plain(name) {
  if (name === "re_engages") return "re-engages";
  return name.replaceAll("_", " ");
}

export function capital(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

export function speakerName(speaker) {
  return SPEAKERS[speaker] ?? SPEAKERS.other;
}

export function turnName(turn) {
  const id = turn.utterance_id;
  return id.length > 0 && id.length <= LONGEST_ID ? id : String(turn.position + 1);
}

/** The name of the turn at a position; its place where it is not known here. */
export function nameAt(turns, position) {
  const turn = turns[position];
  return turn ? turnName(turn) : String(position + 1);
}

/** `1 turn`, `2 turns`. */
export function count(number, one, many = `${one}s`) {
  return `${number} ${number === 1 ? one : many}`;
}

/** Seconds as m:ss or h:mm:ss; "" where the turn is not timed. */
export function clock(seconds) {
  if (seconds === null || seconds === undefined) return "";
  const whole = Math.floor(seconds);
  const rest = [Math.floor(whole / 60) % 60, whole % 60].map((n) => String(n).padStart(2, "0"));
  const hours = Math.floor(whole / 3600);
  return hours ? `${hours}:${rest.join(":")}` : `${Number(rest[0])}:${rest[1]}`;
}

/** A coding of a turn in one line, for a live region or the list of a conflict. */
export function turnSummary(value) {
  if (!value) return "not coded";
  const parts = [value.rupture === "none" ? "none" : plain(value.rupture)];
  if (value.intensity) parts.push(`intensity ${value.intensity}`);
  if (value.secondary) parts.push(`second code ${plain(value.secondary)}`);
  parts.push(...value.markers.map(plain), ...value.strategies.map(plain));
  if (value.process) parts.push(plain(value.process));
  if (value.comment) parts.push("with a comment");
  return parts.join(", ");
}

/** Any decision's value in one line. */
export function valueSummary(kind, value, turns) {
  if (kind === "turn") return turnSummary(value);
  if (kind === "rating") return value === null ? "left empty" : String(value);
  return value === null ? "no episode" : episodeSummary(value, turns);
}

/** Where an episode starts and ends, where its repair begins and how it was resolved. */
export function episodeSummary({ start, end, repair_start: repair, resolution }, turns) {
  const parts = [`turns ${nameAt(turns, start)} to ${nameAt(turns, end)}`];
  if (repair !== null) parts.push(`repair from turn ${nameAt(turns, repair)}`);
  if (resolution !== null) parts.push(`resolution ${resolution}`);
  return parts.join(", ");
}

/** Why a choice is not there for the current turn. */
export function nothingToPick(name) {
  return {
    markers: "An uncodable turn and a turn of another speaker take no markers.",
    secondary: "A second code stands beside a rupture: choose its code first.",
    strategies: "Strategies belong to turns of the therapist.",
    process: "A process belongs to a turn of the patient.",
  }[name];
}

/** How the session is coded now. */
export function modeWords({ mode, second_pass: second }) {
  if (second) return "second pass";
  return mode === "assisted" ? "with suggestions" : mode;
}
