"""Counts, ratings and definitions, made ready for tables."""

from collections.abc import Iterable
from dataclasses import dataclass

from rupture_nlp.codebook import Codebook, load_codebook
from rupture_nlp.reports.summary import SessionSummary, SpeakerSummary, per_100
from rupture_nlp.reports.words import NO_NUMBER, SHORT_CODES, number, plain, rating_values
from rupture_nlp.schema import RUPTURES, Ratings


@dataclass(frozen=True, slots=True)
class SpeakerRow:
    """One speaker's line in a table of counts."""

    name: str
    turns: int
    total: int
    rate: str
    codes: tuple[int, ...]
    expected: str
    uncertain: int


@dataclass(frozen=True, slots=True)
class RatingView:
    """A rating with the meaning of its ends. `filled` is its place on the scale, 0 to 1."""

    name: str
    value: str
    filled: float | None
    low: str
    high: str


@dataclass(frozen=True, slots=True)
class CodeView:
    """A rupture code with its style and its words from the codebook."""

    style: str
    name: str
    short: str
    direction: str
    description: str


def speaker_rows(summary: SessionSummary) -> tuple[SpeakerRow, SpeakerRow]:
    """The counts of one session, patient first."""
    return _speaker_row("Patient", summary.patient), _speaker_row("Therapist", summary.therapist)


def total_rows(rows: Iterable[SessionSummary]) -> tuple[SpeakerRow, SpeakerRow]:
    """The counts of all sessions together, patient first."""
    patient = therapist = SpeakerSummary(0, (0, 0, 0, 0), 0.0, 0)
    for row in rows:
        patient = _add(patient, row.patient)
        therapist = _add(therapist, row.therapist)
    return _speaker_row("Patients", patient), _speaker_row("Therapists", therapist)


def view_ratings(ratings: Ratings) -> tuple[RatingView, ...]:
    """The four ratings in the codebook's order."""
    anchors = {rating.name: rating for rating in load_codebook().ratings}
    return tuple(
        RatingView(
            name=plain(name),
            value="not rated" if value is None else number(value),
            filled=None if value is None else min(1.0, max(0.0, (value - 1.0) / 4.0)),
            low=anchors[name].low,
            high=anchors[name].high,
        )
        for name, value in rating_values(ratings)
    )


def view_codes(codebook: Codebook) -> tuple[CodeView, ...]:
    """The five codes, `none` last."""
    codes = {entry.code: entry for entry in codebook.ruptures}
    return tuple(
        CodeView(
            style=SHORT_CODES.get(code, "none"),
            name=plain(code),
            short=codes[code].abbreviation,
            direction=codes[code].direction or "",
            description=codes[code].description,
        )
        for code in (*RUPTURES[1:], RUPTURES[0])
    )


def _speaker_row(name: str, counts: SpeakerSummary) -> SpeakerRow:
    rate = per_100(counts.total, counts.turns)
    return SpeakerRow(
        name=name,
        turns=counts.turns,
        total=counts.total,
        rate=NO_NUMBER if rate is None else f"{rate:.1f}",
        codes=counts.ruptures,
        expected=f"{counts.expected:.1f}",
        uncertain=counts.uncertain,
    )


def _add(left: SpeakerSummary, right: SpeakerSummary) -> SpeakerSummary:
    a, b = left.ruptures, right.ruptures
    return SpeakerSummary(
        turns=left.turns + right.turns,
        ruptures=(a[0] + b[0], a[1] + b[1], a[2] + b[2], a[3] + b[3]),
        expected=left.expected + right.expected,
        uncertain=left.uncertain + right.uncertain,
    )
