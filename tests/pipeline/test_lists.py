"""Compact lists hold what was put in."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rupture_nlp.pipeline.row_list import RowList
from rupture_nlp.pipeline.session_list import InputFile, InputSession, SessionList, Texts
from rupture_nlp.reports.summary import SessionSummary, SpeakerSummary, Strip
from rupture_nlp.schema import Ratings

COUNTS = st.integers(0, 10**6)
RATINGS = st.none() | st.floats(1, 5)
SPEAKERS = st.builds(
    SpeakerSummary, COUNTS, st.tuples(COUNTS, COUNTS, COUNTS, COUNTS), st.floats(0, 1e6), COUNTS
)
ROWS = st.builds(
    SessionSummary,
    session_id=st.text(),
    href=st.none() | st.text(),
    turns=COUNTS,
    patient=SPEAKERS,
    therapist=SPEAKERS,
    episodes=COUNTS,
    repaired=COUNTS,
    ratings=st.builds(Ratings, *[RATINGS] * 4),
    pseudo_alliance=st.booleans(),
    flags=st.lists(st.text(max_size=3), max_size=2).map(tuple),
    strip=st.builds(
        Strip,
        st.binary(max_size=120),
        st.lists(st.tuples(COUNTS, COUNTS, st.booleans()), max_size=2).map(tuple),
    ),
)


@given(st.lists(ROWS, min_size=1, max_size=3), st.integers(1, 300))
def test_rows_come_back_as_they_were(rows: list[SessionSummary], count: int) -> None:
    many = [rows[number % len(rows)] for number in range(count)]
    packed = RowList()
    for row in many:
        packed.append(row)
    assert len(packed) == count
    assert list(packed) == many
    assert (packed[0], packed[-1], packed[count // 2]) == (many[0], many[-1], many[count // 2])
    assert packed[1:3] == many[1:3]
    with pytest.raises(IndexError):
        packed[count]


def packed(*texts: str) -> Texts:
    made = Texts()
    for text in texts:
        made.append(text)
    return made


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]))))
def test_texts_come_back_as_they_were(texts: list[str]) -> None:
    assert list(packed(*texts)) == texts


def test_sessions_know_their_files_and_places() -> None:
    sessions = SessionList()
    sessions.add_file(Path("in/a.csv"), "aa" * 32)
    sessions.add_session("one", "01" * 32, 7)
    sessions.add_session("two", "02" * 32, 0)
    sessions.add_file(Path("in/none.csv"), "bb" * 32)
    sessions.add_file(Path("in/\udcff\n.txt"), "cc" * 32)  # a name that is no text
    sessions.add_session("\u00e9", "03" * 32, 70_000)
    sessions.rename(packed("1", "2", "3"))
    assert sessions[1] == InputSession(Path("in/a.csv"), "in/a.csv", 1, "2", "02" * 32, 0, 1)
    last = sessions[-1]
    assert (last.path, last.file, last.position) == (Path("in/\udcff\n.txt"), "in/??.txt", 0)
    assert (last.session_id, last.utterances, last.number) == ("3", 70_000, 2)
    assert [session.number for session in sessions] == [0, 1, 2]
    assert list(sessions.files()) == [
        InputFile("in/a.csv", "aa" * 32, 2),
        InputFile("in/none.csv", "bb" * 32, 0),
        InputFile("in/??.txt", "cc" * 32, 1),
    ]
    with pytest.raises(IndexError):
        sessions[3]
    with pytest.raises(ValueError, match="2 names for 3 sessions"):
        sessions.rename(packed("1", "2"))
