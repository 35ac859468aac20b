"""Reading and writing coded corpora."""

import csv
import dataclasses
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings

from rupture_nlp.errors import CorpusError
from rupture_nlp.io.corpus import read_corpus, reference_coder, write_corpus
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
    UtteranceCode,
)
from tests.io.corpus_samples import DATA, SHARED, coded_corpora, sound_rows, write_rows


@settings(max_examples=80)
@given(coded_corpora())
def test_a_corpus_written_and_read_again_is_the_same(corpus: tuple[CodedSession, ...]) -> None:
    with tempfile.TemporaryDirectory() as name:
        write_corpus(corpus, Path(name))
        assert read_corpus(Path(name)) == corpus


def test_reading_makes_sparse_codes_dense(tmp_path: Path) -> None:
    first, second = read_corpus(write_rows(sound_rows(), tmp_path))
    coding = first.coding_by("a")
    assert coding is not None
    assert coding.codes == (
        UtteranceCode("0"),
        UtteranceCode(
            "1", Rupture.WITHDRAWAL_FROM_OTHER, intensity=2, markers=("minimal_response",)
        ),
        UtteranceCode("2", strategies=("redirects", "invites_feedback"), mode="blind"),
        UtteranceCode("3", process="voices_discontent"),
        UtteranceCode("4"),
        UtteranceCode("5", process="re_engages", comment="canary nine"),
        None,  # an `other` speaker
    )
    assert coding.episodes == (
        Episode("1", "1", "5", EpisodeKind.WITHDRAWAL, Speaker.PATIENT, "2", 4),
    )
    assert coding.ratings == Ratings(2.0, 1.0, 4.0, 1.5)
    assert first.transcript.utterances[4].start_s == 9.5
    assert (first.group, first.descriptors) == ("g1", (("setting", "clinic"),))
    assert second.descriptors == ()
    assert second.coding_by("b") is None


def test_uncodable_is_missing_and_not_none(tmp_path: Path) -> None:
    rows = sound_rows()
    rows["codes.csv"].append(["s2", "1", "a", "uncodable", *[""] * 7])
    coding = read_corpus(write_rows(rows, tmp_path))[1].codings[0]
    assert coding.codes == (UtteranceCode("0"), UtteranceCode("1", rupture=None))


def test_a_partial_coding_leaves_turns_it_did_not_reach_missing(tmp_path: Path) -> None:
    rows = sound_rows()
    rows["coverage.csv"] = [
        ["session_id", "coder", "fields", "status"],
        ["s2", "a", "rupture|intensity", "partial"],
    ]
    rows["codes.csv"].append(["s2", "1", "a", "none", *[""] * 7])
    first, second = (s.codings[0] for s in read_corpus(write_rows(rows, tmp_path)))
    assert second.codes == (None, UtteranceCode("1"))
    assert (second.fields, second.complete) == (frozenset({"rupture", "intensity"}), False)
    assert (first.fields, first.complete) == (ALL_FIELDS, True)


def test_where_ruptures_were_not_coded_no_turn_counts_as_none(tmp_path: Path) -> None:
    rows = sound_rows()
    rows["coverage.csv"] = [
        ["session_id", "coder", "fields", "status"],
        ["s2", "a", "strategies", "complete"],
    ]
    rows["codes.csv"].append(["s2", "0", "a", "", "", "", "", "redirects", "", "", ""])
    corpus = read_corpus(write_rows(rows, tmp_path / "made"))
    assert corpus[1].codings[0].codes == (
        UtteranceCode("0", rupture=None, strategies=("redirects",)),
        UtteranceCode("1", rupture=None),
    )
    write_corpus(corpus, tmp_path / "written")
    assert read_corpus(tmp_path / "written") == corpus


def test_files_with_a_byte_order_mark_and_other_line_ends_read_the_same(tmp_path: Path) -> None:
    plain = write_rows(sound_rows(), tmp_path / "plain")
    marked = tmp_path / "marked"
    marked.mkdir()
    for path in plain.iterdir():
        content = path.read_bytes().replace(b"\r\n", b"\n")
        (marked / path.name).write_bytes(b"\xef\xbb\xbf" + content)
    assert read_corpus(marked) == read_corpus(plain)


def test_writing_neutralises_formulas_in_every_cell(tmp_path: Path) -> None:
    session = read_corpus(write_rows(sound_rows(), tmp_path / "in"))[1]
    utterance = dataclasses.replace(session.transcript.utterances[0], text="=SUM(A1)")
    transcript = Transcript("s2", (utterance, *session.transcript.utterances[1:]))
    formula = dataclasses.replace(
        session, transcript=transcript, group="@g", descriptors=(("+header", "-cell"),)
    )
    write_corpus([formula], tmp_path / "out")
    for path in (tmp_path / "out").iterdir():
        with path.open(encoding="utf-8", newline="") as stream:
            cells = [cell for row in csv.reader(stream) for cell in row]
        assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]
    assert read_corpus(tmp_path / "out") == (formula,)


