"""Counts of a coded corpus: by coder and speaker, how often each code occurs."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from rupture_nlp.codebook import load_codebook
from rupture_nlp.io.corpus.layout import RATINGS
from rupture_nlp.io.corpus.write import write_table
from rupture_nlp.schema import (
    RUPTURES,
    THERAPIST_MARKERS,
    UNCODABLE,
    CodedSession,
    EpisodeKind,
    Rupture,
    SessionCoding,
    Speaker,
    UtteranceCode,
)

ESTIMABLE_FROM = 20
"""A class with fewer positives in a corpus and speaker carries no figure of its own."""


@dataclass(frozen=True, slots=True)
class StatRow:
    """One count.

    `value` is `count / of`, for ratings their mean over `count` sessions; None where `of` is 0:
    nobody coded it. `estimable` is None where the question does not arise.
    """

    coder: str
    speaker: str  # patient, therapist, or empty: the whole session
    kind: str  # sessions, turns, rupture, marker, episode, rating and so on
    name: str
    count: int
    of: int
    value: float | None
    estimable: bool | None = None


@dataclass(frozen=True, slots=True)
class CorpusStats:
    """How large a corpus is and what its coders found."""

    sessions: int
    groups: int
    utterances: int
    coders: tuple[str, ...]
    rows: tuple[StatRow, ...]


@dataclass(frozen=True, slots=True)
class CodedTurns:
    """All the turns of one speaker that one coder coded, each with the fields that were coded."""

    coder: str
    speaker: Speaker
    turns: tuple[tuple[UtteranceCode, frozenset[str]], ...]

    def having(self, field: str) -> list[UtteranceCode]:
        """The turns for which this field was coded; an uncodable turn has no rupture field."""
        codes = [code for code, coded in self.turns if field in coded]
        about_ruptures = field not in {"strategies", "process"}
        return [code for code in codes if code.rupture is not None or not about_ruptures]


def corpus_stats(sessions: Sequence[CodedSession]) -> CorpusStats:
    """Count everything that the coders of a corpus coded."""
    coders = sorted({coding.coder for session in sessions for coding in session.codings})
    rows: list[StatRow] = []
    for coder in coders:
        for speaker in (Speaker.PATIENT, Speaker.THERAPIST):
            rows += _turn_rows(_turns(sessions, coder, speaker))
        codings = [coding for s in sessions if (coding := s.coding_by(coder)) is not None]
        rows += _episode_rows(coder, codings)
        rows += _rating_rows(coder, codings)
    return CorpusStats(
        sessions=len(sessions),
        groups=len({session.group for session in sessions}),
        utterances=sum(len(session.transcript.utterances) for session in sessions),
        coders=tuple(coders),
        rows=tuple(rows),
    )


def write_stats(stats: CorpusStats, path: Path) -> None:
    """Write all rows as one CSV table, a column for each field of `StatRow`."""
    columns = [column.name for column in fields(StatRow)]
    rows = ([getattr(row, column) for column in columns] for row in stats.rows)
    write_table(path, columns, rows)


def _turns(sessions: Iterable[CodedSession], coder: str, speaker: Speaker) -> CodedTurns:
    turns = []
    for session in sessions:
        coding = session.coding_by(coder)
        if coding is None:
            continue
        for utterance, code in zip(session.transcript.utterances, coding.codes, strict=True):
            if code is not None and utterance.speaker is speaker:
                turns.append((code, coding.fields))
    return CodedTurns(coder, speaker, tuple(turns))


def _turn_rows(coded: CodedTurns) -> list[StatRow]:
    book = load_codebook()
    ruptures = coded.having("rupture")
    total, judged = len(coded.turns), len(ruptures)
    missing = sum(code.rupture is None for code, fields_ in coded.turns if "rupture" in fields_)
    rows = [
        StatRow(coded.coder, coded.speaker, "turns", "coded", total, total, _share(total, total)),
        StatRow(
            coded.coder, coded.speaker, "turns", UNCODABLE, missing, total, _share(missing, total)
        ),
        _class_row(coded, "rupture", "any", sum(code.is_rupture for code in ruptures), judged),
    ]
    for rupture in RUPTURES:
        count = sum(code.rupture is rupture for code in ruptures)
        rows.append(_class_row(coded, "rupture", rupture, count, judged))
    secondary = coded.having("secondary")
    for rupture in RUPTURES[1:]:
        count = sum(code.secondary is rupture for code in secondary)
        rows.append(_class_row(coded, "secondary", rupture, count, len(secondary)))
    intensities = coded.having("intensity")
    for level in (1, 2, 3):
        count = sum(code.intensity == level for code in intensities)
        rows.append(_class_row(coded, "intensity", str(level), count, len(intensities)))
    for marker in book.markers:
        if marker.therapist_only and coded.speaker is Speaker.PATIENT:
            continue
        of = coded.having(THERAPIST_MARKERS if marker.therapist_only else "markers")
        count = sum(marker.name in code.markers for code in of)
        rows.append(_class_row(coded, "marker", marker.name, count, len(of)))
    if coded.speaker is Speaker.THERAPIST:
        return rows + _listed(coded, "strategy", book.strategy_names, lambda c: c.strategies)
    return rows + _listed(
        coded, "process", book.process_names, lambda c: (c.process,) if c.process else ()
    )


def _listed(
    coded: CodedTurns,
    kind: str,
    names: Sequence[str],
    found: Callable[[UtteranceCode], tuple[str, ...]],
) -> list[StatRow]:
    of = coded.having("strategies" if kind == "strategy" else "process")
    counts = Counter(name for code in of for name in found(code))
    return [_class_row(coded, kind, name, counts[name], len(of)) for name in names]


def _class_row(coded: CodedTurns, kind: str, name: str, count: int, of: int) -> StatRow:
    return StatRow(
        coder=coded.coder,
        speaker=coded.speaker,
        kind=kind,
        name=name,
        count=count,
        of=of,
        value=_share(count, of),
        estimable=None if name == Rupture.NONE else count >= ESTIMABLE_FROM,
    )


def _episode_rows(coder: str, codings: Sequence[SessionCoding]) -> list[StatRow]:
    covered = [coding for coding in codings if "episodes" in coding.fields]
    episodes = [episode for coding in covered for episode in coding.episodes]
    rows = [StatRow(coder, "", "sessions", "coded", len(codings), len(codings), 1.0)]
    for kind in EpisodeKind:
        count = sum(episode.kind is kind for episode in episodes)
        rows.append(_episode_row(coder, kind, count, len(episodes)))
    for initiator in (Speaker.PATIENT, Speaker.THERAPIST):
        count = sum(episode.initiator is initiator for episode in episodes)
        rows.append(_episode_row(coder, f"by {initiator}", count, len(episodes)))
    repaired = sum(episode.repaired for episode in episodes)
    rows.append(_episode_row(coder, "repaired", repaired, len(episodes)))
    ruptured = sum(bool(coding.episodes) for coding in covered)
    rows.append(_episode_row(coder, "sessions with one", ruptured, len(covered)))
    return rows


def _episode_row(coder: str, name: str, count: int, of: int) -> StatRow:
    return StatRow(coder, "", "episode", name, count, of, _share(count, of))


def _rating_rows(coder: str, codings: Sequence[SessionCoding]) -> list[StatRow]:
    rows = []
    for name in RATINGS:
        covered = [coding.ratings for coding in codings if "ratings" in coding.fields]
        given = [value for ratings in covered if (value := getattr(ratings, name)) is not None]
        mean = sum(given) / len(given) if given else None
        rows.append(StatRow(coder, "", "rating", name, len(given), len(covered), mean))
    return rows


def _share(count: int, of: int) -> float | None:
    return count / of if of else None
