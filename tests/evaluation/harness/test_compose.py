"""The whole report: sections put together, the ceiling, another system, several coders."""

import json
from dataclasses import replace

import numpy as np
import pytest

from rupture_nlp.errors import EvaluationError
from rupture_nlp.evaluation.agreement import cohen_kappa
from rupture_nlp.evaluation.bootstrap import resample
from rupture_nlp.evaluation.harness.compose import Request, coder_report, system_report
from rupture_nlp.evaluation.harness.figures import Figure, Side, make_figures
from rupture_nlp.evaluation.harness.quantities import Drawn, Key
from rupture_nlp.evaluation.harness.report import AgreementReport
from rupture_nlp.evaluation.harness.settings import HarnessSettings
from rupture_nlp.evaluation.labelmap_files import load_label_map
from rupture_nlp.evaluation.pairing import pair
from rupture_nlp.evaluation.signature import Signature
from rupture_nlp.evidence import Criteria, Criterion, Predictions, RatedSegment, SegmentSheet
from rupture_nlp.reports.agreement.context import AgreementContext
from rupture_nlp.reports.agreement.lines import forest
from rupture_nlp.reports.agreement.methods import methods_paragraph
from rupture_nlp.reports.agreement.metrics_file import metrics_json
from rupture_nlp.reports.agreement.page import agreement_page
from rupture_nlp.schema import CodedSession
from tests.evaluation.results import labelled
from tests.evaluation.sessions import coding, session

TALK = "TPTPTPTP"
#       01234567     four turns of each speaker, no two sessions of one group but s3 and s4
GOLD = (".w...a..", "...s.w..", "........", "cw.....a")
A = (".w...a..", "...s.a..", "........", "cw......")
B = (".w......", "...s.w..", ".w......", "cw.....a")
M = (".w......", ".....w..", ".....w..", "cw.....w")
OTHER = ("........", "........", "........", "........")
NAN = float("nan")
SETTINGS = HarnessSettings(draws=50)
ASK = Request(SETTINGS, "corpus", "results")


def sessions(*more: tuple[str, tuple[str, ...]]) -> tuple[CodedSession, ...]:
    sides = (("gold", GOLD), ("a", A), ("b", B), *more)
    return tuple(
        session(
            f"s{number + 1}",
            TALK,
            *(coding(f"s{number + 1}", coder, codes[number]) for coder, codes in sides),
            group=f"g{min(number, 2)}",
            starts=[20.0 * turn for turn in range(8)],
        )
        for number in range(4)
    )


def system(codes: tuple[str, ...], name: str = "m", seen: str = "") -> Predictions:
    results = [
        labelled(f"s{n + 1}", row, TALK, seen_in_training=f"s{n + 1}" == seen)
        for n, row in enumerate(codes)
    ]
    return Predictions(name, tuple(results), True, (("model", "tiny"), ("engine", "torch")))


def report(codes: tuple[str, ...] = M, versus: tuple[str, ...] | None = None) -> AgreementReport:
    corpus = sessions()
    main = pair(corpus, "gold", system(codes))
    other = None if versus is None else pair(corpus, "gold", system(versus, "n"))
    return system_report(main, other, replace(ASK, versus="others" if versus else ""))


def find(figures: tuple[Figure, ...], speaker: str, variable: str, metric: str) -> Figure:
    found = [
        f
        for f in figures
        if (f.key.speaker, f.key.variable, f.key.metric, f.key.label)
        == (speaker, variable, metric, "")
        and f.key.unit.startswith("utterance")
    ]
    assert len(found) == 1
    return found[0]


def patients(rows: tuple[str, ...]) -> list[int]:
    return [".wsac".index(row[turn]) for row in rows for turn in (1, 3, 5, 7)]


def test_a_systems_kappa_stands_beside_the_coders_on_the_same_turns() -> None:
    figure = find(report().figures, "patient", "code", "kappa")
    assert figure.interval.estimate == pytest.approx(cohen_kappa(patients(GOLD), patients(M)))
    assert figure.coders == ("gold", "m")
    assert figure.ceiling is not None
    between = cohen_kappa(patients(A), patients(B))
    assert figure.ceiling.interval.estimate == pytest.approx(between)
    assert figure.ceiling.coders == ("a", "b")
    assert figure.ceiling.difference.estimate == pytest.approx(figure.interval.estimate - between)
    assert figure.ceiling.share.estimate == pytest.approx(figure.interval.estimate / between)
    assert figure.versus is None


