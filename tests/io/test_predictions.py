"""Results folders: dense and sparse, CSV and Parquet, whatever a system writes or leaves out."""

import csv
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rupture_nlp.evidence import Predictions, SessionResult
from rupture_nlp.io.corpus import read_corpus, write_corpus
from rupture_nlp.io.predictions import read_predictions
from rupture_nlp.schema import ALL_FIELDS, CodedSession, Rupture, Speaker
from tests.io.corpus_samples import coded_corpora, sound_rows, write_rows
from tests.io.results import DENSE, PROBABILITIES, SPARSE_CODES, SPARSE_SESSIONS, refusal, write
from tests.pipeline.fake import FakeLabeller
from tests.pipeline.runs import run, write_sessions


def by_id(predictions: Predictions) -> dict[str, SessionResult]:
    return {session.session_id: session for session in predictions.sessions}


# What is read


def test_a_dense_table_of_three_columns_and_a_speaker_is_enough(tmp_path: Path) -> None:
    read = read_predictions(write(tmp_path / "system", utterances=DENSE))
    first, second = read.sessions
    assert (read.coder, read.dense, read.signature) == ("system", True, ())
    assert [(t.code.utterance_id, t.code.rupture, t.speaker) for t in first.turns] == [
        ("0", Rupture.NONE, Speaker.THERAPIST),
        ("1", Rupture.WITHDRAWAL_FROM_SELF, Speaker.PATIENT),
    ]  # the turn of the other speaker carries no code
    assert second.turns[0].code.rupture is None
    assert first.turns[0].probabilities is None
    assert first.seen_in_training is None


def test_fields_without_a_column_or_a_file_were_not_labelled(tmp_path: Path) -> None:
    read = read_predictions(write(tmp_path / "a", utterances=DENSE))
    assert read.sessions[0].fields == {"rupture"}
    more = DENSE.replace(",rupture", ",rupture,intensity").replace(",none", ",none,")
    more = more.replace("_self", "_self,2").replace("other,", "other,,").replace("able", "able,")
    episodes = "session_id,episode_id,start,end,kind,initiator\ns1,e,1,1,withdrawal,patient\n"
    sessions = "session_id,withdrawal_impact\ns1,3\n"
    folder = write(tmp_path / "b", utterances=more, episodes=episodes, sessions=sessions)
    read = read_predictions(folder)
    assert read.sessions[0].fields == {"rupture", "intensity", "episodes", "ratings"}
    assert read.sessions[0].turns[1].code.intensity == 2
    assert read.sessions[0].ratings.withdrawal_impact == 3.0
    assert read.sessions[0].episodes[0].episode.resolution is None


def test_sparse_codes_belong_to_the_sessions_that_were_labelled(tmp_path: Path) -> None:
    folder = write(tmp_path, codes=SPARSE_CODES, sessions=SPARSE_SESSIONS)
    read = read_predictions(folder)
    assert not read.dense
    assert {name: len(session.turns) for name, session in by_id(read).items()} == {"s1": 1, "s2": 0}


def test_probabilities_come_in_the_order_of_the_codes_whatever_that_of_the_columns(
    tmp_path: Path,
) -> None:
    names = PROBABILITIES.split(",")
    table = f"session_id,utterance_id,rupture,{','.join(reversed(names))}\n"
    table += "s,0,none,0.05,0.1,0.15,0.2,0.5\ns,1,uncodable,,,,,\n"
    turns = read_predictions(write(tmp_path, utterances=table)).sessions[0].turns
    assert turns[0].probabilities == (0.5, 0.2, 0.15, 0.1, 0.05)
    assert turns[1].probabilities is None


def test_what_label_writes_is_read_with_everything_in_it(tmp_path: Path) -> None:
    write_sessions(tmp_path / "in", count=3, turns=12)
    labeller = FakeLabeller(seen=frozenset({"s1"}))
    run(tmp_path / "in", tmp_path / "out", labeller)
    read = read_predictions(tmp_path / "out")
    assert read.coder == "fake"
    assert read.dense
    assert dict(read.signature)["threshold"] == "0.5"
    assert [session.seen_in_training for session in read.sessions] == [False, True, False]
    assert {session.fields for session in read.sessions} == {ALL_FIELDS}
    assert all(len(session.turns) == 12 for session in read.sessions)
    assert all(turn.probabilities for session in read.sessions for turn in session.turns)
    found = [one for session in read.sessions for one in session.episodes]
    assert {one.p_repaired for one in found} == {0.333333}
    assert {one.episode.resolution for one in found} == {4}


OLD_EPISODES = "session_id,coder,episode_id,start,end,kind,initiator,repair_start,resolution,file,"
OLD_EPISODES += "repaired,p_repaired,stages\ns1,m,1,0,1,mixed,patient,,2,a.txt,false,0.25,1|4|1\n"


def test_a_table_of_episodes_is_read_whatever_it_says_of_the_way(tmp_path: Path) -> None:
    old = read_predictions(write(tmp_path / "m", utterances=DENSE, episodes=OLD_EPISODES))
    bare = OLD_EPISODES.replace(",stages", "").replace(",1|4|1", "")
    none = read_predictions(write(tmp_path / "none" / "m", utterances=DENSE, episodes=bare))
    more = OLD_EPISODES.replace(",stages", ",stages,furthest_stage,pathway")
    more = more.replace(",1|4|1", ",1|4|1,4,expressive")
    new = read_predictions(write(tmp_path / "new" / "m", utterances=DENSE, episodes=more))
    assert old.sessions == none.sessions == new.sessions
    (found,) = by_id(old)["s1"].episodes
    assert (found.p_repaired, found.path) == (0.25, None)


