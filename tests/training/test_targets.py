"""What a network is asked about a coded session, by hand.

turn      0 T   1 P   2 T   3 P   4 O   5 P   6 P   7 T   8 P
gold      .     W     s     p     -     r     ?     K     .        W: intensity 2, `silence`
ai1       .     .     s     p     -     r     .     .     .        episode 1 to 5, and 7
ai2       .     C     .     .     -     .     W     K     .
"""

from dataclasses import replace

import numpy as np
import pytest

from rupture_nlp.codebook import load_codebook
from rupture_nlp.models.config import LabelSets
from rupture_nlp.schema import (
    ALL_FIELDS,
    RUPTURES,
    CodedSession,
    Episode,
    EpisodeKind,
    Rupture,
    SessionCoding,
    Speaker,
    Transcript,
    UtteranceCode,
)
from rupture_nlp.training.material import marker_owners
from rupture_nlp.training.targets import Targets, allowed_markers, make_targets
from tests.models.made import utterance

BOOK = load_codebook()
LABELS = LabelSets.of(BOOK)
ALLOWED = allowed_markers(LABELS, marker_owners(BOOK))
AWAY, ATTACK = Rupture.WITHDRAWAL_FROM_OTHER, Rupture.CONFRONTATION_AGGRESSION
SPEAKERS = {"T": Speaker.THERAPIST, "P": Speaker.PATIENT, "O": Speaker.OTHER}
TRANSCRIPT = Transcript(
    "s", tuple(utterance(at, SPEAKERS[mark], "") for at, mark in enumerate("TPTPOPPTP"))
)


def code(at: int, mark: str) -> UtteranceCode | None:
    plain = UtteranceCode(str(at))
    codes = {
        "-": None,
        ".": plain,
        "?": replace(plain, rupture=None),
        "W": replace(plain, rupture=AWAY, intensity=2, markers=("silence",)),
        "C": replace(plain, rupture=ATTACK, intensity=1, markers=("hostility",)),
        "K": replace(plain, rupture=ATTACK, intensity=3, markers=("lectures", "defends_self")),
        "s": replace(plain, strategies=("redirects",)),
        "p": replace(plain, process="voices_discontent"),
        "r": replace(plain, process="re_engages"),
    }
    return codes[mark]


def coding(coder: str, marks: str) -> SessionCoding:
    episodes = (
        Episode("1", "1", "5", EpisodeKind.WITHDRAWAL, Speaker.PATIENT, "2", 4),
        Episode("2", "7", "7", EpisodeKind.CONFRONTATION, Speaker.THERAPIST),
    )
    codes = tuple(code(at, mark) for at, mark in enumerate(marks))
    return SessionCoding("s", coder, codes, episodes)


GOLD = coding("gold", ".Wsp-r?K.")
OTHERS = (coding("ai1", "..sp-r..."), coding("ai2", ".C..-.WK."))


def targets(*codings: SessionCoding, share: float = 0.3) -> Targets:
    session = CodedSession(TRANSCRIPT, codings, "g")
    return make_targets(session, "gold", LABELS, ALLOWED, share)


def flags(array: np.ndarray) -> str:
    return "".join("x" if flag else "." for flag in array)


def names(row: np.ndarray, known: tuple[str, ...]) -> set[str]:
    return {name for name, value in zip(known, row, strict=True) if value}


def test_soft_labels_give_the_reference_its_share_and_the_others_the_rest_in_equal_parts() -> None:
    rupture = targets(*OTHERS, GOLD).rupture
    none, away, attack = (RUPTURES.index(code) for code in (Rupture.NONE, AWAY, ATTACK))
    assert rupture.shape == (9, 5)
    assert rupture[1, [none, away, attack]] == pytest.approx([0.15, 0.7, 0.15])
    assert rupture[7, [none, away, attack]] == pytest.approx([0.15, 0, 0.85])
    assert rupture[0].tolist() == pytest.approx([1, 0, 0, 0, 0])
    assert rupture[4].tolist() == [0] * 5  # nobody codes `other`


def test_a_coder_who_could_not_code_a_turn_has_no_part_in_it() -> None:
    unsure = coding("ai1", ".?sp-r...")
    assert targets(GOLD, unsure).rupture[1].tolist() == pytest.approx([0, 1, 0, 0, 0])


def test_without_other_coders_labels_are_hard() -> None:
    assert targets(GOLD).rupture[1].tolist() == [0, 1, 0, 0, 0]
    assert targets(*OTHERS, GOLD, share=0.0).rupture[1].tolist() == [0, 1, 0, 0, 0]


def test_unfinished_codings_of_others_soften_nothing() -> None:
    unfinished = replace(OTHERS[0], complete=False)
    assert targets(GOLD, unfinished).rupture[1].tolist() == [0, 1, 0, 0, 0]


