"""Out-of-fold rows of made sessions, written as results and read back as any system's."""

import json
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from rupture_nlp.codebook import load_codebook
from rupture_nlp.engines.base import Answers
from rupture_nlp.errors import RunError
from rupture_nlp.evaluation.pairing import pair
from rupture_nlp.evidence import Predictions
from rupture_nlp.io.predictions import read_predictions
from rupture_nlp.label.decide import Decider
from rupture_nlp.label.sequence import read_session
from rupture_nlp.models.config import LabelSets
from rupture_nlp.pipeline.results import write_results
from rupture_nlp.schema import CodedSession, Ratings, SessionPrediction, Speaker, Utterance
from rupture_nlp.training.calibrate import cross_fitted, fit_decision
from rupture_nlp.training.export import Origin, export_predictions
from rupture_nlp.training.outoffold import OutOfFold, predict_folds
from rupture_nlp.training.run import Corpus
from tests.training.made import coded_session

LABELS = LabelSets.of(load_codebook())
ORIGIN = Origin("made", "three-folds", "fake", "fp32", "window")
WORDS = "a canary sang"


@dataclass(frozen=True)
class FakeEngine:
    """Hears a "no" and a "sorry"; `shift` lifts the scores of all ruptures of its fold."""

    shift: float
    name: str = "fake"
    precision: str = "fp32"

    def answer(self, utterances: tuple[Utterance, ...]) -> Answers:
        rows = len(utterances)
        # Turns differ a little, or all thresholds would fall on ties.
        random = np.random.default_rng(rows + sum(len(u.text) for u in utterances))
        scores = random.normal(0, 0.7, (rows, 5)).astype(np.float32)
        scores[:, 1] += [2.0 if u.text.startswith("no,") else -2.0 for u in utterances]
        scores[:, 1:] += self.shift
        strategies = np.zeros((rows, len(LABELS.strategies)), np.float32)
        strategies[:, 0] = [0.9 if u.text.startswith("sorry") else 0.1 for u in utterances]
        return Answers(
            rupture=scores,
            intensity=np.tile(np.array([0.2, 0.5, 0.3], np.float32), (rows, 1)),
            markers=random.random((rows, len(LABELS.markers))).astype(np.float32),
            strategies=strategies,
            processes=random.random((rows, len(LABELS.processes) + 1), np.float32),
            vectors=np.zeros((rows, 2), np.float32),
        )


def made_corpus() -> Corpus:
    sessions = []
    for number in range(30):
        session = coded_session(number)
        turns = session.transcript.utterances
        spoken = tuple(replace(u, text=f"{u.text} {WORDS}") for u in turns)
        sessions.append(replace(session, transcript=replace(session.transcript, utterances=spoken)))
    return Corpus("made-corpus", "gold", tuple(sessions))


CORPUS = made_corpus()
FOLDS = [
    (FakeEngine(shift), [f"s{n}" for n in range(30) if n % 3 == k])
    for k, shift in enumerate((-1.0, 0.0, 1.5))
]
ROWS = predict_folds(CORPUS, FOLDS, LABELS)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("export") / "predictions"
    export_predictions(ROWS, CORPUS, out, ORIGIN, write_results)
    return out


@pytest.fixture(scope="module")
def read(folder: Path) -> Predictions:
    return read_predictions(folder)


def labelled_in_use(session: CodedSession, rows: OutOfFold, preset: str) -> SessionPrediction:
    """The session as a labeller whose thresholds came from the other folds would label it."""
    name = session.transcript.session_id
    own = rows.session == rows.session_ids.index(name)
    decision = fit_decision(rows.rows(rows.fold != rows.fold[own][0]))
    decider = Decider(decision, LABELS, load_codebook(), preset)
    turns = session.transcript.utterances
    predictions = decider.decide(turns, rows.rows(own).answers)
    return read_session(session.transcript, "made", predictions, load_codebook())


def rounded(ratings: Ratings) -> list[float | None]:
    """As the tables hold them."""
    given = [getattr(ratings, name) for name in Ratings.__slots__]
    return [None if value is None else round(value, 6) for value in given]


