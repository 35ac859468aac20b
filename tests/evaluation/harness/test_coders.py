"""All coders at once, and the alternative annotator test."""

from dataclasses import replace

import numpy as np
import pytest

from rupture_nlp.evaluation.alpha import krippendorff_alpha, masi_alpha
from rupture_nlp.evaluation.alt_test import alt_test
from rupture_nlp.evaluation.bootstrap import resample
from rupture_nlp.evaluation.coders import coder_table
from rupture_nlp.evaluation.gwet import gwet_ac
from rupture_nlp.evaluation.harness.catalogue import METRICS, VARIABLES
from rupture_nlp.evaluation.harness.coders import many_coder_figures, stand_ins
from rupture_nlp.evaluation.harness.quantities import Drawn
from rupture_nlp.evaluation.harness.settings import HarnessSettings
from rupture_nlp.evaluation.icc import icc
from rupture_nlp.evaluation.pairing import pair
from rupture_nlp.schema import CodedSession, Ratings, Speaker
from tests.evaluation.harness.comparisons import drawn, number
from tests.evaluation.results import labelled, system
from tests.evaluation.sessions import coding, session

P, T = Speaker.PATIENT, Speaker.THERAPIST
SETTINGS = HarnessSettings()


def made(name: str, gold: str, *given: str, speakers: str = "") -> CodedSession:
    """Coders a, b, c ... by their letters; `gold` is derived. A blank was not coded."""
    codings = [coding(name, "gold", gold)]
    codings += [coding(name, "abcdef"[place], letters) for place, letters in enumerate(given)]
    return session(name, speakers or "P" * len(gold), *codings)


#                       a         b         c
ONE = made("s1", "ssss", "w.a.", "w.a.", "w...")
TWO = made("s2", "ssss", ".cc.", "..c.", ".c  ")
CODES = np.array(
    [[1, 1, 1], [0, 0, 0], [3, 3, 0], [0, 0, 0], [0, 0, 0], [4, 0, 4], [4, 4, -1], [0, 0, -1]]
)


def figures(*sessions: CodedSession, draws: int = 20) -> list[Drawn]:
    groups = len({one.group for one in sessions})
    return many_coder_figures(sessions, resample(groups, draws), SETTINGS)


def test_all_coders_count_at_once_with_what_each_coded() -> None:
    found = figures(ONE, TWO)
    expected = {
        ("code", "alpha_nominal"): krippendorff_alpha(CODES),
        ("code", "ac1"): gwet_ac(CODES, labels=5),
        ("rupture", "alpha_nominal"): krippendorff_alpha(np.minimum(CODES, 1)),
        ("rupture", "ac1"): gwet_ac(np.minimum(CODES, 1), labels=2),
        # All ruptures have intensity 1.
        ("intensity", "alpha_ordinal"): krippendorff_alpha(np.minimum(CODES, 1), "ordinal"),
        ("intensity", "ac2"): gwet_ac(np.minimum(CODES, 1), "ordinal", labels=4),
    }
    for (variable, metric), value in expected.items():
        assert number(found, variable, metric) == pytest.approx(value)
        assert drawn(found, variable, metric).key.unit == "utterance(intensity>=1)"
    one = drawn(found, "code", "alpha_nominal")
    assert (one.rows, one.groups, len(one.values)) == (8, 2, 21)


def test_sets_are_compared_with_the_masi_distance() -> None:
    found = figures(ONE, TWO)
    sets = coder_table([ONE, TWO], P).sets("markers").given
    assert number(found, "markers", "alpha_masi") == pytest.approx(masi_alpha(sets))
    # Nobody gave a process: one and the same empty set
    nothing = drawn(found, "processes", "alpha_masi")
    assert np.isnan(nothing.estimate)
    assert nothing.note == "undefined: the same set on every turn"


def test_counts_are_over_the_turns_that_every_coder_coded() -> None:
    counts = [[2, 2, 1], [1, 0, 1]]  # of s2 only the first two turns
    found = figures(ONE, TWO)
    for metric, kind in (("icc_a1", "A,1"), ("icc_ak", "A,k")):
        one = drawn(found, "rupture_count", metric)
        expected = icc(counts, kind)  # type: ignore[arg-type]  # a kind
        assert one.estimate == pytest.approx(expected.estimate, nan_ok=True)
        assert one.rows == 2
    lone = replace(TWO, codings=TWO.codings[:3])  # c did not code s2 at all
    assert drawn(figures(ONE, lone), "rupture_count", "icc_a1").rows == 1
    assert "rupture_count" not in {one.key.variable for one in figures(lone, replace_c(ONE))}


