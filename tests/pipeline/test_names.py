import pytest
from hypothesis import given
from hypothesis import strategies as st

from rupture_nlp.pipeline.names import SourceName, unique_names


def names(*sources: tuple[str, str]) -> tuple[str, ...]:
    return tuple(unique_names([SourceName(file, session_id) for file, session_id in sources]))


@pytest.mark.parametrize(
    ("sources", "expected"),
    [
        ([("a/s1.txt", "s1"), ("a/s2.txt", "s2")], ("s1", "s2")),
        # one stem, two suffixes: the file's name tells them apart; others stay as they are
        ([("s.txt", "s"), ("s.docx", "s"), ("t.txt", "t")], ("s.txt", "s.docx", "t")),
        # one name in two folders: the path does
        ([("a/s.txt", "s"), ("b/s.txt", "s")], ("a/s.txt", "b/s.txt")),
        ([("a/s.txt", "s"), ("b/s.txt", "s"), ("c/s.vtt", "s")], ("a/s.txt", "b/s.txt", "s.vtt")),
        # a session id of two tables
        ([("x.csv", "1"), ("x.csv", "2"), ("y.csv", "1")], ("x.csv:1", "2", "y.csv:1")),
        ([("a/x.csv", "1"), ("b/x.csv", "1")], ("a/x.csv:1", "b/x.csv:1")),
        # a longer name that a table happens to use already
        (
            [("s.txt", "s"), ("s.vtt", "s"), ("x.csv", "s.txt")],
            ("s.txt", "s.vtt", "x.csv:s.txt"),
        ),
    ],
)
def test_only_what_collides_gets_a_longer_name(
    sources: list[tuple[str, str]], expected: tuple[str, ...]
) -> None:
    assert names(*sources) == expected


FILES = st.sampled_from(["s.txt", "a/s.txt", "b/s.txt", "s.csv", "a/t.csv", "x.csv"])
IDS = st.sampled_from(["s", "t", "s.txt", "a/s.txt", "x.csv:s", "s#2", "s.txt#2"])


@given(st.lists(st.tuples(FILES, IDS), max_size=12))
def test_names_are_always_unique_and_always_the_same(sources: list[tuple[str, str]]) -> None:
    made = names(*sources)
    assert len(set(made)) == len(sources)
    assert made == names(*sources)


@given(st.lists(st.tuples(FILES, IDS), max_size=12, unique_by=lambda source: source[1]))
def test_ids_that_do_not_collide_stay(sources: list[tuple[str, str]]) -> None:
    assert names(*sources) == tuple(session_id for _, session_id in sources)
