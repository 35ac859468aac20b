import csv
import math
import re
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from rupture_nlp.io.cells import restore
from rupture_nlp.pipeline.columns import Cell, Kind
from rupture_nlp.pipeline.result_tables import SESSIONS
from rupture_nlp.pipeline.session_tables import EPISODES
from rupture_nlp.pipeline.settings import LabelSettings
from rupture_nlp.pipeline.tables import table_writer
from rupture_nlp.pipeline.utterance_table import UTTERANCES
from tests.pipeline.fake import FakeLabeller
from tests.pipeline.runs import run, write_sessions
from tests.pipeline.test_columns import session

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
    # Two rows are some 300 bytes, four more than 400.
    monkeypatch.setattr("rupture_nlp.pipeline.tables.BYTES_PER_GROUP", 400)
    monkeypatch.setattr("rupture_nlp.pipeline.tables.ROWS_TOGETHER", 2)
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
