"""Figures as rows of a table: words beside a picture, everything already formatted."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from rupture_nlp.evaluation.bootstrap import Interval
from rupture_nlp.evaluation.harness.catalogue import METRICS
from rupture_nlp.evaluation.harness.figures import Beside, Figure
from rupture_nlp.reports.agreement import names
from rupture_nlp.reports.agreement.numbers import (
    UNDEFINED,
    between,
    count,
    counted,
    interval_of,
    percent,
    percent_between,
    two,
)
from rupture_nlp.reports.agreement.whiskers import Axis, Whiskers, axis_for, draw_whiskers

FEW_GROUPS_SIGN = "\N{DAGGER}"
UNSTEADY_SIGN = "\N{DOUBLE DAGGER}"
_SIGNS = {
    FEW_GROUPS_SIGN: "fewer than 20 groups: the interval is likely too narrow",
    UNSTEADY_SIGN: "undefined in more than half of the draws, which the interval leaves out",
}
_OF_SESSIONS = frozenset(("boundary_similarity", "window_diff"))  # whatever their unit
_SHARED_FROM = 3  # rows: from here on a note in all of them is said once
_NO_REASON = "the data do not define it"
_ORDER = {metric: place for place, metric in enumerate(METRICS)}


@dataclass(frozen=True, slots=True)
class Value:
    """A number as words. `sign` refers to a remark under the table."""

    text: str
    interval: str = ""
    sign: str = ""
    stamped: bool = False  # of a model on sessions it was trained on
    exact: str = ""

    @property
    def defined(self) -> bool:
        return self.text != UNDEFINED


@dataclass(frozen=True, slots=True)
class FigureRow:
    """One figure. Parts that there are none of are None or empty."""

    title: str
    meaning: str
    own: Value
    picture: Whiskers | None
    ceiling: Value | None
    share: Value | None
    versus: Value | None
    difference: Value | None
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RowGroup:
    """Figures of one variable. `counts` is what all of them rest on."""

    title: str
    counts: str
    rows: tuple[FigureRow, ...]


@dataclass(frozen=True, slots=True)
class FigureTable:
    """Figures of one speaker, in groups by variable, all drawn along one axis."""

    caption: str
    groups: tuple[RowGroup, ...]
    axis: Axis
    with_ceiling: bool
    with_versus: bool
    remarks: tuple[tuple[str, str], ...]  # sign and what it means
    notes: tuple[str, ...] = ()  # that would stand in every row
    beside: str = "Coders"  # whose numbers the ceiling is
    with_share: bool = True  # whether to show what share of the ceiling a number is

    @property
    def columns(self) -> int:
        return 3 + (1 + self.with_share) * self.with_ceiling + 2 * self.with_versus

    @property
    def size(self) -> int:
        """How many figures it shows."""
        return sum(len(group.rows) for group in self.groups)


def figure_table(
    caption: str,
    figures: Sequence[Figure],
    stamped: bool,
    group_by: Callable[[Figure], str] | None = None,
    said_once: float = 1.0,
) -> FigureTable:
    """A table of figures.

    `group_by` names the row group of a figure: its variable if None. A note that at least this
    share of a metric's rows have is said once, over the table.
    """
    title_of = group_by or (lambda figure: names.variable(figure.key.variable))
    grouped: dict[str, list[Figure]] = {}
    for figure in figures:
        grouped.setdefault(title_of(figure), []).append(figure)
    axis = axis_for(figures)
    shared = _shared_notes(figures, said_once)
    groups = tuple(
        _group(title, members, _Ways(axis, stamped, shared)) for title, members in grouped.items()
    )
    return FigureTable(
        caption=caption,
        groups=groups,
        axis=axis,
        with_ceiling=any(figure.ceiling for figure in figures),
        with_versus=any(figure.versus for figure in figures),
        remarks=remarks(row.own.sign for group in groups for row in group.rows),
        notes=_notes_over(figures, shared),
    )


def remarks(signs: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """The signs that occur, each with its meaning."""
    used = set("".join(signs))
    return tuple((sign, words) for sign, words in _SIGNS.items() if sign in used)


def value_of(interval: Interval, stamped: bool = False) -> Value:
    """A number with its interval and the sign of what to beware of."""
    return Value(two(interval.estimate), interval_of(interval), _sign(interval), stamped)


def notes_of(figure: Figure) -> tuple[str, ...]:
    """What a reader must know beside the number; of an undefined one at least the reason."""
    parts = figure.note.split(";")
    notes = [names.name(part, names.LONGEST_NOTE) for part in parts if part.strip()]
    if two(figure.interval.estimate) == UNDEFINED:
        notes = [note.removeprefix(f"{UNDEFINED}: ") for note in notes] or [_NO_REASON]
    return tuple(notes)


def counts_words(figure: Figure) -> str:
    """`3,048 utterances, 147 with the label, 60 groups`."""
    kind = names.unit_kind(figure.key.unit)
    if figure.key.metric in _OF_SESSIONS:
        kind = "session"
    parts = [counted(figure.rows, kind if kind.isalpha() else "unit")]
    if figure.positives is not None:
        parts.append(f"{count(figure.positives)} positive")
    return ", ".join((*parts, counted(figure.interval.groups, "group")))


def in_order(figures: Iterable[Figure]) -> list[Figure]:
    """Metrics in the catalogue's order; figures of one metric keep theirs."""
    return sorted(figures, key=lambda figure: _ORDER.get(figure.key.metric, len(_ORDER)))


