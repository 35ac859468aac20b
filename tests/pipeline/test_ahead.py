import threading
from collections.abc import Generator

import pytest

from rupture_nlp.pipeline.ahead import ahead


def test_items_come_in_order_and_from_another_thread() -> None:
    makers: set[int] = set()

    def items() -> Generator[int, None, None]:
        for number in range(20):
            makers.add(threading.get_ident())
            yield number

    with ahead(items()) as found:
        assert list(found) == list(range(20))
    assert threading.get_ident() not in makers


def test_no_more_is_made_than_may_wait() -> None:
    made: list[int] = []

    def items() -> Generator[int, None, None]:
        for number in range(100):
            made.append(number)
            yield number

    with ahead(items(), waiting=2) as found:
        for number in found:
            # The one in hand, two that wait, one that finds no room yet.
            assert len(made) <= number + 4
            if number == 30:
                break
    assert len(made) < 40


def test_an_error_comes_where_its_item_would_have_come() -> None:
    def items() -> Generator[int, None, None]:
        yield 1
        raise KeyError("gone")

    taken: list[int] = []
    with pytest.raises(KeyError), ahead(items()) as found:
        taken.extend(found)
    assert taken == [1]


def test_leaving_early_closes_the_generator_and_ends_the_thread() -> None:
    closed = []

    def items() -> Generator[int, None, None]:
        try:
            while True:
                yield 1
        finally:
            closed.append(True)

    before = threading.active_count()
    with ahead(items()) as found:
        next(found)
    assert closed == [True]
    assert threading.active_count() == before
