"""Which sessions, whose codes, and what stays together."""

from pathlib import Path

import pytest

from rupture_nlp.errors import CorpusError
from rupture_nlp.io.corpus import check_corpus, read_corpus, write_corpus
from rupture_nlp.schema import ALL_FIELDS, GOLD, CodedSession, Rupture, SessionCoding
from rupture_nlp.training.lab.data import read_lab
from tests.training.lab.made import CA, CC, WO, WS, lab, lab_session, plain_lab
from tests.training.made import coded_session


def reference(
    session_codes: dict[str, dict[int, Rupture | None]],
    *,
    coders: str = "auto",
    labels: str = "auto",
) -> SessionCoding:
    data = lab([lab_session("s1", "p1", session_codes)], coders=coders, labels=labels)
    coding = data.sessions[0].coding_by(data.reference)
    assert coding is not None
    return coding


def given(coding: SessionCoding) -> dict[int, Rupture | None]:
    return {
        at: code.rupture
        for at, code in enumerate(coding.codes)
        if code is not None and code.rupture is not Rupture.NONE
    }


def test_auto_takes_gold_then_the_only_coder_then_all_of_them() -> None:
    three = {"ana": {1: WO}, "ben": {1: WO}}
    gold = lab([lab_session("s", "p", {**three, GOLD: {1: CA}})])
    assert (gold.policy.name, gold.reference, gold.coder_share) == ("gold", GOLD, 0.3)
    one = lab([lab_session("s", "p", {"ana": {1: WO}})])
    assert (one.policy.name, one.reference, one.coder_share) == ("one", "ana", 0.0)
    soft = lab([lab_session("s", "p", three)])
    assert (soft.policy.name, soft.reference, soft.coder_share) == ("soft", GOLD, 1.0)
    assert soft.coders == ("ana", "ben")


def test_a_tie_is_none_and_two_of_three_make_a_rupture() -> None:
    two = reference({"ana": {1: WO, 3: CA}, "ben": {1: WO}}, coders="majority")
    assert given(two) == {1: WO}
    three = reference(
        {"ana": {1: WO, 3: CA, 5: WO}, "ben": {3: CC, 5: WO}, "cleo": {3: CC}}, coders="majority"
    )
    assert given(three) == {3: CC, 5: WO}


def test_among_different_ruptures_the_family_with_most_votes_wins_then_the_commoner_code() -> None:
    # Turn 1: one vote each, two of them confrontations. Aggression is commoner here than control.
    coding = reference(
        {"ana": {1: WO, 3: CA, 7: WO, 9: WO}, "ben": {1: CA, 3: CA}, "cleo": {1: CC, 3: CA}},
        coders="majority",
    )
    assert given(coding) == {1: CA, 3: CA}


def test_an_uncodable_vote_does_not_count() -> None:
    coding = reference({"ana": {1: WO, 3: None}, "ben": {1: None, 3: None}}, coders="majority")
    assert given(coding) == {1: WO, 3: None}


def test_the_majority_of_the_made_corpus_is_a_corpus_that_passes_the_check(tmp_path: Path) -> None:
    sessions = []
    for number in range(3):
        session = coded_session(number)
        (gold,) = session.codings
        twice = tuple(
            SessionCoding(gold.session_id, name, gold.codes, gold.episodes, gold.ratings)
            for name in ("ana", "ben")
        )
        sessions.append(
            lab([session.__class__(session.transcript, twice, session.group)]).sessions[0]
        )
    write_corpus(sessions, tmp_path / "corpus")
    assert check_corpus(tmp_path / "corpus").errors == ()
    made = read_corpus(tmp_path / "corpus")[0].coding_by(GOLD)
    first = read_corpus(tmp_path / "corpus")[0].coding_by("ana")
    assert made is not None
    assert first is not None
    assert made.fields == ALL_FIELDS
    assert [c and (c.rupture, c.markers, c.strategies) for c in made.codes] == [
        c and (c.rupture, c.markers, c.strategies) for c in first.codes
    ]


def test_a_coder_who_is_not_there_is_refused_with_those_who_are() -> None:
    with pytest.raises(CorpusError, match="ana"):
        lab(plain_lab(), coders="zoe")
    with pytest.raises(CorpusError, match="no coders of its own"):
        lab([lab_session("s", "p", {GOLD: {1: WO}})], coders="majority")


def test_turns_of_codes_that_are_left_out_are_missing_and_never_none() -> None:
    coding = reference({"ana": {1: WO, 3: CA, 5: WS}}, labels="withdrawal_from_other")
    assert given(coding) == {1: WO, 3: None, 5: None}
    assert "episodes" not in coding.fields


def test_sessions_without_the_reference_coder_are_set_aside() -> None:
    data = lab(
        [lab_session("s1", "p1", {"ana": {1: WO}}), lab_session("s2", "p2", {"ben": {1: WO}})],
        coders="ana",
    )
    assert ([s.transcript.session_id for s in data.sessions], data.uncoded) == (["s1"], ("s2",))


def grouped(patients: str, dyads: str) -> list[CodedSession]:
    return [
        lab_session(
            f"s{at}",
            f"site{at % 2}",
            {"ana": {1: WO, 3: CA, 5: WS}},
            descriptors=(("patient_id", patient), ("dyad", dyad)),
        )
        for at, (patient, dyad) in enumerate(zip(patients, dyads, strict=True))
    ]


def test_another_column_makes_the_groups() -> None:
    assert lab(grouped("aabb", "wwxx"), group="dyad").groups == ("w", "x")
    assert lab(grouped("aabb", "wwxx")).groups == ("site0", "site1")


def test_a_patient_in_two_groups_is_refused_as_leakage() -> None:
    with pytest.raises(CorpusError, match="more than one group"):
        lab(grouped("aabb", "wxxx"), group="dyad")


def test_a_column_that_is_missing_or_not_filled_is_refused() -> None:
    with pytest.raises(CorpusError, match="group, dyad, patient_id"):
        lab(grouped("ab", "wx"), group="clinic")
    holes = [*grouped("ab", "wx"), lab_session("t", "site0", {"ana": {1: WO}})]
    with pytest.raises(CorpusError, match="empty for 1 of 3 sessions"):
        lab(holes, group="dyad")


def test_a_folder_is_read_as_its_sessions(tmp_path: Path) -> None:
    write_corpus(plain_lab(), tmp_path / "lab")
    data = read_lab(tmp_path / "lab")
    assert (data.name, len(data.sessions), len(data.groups)) == ("lab", 12, 6)
