"""What stops a training, what is only said, and that nothing of the text is."""

from collections.abc import Sequence

import numpy as np
import pytest

from rupture_nlp.evaluation.agreement import cohen_kappa
from rupture_nlp.io.corpus.problems import Severity
from rupture_nlp.schema import CodedSession, Rupture, Speaker
from rupture_nlp.training.lab.checks import Seen, check_lab
from rupture_nlp.training.lab.counts import Learnable, class_counts, coder_rates, pair_kappas
from rupture_nlp.training.lab.overlap import shared_text
from tests.training.lab.made import CA, CC, WO, WS, lab, lab_session, plain_lab

CANARY = "heliotrope"


def said(
    sessions: Sequence[CodedSession],
    severity: Severity = Severity.WARNING,
    seen: Seen | None = None,
) -> str:
    found = check_lab(lab(sessions), seen=seen)
    return "\n".join(one.message for one in found if one.severity is severity)


def errors(sessions: Sequence[CodedSession], seen: Seen | None = None) -> str:
    return said(sessions, Severity.ERROR, seen)


def test_a_sound_lab_has_no_error() -> None:
    assert errors(plain_lab(20, 1)) == ""


def test_counts_say_what_can_be_learned() -> None:
    sessions = [
        lab_session(f"s{n}", f"p{n % 4}", {"ana": {1: WO, **({3: WS} if n < 7 else {})}})
        for n in range(25)
    ]
    sessions[0] = lab_session("s0", "p0", {"ana": {1: CA, 3: WS}})
    counts = {c.name: c for c in class_counts(lab(sessions)) if c.speaker is Speaker.PATIENT}
    assert counts["rupture"].positives == 32
    assert counts["withdrawal_from_other"].positives == 24
    assert counts["withdrawal_from_other"].learnable is Learnable.YES
    assert (counts["withdrawal_from_self"].positives, counts["withdrawal_from_self"].groups) == (
        7,
        4,
    )
    assert counts["withdrawal_from_self"].learnable is Learnable.THIN
    assert counts["confrontation_aggression"].learnable is Learnable.NO
    assert counts["confrontation_aggression"].largest == 1.0
    text = said(sessions)
    assert "withdrawal_from_self (7)" in text
    assert "expect the new model to miss it: confrontation_aggression (1)." in text


def test_too_few_of_several_codes_are_one_line_a_speaker() -> None:
    codes = {1: WO, 3: WS, 2: CA}
    sessions = [lab_session(f"s{n}", f"p{n}", {"ana": codes}) for n in range(12)]
    lines = [line for line in said(sessions).splitlines() if " turns: " in line]
    thin = "may be learned, but fewer than 20 turns cannot show whether it was, so that no figure "
    never = "never coded, and the new model should hardly ever give it: "
    assert lines == [
        f"patient turns: {thin}will be given: withdrawal_from_other (12), "
        f"withdrawal_from_self (12); {never}confrontation_aggression.",
        f"therapist turns: {thin}will be given: rupture (12), confrontation_aggression (12); "
        f"{never}withdrawal_from_other, withdrawal_from_self.",
    ]


@pytest.mark.parametrize(("groups", "words"), [(4, "only 4 patients"), (9, "9 patients")])
def test_few_patients_are_said(groups: int, words: str) -> None:
    assert words in said(plain_lab(groups, 3))


def test_one_group_and_too_few_ruptures_stop() -> None:
    assert "one patient" in errors(plain_lab(1, 30))
    assert "20 turns" in errors([lab_session(f"s{n}", f"p{n}", {"a": {1: WO}}) for n in range(9)])


def test_one_patient_who_dominates_is_said() -> None:
    sessions = [*plain_lab(4, 1), *(lab_session(f"t{n}", "p0", {"ana": {1: WO}}) for n in range(6))]
    assert "has 7 of the 10 sessions" in said(sessions)
    loud = [*plain_lab(5, 1), lab_session("t", "p9", {"ana": dict.fromkeys(range(1, 20, 2), WO)})]
    loud = [lab_session(s.transcript.session_id, s.group, {"ana": {1: WO}}) for s in loud[:-1]] + [
        loud[-1]
    ]
    assert "67% of the patient ruptures" in said(loud)


def doubly(ana: dict[int, Rupture | None], ben: dict[int, Rupture | None]) -> list[CodedSession]:
    return [lab_session(f"s{n}", f"p{n}", {"ana": ana, "ben": ben}) for n in range(6)]


def test_a_coder_who_never_gives_a_code_is_named_with_what_the_others_give() -> None:
    text = said(doubly({1: WO, 3: WS}, {1: WO, 3: CC}))
    assert (
        "ben never gives patients withdrawal_from_self; on the same turns the other coders do 6"
        in text
    )