@pytest.mark.parametrize(
    ("metric", "own", "ceiling", "share"),
    [
        ("kappa", 0.3, 0.6, 0.5),
        ("kappa", 0.3, 0.11, 0.3 / 0.11),
        ("kappa", 0.3, 0.1, NAN),  # of next to nothing
        ("kappa", 0.3, -0.2, NAN),
        ("icc_a1", 0.4, 0.8, 0.5),
        ("prevalence", 0.3, 0.6, NAN),
        ("predicted_share", 0.3, 0.6, NAN),
        ("mean_difference", 0.3, 0.6, NAN),
        ("false_alarm_rate", 0.3, 0.6, NAN),
        ("window_diff", 0.3, 0.6, NAN),
    ],
)
def test_a_share_of_the_ceiling_is_of_agreement_worth_sharing(
    metric: str, own: float, ceiling: float, share: float
) -> None:
    key = Key("patient", "utterance", "code", metric)
    sides = [
        Side((name,), [Drawn(key, np.full(51, value), 9, 3)])
        for name, value in (("m", own), ("a", ceiling))
    ]
    signature = Signature(metric, "utterance", ("m",), "")
    (figure,) = make_figures(sides[0], sides[1], None, resample(3, 50), {key: signature})
    assert figure.ceiling is not None
    assert figure.ceiling.interval.estimate == ceiling
    assert figure.ceiling.share.estimate == pytest.approx(share, nan_ok=True)


def test_another_system_is_compared_draw_by_draw() -> None:
    figure = find(report(A, versus=OTHER).figures, "patient", "rupture", "f1")
    assert figure.versus is not None
    assert figure.versus.interval.estimate == 0.0
    assert figure.versus.coders == ("gold", "others")
    assert figure.versus.difference.estimate == pytest.approx(figure.interval.estimate)
    assert np.isnan(figure.versus.share.estimate)  # of nothing
    same = find(report(M, versus=M).figures, "patient", "rupture", "f1")
    assert same.versus is not None
    assert (same.versus.difference.low, same.versus.difference.high) == (0.0, 0.0)


def test_systems_are_compared_on_the_turns_that_both_labelled() -> None:
    corpus = sessions()
    gap = tuple(row[:5] + "?" + row[6:] for row in M)  # the sixth turn of each session
    main = pair(corpus, "gold", system(M))
    other = pair(corpus, "gold", system(gap, "n"))
    figure = find(system_report(main, other, ASK).figures, "patient", "code", "kappa")
    assert figure.rows == 12
    assert find(report().figures, "patient", "code", "kappa").rows == 16


def test_a_perfect_system_gets_1_everywhere_and_every_number_is_signed() -> None:
    found = report(GOLD)
    for figure in found.figures:
        if figure.key.metric in ("kappa", "alpha_nominal", "ac1", "f1", "mcc", "icc_a1"):
            estimate = figure.interval.estimate
            assert estimate == pytest.approx(1.0) or np.isnan(estimate)
        assert figure.signature.model == "tiny"
        assert figure.signature.engine == "torch"
        assert figure.signature.draws == 50
        assert figure.key.unit in figure.signature.unit
    assert len({figure.key for figure in found.figures}) == len(found.figures)
    assert {f.key.unit.split("(")[0] for f in found.figures} >= {"utterance", "segment", "session"}


def test_one_seen_session_stamps_every_number() -> None:
    paired = pair(sessions(), "gold", system(M, seen="s2"), allow_seen=True)
    found = system_report(paired, None, ASK)
    assert found.material.in_sample == ("s2",)
    assert all(figure.signature.in_sample for figure in found.figures)
    assert any("IN-SAMPLE" in warning for warning in found.warnings)
    assert any("groups" in warning for warning in report().warnings)  # three groups are few


def test_two_coders_are_compared_once() -> None:
    found = coder_report(sessions(), ("a", "b"), replace(ASK, predicted=""))
    figure = find(found.figures, "patient", "code", "kappa")
    assert figure.interval.estimate == pytest.approx(cohen_kappa(patients(A), patients(B)))
    assert figure.ceiling is None
    assert found.pairs == ()
    assert not figure.signature.model
    assert found.material.coders == ("a", "b")


