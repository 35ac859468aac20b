"""Fresh processes of `rupture-nlp label`: their memory, and the time to the first label.

    python -m eval.benchmark_speed_fresh MEMORY.json label TRANSCRIPTS --out FOLDER ...

runs the command and writes the most memory that the process ever had resident.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from rupture_nlp.pipeline.folder import OutputFolder

REPOSITORY = Path(__file__).parents[1]
_COMMAND = "from rupture_nlp.cli.main import main; main()"
_LOOK_S = 0.005
_PATIENCE_S = 900.0
_BYTES_A_MB = 1e6
_BYTES_A_KB = 1024  # as the kernel and `getrusage` mean it


@dataclass(frozen=True, slots=True)
class Start:
    """Seconds from the start of a process to the first codes on disk, and to its end."""

    first_label_s: float
    end_s: float


def measure_memory(transcripts: Path, options: Sequence[str]) -> float:
    """MB that a process labelling these files had resident at the most.

    Raises:
        RuntimeError: the command failed.
    """
    with TemporaryDirectory() as folder:
        report = Path(folder) / "memory.json"
        given = ["label", str(transcripts), "--out", str(Path(folder) / "out"), "--quiet", *options]
        with _started(["-m", "eval.benchmark_speed_fresh", str(report), *given]) as process:
            _finish(process)
        return float(json.loads(report.read_text(encoding="utf-8"))["peak_rss_mb"])


def measure_start(transcript: Path, options: Sequence[str]) -> Start:
    """Label one short session and watch for the first part of the output folder.

    Raises:
        RuntimeError: the command failed, or wrote no part.
    """
    with TemporaryDirectory() as folder:
        out = Path(folder) / "out"
        parts = OutputFolder(out).parts
        given = ["label", str(transcript), "--out", str(out), "--quiet", *options]
        begun = time.perf_counter()
        with _started(["-c", _COMMAND, *given]) as process:
            first = _wait(lambda: _has_part(parts), process)
            first_s = time.perf_counter() - begun
            _finish(process)
            end_s = time.perf_counter() - begun
    if not first:
        raise RuntimeError("the command wrote no part")
    return Start(first_s, end_s)


@contextmanager
def _started(arguments: Sequence[str]) -> "Iterator[subprocess.Popen[str]]":
    with subprocess.Popen(  # noqa: S603  # this interpreter, this repository
        [sys.executable, *arguments],
        cwd=REPOSITORY,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()  # if it is still there


def _finish(process: "subprocess.Popen[str]") -> None:
    _, said = process.communicate(timeout=_PATIENCE_S)
    if process.returncode:
        raise RuntimeError(f"rupture-nlp label ended with {process.returncode}: {said.strip()}")


def _wait(condition: Callable[[], bool], process: "subprocess.Popen[str]") -> bool:
    while process.poll() is None:
        if condition():
            return True
        time.sleep(_LOOK_S)
    return condition()


def _has_part(parts: Path) -> bool:
    # A part appears under its own name when it is whole; while it is written its name has a dot.
    return any(not path.name.startswith(".") for path in parts.glob("*/*.json"))


def most_resident_mb() -> float:
    """The most memory that this process ever had resident.

    Not `getrusage` on Linux: its figure is inherited from the process that started this one.
    """
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text(encoding="utf-8").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * _BYTES_A_KB / _BYTES_A_MB
    import resource  # noqa: PLC0415  # not on Windows

    unit = 1 if sys.platform == "darwin" else _BYTES_A_KB
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / _BYTES_A_MB


def main() -> None:
    """Run the command that stands after the first argument, then write the figure."""
    report, *command = sys.argv[1:]
    sys.argv = ["rupture-nlp", *command]
    from rupture_nlp.cli.main import main as run  # noqa: PLC0415  # as the command does it

    try:
        run()
    finally:
        figure = json.dumps({"peak_rss_mb": most_resident_mb(), "process": os.getpid()})
        Path(report).write_text(figure + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
