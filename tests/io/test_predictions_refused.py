"""Results folders that cannot be scored: every problem with its place, and no word of a cell."""

import re
from pathlib import Path

import pytest

from rupture_nlp.errors import CorpusError
from rupture_nlp.io.predictions import read_predictions
from tests.io.results import DENSE, PROBABILITIES, SPARSE_CODES, SPARSE_SESSIONS, refusal, write
from tests.io.test_canary import SECRET, assert_kept


@pytest.mark.parametrize(
    ("files", "places"),
    [
        ({}, ["codes.csv: the folder has neither"]),
        ({"codes": SPARSE_CODES}, ["sessions.csv: the file is missing"]),
        (
            {"utterances": DENSE, "codes": SPARSE_CODES},
            ["codes.csv: utterances.csv holds codes too"],
        ),
        (
            {"utterances": DENSE.replace("none", "calm").replace("patient,u", "client,u")},
            ["utterances.csv:2: rupture: unknown", "utterances.csv:5: speaker: unknown"],
        ),
        (
            {"utterances": DENSE.replace("none", "")},
            ["utterances.csv:2: rupture: the cell may not"],
        ),
        ({"utterances": DENSE.replace("s1,1", "s1,0")}, ["utterances.csv:3: coder: same session"]),
        (
            {"utterances": DENSE.replace("s2,0", "s2,")},
            ["utterances.csv:5: utterance_id: the cell"],
        ),
        (
            {"utterances": "session_id,utterance_id,rupture,p_none\ns,0,none,1\n"},
            ["utterances.csv:1: p_none: the table has 1 of the 5"],
        ),
        (
            {"codes": SPARSE_CODES.replace("s1", "s9"), "sessions": SPARSE_SESSIONS},
            ["codes.csv:2: session_id: no row says"],
        ),
        (
            {"utterances": DENSE, "sessions": "session_id,seen_in_training\ns1,maybe\n"},
            ["sessions.csv:2: seen_in_training: unknown truth"],
        ),
        (
            {"utterances": DENSE, "sessions": "session_id,resolution\ns1,6\n"},
            ["sessions.csv:2: resolution: must be"],
        ),
        (
            {
                "utterances": DENSE,
                "episodes": "session_id,episode_id,start,end,kind,initiator,resolution,p_repaired\n"
                "s1,a,1,9,withdrawal,patient,7,2\ns3,b,1,1,odd,other,,\n",
            },
            [
                "episodes.csv:2: end: the session does not have",
                "episodes.csv:2: p_repaired: must be",
                "episodes.csv:2: resolution: must be",
                "episodes.csv:3: initiator: unknown",
                "episodes.csv:3: kind: unknown",
                "episodes.csv:3: session_id: no row says",
            ],
        ),
    ],
    ids=range(12),
)
def test_all_problems_are_told_at_once_with_their_place(
    tmp_path: Path, files: dict[str, str], places: list[str]
) -> None:
    message = refusal(write(tmp_path, **files))
    assert [place for place in places if place not in message] == []
    # Each on a line of its own, and nothing besides.
    assert len(re.findall(r"^  \S", message, re.MULTILINE)) == len(places)


@pytest.mark.parametrize(
    ("cells", "problem"),
    [
        ("0.5,0.5,0,0,1.5", "p_confrontation_control: must be a number from 0 to 1"),
        ("0.5,0.5,x,0,0", "p_withdrawal_from_self: must be a number"),
        ("0.5,0.5,,0,0", "p_none: some of the five"),
        ("0.5,0.4,0,0,0", "p_none: the five probabilities do not add up"),
    ],
)
def test_probabilities_must_be_some(tmp_path: Path, cells: str, problem: str) -> None:
    table = f"session_id,utterance_id,rupture,{PROBABILITIES}\ns,0,none,{cells}\n"
    assert f"utterances.csv:2: {problem}" in refusal(write(tmp_path, utterances=table))


@pytest.mark.parametrize("content", ["", "[]", '{"signature": 3}', "{", "[" * 100_000])
def test_a_damaged_record_of_the_run_is_refused(tmp_path: Path, content: str) -> None:
    folder = write(tmp_path, utterances=DENSE)
    (folder / "run.json").write_text(content)
    assert "run.json: not a JSON object" in refusal(folder)


def test_damaged_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "utterances.parquet").write_bytes(b"PAR1 nothing")
    assert "utterances.parquet: not a readable Parquet file" in refusal(tmp_path)
    (tmp_path / "utterances.csv").write_bytes(b"\xff\xfe")
    assert "utterances.csv: the file is not UTF-8" in refusal(tmp_path)


def test_a_folder_in_which_nothing_was_labelled_is_refused(tmp_path: Path) -> None:
    folder = write(tmp_path, utterances=DENSE.splitlines()[0] + "\n")
    assert "no session was labelled" in refusal(folder)


SECRETS = [
    {"utterances": f"{SECRET},{SECRET}\n{SECRET},1\n"},
    {"utterances": DENSE.replace("none", SECRET).replace("other", SECRET)},
    {"utterances": DENSE.replace("s1,1", f"s1,{SECRET},{SECRET}")},
    {"utterances": f'session_id,utterance_id,rupture\ns,"{SECRET}"x,none\n'},
    {"codes": SPARSE_CODES.replace("s1", SECRET), "sessions": SPARSE_SESSIONS},
    {
        "utterances": DENSE,
        "sessions": f"session_id,seen_in_training,resolution\n{SECRET},{SECRET},{SECRET}\n",
    },
    {"utterances": f"session_id,utterance_id,rupture,{PROBABILITIES}\ns,0,none,{SECRET},,,,\n"},
]


@pytest.mark.parametrize("files", SECRETS, ids=range(len(SECRETS)))
def test_an_error_does_not_tell_the_secret_word(tmp_path: Path, files: dict[str, str]) -> None:
    folder = write(tmp_path, **files)
    (folder / "run.json").write_text(f'{{"signature": {SECRET}')
    with pytest.raises(CorpusError) as caught:
        read_predictions(folder)
    shown = in_one_line(caught.value)
    assert_kept(shown)


def in_one_line(error: CorpusError) -> CorpusError:
    """The same error in one line: this one lists problems, each on its own."""
    same = CorpusError(str(error).replace("\n", " "))
    same.__context__, same.__cause__ = error.__context__, error.__cause__
    return same
