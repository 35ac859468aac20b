"""Read a coded corpus into the values of the schema."""

from collections.abc import Sequence
from pathlib import Path

from rupture_nlp.errors import CorpusError
from rupture_nlp.io.corpus.check import CorpusCheck, check_index
from rupture_nlp.io.corpus.index import EVERYTHING, CodingKey, Index, build_index
from rupture_nlp.io.corpus.layout import RATINGS, blank_code, split_list
from rupture_nlp.io.corpus.problems import counted, listed
from rupture_nlp.io.corpus.rules_values import seconds
from rupture_nlp.io.corpus.tables import Row, read_tables
from rupture_nlp.schema import (
    GOLD,
    UNCODABLE,
    CodedSession,
    Episode,
    EpisodeKind,
    Ratings,
    Rupture,
    SessionCoding,
    Speaker,
    Transcript,
    Utterance,
    UtteranceCode,
)


def read_corpus(folder: Path) -> tuple[CodedSession, ...]:
    """Read the files of a corpus, in the order of utterances.csv; codings as in sessions.csv.

    Raises:
        CorpusError: the corpus breaks the layout or the codebook; the message lists every error.
            Warnings (see `check_corpus`) do not stop reading.
    """
    if not folder.is_dir():
        raise CorpusError(f"{folder}: there is no such folder. Give that of the coded corpus.")
    index = build_index(read_tables(folder))
    check = check_index(folder, index)
    if check.errors:
        raise CorpusError(_message(check, index))
    codings: dict[str, list[SessionCoding]] = {}
    for key, row in index.codings.items():
        codings.setdefault(key[0], []).append(_coding(key, row, index))
    return tuple(
        CodedSession(
            transcript=Transcript(session, tuple(map(_utterance, rows))),
            codings=tuple(codings.get(session, ())),
            group=index.groups[session]["group"],
            descriptors=tuple(
                (name, index.groups[session][name])
                for name in index.tables.groups.descriptors
                if index.groups[session][name]
            ),
        )
        for session, rows in index.utterances.items()
    )


def reference_coder(sessions: Sequence[CodedSession], coder: str | None = None) -> str:
    """The coder whose codes count as the reference: the one asked for, `gold`, or the only one.

    Raises:
        CorpusError: nobody coded anything, the coder asked for did not, or there are several and
            none is `gold`; the message lists them.
    """
    coders = sorted({coding.coder for session in sessions for coding in session.codings})
    if not coders:
        raise CorpusError("no session of the corpus was coded. sessions.csv says who coded what.")
    listed = ", ".join(coders)
    if coder is not None and coder not in coders:
        raise CorpusError(f"the coder asked for coded no session. Coders: {listed}.")
    if coder is not None or GOLD in coders:
        return coder or GOLD
    if len(coders) > 1:
        raise CorpusError(
            f"{len(coders)} coders and none of them is '{GOLD}': {listed}. "
            "Name the reference with --reference-coder."
        )
    return coders[0]


def _message(check: CorpusCheck, index: Index) -> str:
    not_coded = any(problem.rule in _OF_FIELDS for problem in check.errors)
    hint = "" if index.coverage or not not_coded else f"{_SAY_WHAT_WAS_CODED}\n"
    return (
        f"{check.folder}: {counted(check.errors)} in the coded corpus:\n{listed(check.errors)}\n"
        f"{hint}Mend them; `rupture-nlp corpus validate` checks the folder again."
    )


_OF_FIELDS = frozenset({"outside", "intensity"})
"""Rules that everybody breaks who does not look for episodes, or rates no intensity."""

_SAY_WHAT_WAS_CODED = (
    "If the coders did not look for episodes, or gave no intensities, say so in coverage.csv, with "
    "a row for each session and coder: docs/evaluation.md shows one."
)


def _utterance(row: Row) -> Utterance:
    return Utterance(
        utterance_id=row["utterance_id"],
        speaker=Speaker(row["speaker"]),
        text=row["text"],
        start_s=seconds(row["start_s"]),
        end_s=seconds(row["end_s"]),
        source_first=_whole(row["source_first"]),
        source_last=_whole(row["source_last"]),
    )


def _coding(key: CodingKey, row: Row, index: Index) -> SessionCoding:
    session, coder = key
    coverage = index.coverage.get(key, EVERYTHING)
    codes = index.codes.get(key, {})
    dense: list[UtteranceCode | None] = []
    for utterance in index.utterances[session]:
        code = codes.get(utterance["utterance_id"])
        if code is not None:
            dense.append(code_of(code))
        elif coverage.complete and utterance["speaker"] != Speaker.OTHER:
            dense.append(blank_code(utterance["utterance_id"], coverage.fields))
        else:
            dense.append(None)
    return SessionCoding(
        session_id=session,
        coder=coder,
        codes=tuple(dense),
        episodes=tuple(map(episode_of, index.episodes.get(key, ()))),
        ratings=Ratings(*(float(row[name]) if row[name] else None for name in RATINGS)),
        fields=coverage.fields,
        complete=coverage.complete,
    )


def code_of(row: Row) -> UtteranceCode:
    """The codes of a checked row; columns that the file does not have were not coded."""
    # An empty rupture cell passes the check only where ruptures were not coded.
    rupture = row["rupture"] or UNCODABLE
    return UtteranceCode(
        utterance_id=row["utterance_id"],
        rupture=None if rupture == UNCODABLE else Rupture(rupture),
        secondary=Rupture(row["secondary"]) if row["secondary"] else None,
        intensity=_whole(row["intensity"]),
        markers=split_list(row["markers"]),
        strategies=split_list(row["strategies"]),
        process=row["process"] or None,
        mode=row["mode"] or None,
        comment=row["comment"] or None,
    )


def episode_of(row: Row) -> Episode:
    """The episode of a checked row."""
    return Episode(
        episode_id=row["episode_id"],
        start=row["start"],
        end=row["end"],
        kind=EpisodeKind(row["kind"]),
        initiator=Speaker(row["initiator"]),
        repair_start=row["repair_start"] or None,
        resolution=_whole(row["resolution"]),
    )


def _whole(cell: str) -> int | None:
    return int(cell) if cell else None
