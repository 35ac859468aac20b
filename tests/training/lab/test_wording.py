"""What report and card of a lab's model say in words."""

from pathlib import Path
from typing import get_args

import pytest

from rupture_nlp.models.decision import Decision, SpeakerDecision
from rupture_nlp.schema import Speaker
from rupture_nlp.training.lab.counts import class_counts
from rupture_nlp.training.lab.data import LabChoices, make_lab
from rupture_nlp.training.lab.folds import outer_folds
from rupture_nlp.training.lab.score import BASELINES, System, baseline_rows, without_calls
from rupture_nlp.training.lab.verdict import Verdict, Word, beside, stamped
from rupture_nlp.training.lab.wording import ADVICE, carries, not_known, row_name, thinly_taught
from rupture_nlp.training.run import Corpus
from tests.training.lab.made import CA, WO, WS, lab_session

# 6 sessions with 4 turns of one code, 1 of another in four of them, and none of the therapist's.
SESSIONS = [
    lab_session(f"s{n}", f"p{n}", {"ana": {1: WO, 3: WO, 5: WO, 7: WO, 9: CA if n < 4 else WS}})
    for n in range(6)
]


def test_codes_with_too_few_turns_are_told_by_how_few() -> None:
    data = make_lab(Path("lab"), SESSIONS, LabChoices(labels="codes"))
    lines = thinly_taught(class_counts(data), data.labels)
    assert lines == (
        "Fewer than 5 turns to learn from, so expect it to miss: withdrawal from self of the "
        "patient (2), confrontation aggression of the patient (4).",
    )
    assert not_known(data.labels) == (
        "Never given, since your codes do not have them: confrontation control.",
        "Turns of the therapist count as not coded: it gives them no rupture.",
    )
    (therapist,) = [
        count
        for count in class_counts(data)
        if count.speaker is Speaker.THERAPIST and count.name == "rupture"
    ]
    assert carries(therapist, data.labels) == "not coded"


def test_a_code_that_one_speaker_never_shows_is_not_called_missed() -> None:
    sessions = [lab_session(f"s{n}", f"p{n}", {"ana": {1: WO, 2: CA}}) for n in range(20)]
    data = make_lab(Path("lab"), sessions, LabChoices(labels="codes"))
    assert thinly_taught(class_counts(data), data.labels) == (
        "No turn to learn from, so it should hardly ever give: confrontation aggression of the "
        "patient (0), withdrawal from other of the therapist (0).",
    )


def test_a_coarse_label_set_and_codes_left_out_are_told() -> None:
    data = make_lab(Path("lab"), SESSIONS, LabChoices(labels="families"))
    assert any("read the class, not the single code" in line for line in not_known(data.labels))
    chosen = "withdrawal_from_other,confrontation_aggression"
    part = make_lab(Path("lab"), SESSIONS, LabChoices(labels=chosen))
    assert not_known(part.labels)[0] == (
        "Never given, since your codes do not have them: withdrawal from self, confrontation "
        "control."
    )


@pytest.mark.parametrize("in_sample", [False, True])
def test_what_comes_from_the_starting_model_is_stamped(*, in_sample: bool) -> None:
    stamp = ", IN-SAMPLE" if in_sample else ""
    assert row_name("lab (out of fold)", in_sample=in_sample) == f"lab (out of fold){stamp}"
    assert row_name(BASELINES[0], in_sample=in_sample) == BASELINES[0]


def test_a_verdict_over_learned_sessions_begins_with_the_stamp() -> None:
    found = Verdict("better", "Better than small: much.", ())
    assert stamped(found, 0, 8) == found
    told = stamped(found, 2, 8)
    assert told.sentence.startswith("IN-SAMPLE: the starting model had already learned 2 of the 8")
    assert told.sentence.endswith(found.sentence)
    assert told.in_sample


def test_a_simple_method_that_does_better_is_told_whatever_the_verdict() -> None:
    found = Verdict("better", "Better than small: much.", ())
    worse, same = Verdict("worse", "Worse.", ()), Verdict("no different", "Same.", ())
    assert beside(found, "TF-IDF", same) == found
    assert beside(found, "TF-IDF", worse).sentence == (
        "Better than small: much. Beware: TF-IDF, a simple method without a network, does better "
        "on these sessions."
    )


def test_always_none_says_none_also_where_most_turns_are_ruptures() -> None:
    data = make_lab(Path("lab"), SESSIONS, LabChoices(labels="rupture"))
    corpus = Corpus("lab", data.reference, data.sessions)
    folds = outer_folds(data.sessions, 2)
    rows = baseline_rows(corpus, BASELINES[0], folds, 0)
    decided = [(rows.fold >= 0, Decision(patient=SpeakerDecision(thresholds={"counting": 0.0})))]
    coded = System("all", rows, decided).coded(Speaker.PATIENT, data.labels)
    assert (coded.predicted > 0).all()
    never = without_calls(System("none", rows, decided)).coded(Speaker.PATIENT, data.labels)
    assert not never.predicted.any()


def test_every_verdict_comes_with_what_to_do() -> None:
    assert set(get_args(Word)) <= set(ADVICE)
