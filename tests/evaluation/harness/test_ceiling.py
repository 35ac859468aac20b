"""What stands beside a figure: on which rows, of which pairs of coders, and what is said of it."""

from dataclasses import replace

import numpy as np
import pytest

from rupture_nlp.errors import EvaluationError
from rupture_nlp.evaluation.agreement import cohen_kappa
from rupture_nlp.evaluation.harness.compose import coder_report, system_report
from rupture_nlp.evaluation.pairing import pair
from rupture_nlp.schema import ALL_FIELDS, CodedSession
from tests.evaluation.harness.test_compose import (
    ASK,
    GOLD,
    OTHER,
    TALK,
    A,
    B,
    M,
    find,
    patients,
    report,
    sessions,
    system,
)
from tests.evaluation.sessions import coding, session


def test_coders_who_shared_a_part_of_the_corpus_are_set_against_the_system_on_that_part() -> None:
    # a and b both coded s1 and s2 alone, as labs do who have a share of sessions coded twice.
    corpus = [one if n < 2 else without(one, "b") for n, one in enumerate(sessions())]
    found = system_report(pair(corpus, "gold", system(M)), None, ASK)
    figure = find(found.figures, "patient", "code", "kappa")
    assert figure.rows == 16
    assert figure.interval.estimate == pytest.approx(cohen_kappa(patients(GOLD), patients(M)))
    there = cohen_kappa(patients(GOLD[:2]), patients(M[:2]))
    between = cohen_kappa(patients(A[:2]), patients(B[:2]))
    assert figure.ceiling is not None
    assert figure.ceiling.rows == 8
    assert figure.ceiling.own is not None
    assert figure.ceiling.own.estimate == pytest.approx(there)
    assert figure.ceiling.difference.estimate == pytest.approx(there - between)
    assert figure.ceiling.share.estimate == pytest.approx(there / between)
    assert "coders on 8 of 16" in figure.note
    whole = find(report().figures, "patient", "code", "kappa")
    assert whole.ceiling is not None
    assert whole.ceiling.own is None


def without(one: CodedSession, coder: str) -> CodedSession:
    return replace(one, codings=tuple(c for c in one.codings if c.coder != coder))


def test_sets_of_coders_are_compared_with_the_names_and_turns_that_the_system_has() -> None:
    # The system codes no markers in s1, so its markers rest on 12 turns; so must the coders'.
    results = system(M)
    first = replace(results.sessions[0], fields=ALL_FIELDS - {"markers", "therapist_markers"})
    some = replace(results, sessions=(first, *results.sessions[1:]))
    found = system_report(pair(sessions(), "gold", some), None, ASK)
    figure = find(found.figures, "patient", "markers", "alpha_masi")
    assert figure.rows == 12
    assert figure.ceiling is not None
    assert figure.ceiling.rows == 12


def test_coders_without_a_session_in_common_are_left_out_of_means_and_named() -> None:
    # Three coders in rotation: a with b on s1 and s2, a with c on s3 and s4, b never with c.
    corpus = [without(one, "c" if n < 2 else "b") for n, one in enumerate(sessions(("c", OTHER)))]
    found = coder_report(corpus, ("a", "b", "c"), replace(ASK, predicted=""))
    figure = find(found.figures, "patient", "code", "percent_agreement")
    # a and b: 6 of 8 alike; a and c: 7 of 8
    assert figure.interval.estimate == pytest.approx((6 / 8 + 7 / 8) / 2)
    assert any("b and c" in warning for warning in found.warnings)
    assert {one.coders for one in found.pairs} == {("a", "b"), ("a", "c")}
    again = system_report(pair(corpus, "gold", system(M)), None, ASK)
    beside = find(again.figures, "patient", "code", "percent_agreement").ceiling
    assert beside is not None
    assert beside.interval.estimate == pytest.approx((6 / 8 + 7 / 8) / 2)


def test_few_positives_are_told_of_a_mean_over_pairs_too() -> None:
    found = coder_report(sessions(("c", M)), ("a", "b", "c"), replace(ASK, predicted=""))
    figure = find(found.figures, "patient", "rupture", "f1")
    assert figure.note.startswith("mean of 3 pairs")
    assert "not estimable: 5 positives in a pair" in figure.note  # a has 5, b has 6
    silent = coder_report(
        [replace(one, codings=one.codings[2:]) for one in sessions(("c", B), ("d", B))],
        ("b", "c", "d"),
        replace(ASK, predicted=""),
    )
    for one in silent.figures:
        assert one.note or not np.isnan(one.interval.estimate)


def test_gold_does_not_agree_with_those_it_was_made_from() -> None:
    with pytest.raises(EvaluationError, match="was made from"):
        coder_report(sessions(), ("gold", "a", "b"), ASK)


def test_turns_of_other_speakers_fall_out_once_however_many_pairs_there_are() -> None:
    talk = TALK + "oo"
    corpus = [
        session(
            "s1",
            talk,
            *(coding("s1", coder, row + "  ") for coder, row in zip("abc", M[:3], strict=True)),
        )
    ]
    found = coder_report(corpus, ("a", "b", "c"), ASK)
    assert [one.turns for one in found.dropped if one.speaker == "other"] == [2]


def test_what_the_other_system_was_trained_on_is_stamped_too() -> None:
    corpus = sessions()
    other = pair(corpus, "gold", system(M, "n", seen="s3"), allow_seen=True)
    found = system_report(pair(corpus, "gold", system(M)), other, ASK)
    assert found.material.in_sample == ("s3",)
    assert all(figure.signature.in_sample for figure in found.figures)


def test_turns_that_the_other_system_lacks_are_counted_among_what_fell_out() -> None:
    corpus = sessions()
    gap = tuple(row[:5] + "?" + row[6:] for row in M)
    other = pair(corpus, "gold", system(gap, "n"))
    found = system_report(pair(corpus, "gold", system(M)), other, ASK)
    assert [(one.speaker, one.turns) for one in found.dropped if one.what == "turns"] == [
        ("patient", 4)
    ]


def test_fewer_rows_are_told_even_where_the_number_is_the_same() -> None:
    corpus = [one if n < 2 else without(one, "b") for n, one in enumerate(sessions())]
    figure = find(
        system_report(pair(corpus, "gold", system(GOLD)), None, ASK).figures,
        "patient",
        "code",
        "kappa",
    )
    assert figure.interval.estimate == pytest.approx(1.0)  # on all turns and on any of them
    assert "coders on 8 of 16, where this is 1.00" in figure.note
