"""A labelling run in a process of its own that a test can kill: INPUTS OUT SECONDS_A_SESSION LOG.

Says `ready` when it has loaded all it needs, and begins when it is told a line. Each call of the
labeller is a line in LOG.
"""

import sys
from pathlib import Path

from rupture_nlp.schema import SessionPrediction, Transcript
from tests.pipeline.fake import FakeLabeller
from tests.pipeline.runs import run


class LoggedLabeller(FakeLabeller):
    log = Path()

    def predict(self, transcript: Transcript) -> SessionPrediction:
        with self.log.open("a", encoding="utf-8") as file:
            file.write(f"{transcript.session_id}\n")
        return super().predict(transcript)


if __name__ == "__main__":
    inputs, out, seconds, log = sys.argv[1:]
    LoggedLabeller.log = Path(log)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    result = run(Path(inputs), Path(out), LoggedLabeller(delay_s=float(seconds)))
    sys.stdout.write("elsewhere\n" if result.elsewhere else "written\n")
