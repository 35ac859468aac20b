"""Criteria of sessions: numbers, two values with their names, gaps."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rupture_nlp.errors import CorpusError
from rupture_nlp.evidence import Criterion
from rupture_nlp.io.criteria import read_criteria
from tests.io.corpus_samples import SHARED
from tests.io.test_canary import SECRET

TABLE = """session_id,quality,wai,dropout,topic,empty
s1,high,5.5,1,alcohol,
s2,low,NA,0,smoking,
s3,,4,1,diet,
s4,low,6.25,1.0,diet,
"""


def write(folder: Path, content: str) -> Path:
    path = folder / "criteria.csv"
    path.write_text(content, encoding="utf-8")
    return path


def refusal(path: Path, columns: list[str] | None = None) -> str:
    with pytest.raises(CorpusError) as caught:
        read_criteria(path, columns)
    assert caught.value.__context__ is None
    return str(caught.value)


def test_two_values_become_0_and_1_in_sorted_order_and_numbers_stay(tmp_path: Path) -> None:
    read = read_criteria(write(tmp_path, TABLE))
    assert read.session_ids == ("s1", "s2", "s3", "s4")
    assert read.criteria == (
        Criterion("quality", (0.0, 1.0, None, 1.0), ("high", "low")),
        Criterion("wai", (5.5, None, 4.0, 6.25)),
        Criterion("dropout", (1.0, 0.0, 1.0, 1.0), ("0", "1")),
    )
    assert read.unused == ("topic", "empty")


def test_two_numbers_are_ordered_as_numbers(tmp_path: Path) -> None:
    (only,) = read_criteria(write(tmp_path, "session_id,score\na,10\nb,9\n")).criteria
    assert only == Criterion("score", (1.0, 0.0), ("9", "10"))


def test_the_columns_asked_for_come_in_their_order(tmp_path: Path) -> None:
    read = read_criteria(write(tmp_path, TABLE), ["wai", "quality"])
    assert [criterion.name for criterion in read.criteria] == ["wai", "quality"]


def test_a_column_asked_for_must_be_there_and_hold_something(tmp_path: Path) -> None:
    message = refusal(write(tmp_path, TABLE), ["wai", "nothing", "topic", "empty"])
    assert "column asked for as number 2 is missing" in message
    assert "topic: neither numbers nor two" in message
    assert "empty: neither numbers nor two" in message


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("session_id,a\ns,1\ns,2\n", "criteria.csv:3: session_id: same session_id"),
        ("session,a\ns,1\n", "session_id: the column is missing"),
        ("session_id,a\n,1\n", "criteria.csv:2: session_id: the cell may not be empty"),
        ("session_id,a\ns,x\nt,y\nu,z\n", "every column holds neither"),
        ("session_id\ns\n", "every column"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, content: str, problem: str) -> None:
    assert problem in refusal(write(tmp_path, content))


def test_an_error_does_not_tell_the_secret_word(tmp_path: Path) -> None:
    for content in (
        f"session_id,a\n{SECRET},{SECRET}\n{SECRET},x\n",
        f"{SECRET}\n{SECRET}\n",
        f'session_id,a\ns,"{SECRET}"x\n',
    ):
        assert SECRET not in refusal(write(tmp_path, content))
    assert SECRET not in refusal(write(tmp_path, TABLE), [SECRET])


@settings(max_examples=25)
@given(st.lists(st.none() | st.floats(-1e9, 1e9), min_size=1, max_size=8))
def test_numbers_come_back_as_they_were(
    tmp_path_factory: pytest.TempPathFactory, numbers: list[float | None]
) -> None:
    rows = "".join(f"s{n},{'' if x is None else repr(x)},1\n" for n, x in enumerate(numbers))
    path = write(tmp_path_factory.mktemp("criteria"), "session_id,x,one\n" + rows)
    found = {criterion.name: criterion for criterion in read_criteria(path).criteria}
    distinct = sorted({x for x in numbers if x is not None})
    if not distinct:
        assert "x" not in found
    elif len(distinct) == 2:
        expected = tuple(None if x is None else float(distinct.index(x)) for x in numbers)
        assert found["x"].values == expected
    else:
        assert found["x"].values == tuple(numbers)


def test_the_quality_labels_of_annomi_are_read() -> None:
    path = SHARED / "annomi" / "quality.csv"
    if not path.exists():
        pytest.skip("the shared corpora are not beside the checkout")
    read = read_criteria(path)
    assert [(c.name, c.names) for c in read.criteria] == [("expert_quality", ("high", "low"))]
    assert read.unused == ("topic",)
