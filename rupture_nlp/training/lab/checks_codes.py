"""What a lab's codes and coders can carry: findings about classes, label set and coders."""

from collections.abc import Iterator

from rupture_nlp.schema import GOLD
from rupture_nlp.training.lab.counts import (
    ClassCount,
    CoderRate,
    Learnable,
    class_counts,
    coder_rates,
)
from rupture_nlp.training.lab.data import LabData
from rupture_nlp.training.lab.findings import Finding, error, warning
from rupture_nlp.training.lab.folds import FEWEST
from rupture_nlp.training.lab.labels import BOTH, FAMILIES, RUPTURE

OTHERS_EXPECTED = 5.0
"""A coder who never gives a code is remarkable where the others gave it so often to the same turns:
by chance that happens less than once in a hundred (Poisson, exp(-5))."""

UNLIKE = 2.0


def check_codes(data: LabData) -> Iterator[Finding]:
    """Findings about what can and cannot be learned, and from whom."""
    yield from _classes(data)
    yield from _label_set(data)
    yield from _coders(data)


def _classes(data: LabData) -> Iterator[Finding]:
    """One line a speaker: the table of counts is shown beside it."""
    counts = class_counts(data)
    for speaker in data.labels.speakers:
        own = [count for count in counts if count.speaker is speaker]
        parts = [part for kind, words in _TOO_FEW.items() if (part := _few(own, kind, words))]
        alone = [c for c in own if c.learnable is Learnable.YES and c.groups < FEWEST]
        if alone:
            names = ", ".join(f"{count.name} ({count.positives})" for count in alone)
            parts.append(
                "all of one patient (or group), so that nobody can tell whether the model finds "
                f"it in others: {names}"
            )
        if parts:
            yield warning("codes", f"{speaker} turns: {'; '.join(parts)}.")
    coded = [count for count in counts if count.speaker in data.labels.speakers]
    if not any(c.name == RUPTURE and c.learnable is Learnable.YES for c in coded):
        yield error(
            "codes",
            "neither speaker has 20 turns that are ruptures of any kind. There is nothing here "
            "from which a model could be trained and tested. Code more sessions, or use the "
            "model that there is.",
        )


_TOO_FEW = {
    Learnable.THIN: "may be learned, but fewer than 20 turns cannot show whether it was, so that "
    "no figure will be given",
    Learnable.NO: "too few turns to learn from, expect the new model to miss it",
    Learnable.UNUSED: "never coded, and the new model should hardly ever give it",
}


def _few(counts: list[ClassCount], kind: Learnable, words: str) -> str:
    few = [count for count in counts if count.learnable is kind]
    names = [c.name if kind is Learnable.UNUSED else f"{c.name} ({c.positives})" for c in few]
    return f"{words}: {', '.join(names)}" if names else ""


def _label_set(data: LabData) -> Iterator[Finding]:
    labels = data.labels
    left = [code.value for code in labels.left_out]
    if left:
        yield warning(
            "codes",
            f"not learned, and never given by the new model: {', '.join(left)}. "
            "Either nobody used it, or --labels leaves it out.",
        )
    if labels.name in {FAMILIES, RUPTURE}:
        what = "withdrawal and confrontation" if labels.name == FAMILIES else "ruptures of any kind"
        yield warning(
            "codes",
            f"these codes tell {what} apart and no more (label set {labels.name}). Which code "
            "inside such a class is given stays the starting model's guess. If your coders did "
            "tell the single codes apart, say --labels codes.",
        )
    missing = [speaker for speaker in BOTH if speaker not in labels.speakers]
    if missing:
        yield warning(
            "codes",
            f"no {missing[0]} turn has a rupture, so these turns count as not coded: the new "
            "model never gives them one.",
        )
    fields = {field for s in data.sessions for coding in s.codings for field in coding.fields}
    uncoded = [what for field, what in _FIELDS.items() if field not in fields]
    if uncoded:
        yield warning(
            "codes",
            f"nobody coded {', '.join(uncoded)}; in these the new model is as the starting one.",
        )


_FIELDS = {
    "intensity": "intensities",
    "markers": "markers",
    "strategies": "repair strategies",
    "process": "resolution processes",
    "episodes": "episodes",
    "ratings": "session ratings",
}


def _coders(data: LabData) -> Iterator[Finding]:
    for rate in coder_rates(data):
        yield from _unused(rate, data.labels.classes)
        if rate.others_rate and rate.rate:
            ratio = rate.rate / rate.others_rate
            if max(ratio, 1 / ratio) >= UNLIKE:
                yield warning(
                    "coders",
                    f"{rate.coder} calls {rate.rate:.1%} of {rate.speaker} turns a rupture, the "
                    f"other coders {rate.others_rate:.1%} of the same turns. Talk about where the "
                    "line is before training on both.",
                )
    doubly = any(len([c for c in s.codings if c.coder != GOLD]) > 1 for s in data.sessions)
    if len(data.coders) > 1 and not doubly:
        yield warning(
            "coders",
            f"{len(data.coders)} coders, and no session was coded by two of them. How far they "
            "agree is not known, and so not how good a model could be.",
        )
    if len(data.coders) == 1:
        yield warning(
            "coders", "one coder: how far two people would agree on these turns is not known."
        )


def _unused(rate: CoderRate, classes: tuple[str, ...]) -> Iterator[Finding]:
    for name, given, expected in zip(classes[1:], rate.given[1:], rate.others[1:], strict=True):
        if not given and expected >= OTHERS_EXPECTED:
            yield warning(
                "coders",
                f"{rate.coder} never gives {rate.speaker}s {name}; on the same turns the other "
                f"coders do {expected:.0f} times. Does this coder know the code?",
            )