def test_only_turns_that_carry_something_get_a_row(tmp_path: Path) -> None:
    corpus = read_corpus(write_rows(sound_rows(), tmp_path / "in"))
    write_corpus(corpus, tmp_path / "out")
    written = (tmp_path / "out" / "codes.csv").read_text(encoding="utf-8").splitlines()
    assert [line.split(",")[1] for line in written[1:]] == ["1", "2", "3", "5"]


def test_an_older_coverage_file_does_not_survive_a_new_corpus(tmp_path: Path) -> None:
    corpus = read_corpus(write_rows(sound_rows(), tmp_path / "in"))
    partial = dataclasses.replace(corpus[0].codings[0], complete=False)
    write_corpus([dataclasses.replace(corpus[0], codings=(partial,))], tmp_path / "out")
    write_corpus(corpus, tmp_path / "out")
    assert read_corpus(tmp_path / "out") == corpus


@pytest.mark.parametrize(
    "codes",
    [
        (UtteranceCode("0"),),  # one turn short
        (UtteranceCode("1"), UtteranceCode("0")),  # out of order
        (UtteranceCode("0"), None),  # called complete, but a patient's turn has no code
    ],
)
def test_a_coding_that_does_not_fit_its_transcript_is_not_written(
    codes: tuple[UtteranceCode | None, ...], tmp_path: Path
) -> None:
    session = read_corpus(write_rows(sound_rows(), tmp_path / "in"))[1]
    broken = dataclasses.replace(session, codings=(SessionCoding("s2", "a", codes),))
    with pytest.raises(ValueError, match="coding"):
        write_corpus([broken], tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_an_error_lists_every_problem_and_no_cell_of_the_files(tmp_path: Path) -> None:
    rows = sound_rows()
    rows["utterances.csv"][2][2] = "canary speaker"
    rows["codes.csv"][1][6] = "canary marker"
    rows["episodes.csv"][1][5] = "canary kind"
    rows["sessions.csv"][1][2] = "canary rating"
    with pytest.raises(CorpusError) as caught:
        read_corpus(write_rows(rows, tmp_path))
    message = str(caught.value)
    assert "utterances.csv:3: speaker: unknown speaker" in message
    assert "codes.csv:2: markers: unknown marker" in message
    assert "minimal_response" in message  # what would have been allowed
    assert "episodes.csv:2: kind: unknown kind" in message
    assert "sessions.csv:2: withdrawal_impact: must be a number from 1 to 5" in message
    assert "canary" not in message
    assert caught.value.__context__ is None


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="nowhere: there is no such folder"):
        read_corpus(tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(CorpusError, match=r"empty: 5 errors.*\n.*codes\.csv: the file is missing"):
        read_corpus(tmp_path / "empty")


def session_by(*coders: str) -> CodedSession:
    codings = tuple(SessionCoding("s", coder, ()) for coder in coders)
    return CodedSession(Transcript("s", ()), codings, "g")


@pytest.mark.parametrize(
    ("coders", "asked", "reference"),
    [
        (("ai1", "ai2", "gold"), None, "gold"),
        (("ai1", "ai2", "gold"), "ai2", "ai2"),
        (("author",), None, "author"),
        (("ai1", "ai2"), "ai1", "ai1"),
    ],
)
def test_the_reference_coder_is_the_one_asked_for_or_gold_or_the_only_one(
    coders: tuple[str, ...], asked: str | None, reference: str
) -> None:
    assert reference_coder([session_by(*coders)], asked) == reference


def test_without_gold_several_coders_are_an_error_that_lists_them() -> None:
    sessions = [session_by("ai2"), session_by("ai1")]
    with pytest.raises(CorpusError, match=r"ai1, ai2.*--reference-coder"):
        reference_coder(sessions)
    with pytest.raises(CorpusError, match="Coders: ai1, ai2"):
        reference_coder(sessions, "ai3")
    with pytest.raises(CorpusError, match="no session"):
        reference_coder([session_by()])


def test_the_authored_corpus_reads_and_writes_without_loss(tmp_path: Path) -> None:
    corpus = read_corpus(DATA / "authored")
    assert (len(corpus), reference_coder(corpus)) == (275, "author")
    write_corpus(corpus, tmp_path)
    assert read_corpus(tmp_path) == corpus


def test_the_coded_part_of_annomi_reads() -> None:
    if not SHARED.exists():
        pytest.skip("AnnoMI's words are not beside this checkout")
    corpus = read_corpus(SHARED / "annomi")
    assert (len(corpus), reference_coder(corpus)) == (93, "gold")
