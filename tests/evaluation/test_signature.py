from rupture_nlp import __version__
from rupture_nlp.evaluation.signature import Signature

FULL = Signature(
    metric="cohen_kappa",
    unit="utterance, patient",
    coders=("gold", "small"),
    codebook_hash="0123456789abcdef",
    split="out of fold",
    draws=2000,
    seed=3,
    engine="onnx",
    precision="fp32",
    model="small",
    data_hash="fedcba9876543210",
    version="1.2.3",
)


def test_a_signature_is_one_line_with_every_setting() -> None:
    assert FULL.line() == (
        "metric:cohen_kappa|unit:utterance,_patient|coders:gold+small|codebook:0123456789ab"
        "|split:out_of_fold|draws:2000|seed:3|engine:onnx|precision:fp32|model:small"
        "|data:fedcba987654|version:1.2.3"
    )


def test_what_does_not_apply_is_not_shown() -> None:
    short = Signature("icc", "session", ("a", "b"), "0123")
    assert short.line() == (
        f"metric:icc|unit:session|coders:a+b|codebook:0123|version:{__version__}"
    )


def test_figures_on_training_sessions_are_stamped() -> None:
    stamped = Signature("icc", "session", ("a", "b"), "0123", in_sample=True)
    assert stamped.line().startswith("metric:icc|IN-SAMPLE|")


def test_a_value_cannot_pass_for_another_part() -> None:
    sly = Signature("f1|seed:9", "turn\nunit", ("a+b", "c"), "0123", version="1")
    assert sly.line() == "metric:f1_seed_9|unit:turn_unit|coders:a_b+c|codebook:0123|version:1"
