"""From turns to a session: processes outside episodes, chances of repair, stages."""

from dataclasses import replace

import pytest

from rupture_nlp.codebook import load_codebook
from rupture_nlp.label.sequence import read_session
from rupture_nlp.schema import (
    Ratings,
    Rupture,
    SessionPrediction,
    Speaker,
    Transcript,
    UtteranceCode,
    UtterancePrediction,
)
from tests.models.made import utterance

BOOK = load_codebook()
RE_ENGAGES = BOOK.process_names.index("re_engages")
# W patient's withdrawal, F appeasement, s strategy, p discontent, r back in the work, o other
SPEAKERS = {"s": Speaker.THERAPIST, ",": Speaker.THERAPIST, "o": Speaker.OTHER}
RUPTURES = {"W": Rupture.WITHDRAWAL_FROM_OTHER, "F": Rupture.WITHDRAWAL_FROM_SELF}
PROCESSES = {"p": "voices_discontent", "r": "re_engages"}


def predicted(letter: str, at: int, chance: float) -> UtterancePrediction | None:
    """`chance` is the probability of a therapist's first strategy, or of re-engaging."""
    if letter == "o":
        return None
    therapist = SPEAKERS.get(letter) is Speaker.THERAPIST
    code = UtteranceCode(
        f"u{at}",
        RUPTURES.get(letter, Rupture.NONE),
        intensity=1 if letter in RUPTURES else None,
        strategies=("invites_feedback",) if letter == "s" else (),
        process=PROCESSES.get(letter),
    )
    strategies = (chance, *[0.0] * (len(BOOK.strategies) - 1)) if therapist else ()
    processes = tuple(
        0.0 if therapist or number != RE_ENGAGES else chance
        for number in range(len(BOOK.processes))
    )
    return UtterancePrediction(
        code,
        (1.0, 0.0, 0.0, 0.0, 0.0),
        uncertain=False,
        p_strategies=strategies,
        p_processes=() if therapist else processes,
    )


def read(drawing: str, chances: dict[int, float] | None = None) -> SessionPrediction:
    transcript = Transcript(
        "s1",
        tuple(
            replace(utterance(at, SPEAKERS.get(mark, Speaker.PATIENT), ""), utterance_id=f"u{at}")
            for at, mark in enumerate(drawing)
        ),
    )
    predictions = [
        predicted(mark, at, (chances or {}).get(at, 0.1)) for at, mark in enumerate(drawing)
    ]
    return read_session(transcript, "tiny", predictions, BOOK)


def processes(session: SessionPrediction) -> str:
    letters = {None: ".", "voices_discontent": "p", "re_engages": "r"}
    return "".join("o" if u is None else letters[u.code.process] for u in session.utterances)


@pytest.mark.parametrize(
    ("drawing", "kept"),
    [
        ("p,W,s,p,r,p", "......p.r.."),
        ("p,p", "..."),
        ("WopsrWr", ".op.r.r"),
    ],
)
def test_a_process_outside_an_episode_is_dropped(drawing: str, kept: str) -> None:
    assert processes(read(drawing)) == kept


def test_what_is_dropped_from_a_turn_is_its_process_alone() -> None:
    before, after = predicted("p", 0, 0.3), read("p", {0: 0.3}).utterances[0]
    assert before is not None
    assert after == replace(before, code=replace(before.code, process=None))


def test_a_session_is_put_together() -> None:
    session = read("o,W,s,p,r,F.F.F", {8: 0.5})
    assert (session.session_id, session.coder) == ("s1", "tiny")
    spans = [(found.episode.start, found.episode.end) for found in session.episodes]
    assert spans == [("u2", "u8"), ("u10", "u14")]
    assert session.episodes[0].episode.repair_start == "u4"
    assert session.episodes[0].episode.repaired
    path = session.episodes[0].path
    assert path is not None
    assert [(step.utterance_id, step.stage) for step in path.steps] == [
        *(("u4", 1), ("u6", 2), ("u8", None))
    ]
    assert (path.withdrawal, path.pathways) == ("discontent", (("alliance-building", 1.0),))
    assert session.pseudo_alliance
    assert session.ratings.resolution == 3.0  # 4 and 2
    assert session.utterances[0] is None


def test_an_episode_nobody_took_up_has_no_chance_of_repair() -> None:
    (found,) = read("W.r", {2: 0.9}).episodes
    assert found.p_repaired == 0.0


def test_the_chance_of_repair_is_the_surest_strategy_times_the_surest_return_after_it() -> None:
    # The patient's .8 comes before the repair begins and the last .9 after the episode has ended.
    chances = {0: 0.8, 1: 0.6, 2: 0.3, 3: 0.7, 4: 0.5, 5: 0.9, 6: 0.9}
    (found,) = read("Wsps" + "r" + ".,", chances).episodes
    assert found.episode.end == "u4"
    assert found.p_repaired == pytest.approx(0.7 * 0.5)


def test_a_session_without_turns_or_without_codes_is_empty() -> None:
    for drawing in ("", "oo"):
        session = read(drawing)
        assert session.episodes == ()
        assert session.ratings == Ratings()
        assert not session.pseudo_alliance
        assert len(session.utterances) == len(drawing)
