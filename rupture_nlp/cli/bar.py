"""A progress bar that is there while the work is done."""

from types import TracebackType
from typing import Self

from rich.progress import Progress


class WithBar:
    """Shows its bar while it is entered; left, also by an error, the terminal is as before."""

    def __init__(self, bar: Progress) -> None:
        self._bar = bar

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bar.stop()
