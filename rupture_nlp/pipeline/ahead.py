"""Make the next items in a thread of their own while the present one is worked on."""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from queue import Empty, Full, Queue
from threading import Event, Thread
from typing import Generic, TypeVar

Item = TypeVar("Item")

_LOOK_AGAIN_S = 0.2
"""How often a waiting thread looks whether it should stop. Also, a wait without an end cannot be
interrupted by Ctrl-C on Windows."""


@dataclass(frozen=True, slots=True)
class _End:
    error: BaseException | None


class _Ahead(Generic[Item]):
    """The queue between the thread that makes and the one that takes."""

    def __init__(self, items: Generator[Item, None, None], waiting: int) -> None:
        self._items = items
        self._queue: Queue[Item | _End] = Queue(maxsize=waiting)
        self._stopped = Event()

    def make(self) -> None:
        error: BaseException | None = None
        try:
            for item in self._items:
                if not self._put(item):
                    break
        except BaseException as raised:  # noqa: BLE001  # told to the thread that takes
            error = raised
        finally:
            self._items.close()
        self._put(_End(error))

    def take(self) -> Iterator[Item]:
        while True:
            try:
                item = self._queue.get(timeout=_LOOK_AGAIN_S)
            except Empty:
                continue
            if isinstance(item, _End):
                break
            yield item
            del item  # not kept alive while the next one is waited for
        if item.error is not None:
            raise item.error

    def stop(self) -> None:
        self._stopped.set()

    def _put(self, item: Item | _End) -> bool:
        while not self._stopped.is_set():
            try:
                self._queue.put(item, timeout=_LOOK_AGAIN_S)
            except Full:
                continue
            return True
        return False


@contextmanager
def ahead(items: Generator[Item, None, None], waiting: int = 1) -> Iterator[Iterator[Item]]:
    """Give the items in their order, of which at most `waiting` are finished and not yet taken.

    What the generator raises is raised where its next item would have come. On leaving the block
    the generator is closed and the thread has ended.
    """
    between = _Ahead(items, waiting)
    thread = Thread(target=between.make, name="ahead", daemon=True)
    thread.start()
    try:
        yield between.take()
    finally:
        between.stop()
        thread.join()
