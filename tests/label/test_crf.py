"""Sessions read by a sequence layer whose probabilities are given."""

from dataclasses import dataclass, replace
from typing import cast

import numpy as np
import pytest
from numpy.typing import NDArray

from rupture_nlp.codebook import load_codebook
from rupture_nlp.label.crf import EPISODE, SequenceReader
from rupture_nlp.label.decide import Decider
from rupture_nlp.label.reading import Reading
from rupture_nlp.label.sequence import read_session
from rupture_nlp.label.turn_features import turn_features
from rupture_nlp.models.decision import Decision
from rupture_nlp.models.linear import LinearRule
from rupture_nlp.models.sequence_store import SequenceInfo, SequenceLayer
from rupture_nlp.models.tagging import Tag
from rupture_nlp.schema import EpisodeKind, Ratings, Rupture, Speaker, UtterancePrediction
from tests.label.made_answers import LABELS, calm_answers, speakers_of, transcript_of

LETTERS = {"O": Tag.OUTSIDE, "B": Tag.BEGINNING, "L": Tag.LIVE, "R": Tag.REPAIR, "E": Tag.ENDED}
BOOK = load_codebook()
RATINGS = ("withdrawal_impact", "confrontation_impact", "resolution", "therapist_contribution")


def always(value: float, features: int) -> LinearRule:
    zeros = np.zeros(features)
    return LinearRule(zeros, zeros + 1, zeros, value, 1.0, 5.0)


