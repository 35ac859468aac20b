"""The values that every part speaks."""

import dataclasses

import pytest

from rupture_nlp.schema import (
    ALL_FIELDS,
    REPAIRED_FROM,
    RUPTURES,
    CodedSession,
    Episode,
    EpisodeKind,
    Family,
    Rupture,
    SessionCoding,
    Speaker,
    Transcript,
    Utterance,
    UtteranceCode,
    UtterancePrediction,
)


def transcript(*texts: str, ids: str = "0123456789") -> Transcript:
    turns = zip(ids, texts, strict=False)
    return Transcript("s", tuple(Utterance(i, Speaker.PATIENT, text) for i, text in turns))


def test_the_codes_stand_in_the_order_of_probability_columns() -> None:
    assert [code.value for code in RUPTURES] == [
        "none",
        "withdrawal_from_other",
        "withdrawal_from_self",
        "confrontation_aggression",
        "confrontation_control",
    ]


def test_each_code_belongs_to_its_family() -> None:
    families = [code.family for code in RUPTURES]
    both = [Family.WITHDRAWAL] * 2 + [Family.CONFRONTATION] * 2
    assert families == [None, *both]


def test_utterance_ids_of_a_transcript_are_unique() -> None:
    with pytest.raises(ValueError, match="unique"):
        transcript("a", "b", ids="00")


def test_the_text_hash_knows_a_session_in_another_dress() -> None:
    plain = transcript("How was  it?", "Fine.")
    dressed = Transcript(
        "other",
        (
            Utterance("x", Speaker.THERAPIST, "HOW was\u00a0it?\n", start_s=3.0),
            Utterance("y", Speaker.OTHER, " fine."),
        ),
    )
    assert plain.text_hash() == dressed.text_hash()


@pytest.mark.parametrize(
    "texts", [("How was it?", "Fine"), ("Fine.", "How was it?"), ("How was it? Fine.",)]
)
def test_other_words_order_or_turns_have_another_text_hash(texts: tuple[str, ...]) -> None:
    assert transcript(*texts).text_hash() != transcript("How was it?", "Fine.").text_hash()


@pytest.mark.parametrize(
    ("code", "is_rupture", "is_empty"),
    [
        (UtteranceCode("0"), False, True),
        (UtteranceCode("0", rupture=None), False, False),  # uncodable needs a row
        (UtteranceCode("0", strategies=("redirects",)), False, False),
        (UtteranceCode("0", comment="x"), False, False),
        (UtteranceCode("0", Rupture.CONFRONTATION_CONTROL, intensity=1), True, False),
    ],
)
def test_what_counts_as_a_rupture_and_what_needs_no_row(
    code: UtteranceCode, is_rupture: bool, is_empty: bool
) -> None:
    assert (code.is_rupture, code.is_empty) == (is_rupture, is_empty)


@pytest.mark.parametrize(
    ("repair_start", "resolution", "repaired"),
    [("2", 3, False), ("2", 4, True), ("2", 5, True), (None, 5, False), ("2", None, False)],
)
def test_an_episode_is_repaired_by_a_strategy_and_a_resolution_of_four(
    repair_start: str | None, resolution: int | None, repaired: bool
) -> None:
    assert REPAIRED_FROM == 4
    episode = Episode("1", "1", "3", EpisodeKind.MIXED, Speaker.PATIENT, repair_start, resolution)
    assert episode.repaired is repaired


def test_a_session_gives_the_coding_of_a_coder() -> None:
    codings = tuple(SessionCoding("s", coder, ()) for coder in ("a", "b"))
    session = CodedSession(transcript(), codings, "g")
    assert session.coding_by("b") is codings[1]
    assert session.coding_by("c") is None


def test_nobody_is_taken_to_have_coded_therapist_markers() -> None:
    assert SessionCoding("s", "a", ()).fields == ALL_FIELDS
    assert "therapist_markers" not in ALL_FIELDS


def test_the_probability_of_a_rupture_is_what_none_leaves() -> None:
    prediction = UtterancePrediction(UtteranceCode("0"), (0.6, 0.1, 0.1, 0.15, 0.05), False)
    assert prediction.p_none == 0.6
    assert prediction.p_rupture == pytest.approx(0.4)


def test_values_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        UtteranceCode("0").rupture = None  # type: ignore[misc]  # the point of the test
