"""From answers to codes, by hand."""

from collections.abc import Mapping, Sequence
from math import exp

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rupture_nlp.codebook import load_codebook
from rupture_nlp.engines.base import Answers
from rupture_nlp.label.decide import Decider, calibrated
from rupture_nlp.models.config import LabelSets
from rupture_nlp.models.decision import Decision, SpeakerDecision
from rupture_nlp.schema import RUPTURES, Rupture, Speaker, UtterancePrediction
from tests.models.made import utterance

BOOK = load_codebook()
LABELS = LabelSets.of(BOOK)
THERAPIST, PATIENT, OTHER = Speaker.THERAPIST, Speaker.PATIENT, Speaker.OTHER
MIXED = [0.6, 0.1, 0.2, 0.05, 0.05]  # probabilities of the five codes

scores = st.lists(st.floats(-20, 20), min_size=5, max_size=5)


def one_answer(
    p: Sequence[float] = MIXED,
    intensity: Sequence[float] = (0.2, 0.5, 0.3),
    markers: Mapping[str, float] | None = None,
    strategies: Mapping[str, float] | None = None,
    processes: Mapping[str, float] | None = None,
) -> Answers:
    """One turn. `p` are the rupture probabilities; what is not named has probability 0."""

    def row(names: tuple[str, ...], given: Mapping[str, float] | None) -> np.ndarray:
        return np.array([[(given or {}).get(name, 0.0) for name in names]], dtype=np.float32)

    return Answers(
        rupture=np.log(np.array([p], dtype=np.float32)),
        intensity=np.array([intensity], dtype=np.float32),
        markers=row(LABELS.markers, markers),
        strategies=row(LABELS.strategies, strategies),
        processes=row((*LABELS.processes, ""), processes),
        vectors=np.zeros((1, 4), dtype=np.float32),
    )


def decide(
    answer: Answers,
    speaker: Speaker = PATIENT,
    decision: Decision | None = None,
    preset: str = "counting",
) -> UtterancePrediction:
    decider = Decider(decision or Decision(), LABELS, BOOK, preset)
    (prediction,) = decider.decide((utterance(7, speaker, "fine"),), answer)
    assert prediction is not None
    return prediction


def test_calibration_worked_by_hand() -> None:
    # Scores (2, 4, 0, 0, 0) at temperature 2 are (1, 2, 0, 0, 0); a bias of 1 makes them
    # (2, 2, 0, 0, 0).
    rules = SpeakerDecision(temperature=2.0, bias=1.0)
    p = calibrated(np.array([2, 4, 0, 0, 0], dtype=np.float32), rules)
    total = 2 * exp(2) + 3
    assert p == pytest.approx([exp(2) / total, exp(2) / total, *([1 / total] * 3)])


def test_another_prevalence_worked_by_hand() -> None:
    # Odds of a rupture are 2 : 3 at a base rate of 10 %. At 50 % they are nine times as high:
    # 18 : 3, so p_rupture = 6/7, and the ruptures keep their shares among each other.
    rules = SpeakerDecision(prevalence=0.1)
    p = calibrated(np.log(np.array(MIXED, dtype=np.float32)), rules, prevalence=0.5)
    assert p == pytest.approx([1 / 7, *(6 / 7 * share for share in (1 / 4, 1 / 2, 1 / 8, 1 / 8))])


@given(scores, st.floats(0.01, 0.99), st.floats(0.2, 5), st.floats(-3, 3))
def test_at_the_fitted_prevalence_nothing_changes(
    logits: list[float], prevalence: float, temperature: float, bias: float
) -> None:
    rules = SpeakerDecision(temperature, bias, prevalence)
    array = np.array(logits, dtype=np.float32)
    np.testing.assert_allclose(
        calibrated(array, rules, prevalence), calibrated(array, rules), atol=1e-12
    )


