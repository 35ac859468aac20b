"""Units, speakers, variables, metrics and labels in the words of a page.

What comes from the data (coders, labels, columns of a sheet) is shown as it is, cleared of what
could disturb its surroundings, and cut where it is very long.
"""

import re
from collections.abc import Iterable, Sequence
from functools import cache

from rupture_nlp.codebook import load_codebook
from rupture_nlp.evaluation.harness.catalogue import METRICS, VARIABLES, Metric
from rupture_nlp.evaluation.harness.quantities import Key
from rupture_nlp.reports.words import plain
from rupture_nlp.schema import RUPTURES

LONGEST_NAME = 80
LONGEST_NOTE = 240
_UNTIMED = "sessions without times"
# Directional marks, line ends, control characters, lone surrogates: nothing that a name needs.
_DISTURBING = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]+"
)
_SPEAKERS = {"patient": "Patients", "therapist": "Therapists", "": "Both speakers"}
_PEOPLE = frozenset(("Cohen", "Krippendorff", "Gwet", "Spearman", "Matthews", "Brier"))
_TITLES = {
    "utterance": "Utterances",
    "segment": "Segments",
    "episode": "Episodes",
    "session": "Sessions",
    "treatment": "Treatments",
}


def name(text: str, longest: int = LONGEST_NAME) -> str:
    """A name from the data, harmless and of bearable length."""
    clean = _DISTURBING.sub("\N{REPLACEMENT CHARACTER}", text).strip()
    return clean if len(clean) <= longest else f"{clean[: longest - 1]}\N{HORIZONTAL ELLIPSIS}"


def names(texts: tuple[str, ...]) -> str:
    """Several names: `ai1 and ai2`."""
    return listed([name(text) for text in texts])


def listed(parts: Sequence[str], comma: str = ", ") -> str:
    """`a`, `a and b`, `a, b and c`; nothing of nothing."""
    return " and ".join(filter(None, (comma.join(parts[:-1]), *parts[-1:])))


def speakers(speaker: str) -> str:
    """`Patients`, `Therapists`, or what belongs to no speaker."""
    return _SPEAKERS.get(speaker, name(speaker).capitalize())


def metric_of(key: Key) -> Metric:
    """How the metric is called and read."""
    return METRICS.get(key.metric) or Metric(name(key.metric).replace("_", " "), "")


def metric_title(key: Key) -> str:
    """The metric's title; the label too where the label is a setting of the metric."""
    title = metric_of(key).title
    if key.metric.endswith("_at_alerts"):
        return title.replace(" k ", f" {name(key.label)} ")
    if key.metric == "alerts_without_rupture" and key.label:
        return f"{title} (at {label(key.label)})"
    return title


def inside(title: str) -> str:
    """A title inside a sentence: `percent agreement`, but `Cohen's kappa`, `PABAK`, `F1`."""
    first = re.split("[ ,-]", title)[0]
    kept = first.removesuffix("'s") in _PEOPLE or not first[1:].islower()
    return title if kept else f"{title[:1].lower()}{title[1:]}"


def variable(text: str) -> str:
    """The variable's words, or its own name."""
    return VARIABLES.get(text) or name(text)


def label(text: str) -> str:
    """A code, marker or strategy as words; other names as they are."""
    return plain(text) if text in _codebook_names() else name(text)


@cache
def _codebook_names() -> frozenset[str]:
    book = load_codebook()
    codes = (code.value for code in RUPTURES)
    return frozenset((*codes, *book.marker_names, *book.strategy_names, *book.process_names))


def unit_kind(unit: str) -> str:
    """`utterance`, `segment`, `episode`, `session` or `treatment`."""
    return unit.partition("(")[0]


def unit_parts(unit: str) -> list[str]:
    """The settings of a unit, as its name holds them."""
    return [part for part in unit.partition("(")[2].rstrip(")").split(",") if part]


def unit_title(unit: str) -> str:
    """`Utterances`, `Segments of 1 minute (untimed: 10 turns)`."""
    title = _TITLES.get(unit_kind(unit), name(unit))
    if unit_kind(unit) != "segment":
        return title
    windows = [words for part in unit_parts(unit) if (words := _window(part))]
    if "sheet" in unit_parts(unit):
        return f"{title} of a sheet"
    if not windows:
        return title
    untimed = f" (untimed: {windows[1]})" if len(windows) > 1 else ""
    return f"{title} of {windows[0]}{untimed}"


def unit_words(unit: str) -> str:
    """What a unit is and how it is counted, in words."""
    kind = unit_kind(unit)
    windows = [words for part in unit_parts(unit) if (words := _window(part))]
    said = [f"{_UNTIMED} are cut into {windows[1]}"] if len(windows) > 1 else []
    if kind == "segment" and "any" in unit_parts(unit):
        said.append("a segment has a label if one of its turns has it")
    said += [words for part in unit_parts(unit) if (words := _setting(part))]
    return "; ".join(said)


def settings_words(units: Iterable[str], *, untimed: bool = True) -> str:
    """What several units of one kind are and how they are counted, each thing said once.

    `untimed` is whether some sessions have no times.
    """
    parts = (part for unit in units for part in unit_words(unit).split("; ") if part)
    kept = (part for part in parts if untimed or not part.startswith(_UNTIMED))
    return "; ".join(dict.fromkeys(kept))


def of_unit(unit: str, text: str, between: str = ": ") -> str:
    """`Segments of 1 minute: rupture or none`, but `Episodes` where the variable says no more."""
    title, words = unit_title(unit), variable(text)
    return title if words == title.lower() else f"{title}{between}{words}"


def _window(part: str) -> str:
    found = re.fullmatch(r"([\d.]+)(s|turns)", part)
    if not found:
        return ""
    value = float(found[1])
    if found[2] == "turns":
        return f"{value:g} turns"
    if value % 60:
        return f"{value:g} seconds"
    minutes = value / 60
    return f"{minutes:g} minute{'s' if minutes != 1 else ''}"


def _setting(part: str) -> str:
    found = re.fullmatch(r"([a-z]+)[<>]=([\d.]+)(?:turns)?", part)
    if not found:
        return ""
    what, number = found[1], float(found[2])
    share = f"{number:.0%}".replace("%", "\N{NO-BREAK SPACE}%")
    return {
        "intensity": f"ruptures count from intensity {number:g} on" if number > 1 else "",
        "known": f"missing where less than {share} of the turns is coded",
        "iou": f"episodes match if they share at least {share} of their turns",
        "onset": f"by onset they match if their first turns lie at most {number:g} apart",
    }.get(what, "")
