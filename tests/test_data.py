"""The data folder: hashes, counts and promises of its data statement."""

import csv
import hashlib
import re
from pathlib import Path

import pytest

from rupture_nlp.io.corpus import read_corpus
from rupture_nlp.schema import CodedSession, Speaker
from tests.io.corpus_samples import DATA, SHARED

STATEMENT = (DATA / "README.md").read_text(encoding="utf-8")
FILES = sorted(
    path.relative_to(DATA).as_posix()
    for path in DATA.rglob("*")
    if path.is_file() and path.parent != DATA
)


def test_every_file_has_the_hash_that_is_written_down() -> None:
    lines = (DATA / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    written = {name: digest for digest, name in (line.split("  ") for line in lines)}
    assert written == {
        name: hashlib.sha256((DATA / name).read_bytes()).hexdigest() for name in FILES
    }


@pytest.mark.parametrize("name", [name for name in FILES if name.startswith("authored/")])
def test_the_authored_corpus_is_the_frozen_one(name: str) -> None:
    if not SHARED.exists():
        pytest.skip("the frozen corpora are not beside this checkout")
    assert (DATA / name).read_bytes() == (SHARED / name).read_bytes()


def test_annomi_is_here_by_id_alone() -> None:
    files = sorted(path.name for path in (DATA / "annomi").iterdir())
    assert files == ["codes.csv", "episodes.csv", "groups.csv", "sessions.csv"]
    # Ids, code names, coders and numbers: nothing with a space in it, so no words of anyone.
    for file in files:
        with (DATA / "annomi" / file).open(encoding="utf-8", newline="") as stream:
            rows = list(csv.reader(stream))
        assert not set(rows[0]) & {"text", "comment", "utterance_text", "topic", "video_title"}
        assert all(re.fullmatch(r"[a-z0-9_.|-]*", cell) for row in rows for cell in row)


def counted(sessions: tuple[CodedSession, ...], coder: str) -> dict[str, str]:
    """The rows of the table of counts, worked out anew."""
    codings = [(s, c) for s in sessions if (c := s.coding_by(coder)) is not None]
    turns = [
        (utterance.speaker, code)
        for session, coding in codings
        for utterance, code in zip(session.transcript.utterances, coding.codes, strict=True)
    ]
    counts = {
        "sessions": len(sessions),
        "groups": len({session.group for session in sessions}),
        "utterances": len(turns),
        "episodes": sum(len(coding.episodes) for _, coding in codings),
        "episodes repaired": sum(e.repaired for _, coding in codings for e in coding.episodes),
        "sessions with an episode": sum(bool(coding.episodes) for _, coding in codings),
    }
    for who in (Speaker.PATIENT, Speaker.THERAPIST):
        own = [code for speaker, code in turns if speaker is who and code is not None]
        counts[f"{who} turns"] = len(own)
        for code in own:
            if code.is_rupture:
                key = f"{who} turns: {code.rupture}"
                counts[key] = counts.get(key, 0) + 1
    return {name: str(count) for name, count in counts.items()}


def stated(corpus: int) -> dict[str, str]:
    cells = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in STATEMENT.partition("## Counts")[2].partition("\n## ")[0].splitlines()
        if line.startswith("|")
    ]
    return {row[0]: row[corpus] for row in cells[2:] if row[corpus] != "0"}


def test_the_counts_of_the_authored_corpus_are_those_stated() -> None:
    assert stated(1) == counted(read_corpus(DATA / "authored"), "author")


def test_the_counts_of_the_counselling_talk_are_those_stated() -> None:
    assert stated(3) == counted(read_corpus(DATA / "authored_mi"), "author")


def test_the_second_coder_s_sessions_are_the_same_sessions() -> None:
    first = {s.transcript.session_id: s for s in read_corpus(DATA / "authored_mi")}
    second = read_corpus(DATA / "authored_mi_second")
    assert len(second) == 16
    for session in second:
        own = first[session.transcript.session_id]
        assert session.transcript == own.transcript
        assert session.group == own.group
        assert session.coding_by("author") == own.coding_by("author")
        assert session.coding_by("blind") is not None


def test_the_counts_of_annomi_are_those_stated() -> None:
    if not SHARED.exists():
        pytest.skip("AnnoMI's words are not beside this checkout")
    assert stated(2) == counted(read_corpus(SHARED / "annomi"), "gold")


def test_the_statement_says_who_coded() -> None:
    assert "given by an **AI coder, not by a person**" in STATEMENT
    assert "they are not 3RS codes" in STATEMENT


def test_the_codebook_is_the_team_s_own_copy() -> None:
    shared = Path(SHARED).parent / "codebook"
    if not shared.exists():
        pytest.skip("the codebook is not beside this checkout")
    for name in ("CODEBOOK.md", "CROSSWALKS.md"):
        assert (DATA / "codebook" / name).read_bytes() == (shared / name).read_bytes()