@given(scores, st.floats(0.01, 0.98))
def test_more_ruptures_expected_more_ruptures_seen(logits: list[float], prevalence: float) -> None:
    array, rules = np.array(logits, dtype=np.float32), SpeakerDecision()
    low, high = (calibrated(array, rules, share) for share in (prevalence, prevalence + 0.01))
    assert high.sum() == pytest.approx(1.0)
    assert high[0] <= low[0]


def test_calibration_leaves_the_answers_alone() -> None:
    logits = np.zeros((2, 5), dtype=np.float32)
    calibrated(logits, SpeakerDecision(bias=3.0), prevalence=0.5)
    assert not logits.any()


@pytest.mark.parametrize(
    ("threshold", "expected"),
    [
        (0.3, Rupture.WITHDRAWAL_FROM_SELF),  # p_rupture is .4, the likeliest rupture the third
        (0.41, Rupture.NONE),
    ],
)
def test_a_turn_is_a_rupture_from_the_threshold_on(threshold: float, expected: Rupture) -> None:
    rules = SpeakerDecision(thresholds={"counting": threshold})
    prediction = decide(one_answer(), decision=Decision(patient=rules))
    assert prediction.code.rupture is expected
    assert prediction.code.utterance_id == "7"
    assert prediction.probabilities == pytest.approx(MIXED, abs=1e-6)
    assert prediction.p_rupture == pytest.approx(0.4, abs=1e-6)


def test_just_at_the_threshold_it_is_one() -> None:
    even = one_answer([0.5, 0.5, 1e-30, 1e-30, 1e-30])
    assert decide(even).code.rupture is Rupture.WITHDRAWAL_FROM_OTHER


def test_presets_and_speakers_have_thresholds_of_their_own() -> None:
    decision = Decision(
        patient=SpeakerDecision(thresholds={"counting": 0.5, "screening": 0.3}),
        therapist=SpeakerDecision(thresholds={"counting": 0.3, "screening": 0.2}),
    )
    called = {
        (speaker, preset): decide(one_answer(), speaker, decision, preset).code.is_rupture
        for speaker in (PATIENT, THERAPIST)
        for preset in ("counting", "screening")
    }
    assert called == {
        (PATIENT, "counting"): False,
        (PATIENT, "screening"): True,
        (THERAPIST, "counting"): True,
        (THERAPIST, "screening"): True,
    }
    assert Decider(decision, LABELS, BOOK, "screening").threshold(THERAPIST) == 0.2


@pytest.mark.parametrize(("threshold", "uncertain"), [(0.31, True), (0.49, True), (0.29, False)])
def test_uncertain_is_what_lies_near_the_threshold_on_either_side(
    threshold: float, uncertain: bool
) -> None:
    # p_rupture is .4, log-odds -.405; .31 has -.800, .49 has -.040, .29 has -.895.
    rules = SpeakerDecision(thresholds={"counting": threshold}, margins={"counting": 0.45})
    assert decide(one_answer(), decision=Decision(patient=rules)).uncertain is uncertain


@pytest.mark.parametrize(
    ("intensity", "expected"), [((0.5, 0.3, 0.2), 1), ((0.2, 0.5, 0.3), 2), ((0.3, 0.3, 0.4), 3)]
)
def test_intensity_is_the_likeliest_and_only_of_ruptures(
    intensity: tuple[float, ...], expected: int
) -> None:
    rupture = one_answer([0.1, 0.6, 0.1, 0.1, 0.1], intensity=intensity)
    assert decide(rupture).code.intensity == expected
    assert decide(one_answer(intensity=intensity)).code.intensity is None


ATTACK = [0.1, 0.1, 0.1, 0.6, 0.1]
WITHDRAWN = {"minimal_response": 0.99, "silence": 0.98, "deferential": 0.97}


def test_markers_are_those_of_the_code_alone() -> None:
    given = {**WITHDRAWN, "hostility": 0.6, "complaint_task": 0.5, "defends_self": 0.49}
    code = decide(one_answer(ATTACK, markers=given)).code
    assert set(code.markers) == {"hostility", "complaint_task"}
    assert list(code.markers) == sorted(code.markers, key=LABELS.markers.index)