def check_same(read: Predictions, preset: str = "counting") -> None:
    results = {result.session_id: result for result in read.sessions}
    assert len(results) == len(CORPUS.sessions)
    for session in CORPUS.sessions:
        result = results[session.transcript.session_id]
        expected = labelled_in_use(session, ROWS, preset)
        predicted = [turn for turn in expected.utterances if turn is not None]
        assert [turn.code for turn in result.turns] == [turn.code for turn in predicted]
        assert np.array([turn.probabilities for turn in result.turns]) == pytest.approx(
            np.array([turn.probabilities for turn in predicted]), abs=1e-6
        )
        assert [one.episode for one in result.episodes] == [
            one.episode for one in expected.episodes
        ]
        assert [one.p_repaired for one in result.episodes] == pytest.approx(
            [one.p_repaired for one in expected.episodes], abs=1e-6
        )
        assert rounded(result.ratings) == rounded(expected.ratings)


def test_what_is_read_back_is_what_the_labeller_says_of_each_session(read: Predictions) -> None:
    assert read.coder == "made"
    assert read.dense
    check_same(read)
    assert any(result.episodes for result in read.sessions)


def test_another_preset_is_decided_by_its_own_thresholds(tmp_path: Path) -> None:
    screening = replace(ORIGIN, preset="screening")
    export_predictions(ROWS, CORPUS, tmp_path / "out", screening, write_results)
    check_same(read_predictions(tmp_path / "out"), "screening")


def test_the_folds_have_thresholds_of_their_own() -> None:
    # Else the tests above could not tell a cross-fitted decision from one for all.
    thresholds = {decision.patient.thresholds["counting"] for _, decision in cross_fitted(ROWS)}
    assert len(thresholds) == 3


def test_the_record_says_that_no_session_was_seen(folder: Path, read: Predictions) -> None:
    assert {result.seen_in_training for result in read.sessions} == {False}
    signature = json.loads((folder / "run.json").read_text(encoding="utf-8"))["signature"]
    assert signature["out_of_fold"] is True
    given = {name: signature[name] for name in ("model_name", "split", "engine", "precision")}
    assert given == {
        "model_name": "made",
        "split": "three-folds",
        "engine": "fake",
        "precision": "fp32",
    }
    assert dict(read.signature)["out_of_fold"] == "true"


def test_the_results_can_be_paired_with_the_reference(read: Predictions) -> None:
    paired = pair(CORPUS.sessions, "gold", read)
    assert paired.in_sample == ()
    assert paired.dropped == ()
    patients = [u.speaker is Speaker.PATIENT for s in CORPUS.sessions for u in turns_of(s)]
    assert paired.patient.known.sum() == sum(patients)


def turns_of(session: CodedSession) -> tuple[Utterance, ...]:
    return session.transcript.utterances


def test_no_words_are_written(folder: Path) -> None:
    for path in folder.iterdir():
        assert WORDS.encode() not in path.read_bytes(), path.name


def test_exporting_again_gives_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    export_predictions(ROWS, CORPUS, tmp_path / "again", ORIGIN, write_results)
    for path in folder.iterdir():
        assert path.read_bytes() == (tmp_path / "again" / path.name).read_bytes(), path.name


def other_speakers() -> Corpus:
    first, *others = CORPUS.sessions
    turns = first.transcript.utterances
    changed = (replace(turns[0], speaker=Speaker.PATIENT), *turns[1:])
    session = replace(first, transcript=replace(first.transcript, utterances=changed))
    return replace(CORPUS, sessions=(session, *others))


def fewer_turns() -> Corpus:
    first, *others = CORPUS.sessions
    transcript = replace(first.transcript, utterances=first.transcript.utterances[:-1])
    return replace(CORPUS, sessions=(replace(first, transcript=transcript), *others))


@pytest.mark.parametrize(
    "corpus", [CORPUS.only(["s0", "s1"]), other_speakers(), fewer_turns()], ids=lambda _: ""
)
def test_rows_of_another_corpus_are_refused_and_nothing_is_written(
    corpus: Corpus, tmp_path: Path
) -> None:
    with pytest.raises(RunError, match="Predict the folds again") as caught:
        export_predictions(ROWS, corpus, tmp_path / "out", ORIGIN, write_results)
    assert WORDS not in str(caught.value)
    assert not (tmp_path / "out").exists()


def test_rows_of_another_codebook_are_refused(tmp_path: Path) -> None:
    targets = ROWS.targets
    narrow = replace(
        ROWS,
        answers=replace(ROWS.answers, markers=ROWS.answers.markers[:, 1:]),
        targets=replace(
            targets, markers=targets.markers[:, 1:], ask_markers=targets.ask_markers[:, 1:]
        ),
    )
    with pytest.raises(RunError, match="another codebook"):
        export_predictions(narrow, CORPUS, tmp_path / "out", ORIGIN, write_results)
