"""All sessions of a run on one page."""

import heapq
from array import array
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from rupture_nlp.codebook import load_codebook
from rupture_nlp.reports.charts import Panel, StripPicture, draw_panel, draw_strip, nice_top
from rupture_nlp.reports.context import ReportContext
from rupture_nlp.reports.figures import total_rows, view_codes
from rupture_nlp.reports.summary import SessionSummary, SpeakerSummary, per_100
from rupture_nlp.reports.templating import render_pieces
from rupture_nlp.reports.words import flag_words, plain, rating_values
from rupture_nlp.schema import Speaker

MOST_ROWS = 2000
"""Sessions in the table; of more, those with the highest rupture rate are shown."""

MOST_FAILURES = 500
"""Failed files listed by name; of more, the first."""


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A session in the table, with its strip drawn."""

    summary: SessionSummary
    strip: StripPicture
    ratings: tuple[float | None, ...]
    flags: tuple[str, ...]


def render_overview(
    rows: Sequence[SessionSummary],
    context: ReportContext,
    failures: Sequence[tuple[str, str]] = (),
) -> str:
    """The overview page. `failures` are files that could not be read: file, message."""
    return "".join(overview_pieces(rows, context, failures))


def overview_pieces(
    rows: Sequence[SessionSummary],
    context: ReportContext,
    failures: Sequence[tuple[str, str]] = (),
) -> Iterator[str]:
    """The overview page piece by piece: of many sessions it takes megabytes."""
    shown = rows  # where it is all of them, in the caller's order
    if len(rows) > MOST_ROWS:
        shown = heapq.nlargest(MOST_ROWS, rows, key=lambda row: row.rate)
    flags = Counter(flag for row in rows for flag in _flags(row))
    return render_pieces(
        "overview.html.j2",
        "overview.js",
        context,
        count=len(rows),
        shown=len(shown),
        rows=map(_row, shown),  # drawn one at a time
        unlinked=sum(row.href is None for row in shown),
        speakers=total_rows(rows),
        episodes=sum(row.episodes for row in rows),
        repaired=sum(row.repaired for row in rows),
        panels=_panels(rows),
        flags=[(plain(name), count, flag_words(name)) for name, count in sorted(flags.items())],
        failures=failures[:MOST_FAILURES],
        failed=len(failures),
        codes=view_codes(load_codebook()),
    )


def _flags(row: SessionSummary) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*row.flags, *(["pseudo_alliance"] if row.pseudo_alliance else []))))


def _row(row: SessionSummary) -> SessionRow:
    return SessionRow(
        summary=row,
        strip=draw_strip(row.strip),
        ratings=tuple(value for _, value in rating_values(row.ratings)),
        flags=tuple(plain(flag) for flag in _flags(row)),
    )


_FAMILIES: tuple[tuple[str, str, Callable[[SpeakerSummary], int]], ...] = (
    ("withdrawal", "wo", lambda counts: counts.withdrawals),
    ("confrontation", "ca", lambda counts: counts.confrontations),
)


def _panels(rows: Sequence[SessionSummary]) -> list[Panel]:
    """Family by speaker, all on one axis so that they can be compared."""
    spread = []
    for speaker in (Speaker.PATIENT, Speaker.THERAPIST):
        for family, style, count in _FAMILIES:
            counts = (row.patient if speaker is Speaker.PATIENT else row.therapist for row in rows)
            rates = (per_100(count(item), item.turns) for item in counts)
            title = f"{speaker.value.capitalize()}: {family}"
            spread.append((title, style, array("d", (r for r in rates if r is not None))))
    top = nice_top(max((max(values, default=0.0) for _, _, values in spread), default=0.0))
    panels = (draw_panel(title, style, values, top) for title, style, values in spread)
    return [panel for panel in panels if panel is not None]
