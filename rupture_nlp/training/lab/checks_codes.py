"""What a lab's codes and coders can carry: findings about classes, label set and coders."""

from collections.abc import Iterator

from rupture_nlp.schema import GOLD
from rupture_nlp.training.lab.counts import CoderRate, Learnable, class_counts, coder_rates
from rupture_nlp.training.lab.data import LabData
from rupture_nlp.training.lab.findings import Finding, counted, error, warning
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
    any_learnable = False
    for count in class_counts(data):
        if count.speaker not in data.labels.speakers:
            continue
        what = f"{count.speaker}: {count.name}"
        any_learnable |= count.name == RUPTURE and count.learnable is Learnable.YES
        if count.learnable is Learnable.NO:
            yield warning(
                "codes",
                f"{what}: {counted(count.positives, 'turn')}. Too few to learn from: "
                "expect the new model to miss it.",
            )
        elif count.learnable is Learnable.THIN:
            yield warning(
                "codes",
                f"{what}: {count.positives} turns. It may be learned, but fewer than 20 cannot "
                "show whether it was: no figure will be given for it.",
            )
        elif count.groups < FEWEST:
            yield warning(
                "codes",
                f"{what}: all {count.positives} turns are of one patient (or group). Whether the "
                "model finds it in others cannot be told.",
            )
    if not any_learnable:
        yield error(
            "codes",
            "neither speaker has 20 turns that are ruptures of any kind. There is nothing here "
            "from which a model could be trained and tested. Code more sessions, or use the "
            "model that there is.",
        )


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