def replace_c(one: CodedSession) -> CodedSession:
    """The session by coder c alone."""
    return replace(one, codings=(one.codings[0], one.codings[3]))


def test_ratings_are_over_the_sessions_that_every_coder_rated() -> None:
    given = [(1.0, 2.0, 2.0), (4.0, 4.0, 5.0), (3.0, 2.0, 3.0)]
    sessions = []
    for place, rated in enumerate([*given, (1.0, 1.0, None)]):
        one = made(f"s{place}", "..", "..", "..", "..")
        ratings = [None, *rated]
        codings = tuple(
            replace(done, ratings=Ratings(resolution=value))
            for done, value in zip(one.codings, ratings, strict=True)
        )
        sessions.append(replace(one, codings=codings))
    found = drawn(figures(*sessions), "session_resolution", "icc_ak", speaker="")
    expected = icc(given, "A,k")
    assert found.estimate == pytest.approx(expected.estimate)
    assert found.exact == pytest.approx((expected.low, expected.high))
    assert (found.rows, found.groups, found.key.unit) == (3, 3, "session")


def test_a_coder_who_gave_no_intensity_is_missing_there() -> None:
    bare = coding("s1", "c", "w...", " " * 4)
    one = replace(ONE, codings=(*ONE.codings[:3], bare))
    found = figures(one)
    expected = krippendorff_alpha(np.minimum(CODES[:4, :2], 1), "ordinal")
    assert number(found, "intensity", "alpha_ordinal") == pytest.approx(expected, nan_ok=True)
    assert drawn(found, "code", "ac1").rows == 4


def test_fewer_than_two_coders_give_nothing_and_gold_is_none() -> None:
    assert figures(made("s1", "w...", "w...")) == []
    assert figures(made("s1", "w...")) == []


def test_one_label_everywhere_is_undefined_and_keys_are_those_of_the_catalogue() -> None:
    found = figures(made("s1", "..", "..", "..", speakers="PT"))
    one = drawn(found, "code", "alpha_nominal")
    assert np.isnan(one.estimate)
    assert one.note == "undefined: the same value everywhere"
    assert number(found, "code", "ac1", speaker="therapist") == 1.0
    assert drawn(found, "code", "ac1", speaker="therapist").rows == 1
    keys = [figure.key for figure in [*found, *figures(ONE, TWO)]]
    assert {key.metric for key in keys} <= METRICS.keys()
    assert {key.variable for key in keys} <= VARIABLES.keys()


# The alternative annotator test


def many(codes: list[str], name: str = "s1") -> CodedSession:
    return made(name, codes[0], *codes)


def test_a_system_is_tested_against_all_coders_but_itself() -> None:
    random = np.random.default_rng(0)
    letters = ["".join(random.choice([".", "w"], 40)) for _ in range(3)]
    sessions = [many(letters, f"s{place}") for place in range(2)]
    found = stand_ins(
        pair(sessions, "gold", system(*(labelled(f"s{n}", letters[0]) for n in range(2))))
    )
    one = found[0]
    table = coder_table(sessions, P)
    labels = table.labels("rupture")
    assert one.test == alt_test(labels[:, 0], labels, groups=table.turns.groups)
    assert (one.speaker, one.variable, one.coders, one.why_not) == (P, "code", ("a", "b", "c"), "")
    as_coder = stand_ins(pair(sessions, "gold", "a"))[0]
    assert as_coder.coders == ("b", "c")
    assert "at least 3 coders; there are 2" in as_coder.why_not


def test_only_turns_that_the_system_labelled_count() -> None:
    letters = ["w." * 20, "w." * 20, ".w" * 20]
    one = many(letters)
    short = labelled("s1", "w." * 15 + " " * 10)
    (patient, _) = stand_ins(pair([one], "gold", system(short), allow_missing=True))
    assert patient.test is not None
    assert [coder.rows for coder in patient.test.coders] == [30] * 3


def test_why_there_is_no_test_is_said_in_plain_words() -> None:
    few = stand_ins(pair([ONE], "gold", system(labelled("s1", "w..."))))
    assert few[0].test is None
    assert "at least 30 rows that two others coded too; there are 0" in few[0].why_not
    assert few[1].speaker is T
    alone = stand_ins(pair([made("s1", "w...")], "gold", system(labelled("s1", "w..."))))
    assert alone[0].coders == ()
    assert "needs at least 3 coders; there are 0" in alone[0].why_not
