"""A lab small enough to train on in seconds: patients who say "no" withdraw."""

from dataclasses import replace
from pathlib import Path

from rupture_nlp.evaluation.harness.settings import HarnessSettings
from rupture_nlp.io.corpus import write_corpus
from rupture_nlp.pipeline.evaluate import EvaluationRequest, evaluate
from rupture_nlp.pipeline.results import write_results
from rupture_nlp.schema import CodedSession, Transcript
from rupture_nlp.training.lab.data import LabData, read_lab
from rupture_nlp.training.lab.plan import LabSettings, Means
from tests.training.made import SETTINGS, coded_session

SESSIONS, TURNS, DRAWS = 8, 24, 100
TRAIN = replace(SETTINGS, epochs=2)
QUICK = LabSettings(folds=2, choose_epochs=False, memorisation=False, draws=DRAWS, train=TRAIN)


def made_sessions(count: int = SESSIONS) -> tuple[CodedSession, ...]:
    return tuple(coded_session(number, TURNS) for number in range(count))


def renamed(session: CodedSession, name: str, group: str, coder: str) -> CodedSession:
    """The session under other names, with a second coder of this name who agrees."""
    coding = replace(session.codings[0], session_id=name)
    turns = session.transcript.utterances
    codings = (coding, replace(coding, coder=coder), replace(coding, coder=f"{coder}-two"))
    return CodedSession(Transcript(name, turns), codings, group)


def made_lab(folder: Path, sessions: tuple[CodedSession, ...] | None = None) -> LabData:
    write_corpus(sessions or made_sessions(), folder)
    return read_lab(folder)


def means(draws: int = DRAWS) -> Means:
    """As the command hands them in."""

    def report(
        reference: Path, predicted: Path, versus: Path | None, out: Path, coder: str
    ) -> None:
        settings = HarnessSettings(reference_coder=coder, draws=draws)
        evaluate(EvaluationRequest(reference, out, predicted, versus, settings))

    return Means(write_results, report)
