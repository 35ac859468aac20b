import pytest
from hypothesis import given
from hypothesis import strategies as st

from rupture_nlp.io.cells import neutralise, restore

NASTY = st.text(alphabet="'=+-@\t\r\n aé", max_size=8) | st.text(max_size=20)


@given(NASTY)
def test_restoring_a_neutralised_cell_gives_the_same_text(cell: str) -> None:
    assert restore(neutralise(cell)) == cell


@given(NASTY)
def test_no_neutralised_cell_begins_like_a_formula(cell: str) -> None:
    assert not neutralise(cell).startswith(("=", "+", "-", "@", "\t", "\r"))


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        *(("=1+1", "'=1+1"), ("-- well", "'-- well"), ("@x", "'@x"), ("\tx", "'\tx")),
        *(("'=x", "''=x"), ("'tis", "'tis"), ("", ""), ("a=b", "a=b"), ("'", "'")),
    ],
)
def test_cells_neutralised_by_hand(cell: str, expected: str) -> None:
    assert neutralise(cell) == expected


@pytest.mark.parametrize("cell", ["=x", "- no", "@home", "tis", "'tis", ""])
def test_restoring_leaves_cells_that_nobody_neutralised(cell: str) -> None:
    assert restore(cell) == cell
