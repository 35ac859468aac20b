from hypothesis import given
from hypothesis import strategies as st

from rupture_nlp.pipeline import places
from rupture_nlp.pipeline.places import Places

KEYS = st.one_of(st.integers(0, 5), st.integers(0, 2**64 - 1))


@given(st.lists(st.tuples(KEYS, st.integers(0, 2**40)), max_size=60), KEYS)
def test_places_are_those_of_a_dictionary(puts: list[tuple[int, int]], absent: int) -> None:
    few, places._FEW = places._FEW, 3  # noqa: SLF001  # so that few keys are sorted in often
    try:
        ours, theirs = Places(), dict[int, int]()
        for key, place in puts:
            ours.put(key, place)
            theirs[key] = place
            assert ours.get(absent) == theirs.get(absent)
        assert {key: ours.get(key) for key in theirs} == theirs
    finally:
        places._FEW = few  # noqa: SLF001
