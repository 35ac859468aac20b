"""Joining AnnoMI: a small made file, and one in AnnoMI's columns built from the shared corpus."""

import csv
import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from rupture_nlp.errors import CorpusError
from rupture_nlp.io.annomi import Joined, join_annomi
from rupture_nlp.io.corpus import check_corpus, read_corpus
from tests.io.corpus_samples import DATA, SHARED

Turns = list[list[str]]

HEADER = [
    "mi_quality",
    "transcript_id",
    "video_title",
    "video_url",
    "topic",
    "utterance_id",
    "interlocutor",
    "timestamp",
    "utterance_text",
    "main_therapist_behaviour",
    "client_talk_type",
]
CODES = {
    "codes.csv": "session_id,utterance_id,coder,rupture,secondary,intensity,markers,strategies,"
    "process\nannomi-002,1,gold,withdrawal_from_other,,1,denial,,\n",
    "episodes.csv": "session_id,coder,episode_id,start,end,kind,initiator,repair_start,resolution\n"
    "annomi-002,gold,1,1,1,withdrawal,patient,,2\n",
    "sessions.csv": "session_id,coder,withdrawal_impact,confrontation_impact,resolution,"
    "therapist_contribution\nannomi-002,gold,2,1,2,1\nannomi-117,gold,1,1,,1\n",
    "groups.csv": "session_id,group\nannomi-002,annomi-case-002\nannomi-117,annomi-case-117\n",
}


def turn(transcript: int, number: int, who: str, time: str, text: str) -> list[str]:
    label = ["question", "n/a"] if who == "therapist" else ["n/a", "neutral"]
    return ["low", str(transcript), "title", "url", "topic", str(number), who, time, text, *label]


def made_turns() -> list[list[str]]:
    return [
        turn(1, 0, "client", "00:00:01", "nobody coded this"),
        turn(2, 0, "therapist", "00:00:13", "-and how, = was it?"),
        turn(2, 1, "client", "01:02:03", " canary "),
        turn(117, 0, "client", "00:00:00", "'=1"),
    ]


@pytest.fixture
def codes(tmp_path: Path) -> Path:
    folder = tmp_path / "codes"
    folder.mkdir()
    for file, content in CODES.items():
        (folder / file).write_text(content, encoding="utf-8")
    return folder


