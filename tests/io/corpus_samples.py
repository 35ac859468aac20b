"""A small corpus that keeps every rule, as rows to break one at a time, and as values at random."""

import csv
from pathlib import Path

from hypothesis import strategies as st

from rupture_nlp.codebook import load_codebook
from rupture_nlp.schema import (
    ALL_FIELDS,
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

SHARED = Path(__file__).parents[2].parent / "shared" / "corpora"
DATA = Path(__file__).parents[2] / "data"

Rows = dict[str, list[list[str]]]


def sound_rows() -> Rows:
    """Two sessions; the first holds one repaired withdrawal, turns 1 to 5."""
    return {
        "utterances.csv": [
            ["session_id", "utterance_id", "speaker", "text", "start_s", "end_s"],
            ["s1", "0", "therapist", "How was it?", "0", "2"],
            ["s1", "1", "patient", "canary", "2", "4"],
            ["s1", "2", "therapist", "canary two", "4", ""],
            ["s1", "3", "patient", "canary three", "", ""],
            ["s1", "4", "therapist", "canary four", "9.5", ""],
            ["s1", "5", "patient", "canary five", "11", ""],
            ["s1", "6", "other", "canary six", "12", ""],
            ["s2", "0", "therapist", "canary seven", "", ""],
            ["s2", "1", "patient", "canary eight", "", ""],
        ],
        "codes.csv": [
            [
                "session_id",
                "utterance_id",
                "coder",
                "rupture",
                "secondary",
                "intensity",
                "markers",
                "strategies",
                "process",
                "mode",
                "comment",
            ],
            ["s1", "1", "a", "withdrawal_from_other", "", "2", "minimal_response", "", "", "", ""],
            ["s1", "2", "a", "none", "", "", "", "redirects|invites_feedback", "", "blind", ""],
            ["s1", "3", "a", "none", "", "", "", "", "voices_discontent", "", ""],
            ["s1", "5", "a", "none", "", "", "", "", "re_engages", "", "canary nine"],
        ],
        "episodes.csv": [
            [
                "session_id",
                "coder",
                "episode_id",
                "start",
                "end",
                "kind",
                "initiator",
                "repair_start",
                "resolution",
            ],
            ["s1", "a", "1", "1", "5", "withdrawal", "patient", "2", "4"],
        ],
        "sessions.csv": [
            [
                "session_id",
                "coder",
                "withdrawal_impact",
                "confrontation_impact",
                "resolution",
                "therapist_contribution",
            ],
            ["s1", "a", "2", "1", "4", "1.5"],
            ["s2", "a", "1", "1", "", "1"],
        ],
        "groups.csv": [
            ["session_id", "group", "setting"],
            ["s1", "g1", "clinic"],
            ["s2", "g2", ""],
        ],
    }


def write_rows(rows: Rows, folder: Path) -> Path:
    """Write the rows as they are, nothing neutralised."""
    folder.mkdir(parents=True, exist_ok=True)
    for file, table in rows.items():
        with (folder / file).open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows(table)
    return folder


# What a file can hold: any character but half of a surrogate pair.
words = st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | st.sampled_from(
    ["=1+1", "'=1", "''-x", "-and", "@a", "\tx", "\r", "a\rb", "a\r\nb", 'say "no"', "a,b", "'", ""]
)
names = words.filter(bool)
ratings = st.none() | st.floats(1, 5)


@st.composite
def _transcripts(draw: st.DrawFn, session_id: str) -> Transcript:
    ids = draw(st.lists(names, min_size=1, max_size=6, unique=True))
    times = st.none() | st.floats(0, 1e7)
    return Transcript(
        session_id,
        tuple(
            Utterance(
                utterance_id=utterance_id,
                speaker=draw(st.sampled_from(Speaker)),
                text=draw(words),
                start_s=draw(times),
                end_s=draw(times),
                source_first=draw(st.none() | st.integers(1, 9)),
                source_last=draw(st.none() | st.integers(1, 9)),
            )
            for utterance_id in ids
        ),
    )


@st.composite
def _codes(draw: st.DrawFn, utterance: Utterance) -> UtteranceCode:
    book = load_codebook()
    rupture = draw(st.sampled_from([None, *Rupture]))
    found = rupture is not None and rupture is not Rupture.NONE
    markers = book.markers_of(rupture, utterance.speaker) if rupture else ()
    therapist = utterance.speaker is Speaker.THERAPIST
    strategies = st.lists(st.sampled_from(book.strategy_names), max_size=3, unique=True)
    return UtteranceCode(
        utterance_id=utterance.utterance_id,
        rupture=rupture,
        secondary=draw(st.sampled_from([None, *list(Rupture)[1:]])) if found else None,
        intensity=draw(st.integers(1, 3)) if found else None,
        markers=tuple(draw(st.lists(st.sampled_from(markers), max_size=2, unique=True)))
        if found
        else (),
        strategies=tuple(draw(strategies)) if therapist else (),
        # A process must stand inside an episode; on a rupture's own turn it always does.
        process=draw(st.sampled_from([None, *book.process_names]))
        if found and not therapist
        else None,
        mode=draw(st.sampled_from([None, "blind", "assisted", "adjudicated"])),
        comment=draw(st.none() | names),
    )


@st.composite
def _codings(draw: st.DrawFn, transcript: Transcript, coder: str) -> SessionCoding:
    complete = draw(st.booleans())
    fields = draw(st.sampled_from([ALL_FIELDS, ALL_FIELDS | {"therapist_markers"}]))
    codes: list[UtteranceCode | None] = []
    for utterance in transcript.utterances:
        reached = complete or draw(st.booleans())
        other = utterance.speaker is Speaker.OTHER
        codes.append(draw(_codes(utterance)) if reached and not other else None)
    found = [
        (utterance, code)
        for utterance, code in zip(transcript.utterances, codes, strict=True)
        if code is not None and code.is_rupture
    ]
    return SessionCoding(
        session_id=transcript.session_id,
        coder=coder,
        codes=tuple(codes),
        episodes=tuple(_episode_at(utterance, code) for utterance, code in found),
        ratings=Ratings(
            draw(ratings), draw(ratings), draw(ratings) if found else None, draw(ratings)
        ),
        fields=fields,
        complete=complete,
    )


def _episode_at(utterance: Utterance, code: UtteranceCode) -> Episode:
    family = code.rupture.family if code.rupture else None
    return Episode(
        episode_id=f"e{utterance.utterance_id}",
        start=utterance.utterance_id,
        end=utterance.utterance_id,
        kind=EpisodeKind(str(family)),
        initiator=utterance.speaker,
        repair_start=utterance.utterance_id if code.strategies else None,
        resolution=3,
    )


@st.composite
def coded_corpora(draw: st.DrawFn) -> tuple[CodedSession, ...]:
    """Corpora that keep the rules: every rupture is an episode of its own."""
    sessions = []
    for session_id in draw(st.lists(names, min_size=1, max_size=3, unique=True)):
        transcript = draw(_transcripts(session_id))
        coders = draw(st.lists(names, max_size=2, unique=True))
        setting = draw(words)
        sessions.append(
            CodedSession(
                transcript=transcript,
                codings=tuple(draw(_codings(transcript, coder)) for coder in coders),
                group=draw(names),
                descriptors=(("setting", setting),) if setting else (),
            )
        )
    return tuple(sessions)
