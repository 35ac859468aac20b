"""Numbers and names as the report and the card of a lab's model write them."""

from collections.abc import Sequence

from rupture_nlp.evaluation.bootstrap import Interval
from rupture_nlp.evaluation.classification import ESTIMABLE_FROM
from rupture_nlp.reports.agreement.tables import IN_SAMPLE
from rupture_nlp.schema import Speaker
from rupture_nlp.training.figures import Figures
from rupture_nlp.training.lab.counts import LEARNABLE_FROM, ClassCount, Learnable
from rupture_nlp.training.lab.labels import BOTH, RUPTURE, LabelSet
from rupture_nlp.training.lab.score import BASELINES, Measured

HEAD = ("kappa", "F1 of a rupture", "average precision", "calibration error", "Brier skill")


def shown(interval: Interval | None) -> str:
    """A figure with its interval; a dash where there is none."""
    if interval is None or interval.estimate != interval.estimate:  # NaN
        return "-"
    return f"{_short(interval.estimate)} [{_short(interval.low)}, {_short(interval.high)}]"


ADVICE = {
    "better": "Use it for sessions like those it was trained on, and test it on new patients.",
    "worse": "Do not use it. Look at how far your coders agree, and at the warnings of the check.",
    "no different": "Either there is no gain, or there are too few patients to see it. Until more "
    "are coded, keep the model that you started from.",
    "mixed": "Look at the tables for what matters to you before you use it.",
    "cannot be told": "Take the figures as a first look, and code more patients.",
    IN_SAMPLE: "Do not report these figures and do not choose a model by them. Start from a model "
    "that has not read these sessions.",
}
"""What to do, by the word of the verdict."""


def carries(count: ClassCount, labels: LabelSet) -> str:
    """What so many turns can carry, of a speaker who was coded."""
    return count.learnable.value if count.speaker in labels.speakers else "not coded"


def code_figure(measured: Measured, count: ClassCount) -> str:
    """F1 of a class as ours has it; where it cannot be estimated, so."""
    figures = measured.get(count.speaker)
    if figures is None:
        return "-"
    found = figures.f1 if count.name == RUPTURE else figures.by_code.get(count.name)
    enough = count.positives >= ESTIMABLE_FROM
    return shown(found) if found is not None and enough else "not estimable"


def not_known(labels: LabelSet) -> tuple[str, ...]:
    """What a model with this label set was not taught."""
    lines = []
    if labels.left_out:
        left = ", ".join(code.value.replace("_", " ") for code in labels.left_out)
        lines.append(f"Never given, since your codes do not have them: {left}.")
    if labels.is_coarse:
        lines.append("Codes of one class were learned as one: read the class, not the single code.")
    uncoded = [speaker.value for speaker in BOTH if speaker not in labels.speakers]
    lines += [
        f"Turns of the {one} count as not coded: it gives them no rupture." for one in uncoded
    ]
    return tuple(lines)


def thinly_taught(counts: Sequence[ClassCount], labels: LabelSet) -> tuple[str, ...]:
    """Which codes a model had too few turns of, a line for each kind of too few."""
    lines = []
    for learnable, what in (
        (Learnable.NO, f"Fewer than {LEARNABLE_FROM} turns to learn from, so expect it to miss"),
        (Learnable.UNUSED, "No turn to learn from, so it should hardly ever give"),
        (Learnable.THIN, f"Fewer than {ESTIMABLE_FROM} turns, so nobody knows whether it learned"),
    ):
        few = [
            f"{count.name.replace('_', ' ')} of the {count.speaker.value} ({count.positives})"
            for count in counts
            if count.speaker in labels.speakers and count.learnable is learnable
        ]
        if few:
            lines.append(f"{what}: {', '.join(few)}.")
    return tuple(lines)


def row_name(name: str, *, in_sample: bool) -> str:
    """How a system's row begins; `in_sample`: the starting model had learned some sessions.

    The simple methods learn nothing from it, so their figures are never in-sample.
    """
    return f"{name}, {IN_SAMPLE}" if in_sample and name not in BASELINES else name


def cells(figures: Figures) -> list[str]:
    """The figures of a row in the order of `HEAD`."""
    if figures.ruptures < ESTIMABLE_FROM:
        return ["not estimable"] * len(HEAD)
    found = (figures.kappa, figures.f1, figures.average_precision, figures.ece, figures.brier_skill)
    return [shown(interval) for interval in found]


def title(speaker: Speaker, figures: Figures) -> str:
    """What a table is of."""
    share = 100 * figures.ruptures / max(figures.turns, 1)
    return (
        f"{speaker.value} turns: {figures.turns}, with a rupture {figures.ruptures} ({share:.1f} %)"
    )


def markdown_tables(rows: dict[str, Measured]) -> str:
    """A table a speaker, with a row a system."""
    first = next(iter(rows.values()))
    parts: list[str] = []
    for speaker in first:
        parts += [
            f"{title(speaker, first[speaker]).capitalize()}:",
            "",
            f"| {speaker.value} turns | {' | '.join(HEAD)} |",
            "|---" * (1 + len(HEAD)) + "|",
            *(
                f"| {name} | {' | '.join(cells(of[speaker]))} |"
                for name, of in rows.items()
                if speaker in of
            ),
            "",
        ]
    return "\n".join(parts).strip()


def _short(value: float) -> str:
    text = f"{value:.2f}"
    return text.removeprefix("-") if float(text) == 0 else text