@dataclass(frozen=True, slots=True)
class DrawnLayer:
    """A layer that finds what is drawn."""

    info: SequenceInfo
    rules: dict[str, LinearRule]
    drawing: str

    def marginals(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        assert len(features) == len(self.drawing)
        return np.eye(len(Tag))[[LETTERS[letter] for letter in self.drawing]]

    def p_repaired(self, resolution: float) -> float:
        return resolution / 10


def reader(tags: str, resolution: float = 4.5) -> SequenceReader:
    info = SequenceInfo(1, 1, 1, 0.5, 1.0, 0.0, {})
    rules = {EPISODE: always(resolution, 9)}
    rules |= {name: always(1.5 + at, 11) for at, name in enumerate(RATINGS)}
    layer = cast("SequenceLayer", DrawnLayer(info, rules, tags))
    return SequenceReader(layer, Decision(), LABELS)


def turns_of(
    speakers: str, codes: dict[int, Rupture], strategies: dict[int, str]
) -> list[UtterancePrediction | None]:
    transcript = transcript_of(speakers)
    answers = calm_answers(len(speakers))
    decided = Decider(Decision(), LABELS, BOOK).decide(transcript.utterances, answers)
    return [
        turn
        and replace(
            turn,
            code=replace(
                turn.code,
                rupture=codes.get(at, Rupture.NONE),
                strategies=(strategies[at],) if at in strategies else (),
            ),
        )
        for at, turn in enumerate(decided)
    ]


def read(
    speakers: str,
    tags: str,
    codes: dict[int, Rupture] | None = None,
    strategies: dict[int, str] | None = None,
    resolution: float = 4.5,
) -> Reading:
    turns = turns_of(speakers, codes or {}, strategies or {})
    answers = calm_answers(len(speakers))
    return reader(tags, resolution).read(transcript_of(speakers), answers, turns)


def test_an_episode_has_the_turns_of_its_tags_and_what_the_codes_say_of_it() -> None:
    reading = read(
        "tptptp",
        "OBLREO",
        {1: Rupture.WITHDRAWAL_FROM_OTHER},
        {4: "invites_feedback"},
    )
    (found,) = reading.episodes
    assert (found.first, found.last, found.p_repaired) == (1, 4, 0.45)
    episode = found.episode
    assert (episode.start, episode.end, episode.repair_start) == ("u1", "u4", "u4")
    assert (episode.kind, episode.initiator) == (EpisodeKind.WITHDRAWAL, Speaker.PATIENT)
    assert episode.resolution == 5  # 4.5, halves rounded up


def test_without_a_decided_strategy_the_repair_begins_where_the_tags_say() -> None:
    (found,) = read("tptptp", "OBLLRO").episodes
    assert found.episode.repair_start == "u4"
    (late,) = read("tptptp", "OBLLLR").episodes  # the patient's turn cannot begin it
    assert late.episode.repair_start is None
    assert late.p_repaired == 0.0
    assert not late.episode.repaired


def test_both_families_make_a_mixed_episode_and_none_the_likelier() -> None:
    both = {1: Rupture.WITHDRAWAL_FROM_SELF, 2: Rupture.CONFRONTATION_CONTROL}
    assert read("tpt", "OBL", both).episodes[0].episode.kind is EpisodeKind.MIXED
    answers = calm_answers(3)
    answers.rupture[1] = [1.0, -9.0, -9.0, -9.0, 0.9]
    turns = turns_of("tpt", {}, {})
    found = reader("OBL").read(transcript_of("tpt"), answers, turns)
    assert found.episodes[0].episode.kind is EpisodeKind.CONFRONTATION


def test_other_speakers_neither_open_nor_close_nor_make_an_episode() -> None:
    reading = read("otpoo", "BLLL")  # the two last turns are one run
    (found,) = reading.episodes
    assert (found.first, found.last) == (1, 2)
    assert found.episode.initiator is Speaker.THERAPIST
    assert read("ootp", "BOO").episodes == ()


def test_turns_of_one_speaker_in_a_row_are_read_as_one() -> None:
    # Six turns, four runs: t, pp, t, pp. The layer is asked for four.
    (found,) = read("tpptpp", "OBLO").episodes
    assert (found.first, found.last) == (1, 3)


def test_a_run_stands_for_the_turn_of_its_likeliest_rupture() -> None:
    answers = calm_answers(3)
    answers.rupture[1] = [0.0, 9.0, 0.0, 0.0, 0.0]
    seen: list[NDArray[np.float64]] = []

    @dataclass(frozen=True, slots=True)
    class Watching(DrawnLayer):
        def marginals(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
            seen.append(features)
            return DrawnLayer.marginals(self, features)

    given = reader("OO")
    layer = Watching(given.layer.info, given.layer.rules, "OO")
    watched = replace(given, layer=cast("SequenceLayer", layer))
    watched.read(transcript_of("tpp"), answers, turns_of("tpp", {}, {}))
    expected = turn_features(speakers_of("tp"), answers.rows(slice(0, 2)), Decision())
    np.testing.assert_array_equal(seen[0], expected)


def test_ratings_are_the_rules_and_resolution_is_empty_without_a_rupture() -> None:
    assert read("tp", "OB").ratings == Ratings(1.5, 2.5, 3.5, 4.5)
    assert read("tp", "OO").ratings == Ratings(1.5, 2.5, None, 4.5)
    # A decided rupture outside all episodes is one all the same.
    assert read("tp", "OO", {1: Rupture.CONFRONTATION_CONTROL}).ratings.resolution == 3.5
    assert read("oo", "O").ratings == Ratings()


@pytest.mark.parametrize("speakers", ["", "o", "tp"])
def test_calm_sessions_have_no_episodes(speakers: str) -> None:
    assert read(speakers, "O" * len(speakers)).episodes == ()


def test_a_session_is_put_together_around_the_episodes_that_were_found() -> None:
    turns = turns_of("ptp", {0: Rupture.CONFRONTATION_AGGRESSION}, {1: "validates_position"})
    turns = [t and replace(t, code=replace(t.code, process="re_engages")) for t in turns]
    transcript = transcript_of("ptp")
    reading = reader("BRO").read(transcript, calm_answers(3), turns)
    session = read_session(transcript, "made", turns, BOOK, reading)
    kept = [u.code.process for u in session.utterances if u]
    assert kept == ["re_engages", "re_engages", None]  # outside episodes a process is dropped
    assert [e.episode for e in session.episodes] == [f.episode for f in reading.episodes]
    assert session.episodes[0].p_repaired == 0.45
    assert session.ratings == reading.ratings
