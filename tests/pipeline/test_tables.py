import csv
import math
import re
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from rupture_nlp.io.cells import restore
from rupture_nlp.pipeline.columns import Cell, Kind
from rupture_nlp.pipeline.figures import LabelledSession
from rupture_nlp.pipeline.merge import SESSIONS
from rupture_nlp.pipeline.session_tables import EPISODES
from rupture_nlp.pipeline.settings import LabelSettings
from rupture_nlp.pipeline.tables import table_writer
from rupture_nlp.pipeline.utterance_table import UTTERANCES
from rupture_nlp.schema import (
    Episode,
    EpisodeKind,
    PredictedEpisode,
    Ratings,
    Rupture,
    SessionPrediction,
    Speaker,
    Transcript,
    Utterance,
    UtteranceCode,
    UtterancePrediction,
)
from tests.pipeline.fake import FakeLabeller
from tests.pipeline.runs import run, write_sessions

NAMES = ("utterances", "episodes", "sessions")
CODES_CSV = (
    *("session_id", "utterance_id", "coder", "rupture", "secondary", "intensity"),
    *("markers", "strategies", "process"),
)


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return [{name: restore(cell) for name, cell in row.items()} for row in csv.DictReader(file)]


def as_csv(cell: Cell) -> str:
    if cell is None:
        return ""
    return str(cell).lower() if isinstance(cell, bool) else str(cell)


def turn(place: int, speaker: Speaker, start: float | None) -> Utterance:
    end = None if start is None else start + 10.0
    return Utterance(str(place), speaker, f"=words {place}", start, end)


def said(place: int, code: Rupture, p: tuple[float, ...]) -> UtterancePrediction:
    intensity = None if code is Rupture.NONE else 2
    made = UtteranceCode(str(place), code, intensity=intensity)
    return UtterancePrediction(made, p, uncertain=place == 1)


def session(*, timed: bool = True) -> LabelledSession:
    # T none, P aggression, other, T control, P withdrawal; starts at 60 s, ends at 360 s: 5 minutes
    speakers = (
        *(Speaker.THERAPIST, Speaker.PATIENT, Speaker.OTHER),
        *(Speaker.THERAPIST, Speaker.PATIENT),
    )
    starts = (60.0, 100.0, 150.0, 200.0, 350.0) if timed else (None,) * 5
    turns = tuple(turn(i, s, t) for i, (s, t) in enumerate(zip(speakers, starts, strict=True)))
    made = (
        said(0, Rupture.NONE, (0.9, 0.025, 0.025, 0.025, 0.025)),
        said(1, Rupture.CONFRONTATION_AGGRESSION, (0.2, 0.1, 0.1, 0.5, 0.1)),
        None,
        said(3, Rupture.CONFRONTATION_CONTROL, (0.3, 0.0, 0.0, 0.0, 0.7)),
        said(4, Rupture.WITHDRAWAL_FROM_OTHER, (0.4, 0.6, 0.0, 0.0, 0.0)),
    )
    episode = Episode("1", "1", "4", EpisodeKind.MIXED, Speaker.PATIENT, "3", 4)
    return LabelledSession(
        session_id="s1",
        file="in/s1.txt",
        transcript=Transcript("s1", turns),
        prediction=SessionPrediction(
            session_id="s1",
            coder="fake",
            utterances=made,
            episodes=(PredictedEpisode(episode, 2 / 3, (1, 2)),),
            ratings=Ratings(1.5, 3.0, 4.0, None),
            pseudo_alliance=False,
        ),
        flags=("under_10_turns", "seen_in_training"),
    )


def sessions_row(labelled: LabelledSession) -> dict[str, Cell]:
    [cells] = SESSIONS.cells(labelled, with_text=False)
    return {c.name: cell for c, cell in zip(SESSIONS.columns, cells, strict=True)}