def test_a_coder_with_another_line_is_named() -> None:
    assert "ana calls 30.0% of patient turns a rupture, the other coders 10.0%" in said(
        doubly({1: WO, 3: WS, 5: CA}, {1: WO})
    )


def test_rates_and_kappas_are_over_turns_that_both_coded() -> None:
    sessions = [*doubly({1: WO, 3: WS}, {1: WO, 5: CA}), lab_session("x", "x", {"ana": {1: CC}})]
    rates = {rate.coder: rate for rate in coder_rates(lab(sessions)) if rate.speaker == "patient"}
    assert (rates["ana"].turns, rates["ana"].given) == (60, (48, 6, 6, 0, 0))
    assert rates["ana"].others == (48.0, 6.0, 0.0, 6.0, 0.0)
    (pair,) = [one for one in pair_kappas(lab(sessions)) if one.speaker == "patient"]
    first, second = np.zeros(10, dtype=int), np.zeros(10, dtype=int)
    first[:2], second[[0, 2]] = (1, 2), (1, 3)
    assert pair.classes == pytest.approx(cohen_kappa(np.tile(first, 6), np.tile(second, 6)))
    ruptures = [np.tile(c > 0, 6).astype(int) for c in (first, second)]
    assert pair.rupture == pytest.approx(cohen_kappa(ruptures[0], ruptures[1]))


def test_coders_who_share_no_session_are_said() -> None:
    sessions = [
        lab_session(f"s{n}", f"p{n}", {("ana", "ben")[n % 2]: {1: WO, 3: WS}}) for n in range(12)
    ]
    assert "no session was coded by two" in said(sessions)


def long_texts(first: int, count: int = 20) -> list[str]:
    return [f"{CANARY} turn number {first + at} of this long and wordy talk" for at in range(count)]


def test_the_same_session_in_two_groups_stops_and_a_part_of_it_warns() -> None:
    codes = {"ana": {1: WO, 3: WS}}
    sessions = plain_lab(20, 1)
    copy = [lab_session(n, n, codes, texts=long_texts(0)) for n in ("a", "b")]
    assert shared_text(copy).same == 1
    assert "1 pair of sessions with mostly the same turns" in errors([*sessions, *copy])
    part = [
        lab_session("a", "a", codes, texts=long_texts(0)),
        lab_session("b", "b", codes, texts=[t.upper() + "!" for t in long_texts(15)]),
    ]
    assert (shared_text(part).same, shared_text(part).alike) == (0, 1)
    assert "up to 25%" in said([*sessions, *part])
    together = [lab_session(n, "a", codes, texts=long_texts(0)) for n in ("a", "b")]
    assert shared_text(together).same == 0


def test_short_turns_that_everybody_says_are_no_overlap() -> None:
    codes = {"ana": {1: WO}}
    same = ["I do not know what to say"] * 20
    assert shared_text([lab_session(n, n, codes, texts=same) for n in "ab"]).same == 0


def test_roles_that_cannot_be_right_are_said() -> None:
    only = [
        lab_session(f"s{n}", f"p{n}", {"ana": {1: WO, 3: WO}}, speakers=(Speaker.PATIENT,))
        for n in range(20)
    ]
    assert "without any therapist turn" in errors(only)
    mixed = [*plain_lab(20, 1), only[0]]
    assert "1 session of 21 without any therapist turn" in said(mixed)
    crowd = (Speaker.OTHER, Speaker.PATIENT, Speaker.THERAPIST)
    many = lab_session("o", "o", {"ana": {1: WO}}, speakers=crowd)
    assert "1 session in which more than 20%" in said([*plain_lab(20, 1), many])


def test_sessions_that_the_start_has_seen_stop() -> None:
    sessions = plain_lab(20, 1)
    seen = Seen("small", frozenset({sessions[3].transcript.text_hash()}))
    assert "1 session of 20 were already learned" in errors(sessions, seen)
    assert errors(sessions, Seen("small", frozenset({"0" * 64}))) == ""


def test_what_was_not_coded_and_not_told_apart_is_said() -> None:
    sessions = [lab_session(f"s{n}", f"p{n}", {"ana": {1: WO, 3: CA}}) for n in range(20)]
    text = said(sessions)
    assert "withdrawal and confrontation apart" in text
    assert "nobody coded intensities, markers, repair strategies, resolution processes" in text
    assert "no therapist turn has a rupture" in text


def test_no_finding_holds_words_ids_or_groups() -> None:
    codes = {"ana": {1: WO, 3: WS}, "ben": {1: WO}}
    sessions = [
        lab_session(f"id-{CANARY}-{n}", f"{CANARY}{n}", codes, texts=long_texts(0))
        for n in range(3)
    ]
    found = check_lab(lab(sessions), seen=Seen("small", frozenset()))
    assert found
    assert all(CANARY not in one.message for one in found)
