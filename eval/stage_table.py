"""The figures of `eval.stages` as Markdown."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from eval.table import NOTICE, estimable, shown
from rupture_nlp.evaluation.bootstrap import Interval


class Row(Protocol):
    """What the tables show of a row."""

    @property
    def reference(self) -> int: ...
    @property
    def predicted(self) -> int: ...
    @property
    def matched(self) -> int: ...
    @property
    def furthest_kappa(self) -> Interval: ...
    @property
    def furthest_agreement(self) -> Interval: ...
    @property
    def furthest_f1(self) -> Interval: ...
    @property
    def pathway_kappa(self) -> Interval: ...
    @property
    def entered(self) -> Mapping[str, Interval | None]: ...
    @property
    def entered_in_reference(self) -> Mapping[str, int]: ...
    @property
    def taken(self) -> Mapping[str, Interval | None]: ...
    @property
    def taken_in_reference(self) -> Mapping[str, int]: ...
    @property
    def progression(self) -> Mapping[str, Interval | None]: ...
    @property
    def beyond_the_rupture(self) -> Mapping[str, int]: ...


def markdown(rows: Mapping[str, Row], signature: str) -> str:
    """All tables, the notice and the signature."""
    head = ("furthest stage, kappa", "furthest stage, agreement", "found with it, F1")
    columns = ("episodes", "of the row", "matched", *head, "pathway, kappa")
    lines = [NOTICE, "", _line("row", columns), _rule(len(columns))]
    for name, row in rows.items():
        counts = (str(row.reference), str(row.predicted), str(row.matched))
        figures = (row.furthest_kappa, row.furthest_agreement, row.furthest_f1, row.pathway_kappa)
        lines.append(_line(name, (*counts, *map(shown, figures))))
    lines += ["", *_table("F1, stage entered", rows, lambda r: (r.entered, r.entered_in_reference))]
    lines += ["", *_table("F1, pathway taken", rows, lambda r: (r.taken, r.taken_in_reference))]
    lines += [
        "",
        *_table("kappa, progression", rows, lambda r: (r.progression, r.beyond_the_rupture)),
        "",
        "Kappa of stages and progressions has quadratic weights and, like agreement, is over "
        "matched episodes; F1 counts episodes without a counterpart. In round brackets the "
        "reference episodes that hold it (of a progression: that came beyond the rupture "
        "itself); under 20 nothing is estimable.",
        "",
        f"`{signature}`",
        "",
    ]
    return "\n".join(lines)


def _table(
    title: str,
    rows: Mapping[str, Row],
    part: Callable[[Row], tuple[Mapping[str, Interval | None], Mapping[str, int]]],
) -> list[str]:
    names = list(part(next(iter(rows.values())))[0])
    lines = [_line(title, names), _rule(len(names))]
    for name, row in rows.items():
        figures, counts = part(row)
        cells = [f"{estimable(figures[label])} ({counts[label]})" for label in names]
        lines.append(_line(name, cells))
    return lines


def _line(first: str, cells: Sequence[str]) -> str:
    return f"| {first} | " + " | ".join(cells) + " |"


def _rule(columns: int) -> str:
    return "|" + "---|" * (columns + 1)