def test_who_is_asked_what() -> None:
    made = targets(*OTHERS, GOLD)
    #                              TPTPOPPTP
    assert flags(made.is_patient) == ".x.x.xx.x"
    assert flags(made.ask_rupture) == "xxxx.x.xx"  # not `other`, not the uncodable turn
    assert flags(made.ask_intensity) == ".x.....x."
    assert flags(made.ask_strategies) == "x.x....x."
    assert flags(made.ask_process) == ".x.x.x..."  # patients inside an episode
    assert flags(np.any(made.ask_markers, axis=1)) == ".x.....x."


def test_answers_are_those_of_the_reference() -> None:
    made = targets(*OTHERS, GOLD)
    assert made.intensity[[1, 7]].tolist() == [2, 3]
    assert [names(row, LABELS.strategies) for row in made.strategies[[0, 2]]] == [
        set(),
        {"redirects"},
    ]
    no_process = len(LABELS.processes)
    assert made.process[[1, 3, 5]].tolist() == [
        no_process,
        LABELS.processes.index("voices_discontent"),
        LABELS.processes.index("re_engages"),
    ]


def test_markers_are_asked_of_the_codes_given_alone() -> None:
    made = targets(GOLD)
    assert names(made.markers[1], LABELS.markers) == {"silence"}
    asked = names(made.ask_markers[1], LABELS.markers)
    assert asked == {m.name for m in BOOK.markers if m.code is AWAY and not m.therapist_only}


def test_a_secondary_code_has_its_markers_asked_too() -> None:
    both = replace(GOLD.codes[1] or UtteranceCode("1"), secondary=ATTACK)
    made = targets(replace(GOLD, codes=(GOLD.codes[0], both, *GOLD.codes[2:])))
    asked = names(made.ask_markers[1], LABELS.markers)
    assert asked == {
        m.name for m in BOOK.markers if m.code in (AWAY, ATTACK) and not m.therapist_only
    }


def test_therapist_only_markers_are_no_question_unless_the_network_answers_for_them() -> None:
    only = {marker.name for marker in BOOK.markers if marker.therapist_only}
    assert "lectures" in only
    assert not only & set(LABELS.markers)
    assert names(targets(GOLD).markers[7], LABELS.markers) == {"defends_self"}
    more = replace(LABELS, markers=BOOK.marker_names)
    session = CodedSession(TRANSCRIPT, (GOLD,), "g")
    wide = make_targets(
        session, "gold", more, allowed_markers(more, marker_owners(BOOK)), coder_share=0.0
    )
    assert names(wide.markers[7], more.markers) == {"lectures", "defends_self"}


@pytest.mark.parametrize(
    ("field", "silent"),
    [
        ("rupture", "ask_rupture"),
        ("intensity", "ask_intensity"),
        ("markers", "ask_markers"),
        ("strategies", "ask_strategies"),
        ("process", "ask_process"),
    ],
)
def test_a_field_that_was_not_coded_is_not_asked_and_the_others_are(
    field: str, silent: str
) -> None:
    whole = targets(GOLD)
    made = targets(replace(GOLD, fields=ALL_FIELDS - {field}))
    for name in ("rupture", "intensity", "markers", "strategies", "process"):
        asked = getattr(made, f"ask_{name}")
        expected = getattr(whole, f"ask_{name}")
        assert asked.tolist() == (expected & (f"ask_{name}" != silent)).tolist()


def test_strategies_of_a_coder_who_coded_nothing_else_are_learned() -> None:
    # Where ruptures were not coded, a corpus is read with `rupture=None` on every turn.
    codes = tuple(c and replace(c, rupture=None, markers=(), intensity=None) for c in GOLD.codes)
    made = targets(replace(GOLD, codes=codes, fields=frozenset({"strategies"})))
    assert flags(made.ask_strategies) == "x.x....x."
    assert not made.ask_rupture.any()
    assert not made.ask_intensity.any()
    assert not made.ask_markers.any()


def test_turns_that_an_unfinished_coding_did_not_reach_are_not_asked() -> None:
    begun = replace(GOLD, codes=(*GOLD.codes[:3], *[None] * 6), complete=False)
    made = targets(begun)
    assert flags(made.ask_rupture) == "xxx......"
    assert flags(made.ask_strategies) == "x.x......"
    assert flags(made.ask_process) == ".x......."


def test_without_episodes_no_process_is_asked() -> None:
    assert not targets(replace(GOLD, episodes=())).ask_process.any()


def test_a_session_that_the_reference_did_not_code_is_refused() -> None:
    with pytest.raises(ValueError, match="no coding by the reference"):
        targets(*OTHERS)
