"""One labelling run in a process of its own: INPUTS OUT MODEL RECORD.

Writes what each stage took and how much memory the process had held by its end to RECORD. MODEL is
the folder of a bundle, or `fake` for codes that follow from a hash of the words, without torch.
"""

import json
import os
import resource
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from eval.long_runs_table import BETWEEN_LOOKS
from rupture_nlp.io.atomic import write_text
from rupture_nlp.pipeline.loading import load_labeller
from rupture_nlp.pipeline.protocol import Failure, SessionLabeller
from rupture_nlp.pipeline.run import LabelRequest, Means, run_labelling
from rupture_nlp.pipeline.settings import LabelSettings

FAKE = "fake"


@dataclass
class StageClock:
    """Seconds of the processor and on the wall, and the greatest memory so far, by stage.

    `on_the_way` has the greatest memory so far after each `BETWEEN_LOOKS` sessions of a stage.
    """

    stages: dict[str, dict[str, float]] = field(default_factory=dict)
    on_the_way: dict[str, list[float]] = field(default_factory=dict)
    name: str = "start"
    done: int = 0  # sessions of this stage
    wall: float = field(default_factory=time.perf_counter)
    cpu: float = 0.0  # what the process took before, too

    def stage(self, name: str, sessions: int, utterances: int) -> None:
        """Close the stage before."""
        del sessions, utterances
        wall, cpu = time.perf_counter(), time.process_time()
        self.stages[self.name] = {
            "wall": wall - self.wall,
            "cpu": cpu - self.cpu,
            "peak_mb": _peak_mb(),
        }
        self.name, self.wall, self.cpu, self.done = name, wall, cpu, 0

    def advance(self, sessions: int, utterances: int) -> None:
        """Count, and look at the memory now and then."""
        del utterances
        self.done += sessions
        if self.done % BETWEEN_LOOKS == 0:
            self.on_the_way.setdefault(self.name, []).append(_peak_mb())

    def failed(self, failure: Failure) -> None:
        """A run in which something fails is not worth measuring."""
        sys.exit(f"{failure.message}")


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main(inputs: Path, out: Path, model: str, record: Path) -> None:
    """Run and write the record."""
    clock = StageClock()

    def load(settings: LabelSettings) -> SessionLabeller:
        clock.stage("loading", 0, 0)
        if model == FAKE:
            from tests.pipeline.fake import FakeLabeller  # noqa: PLC0415  # only here

            labeller: SessionLabeller = FakeLabeller()
        else:
            labeller = load_labeller(settings)
        clock.stage("checking", 0, 0)
        return labeller

    settings = LabelSettings(model=model, engine="torch", threads=1)
    means = Means(load=load, observer=clock)
    result = run_labelling(LabelRequest((inputs,), out, settings), means)
    clock.stage("end", 0, 0)
    told = {
        "stages": clock.stages,
        "on_the_way": clock.on_the_way,
        "labelled": result.counts.labelled,
        "load": os.getloadavg(),
    }
    write_text(record, json.dumps(told))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], Path(sys.argv[4]))