def test_parquet_alone_gives_what_csv_gives(tmp_path: Path) -> None:
    write_sessions(tmp_path / "in", count=2, turns=8)
    run(tmp_path / "in", tmp_path / "out")
    from_csv = read_predictions(tmp_path / "out")
    for table in ("utterances", "episodes", "sessions"):
        (tmp_path / "out" / f"{table}.csv").unlink()
    assert read_predictions(tmp_path / "out") == from_csv


def test_a_parquet_of_another_tool_may_hold_gaps_and_formula_like_ids(tmp_path: Path) -> None:
    table = pa.table(
        {
            "session_id": ["=s", "=s"],
            "utterance_id": ["'-1", "2"],
            "rupture": ["none", "confrontation_control"],
            "intensity": pa.array([float("nan"), 2.0]),
        }
    )
    pq.write_table(table, tmp_path / "utterances.parquet")
    (session,) = read_predictions(tmp_path).sessions
    assert session.session_id == "=s"
    assert [turn.code.utterance_id for turn in session.turns] == ["'-1", "2"]
    assert [turn.code.intensity for turn in session.turns] == [None, 2]


@settings(max_examples=15)  # a folder of files each
@given(coded_corpora())
def test_a_coder_of_a_corpus_can_be_read_as_a_system(
    tmp_path_factory: pytest.TempPathFactory, corpus: tuple[CodedSession, ...]
) -> None:
    folder = tmp_path_factory.mktemp("corpus")
    write_corpus(corpus, folder)
    for coder in {coding.coder for session in corpus for coding in session.codings}:
        read = by_id(read_predictions(folder, coder))
        codings = {
            session.transcript.session_id: found
            for session in corpus
            if (found := session.coding_by(coder)) is not None
        }
        assert read.keys() == codings.keys()
        for name, coding in codings.items():
            # A code that stands in the file carries something, and comes back whole.
            written = {turn.code.utterance_id: turn.code for turn in read[name].turns}
            for code in coding.codes:
                if code is not None and not code.is_empty:
                    assert written[code.utterance_id] == code
            assert tuple(found.episode for found in read[name].episodes) == coding.episodes
            assert (read[name].fields, read[name].complete) == (coding.fields, coding.complete)
            assert read[name].ratings == coding.ratings


def test_coverage_narrows_what_a_system_labelled(tmp_path: Path) -> None:
    coverage = "session_id,coder,fields,status\ns1,x,rupture|therapist_markers|markers,partial\n"
    codes = "session_id,utterance_id,coder,rupture\ns1,1,x,none\n"
    sessions = "session_id,coder\ns1,x\n"
    folder = write(tmp_path, codes=codes, sessions=sessions, coverage=coverage)
    (session,) = read_predictions(folder).sessions
    assert session.fields == {"rupture", "therapist_markers"}  # there is no column of markers
    assert not session.complete


def test_one_coder_of_several_must_be_named(tmp_path: Path) -> None:
    two = "session_id,utterance_id,coder,rupture\ns,0,m1,none\ns,0,m2,withdrawal_from_other\n"
    folder = write(tmp_path, utterances=two)
    assert "2 coders: m1, m2." in refusal(folder)
    assert "Coders: m1, m2." in refusal(folder, "m3")
    (turn,) = read_predictions(folder, "m2").sessions[0].turns
    assert turn.code.rupture is Rupture.WITHDRAWAL_FROM_OTHER


def test_a_system_may_break_rules_that_scoring_can_do_without(tmp_path: Path) -> None:
    # A marker outside its family, a strategy of a patient, a rupture without intensity.
    rows = "session_id,utterance_id,speaker,rupture,intensity,markers,strategies\n"
    rows += "s,0,patient,withdrawal_from_other,,hostility,redirects\n"
    (turn,) = read_predictions(write(tmp_path, utterances=rows)).sessions[0].turns
    assert (turn.code.markers, turn.code.strategies) == (("hostility",), ("redirects",))


def test_a_corpus_read_as_a_system_has_the_same_codes(tmp_path: Path) -> None:
    folder = write_rows(sound_rows(), tmp_path)
    (first, second) = read_predictions(folder).sessions
    coding = read_corpus(folder)[0].codings[0]
    assert [turn.code for turn in first.turns] == [c for c in coding.codes if c and not c.is_empty]
    assert (first.ratings, len(second.turns)) == (coding.ratings, 0)


def test_a_run_record_keeps_every_setting(tmp_path: Path) -> None:
    folder = write(tmp_path, utterances=DENSE)
    record = {"signature": {"model": "m", "threshold": 0.25, "lookahead": None}}
    (folder / "run.json").write_text(json.dumps(record))
    read = read_predictions(folder)
    assert read.signature == (("model", "m"), ("threshold", "0.25"), ("lookahead", "null"))


def test_cells_that_were_neutralised_come_back(tmp_path: Path) -> None:
    with (tmp_path / "utterances.csv").open("w", newline="") as stream:
        csv.writer(stream).writerows(
            [["session_id", "utterance_id", "rupture"], ["'=1", "'-2", "none"]]
        )
    (session,) = read_predictions(tmp_path).sessions
    assert (session.session_id, session.turns[0].code.utterance_id) == ("=1", "-2")


@settings(max_examples=15)
@given(st.permutations(DENSE.splitlines()[1:]))
def test_the_order_of_rows_does_not_change_what_is_read(
    tmp_path_factory: pytest.TempPathFactory, rows: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("system")
    content = "\n".join([DENSE.splitlines()[0], *rows]) + "\n"
    read = by_id(read_predictions(write(folder, utterances=content)))
    assert {t.code.utterance_id for t in read["s1"].turns} == {"0", "1"}
