"""A labelling run in a process of its own that a test can kill: INPUTS OUT SECONDS_A_SESSION."""

import sys
from pathlib import Path

from tests.pipeline.fake import FakeLabeller
from tests.pipeline.runs import run

if __name__ == "__main__":
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    run(Path(sys.argv[1]), Path(sys.argv[2]), FakeLabeller(delay_s=float(sys.argv[3])))
