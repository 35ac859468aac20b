"""How turns made of other turns are coded."""

from dataclasses import replace

import pytest

from rupture_nlp.schema import (
    CodedSession,
    Episode,
    EpisodeKind,
    Ratings,
    Rupture,
    SessionCoding,
    Speaker,
    Transcript,
    Utterance,
    UtteranceCode,
)
from rupture_nlp.training.carried import Piece, carry_codings, has_content, homes_of, merged_code

WFO, WFS = Rupture.WITHDRAWAL_FROM_OTHER, Rupture.WITHDRAWAL_FROM_SELF
AGGRESSION, NONE = Rupture.CONFRONTATION_AGGRESSION, Rupture.NONE
P, T = Speaker.PATIENT, Speaker.THERAPIST
SAID = (
    (T, "how was the homework"),
    (P, "you know I found it pointless"),
    (T, "that makes sense and I pushed too fast"),
    (P, "well it helps that you say so"),
    (T, "good"),
)
CODES = (
    UtteranceCode("0"),
    UtteranceCode("1", AGGRESSION, WFO, 2, ("complaint_task",)),
    UtteranceCode("2", strategies=("acknowledges_contribution",)),
    UtteranceCode("3", process="re_engages"),
    UtteranceCode("4"),
)
EPISODE = Episode("1", "1", "3", EpisodeKind.CONFRONTATION, P, "2", 4)
RATINGS = Ratings(1.0, 3.0, 4.0, 2.0)


def session() -> CodedSession:
    turns = tuple(Utterance(str(at), who, text) for at, (who, text) in enumerate(SAID))
    coding = SessionCoding("s", "gold", CODES, (EPISODE,), RATINGS)
    return CodedSession(Transcript("s", turns), (coding,), "g")


def carried(*turns: tuple[Speaker, list[tuple[int, str]]]) -> SessionCoding:
    """Codes of turns, each a speaker and words of original turns."""
    pieces = [[Piece(origin, text) for origin, text in of] for _, of in turns]
    texts = [" ".join(text for _, text in of) for _, of in turns]
    spoken = tuple(Utterance(f"t{at}", who, texts[at]) for at, (who, _) in enumerate(turns))
    made = session()
    homes = homes_of(pieces, spoken, made.transcript.utterances)
    (coding,) = carry_codings(made, Transcript("s", spoken), pieces, homes)
    return coding


def whole(*origins: int) -> list[tuple[Speaker, list[tuple[int, str]]]]:
    return [(SAID[at][0], [(at, SAID[at][1])]) for at in origins]


def ruptures(coding: SessionCoding) -> list[Rupture | None]:
    return [code.rupture if code else None for code in coding.codes]


def test_fragments_with_content_take_the_code_and_empty_ones_none() -> None:
    coding = carried(
        *whole(0), (P, [(1, "you know")]), (P, [(1, "I found it")]), (P, [(1, "pointless")]),
        *whole(2, 3, 4),
    )  # fmt: skip
    assert ruptures(coding)[1:4] == [NONE, AGGRESSION, AGGRESSION]
    assert coding.codes[2] == replace(CODES[1], utterance_id="t2")
    # The episode opens where the rupture is.
    assert coding.episodes == (replace(EPISODE, start="t2", end="t5", repair_start="t4"),)
    assert coding.ratings == RATINGS


def test_a_turn_without_any_content_keeps_its_code_in_its_first_fragment() -> None:
    coding = carried(*whole(0), (P, [(1, "well")]), (P, [(1, "you know")]), *whole(2, 3, 4))
    assert ruptures(coding)[1:3] == [AGGRESSION, NONE]


def test_only_the_first_fragment_back_in_the_work_re_engages() -> None:
    coding = carried(
        *whole(0, 1, 2), (P, [(3, "well")]), (P, [(3, "it helps")]), (P, [(3, "you say so")]),
        *whole(4),
    )  # fmt: skip
    assert [code.process if code else None for code in coding.codes[3:6]] == [
        None,
        "re_engages",
        None,
    ]
    assert coding.episodes[0].end == "t4"


def test_a_fragment_of_the_other_speaker_changes_nothing() -> None:
    coding = carried(
        *whole(0), (P, [(1, "you know I found")]),
        (T, [(1, "it pointless"), (2, SAID[2][1])]), *whole(3, 4),
    )  # fmt: skip
    assert ruptures(coding) == [NONE, AGGRESSION, NONE, NONE, NONE]
    assert coding.codes[2] == replace(CODES[2], utterance_id="t2")
    assert coding.episodes == (replace(EPISODE, start="t1", end="t3", repair_start="t2"),)


def test_a_turn_under_the_wrong_speaker_is_uncodable_and_opens_no_episode() -> None:
    coding = carried(*whole(0), (T, [(1, SAID[1][1])]), *whole(2, 3, 4))
    assert ruptures(coding) == [NONE, None, NONE, NONE, NONE]
    assert coding.episodes == ()
    # What was part of it is not inside any more; the session has no rupture to resolve.
    assert all(code is None or code.process is None for code in coding.codes)
    assert coding.ratings == replace(RATINGS, resolution=None)


def test_a_turn_credited_to_the_speaker_before_leaves_that_speakers_code() -> None:
    coding = carried((T, [(0, SAID[0][1]), (1, SAID[1][1])]), *whole(2, 3, 4))
    assert ruptures(coding) == [NONE, NONE, NONE, NONE]
    assert coding.episodes == ()


def test_an_episode_whose_end_is_gone_has_no_known_resolution() -> None:
    coding = carried(*whole(0, 1, 2))
    assert coding.episodes == (
        replace(EPISODE, start="t1", end="t2", repair_start="t2", resolution=None),
    )
    assert coding.ratings == Ratings()