def test_the_figures_of_a_session_worked_by_hand() -> None:
    row = sessions_row(session())
    expected: dict[str, Cell] = {
        "session_id": "s1",
        "coder": "fake",
        "withdrawal_impact": 1.5,
        "confrontation_impact": 3.0,
        "resolution": 4.0,
        "therapist_contribution": None,
        "file": "in/s1.txt",
        "turns": 5,
        "duration_s": 300.0,
        "pseudo_alliance": False,
        "patient_turns": 2,
        "patient_ruptures": 2,
        "patient_withdrawal_from_other": 1,
        "patient_withdrawal_from_self": 0,
        "patient_confrontation_aggression": 1,
        "patient_confrontation_control": 0,
        "patient_ruptures_per_100_turns": 100.0,
        "patient_ruptures_per_10_minutes": 4.0,  # two in five minutes
        "patient_episodes": 1,
        "patient_episodes_repaired": 1,
        "patient_expected_ruptures": 1.4,  # 0.8 + 0.6
        "patient_expected_withdrawal_from_other": 0.7,
        "patient_expected_withdrawal_from_self": 0.1,
        "patient_expected_confrontation_aggression": 0.5,
        "patient_expected_confrontation_control": 0.1,
        "therapist_turns": 2,
        "therapist_ruptures": 1,
        "therapist_ruptures_per_100_turns": 50.0,
        "therapist_ruptures_per_10_minutes": 2.0,
        "therapist_episodes": 0,
        "therapist_episodes_repaired": 0,
        "therapist_expected_ruptures": 0.8,  # 0.1 + 0.7
        "not_english": False,
        "under_10_turns": True,
        "seen_in_training": True,
    }
    assert {name: row[name] for name in expected} == expected


def test_rates_that_are_not_known_are_empty() -> None:
    row = sessions_row(session(timed=False))
    assert row["duration_s"] is None
    assert row["patient_ruptures_per_10_minutes"] is None
    assert row["patient_ruptures_per_100_turns"] == 100.0
    silent = session()
    only_other = tuple(Utterance(str(i), Speaker.OTHER, "x") for i in range(5))
    silent = LabelledSession(
        "s1",
        "s1.txt",
        Transcript("s1", only_other),
        SessionPrediction("s1", "fake", (None,) * 5, (), Ratings(), pseudo_alliance=False),
        (),
    )
    row = sessions_row(silent)
    assert row["patient_turns"] == 0
    assert row["patient_ruptures_per_100_turns"] is None


def test_the_rows_of_the_utterances_table() -> None:
    rows = [
        dict(zip([c.name for c in UTTERANCES.columns], cells, strict=True))
        for cells in UTTERANCES.cells(session(), with_text=True)
    ]
    assert [row["rupture"] for row in rows] == [
        *("none", "confrontation_aggression", None, "confrontation_control"),
        "withdrawal_from_other",
    ]
    assert [row["uncertain"] for row in rows] == [False, True, None, False, False]
    assert [row["p_rupture"] for row in rows] == [0.1, 0.8, None, 0.7, 0.6]
    assert rows[1]["p_confrontation_aggression"] == 0.5
    assert rows[1]["intensity"] == 2
    other = {name for name, cell in rows[2].items() if cell is not None}
    assert other == {
        *("session_id", "utterance_id", "file", "speaker", "coder", "start_s", "end_s", "text")
    }


def test_an_utterance_without_a_rupture_code_is_uncodable() -> None:
    labelled = session()
    code = UtteranceCode("0", rupture=None)
    made = UtterancePrediction(code, (1.0, 0.0, 0.0, 0.0, 0.0), uncertain=False)
    row = next(iter(UTTERANCES.rows(labelled)))
    column = next(c for c in UTTERANCES.columns if c.name == "rupture")
    assert column.value(type(row)(labelled, row.utterance, made)) == "uncodable"


def test_the_row_of_an_episode() -> None:
    [cells] = EPISODES.cells(session(), with_text=False)
    assert cells == [
        *("s1", "fake", "1", "1", "4", "mixed", "patient", "3", 4, "in/s1.txt"),
        *(True, 0.666667, "1|2"),
    ]


@pytest.mark.parametrize("with_text", [True, False])
def test_csv_and_parquet_hold_the_same(tmp_path: Path, with_text: bool) -> None:
    write_sessions(tmp_path / "in", 3, turns=20, word="=1+1")
    out = tmp_path / "out"
    run(tmp_path / "in", out, settings=LabelSettings(with_text=with_text))
    for name in NAMES:
        parquet = pq.read_table(out / f"{name}.parquet").to_pylist()
        rows = read_csv(out / f"{name}.csv")
        assert parquet, f"the example must fill {name}"
        assert [{key: as_csv(cell) for key, cell in row.items()} for row in parquet] == rows
    first = read_csv(out / "utterances.csv")[0]
    assert first.get("text") == ("=1+1 0 0" if with_text else None)


def test_cells_that_a_spreadsheet_would_run_are_neutralised_in_csv_alone(tmp_path: Path) -> None:
    with table_writer(UTTERANCES, tmp_path, with_text=True) as writer:
        writer.add(session())
    assert ",'=words 0\n" in (tmp_path / "utterances.csv").read_text(encoding="utf-8")
    assert pq.read_table(tmp_path / "utterances.parquet")["text"][0].as_py() == "=words 0"