def test_of_three_coders_the_mean_over_pairs_and_every_pair_are_told() -> None:
    corpus = sessions(("c", M))
    found = coder_report(corpus, ("a", "b", "c"), replace(ASK, predicted=""))
    each = [cohen_kappa(patients(x), patients(y)) for x, y in ((A, B), (A, M), (B, M))]
    figure = find(found.figures, "patient", "code", "kappa")
    assert figure.interval.estimate == pytest.approx(np.mean(each))
    assert "3 pairs" in figure.note
    kappas = [
        f
        for f in found.pairs
        if (f.key.speaker, f.key.variable, f.key.metric) == ("patient", "code", "kappa")
    ]
    assert [f.interval.estimate for f in kappas] == pytest.approx(each)
    assert [f.coders for f in kappas] == [("a", "b"), ("a", "c"), ("b", "c")]
    alpha = find(found.figures, "patient", "code", "alpha_nominal")
    assert "pairs" not in alpha.note  # of all at once


def test_of_three_coders_it_is_said_whose_the_groups_and_disagreements_are() -> None:
    names = tuple(f"s{n + 1}" for n in range(4))
    care = Criteria(names, (Criterion("care", (1.0, 2.0, 4.0, 3.0)),))
    ask = replace(ASK, predicted="", criteria=care)
    three = coder_report(sessions(("c", M)), ("a", "b", "c"), ask)
    assert three.first_pair == ("a", "b")
    page = agreement_page(three, AgreementContext("2026-01-31", "0.1.0"))
    for part in ("groups", "worst", "validity"):
        section = page.split(f'<section aria-labelledby="{part}">')[1].split("</section>")[0]
        assert "Of the first pair of coders alone: <bdi>a and b</bdi>." in section, part
    text = methods_paragraph(three)
    assert "These counts are of the first pair of coders, a and b." in text
    assert "Session measures (by a and b) were set" in text
    assert json.loads(metrics_json(three))["first_pair"] == ["a", "b"]
    # The upright line is the kappa of the pair whose groups stand around it, not the mean.
    kappa = cohen_kappa(np.sign(patients(A)), np.sign(patients(B)))
    drawn = forest(replace(three, groups=three.groups[:1]))[0]
    alone = forest(coder_report(sessions(), ("a", "b"), ask))[0]
    assert find(three.figures, "patient", "rupture", "kappa").interval.estimate != kappa
    assert drawn.first[0].picture.ceiling in {line.picture.ceiling for line in alone.first}


def test_two_coders_need_no_word_about_pairs() -> None:
    two = coder_report(sessions(), ("a", "b"), replace(ASK, predicted=""))
    assert two.first_pair == report().first_pair == ()
    assert "first pair" not in agreement_page(two, AgreementContext("2026-01-31", "0.1.0"))


def test_one_coder_has_nothing_to_agree_with() -> None:
    with pytest.raises(EvaluationError, match="two coders"):
        coder_report(sessions(), ("a",), ASK)
    alone = session("s9", TALK, coding("s9", "a", GOLD[0]))
    with pytest.raises(EvaluationError, match="no session was coded by two"):
        coder_report([alone], ("a", "b"), ASK)


def test_the_data_hash_changes_with_a_code_and_with_nothing_else() -> None:
    first = report().material.data_hash
    assert first == report(GOLD).material.data_hash  # the system is not the data
    changed = list(sessions())
    changed[3] = replace(
        changed[3], codings=(*changed[3].codings[:2], coding("s4", "b", "cw.....s"))
    )
    again = system_report(pair(changed, "gold", system(M)), None, ASK)
    assert again.material.data_hash != first


def test_criteria_are_set_against_the_measures_of_both_sides() -> None:
    names = tuple(f"s{n + 1}" for n in range(4))
    criteria = Criteria(names, (Criterion("care", (1.0, 2.0, 4.0, 3.0)),))
    found = system_report(
        pair(sessions(), "gold", system(M)), None, replace(ASK, criteria=criteria)
    )
    assert {figure.key.label for figure in found.validity} == {"care"}
    beside = [figure.ceiling for figure in found.validity if figure.ceiling]
    assert beside
    assert {one.coders for one in beside} == {("gold",)}


