"""The agreement tables: the handful of main figures first, then unit by unit."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rupture_nlp.evaluation.harness.figures import Figure
from rupture_nlp.evaluation.harness.quantities import Key
from rupture_nlp.reports.agreement import names
from rupture_nlp.reports.agreement.rows import FigureTable, figure_table

# Unit, variable, metric: several coefficients, never one, and more than one unit.
_MAIN = (
    ("utterance", "rupture", "kappa"),
    ("utterance", "rupture", "ac1"),
    ("utterance", "rupture", "f1"),
    ("utterance", "rupture", "average_precision"),
    ("utterance", "code", "kappa"),
    ("utterance", "code", "alpha_nominal"),
    ("utterance", "code", "macro_f1"),
    ("segment", "rupture", "kappa"),
    ("session", "rupture_rate", "icc_a1"),
    ("session", "rupture_rate", "spearman"),
    ("episode", "episodes", "f1"),
    ("episode", "episodes", "boundary_similarity"),
)
_KINDS = ("utterance", "segment", "episode", "session", "treatment")
_LEAD_VARIABLES = {
    "utterance": ("rupture", "code"),
    "segment": ("rupture",),
    "episode": ("episodes", "episodes_onset", "repaired"),
    "session": ("rupture_rate", "rupture_count"),
    "treatment": ("rupture_rate", "rupture_count"),
}
_LEAD_METRICS = frozenset(
    (
        "percent_agreement",
        "kappa",
        "alpha_nominal",
        "ac1",
        "icc_a1",
        "spearman",
        "precision",
        "recall",
        "f1",
        "macro_f1",
        "average_precision",
        "boundary_similarity",
    )
)
# Of these metrics a label is a setting, not a class.
_SETTING_IN_LABEL = frozenset(("recall_at_alerts", "precision_at_alerts", "alerts_without_rupture"))
_SPEAKERS = ("patient", "therapist", "")


@dataclass(frozen=True, slots=True)
class UnitSection:
    """All figures of one unit: leading tables, and the rest, one table a speaker each."""

    id: str
    title: str
    words: str
    lead: tuple[FigureTable, ...]
    rest: tuple[FigureTable, ...]

    @property
    def more(self) -> int:
        """How many figures stand in the rest."""
        return sum(table.size for table in self.rest)


def by_class(key: Key) -> bool:
    """Whether a number belongs to one code, marker or strategy, and so into their tables."""
    return bool(key.label) and key.metric not in _SETTING_IN_LABEL


def main_figures(figures: Sequence[Figure]) -> list[Figure]:
    """The handful that a reader wants first, in that order."""
    return [
        figure
        for kind, variable, metric in _MAIN
        for figure in figures
        if not figure.key.label
        and (names.unit_kind(figure.key.unit), figure.key.variable, figure.key.metric)
        == (kind, variable, metric)
    ]


def main_tables(figures: Sequence[Figure], stamped: bool) -> tuple[FigureTable, ...]:
    """The main figures, one table a speaker."""

    def title(figure: Figure) -> str:
        return names.of_unit(figure.key.unit, figure.key.variable)

    return tuple(
        figure_table(names.speakers(speaker), members, stamped, title)
        for speaker, members in by_speaker(main_figures(figures))
    )


def unit_sections(figures: Iterable[Figure], stamped: bool) -> tuple[UnitSection, ...]:
    """Figures over all labels, unit by unit from the smallest."""
    grouped: dict[str, list[Figure]] = {}
    for figure in figures:
        if not by_class(figure.key):
            grouped.setdefault(names.unit_title(figure.key.unit), []).append(figure)
    ordered = sorted(grouped.items(), key=lambda item: _rank(item[1][0]))
    return tuple(
        _section(f"unit-{place}", title, members, stamped)
        for place, (title, members) in enumerate(ordered)
    )


def by_speaker(figures: Iterable[Figure]) -> list[tuple[str, list[Figure]]]:
    """Figures by speaker: patients, therapists, then what belongs to neither."""
    found: dict[str, list[Figure]] = {speaker: [] for speaker in _SPEAKERS}
    for figure in figures:
        found.setdefault(figure.key.speaker, []).append(figure)
    return [(speaker, members) for speaker, members in found.items() if members]


def _section(id_: str, title: str, figures: Sequence[Figure], stamped: bool) -> UnitSection:
    lead = sorted((figure for figure in figures if _leads(figure)), key=_place)
    rest = [figure for figure in figures if not _leads(figure)]
    if not lead:
        lead, rest = rest, []
    settings = names.settings_words(dict.fromkeys(figure.key.unit for figure in figures))
    return UnitSection(
        id=id_,
        title=title,
        words=f"{settings[:1].upper()}{settings[1:]}." if settings else "",
        lead=_tables(lead, stamped),
        rest=_tables(rest, stamped),
    )


def _tables(figures: Sequence[Figure], stamped: bool) -> tuple[FigureTable, ...]:
    return tuple(
        figure_table(names.speakers(speaker), members, stamped)
        for speaker, members in by_speaker(figures)
    )


def _leads(figure: Figure) -> bool:
    key = figure.key
    variables = _LEAD_VARIABLES.get(names.unit_kind(key.unit), ())
    return key.variable in variables and key.metric in _LEAD_METRICS and not key.label


def _place(figure: Figure) -> int:
    return _LEAD_VARIABLES[names.unit_kind(figure.key.unit)].index(figure.key.variable)


def _rank(figure: Figure) -> tuple[int, float]:
    kind = names.unit_kind(figure.key.unit)
    sizes = [part.rstrip("s") for part in names.unit_parts(figure.key.unit) if part[:1].isdigit()]
    size = float(sizes[0].removesuffix("turn")) if sizes and kind == "segment" else 0.0
    return (_KINDS.index(kind) if kind in _KINDS else len(_KINDS), size)
