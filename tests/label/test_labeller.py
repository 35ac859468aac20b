"""A loaded model, from transcript to prediction."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, given, settings

from rupture_nlp import __version__
from rupture_nlp.codebook import load_codebook
from rupture_nlp.errors import BundleError
from rupture_nlp.label.labeller import Labeller
from rupture_nlp.models.bundle import bundle_hash
from rupture_nlp.schema import Speaker, Transcript, Utterance
from tests.models.made import sessions, talk

SESSION = Transcript("s1", talk("how do you feel", "fine", "why so angry", "i do not know"))


@pytest.fixture(scope="module")
def labeller(tiny_bundle: Path) -> Labeller:
    return Labeller.load(tiny_bundle, threads=1)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sessions(fewest=0))
def test_a_prediction_runs_parallel_to_the_transcript(
    labeller: Labeller, utterances: tuple[Utterance, ...]
) -> None:
    prediction = labeller.predict(Transcript("s", utterances))
    assert (prediction.session_id, prediction.coder) == ("s", "tiny")
    assert len(prediction.utterances) == len(utterances)
    for spoken, made in zip(utterances, prediction.utterances, strict=True):
        assert (made is None) == (spoken.speaker is Speaker.OTHER)
        assert made is None or made.code.utterance_id == spoken.utterance_id
        assert made is None or sum(made.probabilities) == pytest.approx(1.0)


def test_sessions_do_not_depend_on_each_other_or_on_their_order(labeller: Labeller) -> None:
    other = Transcript("s2", talk("okay", "so angry at you " * 40))
    alone = labeller.predict(SESSION)
    labeller.predict(other)
    assert labeller.predict(SESSION) == alone


def test_the_signature_names_everything_that_fixes_an_output(tiny_bundle: Path) -> None:
    loaded = Labeller.load(tiny_bundle, preset="screening", threads=1, prevalence=0.1)
    assert loaded.name == "tiny"
    assert loaded.signature.as_dict() == {
        "model_name": "tiny",
        "model_version": "0",
        "model_sha256": bundle_hash(tiny_bundle),
        "codebook_sha256": load_codebook().sha256,
        "engine": "openvino",
        "precision": "fp32",
        "lookahead": "window",
        "preset": "screening",
        "threshold": 0.2,
        "threshold_therapist": 0.2,
        "prevalence": 0.1,
        "episodes": "rules",
        "rupture_nlp": __version__,
    }


def test_a_higher_prevalence_finds_more(tiny_bundle: Path, labeller: Labeller) -> None:
    expecting = Labeller.load(tiny_bundle, threads=1, prevalence=0.5)
    for before, after in zip(
        labeller.predict(SESSION).utterances, expecting.predict(SESSION).utterances, strict=True
    ):
        assert before is not None
        assert after is not None
        # Odds go from those of 5 % to even: nineteen times as high.
        odds = before.p_rupture / before.p_none
        assert after.p_rupture / after.p_none == pytest.approx(19 * odds, rel=1e-6)


def test_a_preset_moves_the_threshold_and_no_probability(
    tiny_bundle: Path, labeller: Labeller
) -> None:
    screening = Labeller.load(tiny_bundle, preset="screening", threads=1).predict(SESSION)
    for before, after in zip(
        labeller.predict(SESSION).utterances, screening.utterances, strict=True
    ):
        assert before is not None
        assert after is not None
        assert before.probabilities == after.probabilities
        assert after.code.is_rupture == (after.p_rupture >= 0.2)


def test_the_tiny_model_has_seen_nothing(labeller: Labeller) -> None:
    assert not labeller.was_trained_on(SESSION)
    seen = replace(labeller.bundle, trained_on=frozenset({SESSION.text_hash()}))
    assert replace(labeller, bundle=seen).was_trained_on(replace(SESSION, session_id="other"))


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"prevalence": 0.0}, "prevalence"),
        ({"prevalence": 1.0}, "prevalence"),
        ({"prevalence": float("nan")}, "prevalence"),
        ({"threads": 0}, "threads"),
        ({"threads": -1}, "threads"),
        ({"preset": "guessing"}, "counting, screening"),
        ({"engine": "abacus"}, "auto, torch"),
        ({"precision": "fp7"}, "auto, fp32, bf16"),
    ],
)
def test_a_wrong_option_is_named(
    tiny_bundle: Path, options: dict[str, str | float], problem: str
) -> None:
    with pytest.raises(ValueError, match=problem):
        Labeller.load(tiny_bundle, **options)  # type: ignore[arg-type]  # wrong on purpose


def test_without_a_model_there_is_no_labeller(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="no such model"):
        Labeller.load(tmp_path)


def test_threads_are_those_asked_for(tiny_bundle: Path) -> None:
    torch.set_num_threads(2)
    Labeller.load(tiny_bundle, engine="torch", threads=1)
    assert torch.get_num_threads() == 1


def test_openvino_gives_the_codes_of_torch_and_stands_in_the_signature(tiny_bundle: Path) -> None:
    labeller = Labeller.load(tiny_bundle, engine="torch", threads=1)
    other = Labeller.load(tiny_bundle, engine="openvino", threads=1)
    assert (other.signature.engine, other.signature.precision) == ("openvino", "fp32")
    pairs = zip(
        other.predict(SESSION).utterances, labeller.predict(SESSION).utterances, strict=True
    )
    for ours, exact in pairs:
        assert ours is not None
        assert exact is not None
        assert ours.code == exact.code
        assert ours.probabilities == pytest.approx(exact.probabilities, abs=1e-4)
