// Items of an adjudication in words, and their values in chips.

import { chip, codeChips } from "../shared/chips.js";
import { isRupture, UNCODABLE } from "../shared/values.js";
import { capital, count, nameAt, plain, valueSummary } from "../shared/words.js";
import { isOpen } from "./state.js";

/** What an item is called in a sentence. */
export function itemName(item, turns) {
  if (item.kind === "turn") return `Turn ${nameAt(turns, Number(item.target))}`;
  if (item.kind === "rating") return capital(plain(item.target));
  const values = [item.decision?.value, item.agreed, ...item.options.map((one) => one.value)];
  const value = values.find((one) => one);
  return value ? `Episode at turn ${nameAt(turns, value.start)}` : "Episode";
}

/** A value as chips, in the colours of its code. */
export function chips(kind, value, turns) {
  if (kind !== "turn") return [chip("plain-value", valueSummary(kind, value, turns))];
  if (value === null) return [chip("plain", "not coded")];
  const none = !isRupture(value) && value.rupture !== UNCODABLE;
  return [...(none ? [chip("plain", "none")] : []), ...codeChips(value)];
}

/** How an item stands. */
export function standingWords(item) {
  if (item.standing === "added") return "added here";
  if (isOpen(item)) return item.decision ? "reason missing" : "in dispute";
  if (item.decision) return "decided";
  return item.standing === "details" ? "agreed; details differ, most gave" : "agreed";
}

/** How far the session is settled. */
export function tallyWords({ disputes, open, details }) {
  const differing = details
    ? ` · details differ in ${count(details, "turn or episode", "turns or episodes")}`
    : "";
  if (!disputes) return `No dispute${differing}`;
  if (open) return `${open} of ${count(disputes, "dispute")} open${differing}`;
  const decided = disputes === 1 ? "The one dispute is decided" : `All ${disputes} disputes decided`;
  return `${decided}${differing}`;
}