def test_a_patients_rupture_has_at_least_its_likeliest_marker() -> None:
    weak = {**WITHDRAWN, "hostility": 0.02, "complaint_task": 0.03}
    assert decide(one_answer(ATTACK, markers=weak)).code.markers == ("complaint_task",)
    assert decide(one_answer(ATTACK, markers=weak), THERAPIST).code.markers == ()


def test_a_turn_without_rupture_has_no_markers() -> None:
    assert decide(one_answer(markers=WITHDRAWN)).code.markers == ()


def test_strategies_are_therapists_and_processes_patients() -> None:
    answer = one_answer(
        strategies={"redirects": 0.5, "links_pattern": 0.9, "gives_rationale": 0.49},
        processes={"re_engages": 0.4, "asserts_need": 0.6},
    )
    therapist, patient = decide(answer, THERAPIST), decide(answer, PATIENT)
    assert set(therapist.code.strategies) == {"redirects", "links_pattern"}
    assert (therapist.code.process, therapist.p_processes) == (None, ())
    assert therapist.p_strategies == pytest.approx(answer.strategies[0].tolist())
    assert (patient.code.strategies, patient.p_strategies) == ((), ())
    assert patient.code.process == "asserts_need"
    assert patient.p_processes == pytest.approx(answer.processes[0, :-1].tolist())


@pytest.mark.parametrize(
    ("processes", "expected"),
    [
        ({"avoids": 0.3, "voices_hurt": 0.35, "": 0.35}, "voices_hurt"),
        ({"avoids": 0.29, "voices_hurt": 0.2, "": 0.5}, None),
        ({"": 1.0}, None),
    ],
)
def test_a_process_needs_its_threshold(processes: dict[str, float], expected: str | None) -> None:
    answer = one_answer(processes=processes)
    assert decide(answer, decision=Decision(process=0.3)).code.process == expected


def test_other_speakers_get_nothing() -> None:
    decider = Decider(Decision(), LABELS, BOOK)
    assert decider.decide((utterance(0, OTHER, "fine"),), one_answer(ATTACK)) == (None,)


def test_each_turn_is_decided_from_its_own_row() -> None:
    first, second = one_answer(ATTACK), one_answer()
    both = Answers(
        **{
            name: np.concatenate([getattr(first, name), getattr(second, name)])
            for name in Answers.__slots__
        }
    )
    turns = (utterance(0, PATIENT, ""), utterance(1, THERAPIST, ""))
    made = Decider(Decision(), LABELS, BOOK).decide(turns, both)
    codes = [prediction.code.rupture for prediction in made if prediction]
    assert codes == [Rupture.CONFRONTATION_AGGRESSION, Rupture.NONE]


@given(
    st.lists(st.floats(0.001, 1), min_size=5, max_size=5),
    st.lists(st.floats(0, 1, width=32), min_size=len(LABELS.markers), max_size=len(LABELS.markers)),
    st.sampled_from([PATIENT, THERAPIST]),
)
def test_whatever_the_answers_the_code_keeps_the_codebook(
    weights: list[float], markers: list[float], speaker: Speaker
) -> None:
    p = [weight / sum(weights) for weight in weights]
    named = dict(zip(LABELS.markers, markers, strict=True))
    code = decide(one_answer(p, markers=named), speaker).code
    assert code.rupture in RUPTURES
    assert code.is_rupture == (code.intensity is not None)
    allowed = BOOK.markers_of(code.rupture, speaker) if code.rupture else ()
    assert set(code.markers) <= set(allowed)
    assert code.markers or not code.is_rupture or speaker is THERAPIST


def test_who_moves_away_is_not_back_in_the_work() -> None:
    processes = {"re_engages": 0.6, "avoids": 0.35}
    rules = Decision(process=0.3)
    away = one_answer([0.1, 0.6, 0.1, 0.1, 0.1], processes=processes)
    assert decide(away, decision=rules).code.process == "avoids"
    assert decide(one_answer(processes=processes), decision=rules).code.process == "re_engages"
