"""Shows how far `rupture-nlp model get` is: a bar on a terminal, a line a step elsewhere."""

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn

from rupture_nlp.cli.bar import WithBar


class FetchDisplay(WithBar):
    """Watches a fetch, on standard error."""

    def __init__(self, console: Console) -> None:
        self._console = console
        super().__init__(
            Progress(
                TextColumn("{task.description}"),
                BarColumn(),
                DownloadColumn(),
                console=console,
                disable=not console.is_terminal,
            )
        )
        self._task: TaskID | None = None
        self._name = ""

    def step(self, name: str, done: int, total: int) -> None:
        """`done` of `total` bytes of the step `name` are done."""
        if name != self._name or self._task is None:
            self._name = name
            self._task = self._bar.add_task(name, total=total)
            if not self._console.is_terminal:
                self._console.print(name, highlight=False)
        self._bar.update(self._task, completed=done)

    def wait(self) -> None:
        """Another process is at the same model."""
        self._console.print("another process is getting this model; waiting for it")
