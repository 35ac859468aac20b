"""Small folders of sessions, and runs over them with the fake labeller."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from rupture_nlp.pipeline.protocol import Failure, SessionLabeller
from rupture_nlp.pipeline.run import LabelRequest, Means, RunResult, run_labelling
from rupture_nlp.pipeline.settings import LabelSettings
from tests.pipeline.fake import FakeLabeller

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def write_sessions(folder: Path, count: int, turns: int = 6, word: str = "word") -> list[Path]:
    """Text files `s0.txt`, `s1.txt`, ... with turns of both speakers."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for number in range(count):
        path = folder / f"s{number}.txt"
        lines = [f"{'TP'[turn % 2]}: {word} {number} {turn}" for turn in range(turns)]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        paths.append(path)
    return paths


@dataclass
class Watcher:
    """Keeps what a run tells."""

    stages: list[tuple[str, int, int]] = field(default_factory=list)
    steps: list[tuple[int, int]] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    on_step: Callable[[], None] = lambda: None

    def stage(self, name: str, sessions: int, utterances: int) -> None:
        self.stages.append((name, sessions, utterances))

    def advance(self, sessions: int, utterances: int) -> None:
        self.steps.append((sessions, utterances))
        self.on_step()

    def failed(self, failure: Failure) -> None:
        self.failures.append(failure)


def run(
    paths: Sequence[Path] | Path,
    out: Path,
    labeller: SessionLabeller | None = None,
    settings: LabelSettings | None = None,
    *,
    force: bool = False,
    watcher: Watcher | None = None,
) -> RunResult:
    made = labeller or FakeLabeller()
    request = LabelRequest(
        paths=(paths,) if isinstance(paths, Path) else tuple(paths),
        out=out,
        settings=settings or LabelSettings(),
        force=force,
    )
    means = Means(load=lambda _: made, observer=watcher or Watcher(), now=lambda: NOW)
    return run_labelling(request, means)


def contents(out: Path, *, but: Sequence[str] = ("run.json", "manifest.jsonl")) -> dict[str, bytes]:
    """Every file of an output folder by relative path, hidden ones too, but the lock."""
    return {
        str(path.relative_to(out)): path.read_bytes()
        for path in sorted(out.rglob("*"))
        if path.is_file() and path.name not in {*but, ".lock"}
    }