def write_csv(path: Path, turns: list[list[str]], header: list[str] = HEADER) -> str:
    """Write a file in AnnoMI's columns; returns its sha256."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([header, *turns])
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_words_are_put_to_coded_sessions_and_no_others(codes: Path, tmp_path: Path) -> None:
    sha256 = write_csv(tmp_path / "simple.csv", made_turns())
    joined = join_annomi(tmp_path / "simple.csv", codes, tmp_path / "out", sha256)
    assert joined == Joined(sessions=2, utterances=3, left_out=1)
    corpus = read_corpus(tmp_path / "out")
    turns = [
        (s.transcript.session_id, u.utterance_id, u.speaker.value, u.text, u.start_s)
        for s in corpus
        for u in s.transcript.utterances
    ]
    assert turns == [
        ("annomi-002", "0", "therapist", "-and how, = was it?", 13.0),
        ("annomi-002", "1", "patient", "canary", 3723.0),
        ("annomi-117", "0", "patient", "'=1", 0.0),  # an apostrophe of the source stays
    ]
    assert [c and c.is_rupture for c in corpus[0].codings[0].codes] == [False, True]
    assert "nobody coded this" not in (tmp_path / "out" / "utterances.csv").read_text("utf-8")


def test_start_is_written_in_whole_seconds(codes: Path, tmp_path: Path) -> None:
    sha256 = write_csv(tmp_path / "simple.csv", made_turns())
    join_annomi(tmp_path / "simple.csv", codes, tmp_path / "out", sha256)
    with (tmp_path / "out" / "utterances.csv").open(encoding="utf-8", newline="") as stream:
        assert [row["start_s"] for row in csv.DictReader(stream)] == ["13", "3723", "0"]


def test_turns_repeated_for_each_annotator_are_taken_once(codes: Path, tmp_path: Path) -> None:
    turns = made_turns()
    sha256 = write_csv(tmp_path / "full.csv", [turns[0], turns[1], turns[1], *turns[2:]])
    assert join_annomi(tmp_path / "full.csv", codes, tmp_path / "out", sha256).utterances == 3


def test_another_version_of_the_file_is_refused_by_its_hash(codes: Path, tmp_path: Path) -> None:
    sha256 = write_csv(tmp_path / "simple.csv", made_turns())
    with pytest.raises(CorpusError, match=f"sha256 is {sha256}, not b178db3b.*--sha256"):
        join_annomi(tmp_path / "simple.csv", codes, tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda turns: turns[:2] + turns[3:], "1 of the coded sessions: annomi-002"),  # the end
        (lambda turns: [turns[0], *turns[2:]], "1 of the coded sessions: annomi-002"),  # a gap
        (lambda turns: turns[:3], "1 of the coded sessions: annomi-117"),
        (lambda turns: [turns[2], turns[1], turns[3]], "out of order in 1"),
        (lambda turns: [*turns, turn(2, 1, "client", "00:00:09", "canary x")], "1 rows.*: 6"),
        (lambda turns: [*turns, turn(3, 0, "canary", "00:00:09", "x")], "1 rows.*: 6"),
        (lambda turns: [*turns, turn(3, 0, "client", "canary", "x")], "1 rows.*: 6"),
        (lambda turns: [*turns, ["low", "canary"]], "1 rows.*: 6"),
    ],
)
def test_rows_that_are_missing_or_wrong_are_named_by_session_or_row(
    change: Callable[[Turns], Turns], message: str, codes: Path, tmp_path: Path
) -> None:
    sha256 = write_csv(tmp_path / "simple.csv", change(made_turns()))
    with pytest.raises(CorpusError, match=message) as caught:
        join_annomi(tmp_path / "simple.csv", codes, tmp_path / "out", sha256)
    assert "canary" not in str(caught.value)
    assert not (tmp_path / "out").exists()


def test_missing_columns_are_listed(codes: Path, tmp_path: Path) -> None:
    header = [name.replace("interlocutor", "canary") for name in HEADER]
    sha256 = write_csv(tmp_path / "simple.csv", made_turns(), header)
    with pytest.raises(CorpusError, match="missing: interlocutor") as caught:
        join_annomi(tmp_path / "simple.csv", codes, tmp_path / "out", sha256)
    assert "canary" not in str(caught.value)


def test_a_file_that_is_not_there_and_a_folder_without_codes_are_named(
    codes: Path, tmp_path: Path
) -> None:
    with pytest.raises(CorpusError, match=r"none\.csv: the file cannot be read"):
        join_annomi(tmp_path / "none.csv", codes, tmp_path / "out")
    with pytest.raises(CorpusError, match=r"nowhere: no codes of AnnoMI here.*--codes"):
        join_annomi(tmp_path / "none.csv", tmp_path / "nowhere", tmp_path / "out")


def test_the_shared_words_join_to_the_shipped_codes(tmp_path: Path) -> None:
    if not SHARED.exists():
        pytest.skip("AnnoMI's words are not beside this checkout")
    with (SHARED / "annomi" / "utterances.csv").open(encoding="utf-8", newline="") as stream:
        shared = list(csv.DictReader(stream))
    turns = [turn(900, 0, "client", "00:00:00", "not coded")]
    for row in shared:
        seconds = int(row["start_s"])
        time = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
        who = "client" if row["speaker"] == "patient" else "therapist"
        number = int(row["session_id"].removeprefix("annomi-"))
        turns.append(turn(number, int(row["utterance_id"]), who, time, row["text"]))
    sha256 = write_csv(tmp_path / "simple.csv", turns)
    joined = join_annomi(tmp_path / "simple.csv", DATA / "annomi", tmp_path / "out", sha256)
    assert joined == Joined(sessions=93, utterances=6153, left_out=1)
    assert read_corpus(tmp_path / "out") == read_corpus(SHARED / "annomi")
    assert check_corpus(tmp_path / "out").errors == ()