@dataclass(frozen=True, slots=True)
class _Ways:
    """How rows of one table are made."""

    axis: Axis
    stamped: bool
    shared: dict[str, tuple[str, ...]]  # by metric, notes that stand over the table


def _shared_notes(figures: Sequence[Figure], share: float) -> dict[str, tuple[str, ...]]:
    by_metric: dict[str, list[Figure]] = {}
    for figure in figures:
        by_metric.setdefault(figure.key.metric, []).append(figure)
    shared = {}
    for metric, members in by_metric.items():
        if len(members) >= _SHARED_FROM:
            counts = Counter(note for one in members for note in set(notes_of(one)))
            said = dict.fromkeys(note for one in members for note in notes_of(one))
            least = share * len(members)
            shared[metric] = tuple(note for note in said if counts[note] >= least)
    return shared


def _notes_over(figures: Sequence[Figure], shared: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    """The shared notes of a table, each with the title of its metric."""
    titles = {figure.key.metric: names.metric_of(figure.key).title for figure in figures}
    return tuple(
        f"{titles[metric]}: {'; '.join(notes)}" for metric, notes in shared.items() if notes
    )


def _group(title: str, figures: Sequence[Figure], ways: _Ways) -> RowGroup:
    usual = Counter(counts_words(figure) for figure in figures).most_common(1)[0][0]
    return RowGroup(title, usual, tuple(_row(figure, ways, usual) for figure in in_order(figures)))


def _row(figure: Figure, ways: _Ways, usual: str) -> FigureRow:
    counts = counts_words(figure)
    said = ways.shared.get(figure.key.metric, ())
    own = [note for note in notes_of(figure) if note not in said]
    return FigureRow(
        title=names.metric_title(figure.key),
        meaning=names.metric_of(figure.key).meaning,
        own=own_value(figure, ways.stamped),
        picture=draw_whiskers(figure, ways.axis),
        ceiling=value_of(figure.ceiling.interval) if figure.ceiling else None,
        share=_share(figure.ceiling),
        versus=value_of(figure.versus.interval) if figure.versus else None,
        difference=value_of(figure.versus.difference) if figure.versus else None,
        notes=(*own, *([counts] if counts != usual else [])),
    )


def own_value(figure: Figure, stamped: bool) -> Value:
    """The figure's own number."""
    exact = between(*figure.exact) if figure.exact else ""
    text = two(figure.interval.estimate)
    return Value(
        text=text,
        interval=interval_of(figure.interval),
        sign=_sign(figure.interval),
        stamped=text != UNDEFINED and (stamped or figure.signature.in_sample),
        exact=f"F-based {exact}" if exact else "",
    )


def _share(beside: Beside | None) -> Value | None:
    """The model's share of the ceiling; none where either number is undefined."""
    if beside is None or percent(beside.share.estimate) == UNDEFINED:
        return None
    share = beside.share
    return Value(percent(share.estimate), percent_between(share.low, share.high))


def _sign(interval: Interval) -> str:
    if two(interval.estimate) == UNDEFINED:
        return ""
    few = FEW_GROUPS_SIGN if interval.few_groups else ""
    return few + (UNSTEADY_SIGN if 2 * interval.undefined > interval.draws else "")