def test_what_of_the_criteria_cannot_be_used_is_said() -> None:
    care = Criterion("care", (1.0, 2.0, 4.0))
    criteria = Criteria(("s1", "s2", "s9"), (care,), unused=("topic", "remark"))
    ask = replace(ASK, criteria=criteria)
    for told in (
        system_report(pair(sessions(), "gold", system(M)), None, ask).warnings,
        coder_report(sessions(), ("a", "b"), replace(ask, predicted="")).warnings,
    ):
        assert any("topic, remark" in one for one in told)
        assert "Not among the sessions compared: 1 of 3 in the criteria." in told
        assert "Without a row of criteria: 2 of 4 sessions compared." in told


def test_expected_ruptures_of_a_system_without_probabilities_are_said_to_be_missing() -> None:
    names = tuple(f"s{n + 1}" for n in range(4))
    care = Criteria(names, (Criterion("care", (1.0, 2.0, 4.0, 3.0)),))
    found = system_report(pair(sessions(), "gold", system(M)), None, replace(ASK, criteria=care))
    assert any("no probabilities in 4 of 4 sessions" in one for one in found.warnings)
    assert not any("expected" in figure.key.variable for figure in found.validity)
    assert not any("probabilities" in one for one in report().warnings)  # nobody asked


def test_a_label_map_adds_figures_in_its_own_terms() -> None:
    ask = replace(ASK, label_map=load_label_map("families"))
    found = system_report(pair(sessions(), "gold", system(M)), None, ask)
    mapped = [f for f in found.figures if f.key.variable == "families"]
    kappa = next(f for f in mapped if f.key.metric == "kappa" and f.key.speaker == "patient")
    families = [[0, 1, 1, 2, 2][code] for code in patients(GOLD)]
    given = [[0, 1, 1, 2, 2][code] for code in patients(M)]
    assert kappa.interval.estimate == pytest.approx(cohen_kappa(families, given))
    assert kappa.ceiling is not None
    assert found.material.label_map == "families"


def test_a_segment_sheet_needs_a_map_with_salience_and_a_reference_coder() -> None:
    segments = tuple(
        RatedSegment(f"s{n + 1}", coder, (float(n), 1.0, 1.0, 1.0), start, start + 80.0)
        for coder in ("r", "q")
        for n in range(4)
        for start in (0.0, 80.0)
    )
    sheet = SegmentSheet(("WD_P", "WD_T", "CF_P", "CF_T"), segments)
    paired = pair(sessions(), "gold", system(M))
    with pytest.raises(EvaluationError, match="--label-map"):
        system_report(paired, None, replace(ASK, sheet=sheet))
    ask = replace(ASK, sheet=sheet, label_map=load_label_map("3rs-2022"))
    with pytest.raises(EvaluationError, match="--sheet-coder"):
        system_report(paired, None, ask)
    found = system_report(paired, None, replace(ask, sheet_coder="r"))
    rated = [figure for figure in found.figures if figure.coders == ("r", "m")]
    assert rated
    assert any(figure.ceiling for figure in rated)  # the sheet's two coders


def test_a_map_that_is_called_like_a_variable_of_ours_is_not_taken_for_it() -> None:
    ask = replace(ASK, label_map=load_label_map("rupture"))
    found = system_report(pair(sessions(), "gold", system(M)), None, ask)
    assert len({figure.key for figure in found.figures}) == len(found.figures)
    assert find(found.figures, "patient", "rupture", "kappa").ceiling is not None
    assert find(found.figures, "patient", "rupture:code", "kappa").ceiling is not None


@pytest.mark.parametrize(
    "wrong",
    [
        {"min_intensity": 4},
        {"min_known": 0.0},
        {"seed": -1},
        {"segments_s": (60.0, 60.0), "segments_turns": (10, 10)},
    ],
)
def test_settings_that_no_unit_or_draw_can_have_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"min_|seed|differ"):
        replace(SETTINGS, **wrong)  # type: ignore[arg-type]  # any field


def test_salience_is_of_the_longest_segments_however_they_are_listed() -> None:
    settings = replace(SETTINGS, segments_s=(80.0, 40.0), segments_turns=(4, 2))
    ask = replace(ASK, settings=settings, label_map=load_label_map("3rs-2022"))
    found = system_report(pair(sessions(), "gold", system(M)), None, ask)
    units = {f.key.unit for f in found.figures if f.key.variable.startswith("3rs-2022:WD")}
    assert len(units) == 1
    assert "80s" in units.pop()
