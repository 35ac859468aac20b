"""An export in a process of its own, which a test can hold up or kill.

Says `writing` with half of it written, and goes on when it is told a line.
"""

import sys
from pathlib import Path

from rupture_nlp.engines.cache import ExportKey, exported

KEY = ExportKey("made", "1", "float", "0" * 64)
HALVES = (b"first half", b"second half")


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def write(folder: Path) -> None:
    (folder / "first").write_bytes(HALVES[0])
    say("writing")
    sys.stdin.readline()
    (folder / "second").write_bytes(HALVES[1])


if __name__ == "__main__":
    with exported(KEY, write, lambda step: say(step.split()[0])) as made:
        say(",".join(sorted(path.name for path in made.iterdir())))