def test_a_table_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    def fail() -> None:
        with table_writer(UTTERANCES, tmp_path, with_text=True) as writer:
            writer.add(session())
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert list(tmp_path.iterdir()) == []


def test_row_groups_do_not_lose_or_repeat_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rupture_nlp.pipeline.tables.ROWS_PER_GROUP", 4)
    with table_writer(UTTERANCES, tmp_path, with_text=False) as writer:
        for _ in range(4):
            writer.add(session())  # 20 rows: the last group is full
        writer.add(session())  # and now it is not
    file = pq.ParquetFile(tmp_path / "utterances.parquet")
    assert file.metadata.num_row_groups == math.ceil(25 / 4)
    ids = [row["utterance_id"] for row in file.read().to_pylist()]
    assert ids == [str(place) for place in range(5)] * 5


def test_an_empty_table_has_its_header(tmp_path: Path) -> None:
    with table_writer(EPISODES, tmp_path, with_text=False):
        pass
    names = [column.name for column in EPISODES.columns]
    assert (tmp_path / "episodes.csv").read_text(encoding="utf-8") == ",".join(names) + "\n"
    assert pq.read_table(tmp_path / "episodes.parquet").column_names == names


@pytest.mark.parametrize("with_text", [True, False])
def test_the_data_dictionary_lists_the_columns_that_are_there(
    tmp_path: Path, with_text: bool
) -> None:
    write_sessions(tmp_path / "in", 2)
    out = tmp_path / "out"
    run(tmp_path / "in", out, settings=LabelSettings(with_text=with_text))
    sections = (out / "columns.md").read_text(encoding="utf-8").split("\n## ")[1:]
    assert [section.splitlines()[0] for section in sections] == list(NAMES)
    for name, section in zip(NAMES, sections, strict=True):
        described = re.findall(r"^\| `(\w+)` \| ([a-z ]+) \| (.+) \|$", section, re.MULTILINE)
        table = pq.read_table(out / f"{name}.parquet")
        kinds = {"string": "text", "int64": "integer", "double": "number", "bool": "true or false"}
        assert [(column, kind) for column, kind, _ in described] == [
            (field.name, kinds[str(field.type)]) for field in table.schema
        ]
        assert all(len(meaning) > 3 for _, _, meaning in described)


def test_utterances_hold_the_columns_of_codes_csv_in_its_order() -> None:
    names = [column.name for column in UTTERANCES.columns]
    assert [name for name in names if name in CODES_CSV] == list(CODES_CSV)
    assert len(names) == len(set(names))
    assert [column.name for column in UTTERANCES.columns if column.holds_text] == ["text"]


@pytest.mark.parametrize("table", [UTTERANCES, EPISODES, SESSIONS], ids=lambda table: table.name)
def test_column_names_are_unique(table: object) -> None:
    names = [column.name for column in getattr(table, "columns", ())]
    assert len(names) == len(set(names)) > 0


def test_colliding_sessions_stand_apart_in_every_table(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "s.txt").write_text("T: How?\nP: Fine.\n", encoding="utf-8")
    (tmp_path / "in" / "s.tsv").write_text("speaker\ttext\nT\tHow?\nP\tFine.\n", encoding="utf-8")
    for name in ("x", "y"):
        text = "session_id,speaker,text\n1,patient,Yes\n1,therapist,Well\n"
        (tmp_path / "in" / f"{name}.csv").write_text(text, encoding="utf-8")
    paths = [tmp_path / "in" / name for name in ("s.txt", "x.csv", "y.csv", "s.tsv")]
    run(paths, tmp_path / "out", FakeLabeller())
    sessions = read_csv(tmp_path / "out" / "sessions.csv")
    assert [row["session_id"] for row in sessions] == ["s.txt", "x.csv:1", "y.csv:1", "s.tsv"]
    assert [Path(row["file"]).name for row in sessions] == ["s.txt", "x.csv", "y.csv", "s.tsv"]
    utterances = read_csv(tmp_path / "out" / "utterances.csv")
    keys = {(row["session_id"], row["utterance_id"]) for row in utterances}
    assert len(keys) == len(utterances) == 8


def test_a_session_of_the_training_corpora_is_marked(tmp_path: Path) -> None:
    write_sessions(tmp_path / "in", 2)
    run(tmp_path / "in", tmp_path / "out", FakeLabeller(seen=frozenset({"s1"})))
    seen = [row["seen_in_training"] for row in read_csv(tmp_path / "out" / "sessions.csv")]
    assert seen == ["false", "true"]


def test_every_kind_of_cell_is_known() -> None:
    kinds = {column.kind for table in (UTTERANCES, EPISODES) for column in table.columns}
    assert kinds == set(Kind)
