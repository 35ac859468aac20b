"""The rows of `robustness.json` as Markdown tables."""

from typing import Any

from eval.robustness_readings import LENGTH

Row = dict[str, Any]
NOTICE = (
    "Codes by AI coders, not by people. Labels of altered sessions, told of the original turns "
    "that are left; the difference is to the labels of the unaltered sessions on the same turns, "
    "paired, with 95 % intervals over groups. Bold: the interval does not hold 0."
)
NAMES = {
    "together": "all at once",
    "recognised": "words as recognised (word error rate)",
    "split": "turns cut in two (share)",
    "moved_ends": "ends of turns credited to the next speaker (share of changes)",
    "wrong_speaker": "turns under the other speaker's label (share)",
    "missing": "turns missing (share)",
    "merged": "changes of speaker not seen (share)",
    "truncated": "start and end cut off (share of turns)",
    LENGTH: "turns",
}
MEANING = (
    "Words as recognised: no punctuation, no capitals, numbers in words, half of the fillers gone, "
    "then that share of words misheard (65 % another word that sounds alike, 20 % dropped, 15 % a "
    "word more). All at once: 5 % of turns missing, 5 % of boundaries not seen, 10 % of ends with "
    "the next speaker, 10 % of turns cut, 5 % under the wrong speaker, word error rate .15. Gone: "
    "no altered turn holds their words."
)
_HEAD = (
    "| {first} | at | average precision | difference | kappa, 5 codes | difference "
    "| rupture F1 | difference |"
)


def ordered(rows: list[Row]) -> list[Row]:
    """By kind in the order of NAMES, then by strength."""
    kinds = list(NAMES)
    return sorted(rows, key=lambda row: (kinds.index(row["kind"]), row["strength"]))


def markdown(result: dict[str, Any]) -> str:
    """All tables, the notice, what was not run, and the signature."""
    rows = ordered(result["rows"])
    altered = [row for row in rows if row["kind"] != LENGTH]
    lengths = [row for row in rows if row["kind"] == LENGTH]
    parts = [NOTICE, ""]
    for speaker in ("patient", "therapist"):
        parts += [*_turns(altered, speaker, "altered"), ""]
    parts += [*_episodes(altered, "altered"), ""]
    parts += [MEANING, ""]
    if lengths:
        parts += [
            "Sessions cut to, or joined until they have, so many turns. **Joins are artificial**: "
            "one session follows another of other people.",
            "",
        ]
        for speaker in ("patient", "therapist"):
            parts += [*_turns(lengths, speaker, "length"), ""]
        parts += [*_episodes(lengths, "length"), ""]
    if result["not_run"]:
        parts += ["Not run: " + ", ".join(result["not_run"]) + ".", ""]
    return "\n".join([*parts, f"`{result['signature']}`", ""])


def _turns(rows: list[Row], speaker: str, first: str) -> list[str]:
    lines = [f"{speaker.capitalize()} turns:", "", _HEAD.format(first=first), "|---" * 8 + "|"]
    for row in rows:
        cells = [NAMES[row["kind"]], _strength(row)]
        for measure in ("average_precision", "kappa", "f1"):
            cells += _pair(row[speaker][measure])
        lines.append("| " + " | ".join(cells) + " |")
    return lines


def _episodes(rows: list[Row], first: str) -> list[str]:
    lines = [
        "Episodes (F1 at IoU >= .5), what is gone, and what reading costs:",
        "",
        f"| {first} | at | sequence layer | difference | rules over the codes | difference "
        "| turns gone | ruptures gone | processor, ms a turn |",
        "|---" * 9 + "|",
    ]
    for row in rows:
        gone = [f"{100 * row['gone'][name]:.0f} %" for name in ("turns", "ruptures")]
        cost = f"{row['processor_ms_per_turn']:.0f}"
        episodes = [cell for one in ("layer", "rules") for cell in _pair(row["episodes"][one])]
        cells = [NAMES[row["kind"]], _strength(row), *episodes, *gone, cost]
        lines.append("| " + " | ".join(cells) + " |")
    return lines


def _strength(row: Row) -> str:
    if row["kind"] == "together":
        return f"mean of {row['seeds']} seeds" if row["seeds"] > 1 else "1 seed"
    return f"{row['strength']:g}"


def _pair(figure: Row) -> list[str]:
    difference = figure["difference"]
    low, high = (_short(difference[end]) for end in ("low", "high"))
    shown = f"{_short(difference['estimate'], sign=True)} [{low}, {high}]"
    certain = difference["low"] > 0 or difference["high"] < 0
    return [_short(figure["altered"]["estimate"]), f"**{shown}**" if certain else shown]


def _short(value: float, *, sign: bool = False) -> str:
    shown = f"{value:+.2f}" if sign else f"{value:.2f}"
    return shown.lstrip("+-") if float(shown) == 0 else shown
