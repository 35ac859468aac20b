"""The verdict on systems whose difference is known."""

from dataclasses import replace

import numpy as np
import pytest

from rupture_nlp.models.decision import Decision, SpeakerDecision
from rupture_nlp.schema import RUPTURES, Speaker
from rupture_nlp.training.lab.labels import LabelSet
from rupture_nlp.training.lab.score import System
from rupture_nlp.training.lab.verdict import compare
from rupture_nlp.training.outoffold import OutOfFold
from tests.training.test_calibrate import made_rows

CODES = LabelSet("codes", tuple(code.value for code in RUPTURES), (0, 1, 2, 3, 4))
YES_NO = LabelSet("rupture", ("none", "rupture"), (0, 1, 1, 1, 1))
PATIENTS = LabelSet("rupture", ("none", "rupture"), (0, 1, 1, 1, 1), (Speaker.PATIENT,))
ALWAYS = Decision(
    patient=SpeakerDecision(thresholds={"counting": 0.5}),
    therapist=SpeakerDecision(thresholds={"counting": 0.5}),
)
ROWS, GROUPS = 1200, 30


def system(name: str, right: float, seed: int = 1, count: int = GROUPS) -> System:
    """Right about a share of the turns, and otherwise at random."""
    rows = made_rows(rows=ROWS)
    random = np.random.default_rng(seed)
    truth = rows.targets.rupture.argmax(axis=1)
    said = np.where(random.random(ROWS) < right, truth, random.integers(0, 5, ROWS))
    answers = rows.answers.__class__(
        **{n: getattr(rows.answers, n) for n in rows.answers.__slots__ if n != "rupture"},
        rupture=(6.0 * np.eye(5)[said]).astype(np.float32),
    )
    groups = tuple(f"g{number:02d}" for number in range(count))
    out = OutOfFold(
        answers, rows.targets, rows.session, rows.fold, np.arange(ROWS) % count, (), groups
    )
    return System(name, out, [(np.ones(ROWS, dtype=bool), ALWAYS)])


def test_a_system_that_is_right_more_often_is_better_and_the_other_worse() -> None:
    good, bad = system("good", 0.9), system("bad", 0.2)
    verdict = compare(good, bad, CODES, draws=300)
    assert verdict.word == "better"
    assert verdict.sentence.startswith("Better than bad: kappa of patient turns +0.")
    assert len(verdict.differences) == 4
    # Four differences that hold together with 95 %.
    assert all(d.interval.level == pytest.approx(1 - 0.05 / 4) for d in verdict.differences)
    back = compare(bad, good, CODES, draws=300)
    assert back.word == "worse"
    for one, other in zip(verdict.differences, back.differences, strict=True):
        assert one.interval.estimate == pytest.approx(-other.interval.estimate)


def test_of_a_system_and_itself_no_difference_can_be_shown() -> None:
    same = compare(system("one", 0.5), system("two", 0.5), CODES, draws=300)
    assert same.word == "no different"
    assert same.sentence.startswith("No difference from two could be shown")
    assert all(d.interval.estimate == 0.0 for d in same.differences)


def test_by_chance_alone_it_finds_no_difference() -> None:
    words = [
        compare(system("one", 0.5, seed), system("two", 0.5, seed + 100), YES_NO, 300).word
        for seed in range(12)
    ]
    assert words.count("no different") >= 10


def test_only_speakers_who_were_coded_are_compared() -> None:
    verdict = compare(system("one", 0.9), system("two", 0.2), PATIENTS, draws=300)
    assert {d.speaker for d in verdict.differences} == {Speaker.PATIENT}


def test_with_too_few_ruptures_it_cannot_be_told() -> None:
    def few(name: str, right: float) -> System:
        whole = system(name, right)
        return System(name, whole.rows.rows(np.arange(ROWS) < 20), [(np.ones(20, bool), ALWAYS)])

    verdict = compare(few("one", 0.9), few("two", 0.2), CODES, draws=50)
    assert verdict.word == "cannot be told"
    assert "fewer than 20 ruptures" in verdict.sentence
    assert verdict.differences == ()


@pytest.mark.parametrize(("patients", "word"), [(4, "cannot be told"), (5, "better")])
def test_a_handful_of_patients_is_told_from_too_few(patients: int, word: str) -> None:
    good, bad = (system(n, r, count=patients) for n, r in (("good", 0.9), ("bad", 0.2)))
    verdict = compare(good, bad, CODES, draws=300)
    assert verdict.word == word
    assert ("4 patients" in verdict.sentence) == (patients == 4)


def test_differences_that_are_not_shown_are_named() -> None:
    good, bad = system("good", 0.9), system("bad", 0.2)
    patients = good.rows.targets.is_patient
    answers = good.rows.answers
    rupture = np.where(patients[:, None], bad.rows.answers.rupture, answers.rupture)
    mixed = replace(good, rows=replace(good.rows, answers=replace(answers, rupture=rupture)))
    verdict = compare(mixed, bad, CODES, draws=300)
    assert verdict.word == "better"
    assert verdict.sentence.count("of patient turns +0.00 [+0.00, +0.00]") == 2
    assert (
        "No difference is shown in kappa of patient turns, average precision of patient turns."
        in verdict.sentence
    )
    assert "No difference is shown" not in compare(good, bad, CODES, draws=300).sentence
