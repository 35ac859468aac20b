import re
from dataclasses import replace

import pytest

from rupture_nlp.evaluation.harness.catalogue import METRICS
from rupture_nlp.reports.agreement.methods import methods_paragraph
from rupture_nlp.reports.agreement.numbers import with_interval
from rupture_nlp.reports.agreement.references import REFERENCES, cite
from rupture_nlp.reports.agreement.units import main_figures
from rupture_nlp.schema import Speaker
from tests.reports.agreement import made

REPORT = made.made_report()
TEXT = methods_paragraph(REPORT)


def test_the_main_figures_stand_in_the_text_as_the_report_has_them() -> None:
    figures = main_figures(REPORT.figures)
    assert len(figures) > 10
    for figure in figures:
        told = with_interval(figure.interval)
        if figure.ceiling:
            told += f" (coders {with_interval(figure.ceiling.interval)})"
        assert told in TEXT


def test_counts_and_settings_are_those_of_the_report() -> None:
    assert "93 sessions in 60 independent groups; 90 of them were timed" in TEXT
    assert "3,048 of 3,105 patient turns" in TEXT
    assert "Of 3,048 patient turns, gold calls 147 a rupture, small 151." in TEXT
    assert "There are 88 episodes by gold and 104 by small." in TEXT
    assert "(200 draws, seed 0; Field & Welsh, 2007)" in TEXT
    assert "57 turns of patients in 4 sessions" in TEXT
    assert "66 turns in 1 session (" in TEXT


def test_the_settings_of_the_system_are_told_without_its_hashes() -> None:
    system = (("model_name", "small"), ("answers_sha256", "acbb" * 16))
    text = methods_paragraph(replace(REPORT, material=replace(REPORT.material, system=system)))
    assert "The system's settings were: model name: small." in text
    assert "acbb" not in text


def test_settings_are_rounded_and_what_is_not_set_is_not_told() -> None:
    system = (
        ("temperature", "1.0834927364"),
        ("adapter", "null"),
        ("thresholds", '{"patient": 0.372918231, "therapist": null}'),
        ("model_version", "0.1.0"),
    )
    text = methods_paragraph(replace(REPORT, material=replace(REPORT.material, system=system)))
    told = (
        'temperature: 1.08; thresholds: {"patient": 0.373, "therapist": not set}; '
        "model version: 0.1.0."
    )
    assert f"The system's settings were: {told}" in text
    assert "null" not in text
    assert "adapter" not in text


def test_what_only_the_lab_knows_is_left_to_it() -> None:
    holes = re.findall(r"\[to be filled in: ([^\]]+)\]", TEXT)
    for asked in ("who the patients", "sampled", "training and experience", "blind", "mean for"):
        assert any(asked in hole for hole in holes), asked


def test_numbers_of_a_single_thing_are_singular() -> None:
    material = replace(REPORT.material, sessions=1, groups=1, timed_sessions=1, coders=("ai1",))
    material = replace(material, reference_episodes=1, in_sample=("s1",))
    text = methods_paragraph(replace(REPORT, material=material))
    assert "1 session in 1 independent group; all were timed" in text
    assert "codes of 1 coder (ai1)" in text
    assert "1 episode by gold" in text
    assert "1 session of those compared was used to train" in text
    assert not re.search(r"\b1 (sessions|groups|coders|episodes|draws)\b", text)


def test_every_number_of_a_model_on_its_training_sessions_is_stamped() -> None:
    report = made.made_report(in_sample=True)
    text = methods_paragraph(report)
    assert "IN-SAMPLE: 2 sessions of those compared were used to train" in text
    defined = [one for one in main_figures(report.figures) if one.interval.low == one.interval.low]
    assert text.count("] IN-SAMPLE") == len(defined)
    assert "IN-SAMPLE" not in TEXT


def test_only_metrics_that_occur_are_cited_and_each_has_its_reference() -> None:
    assert cite("Cohen 1960") in TEXT
    assert REFERENCES["Cohen 1960"] in TEXT
    assert "Passonneau" not in TEXT  # no figure of sets in this report
    missing = {metric.source for metric in METRICS.values()} - set(REFERENCES) - {""}
    assert not missing


def test_coders_without_a_system_are_told_as_such() -> None:
    text = methods_paragraph(made.coder_report())
    assert "Codes of ai1 were compared with those of ai2." in text
    assert "system" not in text.partition("References")[0].replace("to the system's labels", "")
    several = made.coder_report()
    several = replace(several, material=replace(several.material, coders=("a", "b", "c")))
    assert "Codes of a, b and c were compared pair by pair" in methods_paragraph(several)


def test_a_report_without_figures_says_so() -> None:
    text = methods_paragraph(made.empty_report())
    assert "There was nothing to compare" in text
    assert "Nothing was left out." in text


def test_an_undefined_figure_gives_its_reason() -> None:
    figure = next(one for one in REPORT.figures if one.key.metric == "kappa")
    undefined = replace(
        figure,
        interval=replace(figure.interval, estimate=float("nan")),
        note="undefined: no ruptures",
    )
    text = methods_paragraph(replace(REPORT, figures=(undefined,)))
    assert "Cohen's kappa undefined (no ruptures)" in text


@pytest.mark.parametrize("name", ["\u202eevil", "a\nb", "x" * 300])
def test_names_do_not_disturb_the_text(name: str) -> None:
    text = methods_paragraph(made.with_names(REPORT, name))
    assert "\u202e" not in text
    assert name not in text
    paragraphs = methods_paragraph(REPORT).count("\n\n")
    assert text.count("\n\n") == paragraphs


def test_turns_of_both_speakers_are_counted_apart() -> None:
    speakers = tuple(one for one in REPORT.material.speakers if one.speaker is Speaker.PATIENT)
    report = replace(REPORT, material=replace(REPORT.material, speakers=speakers))
    assert "therapist turns" not in methods_paragraph(report)
