"""The benchmark's rows as Markdown tables."""

from rupture_nlp.evaluation.bootstrap import Interval
from rupture_nlp.schema import RUPTURES
from rupture_nlp.training.figures import Figures

Rows = dict[str, dict[str, Figures]]
HEAD = "| {speaker} turns | kappa, 5 codes | rupture F1 | average precision | ECE | Brier skill |"
NOTICE = "Codes by AI coders, not by people. In brackets 95 % intervals over groups."


def markdown(
    rows: Rows, heads: dict[str, Interval], gains: dict[str, Interval], signature: str
) -> str:
    """All tables, the notice and the signature. `heads` are those of `small`, `gains` paired
    differences of `base` from it."""
    parts = [NOTICE, ""]
    for speaker in ("patient", "therapist"):
        parts += [*_figures(rows, speaker), "", *_by_code(rows, speaker), ""]
    parts += [f"* base minus small, paired, {n}: {shown(gain)}" for n, gain in gains.items()]
    parts += [f"* small, {name}, micro-F1: {shown(interval)}" for name, interval in heads.items()]
    warning = next(iter(rows.values()))["patient"].kappa.warning
    return "\n".join([*parts, "", f"`{signature}`", *([warning] if warning else []), ""])


def _figures(rows: Rows, speaker: str) -> list[str]:
    first = next(iter(rows.values()))[speaker]
    share = 100 * first.ruptures / first.turns
    lines = [
        f"{speaker.capitalize()} turns: {first.turns}, with a rupture {first.ruptures} "
        f"({share:.1f} %), reference gold:",
        "",
        HEAD.format(speaker=speaker),
        "|---|---|---|---|---|---|",
    ]
    for name, of in rows.items():
        f = of[speaker]
        cells = [f.kappa, f.f1, f.average_precision, f.ece, f.brier_skill]
        lines.append(f"| {name} | " + " | ".join(_given(cell) for cell in cells) + " |")
    return lines


def _by_code(rows: Rows, speaker: str) -> list[str]:
    codes = [code.value for code in RUPTURES[1:]]
    lines = [f"| F1 by code, {speaker} | " + " | ".join(codes) + " |", "|---|---|---|---|---|"]
    for name, of in rows.items():
        cells = [of[speaker].by_code[code] for code in codes]
        lines.append(f"| {name} | " + " | ".join(estimable(cell) for cell in cells) + " |")
    return lines


def estimable(interval: Interval | None) -> str:
    """The figure, unless too few ruptures or episodes hold what it is of."""
    return "not estimable" if interval is None else shown(interval)


def shown(interval: Interval) -> str:
    """The figure with the ends of its interval, two decimals, no -0.00."""
    return f"{_short(interval.estimate)} [{_short(interval.low)}, {_short(interval.high)}]"


def _given(interval: Interval | None) -> str:
    return "-" if interval is None else shown(interval)


def _short(value: float) -> str:
    text = f"{value:.2f}"
    return text.removeprefix("-") if float(text) == 0 else text
