"""Numbers and names as the report and the card of a lab's model write them."""

from rupture_nlp.evaluation.bootstrap import Interval
from rupture_nlp.evaluation.classification import ESTIMABLE_FROM
from rupture_nlp.schema import Speaker
from rupture_nlp.training.figures import Figures
from rupture_nlp.training.lab.score import Measured

HEAD = ("kappa", "F1 of a rupture", "average precision", "calibration error", "Brier skill")


def shown(interval: Interval | None) -> str:
    """A figure with its interval; a dash where there is none."""
    if interval is None or interval.estimate != interval.estimate:  # NaN
        return "-"
    return f"{_short(interval.estimate)} [{_short(interval.low)}, {_short(interval.high)}]"


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
