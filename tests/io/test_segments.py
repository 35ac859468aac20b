"""Segment sheets: times or turns, ratings with gaps, and what is wrong with them."""

from pathlib import Path

import pytest

from rupture_nlp.errors import CorpusError
from rupture_nlp.io.segments import RatingScale, read_segment_sheet
from tests.io.test_canary import SECRET

SHEET = """Session,Segment start,Segment end,coder,WD_P,CF_P
s1,0,5:00,a,1,2.5
s1,300,00:10:00,a,,3
s1,0:00,300,b,2,
s2,12.5,13,a,1,1
"""


def write(folder: Path, content: str) -> Path:
    path = folder / "sheet.csv"
    path.write_text(content, encoding="utf-8")
    return path


def refusal(path: Path) -> str:
    with pytest.raises(CorpusError) as caught:
        read_segment_sheet(path)
    assert caught.value.__context__ is None
    return str(caught.value)


def test_times_may_be_seconds_or_clock_and_ratings_may_be_missing(tmp_path: Path) -> None:
    sheet = read_segment_sheet(write(tmp_path, SHEET))
    assert sheet.columns == ("WD_P", "CF_P")
    assert sheet.coders == ("a", "b")
    assert [(s.session_id, s.start_s, s.end_s, s.ratings) for s in sheet.segments] == [
        ("s1", 0.0, 300.0, (1.0, 2.5)),
        ("s1", 300.0, 600.0, (None, 3.0)),
        ("s1", 0.0, 300.0, (2.0, None)),
        ("s2", 12.5, 13.0, (1.0, 1.0)),
    ]


def test_without_times_turns_bound_a_segment(tmp_path: Path) -> None:
    (segment,) = read_segment_sheet(
        write(tmp_path, "session_id,first,last,coder,WD_P\ns1,u0,u7,a,1\n")
    ).segments
    assert (segment.first, segment.last, segment.start_s, segment.end_s) == ("u0", "u7", None, None)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("s1,0,5:00,a", "s1,later,5:00,a", "sheet.csv:2: start: must be seconds"),
        ("s1,0,5:00,a", "s1,0,0,a", "sheet.csv:2: end: not after the start"),
        ("s1,0,5:00,a", "s1,0,,a", "sheet.csv:2: end: the cell may not be empty"),
        ("s1,0,5:00,a", "s1,0,5:01,a", "sheet.csv:3: start: overlaps the segment in row 2"),
        ("s1,0:00,300,b", "s1,0:00,300,a", "overlaps the segment in row"),
        ("a,1,2.5", "a,1,high", "sheet.csv:2: CF_P: must be a number"),
        ("a,1,2.5", "a,1", "sheet.csv:2: 5 cells, but the header has 6"),
        ("coder", "rater", "sheet.csv:1: coder: the column is missing"),
        ("Segment end", "Until", "sheet.csv:1: end: the column is missing"),
    ],
)
def test_what_is_wrong_is_named_by_row_and_column(
    tmp_path: Path, old: str, new: str, problem: str
) -> None:
    assert SHEET.count(old) == 1
    assert problem in refusal(write(tmp_path, SHEET.replace(old, new)))


FOUR = RatingScale(("WD_P", "CF_P"), 1, 5)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("a,1,2.5", "a,6,2.5", "sheet.csv:2: WD_P: must be from 1 to 5"),
        ("a,1,2.5", "a,1,0", "sheet.csv:2: CF_P: must be from 1 to 5"),
        ("a,,3", "a,,31", "sheet.csv:3: CF_P: must be from 1 to 5"),
        ("WD_P,CF_P", "WDP,CF_P", "sheet.csv:1: WDP: no rating of the label map, whose WD_P has"),
    ],
)
def test_slips_in_ratings_and_their_names_are_errors(
    tmp_path: Path, old: str, new: str, problem: str
) -> None:
    assert SHEET.count(old) == 1
    slipped = write(tmp_path, SHEET.replace(old, new))
    read_segment_sheet(slipped)  # without a map nobody knows
    with pytest.raises(CorpusError) as caught:
        read_segment_sheet(slipped, FOUR)
    assert problem in str(caught.value)
    assert "1 error in" in str(caught.value)


def test_a_sheet_on_its_scale_may_have_further_columns(tmp_path: Path) -> None:
    assert len(read_segment_sheet(write(tmp_path, SHEET), FOUR).segments) == 4
    path = write(tmp_path, SHEET.replace("wd_p", "WD_P"))
    assert len(read_segment_sheet(path, RatingScale(("wd_p",), 1, 5)).segments) == 4


def test_segments_that_touch_do_not_overlap_nor_do_those_of_two_coders(tmp_path: Path) -> None:
    assert len(read_segment_sheet(write(tmp_path, SHEET)).segments) == 4


def test_a_sheet_needs_rows_and_ratings(tmp_path: Path) -> None:
    assert "no column of ratings" in refusal(
        write(tmp_path, "session_id,start,end,coder\ns,0,1,a\n")
    )
    assert "no segment" in refusal(write(tmp_path, "session_id,start,end,coder,WD_P\n"))
    assert "no header" in refusal(write(tmp_path, ""))
    assert "missing" in refusal(tmp_path / "none.csv")


@pytest.mark.parametrize(
    "content",
    [
        f"session_id,start,end,coder,W\n{SECRET},{SECRET},{SECRET},{SECRET},{SECRET}\n",
        f"session_id,first,last,coder,W\n{SECRET},{SECRET},{SECRET},{SECRET},{SECRET}\n",
        f"{SECRET},start\n{SECRET},0\n",
        f'session_id,start,end,coder,W\n"{SECRET}"x,0,1,a,1\n',
        f"session_id,start,end,coder,W\n{SECRET},0,9,{SECRET},1\n{SECRET},1,9,{SECRET},1\n",
    ],
)
def test_an_error_does_not_tell_the_secret_word(tmp_path: Path, content: str) -> None:
    assert SECRET not in refusal(write(tmp_path, content))