def test_an_episode_whose_repair_is_gone_has_no_start_of_repair() -> None:
    assert carried(*whole(0, 1, 3)).episodes == (
        replace(EPISODE, start="t1", end="t2", repair_start=None),
    )


def test_a_turn_that_is_left_out_takes_its_code_with_it() -> None:
    coding = carried(*whole(0, 2, 3, 4))
    assert ruptures(coding) == [NONE] * 4
    assert coding.episodes == ()


def test_run_together_the_most_intense_rupture_stands_and_the_next_is_secondary() -> None:
    first = UtteranceCode("a", WFS, None, 1, ("deferential",), process="avoids")
    second = UtteranceCode("b", AGGRESSION, None, 3, ("hostility",), process="re_engages")
    assert merged_code([first, second], "x") == UtteranceCode(
        "x", AGGRESSION, WFS, 3, ("deferential", "hostility"), process="avoids"
    )


def test_of_equally_intense_ruptures_the_first_stands() -> None:
    first, second = (UtteranceCode("a", code, intensity=2) for code in (WFO, WFS))
    third = replace(second, secondary=AGGRESSION)
    assert merged_code([first, second], "x") == UtteranceCode("x", WFO, WFS, 2)
    # Of the same code the second's own secondary stays.
    assert merged_code([second, third], "x") == UtteranceCode("x", WFS, AGGRESSION, 2)


def test_markers_of_a_third_code_are_left_out() -> None:
    codes = [
        UtteranceCode("a", AGGRESSION, intensity=3, markers=("hostility",)),
        UtteranceCode("b", WFO, intensity=2, markers=("topic_shift",)),
        UtteranceCode("c", WFS, intensity=1, markers=("deferential",)),
    ]
    assert merged_code(codes, "x").markers == ("hostility", "topic_shift")


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        ([NONE, None], None),  # a rupture may hide in what is not known
        ([WFO, None], WFO),
        ([NONE, NONE], NONE),
    ],
)
def test_what_is_uncodable_outweighs_none_but_no_rupture(
    codes: list[Rupture | None], expected: Rupture | None
) -> None:
    assert merged_code([UtteranceCode("a", code) for code in codes], "x").rupture is expected


def test_strategies_of_both_turns_stand_once_and_the_last_process() -> None:
    codes = [
        UtteranceCode("a", strategies=("redirects", "validates_position"), process="voices_hurt"),
        UtteranceCode("b", strategies=("redirects",), process="re_engages"),
    ]
    merged = merged_code(codes, "x")
    assert merged.strategies == ("redirects", "validates_position")
    assert merged.process == "re_engages"


@pytest.mark.parametrize(
    ("text", "content"),
    [
        ("you know,", False),
        ("Yeah. Okay, um", False),
        ("well, I mean", False),
        ("no", True),
        ("I know", True),
        ("yeah whatever", True),
        ("", False),
    ],
)
def test_what_counts_as_content(text: str, content: bool) -> None:
    assert has_content(text) is content


def test_a_turn_is_at_home_with_its_speaker_else_where_most_of_it_is() -> None:
    original = session().transcript.utterances
    pieces = [[Piece(1, "you know")], [Piece(1, "I found it"), Piece(2, "that")]]
    own = homes_of(pieces, (replace(original[1]), replace(original[2])), original)
    assert own == ((), (0,), (1,), (), ())
    elsewhere = homes_of(pieces, (replace(original[0]), replace(original[2])), original)
    assert elsewhere == ((), (1,), (1,), (), ())


def test_a_partial_coding_stays_partial() -> None:
    made = session()
    coding = replace(
        made.codings[0], codes=(CODES[0], None, *CODES[2:]), episodes=(), complete=False
    )
    turns = (Utterance("x", P, "it"), Utterance("y", P, "pointless"))
    pieces = [[Piece(1, "it")], [Piece(1, "pointless")]]
    homes = homes_of(pieces, turns, made.transcript.utterances)
    (carried_over,) = carry_codings(
        replace(made, codings=(coding,)), Transcript("s", turns), pieces, homes
    )
    assert carried_over.codes == (None, None)


def test_episodes_that_meet_in_one_turn_do_not_share_it() -> None:
    # The patient is back in the work, moves away again in the next breath, and once more.
    said = ((P, "you push"), (P, "yes that helps"), (P, "whatever"), (T, "hm"), (P, "forget it"))
    codes = (
        UtteranceCode("0", AGGRESSION, intensity=2),
        UtteranceCode("1", process="re_engages"),
        UtteranceCode("2", WFO, intensity=1),
        UtteranceCode("3"),
        UtteranceCode("4", WFO, intensity=1),
    )
    episodes = (
        Episode("1", "0", "1", EpisodeKind.CONFRONTATION, P, None, 3),
        Episode("2", "2", "4", EpisodeKind.WITHDRAWAL, P, None, 2),
    )
    turns = tuple(Utterance(str(at), who, text) for at, (who, text) in enumerate(said))
    coding = SessionCoding("s", "gold", codes, episodes)
    made = CodedSession(Transcript("s", turns), (coding,), "g")
    pieces = [[Piece(0, "you push")], [Piece(1, said[1][1]), Piece(2, said[2][1])]]
    pieces += [[Piece(3, "hm")], [Piece(4, said[4][1])]]
    altered = tuple(Utterance(f"t{at}", who, "words") for at, who in enumerate((P, P, T, P)))
    homes = homes_of(pieces, altered, turns)
    (carried_over,) = carry_codings(made, Transcript("s", altered), pieces, homes)
    assert [(e.start, e.end, e.kind) for e in carried_over.episodes] == [
        ("t0", "t1", EpisodeKind.MIXED),
        ("t3", "t3", EpisodeKind.WITHDRAWAL),
    ]
