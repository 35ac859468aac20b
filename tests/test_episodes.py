"""Episodes by rule, drawn: one letter a turn, below it the episode from `[` to `]` (`#`: one turn).

patient    W away from the other   F away from the self   C against   . plain   u uncodable
           p voices discontent   a asserts need   h hurt   v vulnerability   r re-engages
           R away from the other, and re-engages
therapist  V away   K against   s strategy   , plain
other      o
"""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rupture_nlp.episodes import CodedTurn, find_episodes, has_pseudo_alliance
from rupture_nlp.io.corpus import read_corpus, reference_coder
from rupture_nlp.schema import Episode, EpisodeKind, Rupture, SessionCoding, Speaker, UtteranceCode
from tests.io.corpus_samples import DATA, SHARED

AWAY, SELF = Rupture.WITHDRAWAL_FROM_OTHER, Rupture.WITHDRAWAL_FROM_SELF
AGAINST = Rupture.CONFRONTATION_AGGRESSION
RUPTURES = {"W": AWAY, "F": SELF, "C": AGAINST, "R": AWAY, "V": AWAY, "K": AGAINST}
PROCESSES = {
    "p": "voices_discontent",
    "a": "asserts_need",
    "h": "voices_hurt",
    "v": "voices_vulnerability",
    "r": "re_engages",
    "R": "re_engages",
}
LETTERS = ".,uoWFCRVKspahvr"


def turn(letter: str, at: int, intensity: int = 2) -> CodedTurn:
    if letter == "o":
        return CodedTurn(Speaker.OTHER, None)
    rupture = None if letter == "u" else RUPTURES.get(letter, Rupture.NONE)
    code = UtteranceCode(
        f"t{at}",
        rupture,
        intensity=intensity if letter in RUPTURES else None,
        strategies=("redirects",) if letter == "s" else (),
        process=PROCESSES.get(letter),
    )
    return CodedTurn(Speaker.THERAPIST if letter in "VKs," else Speaker.PATIENT, code)


def turns(drawing: str, intensities: str = "") -> list[CodedTurn]:
    """`intensities` holds a digit below each rupture; blanks and what is missing count for 2."""
    padded = intensities.ljust(len(drawing))
    return [
        turn(letter, at, int(padded[at]) if padded[at] != " " else 2)
        for at, letter in enumerate(drawing)
    ]


def spans(episodes: Sequence[Episode]) -> list[tuple[int, int]]:
    return [(int(e.start[1:]), int(e.end[1:])) for e in episodes]


def drawn(picture: str) -> list[tuple[int, int]]:
    starts = [at for at, mark in enumerate(picture) if mark in "[#"]
    ends = [at for at, mark in enumerate(picture) if mark in "]#"]
    return list(zip(starts, ends, strict=True))


@pytest.mark.parametrize(
    ("drawing", "picture"),
    [
        ("", ""),
        (".,.,.", ""),
        ("s.p.r.u", ""),  # strategies and processes before any rupture start nothing
        ("s.W.s", "  [-]"),
        (".W.", " #"),
        (".K,", " #"),
        ("W.s.p.r.,", "[-----]"),
        ("W.,.C.,.", "[---]"),  # turns without strain at the end are left out
        ("W.........W", "[---------]"),  # nine between
        ("W..........W", "#          #"),  # ten between
        ("W.........s", "[---------]"),
        ("W..........s", "#"),
        ("W.........p.........s", "[-------------------]"),  # counted from the last strained turn
        ("W.........p..........s", "[---------]"),
        ("W,o.u,o.u,W", "[---------]"),  # others' and uncodable turns are turns
        ("W,o.u,o.u,oW", "#          #"),
        ("W.r.W.", "[-] #"),  # back in the work: it closes, however soon the next comes
        ("WrW", "[]#"),
        ("W.r.s.p.", "[-]"),  # what follows is not drawn in
        ("W.r.s.K.r", "[-]   [-]"),
        ("W..........r", "#"),  # too late to close it
        ("R.s.", "[-]"),  # a turn cannot close the episode that it opens
        ("W.R.s", "[-]"),
    ],
)
def test_episodes_drawn(drawing: str, picture: str) -> None:
    assert spans(find_episodes(turns(drawing))) == drawn(picture)


@given(st.text(alphabet=LETTERS + ".,.,.,.,", max_size=80))
def test_any_session_keeps_the_rules_of_the_codebook(drawing: str) -> None:
    session = turns(drawing)
    found = spans(find_episodes(session))
    strained = {at for at, letter in enumerate(drawing) if letter not in ".,uo"}
    for at, letter in enumerate(drawing):
        if letter in RUPTURES:
            assert sum(start <= at <= end for start, end in found) == 1
    bounds = [place for span in found for place in span]
    assert bounds == sorted(bounds)
    assert all(later > end for (_, end), (later, _) in pairwise(found))
    for start, end in found:
        assert drawing[start] in RUPTURES
        inside = [at for at in range(start, end + 1) if at in strained]
        assert inside[-1] == end
        assert all(b - a - 1 < 10 for a, b in pairwise(inside))
        assert not set(drawing[start + 1 : end]) & {"r", "R"}
        after = min((at for at in strained if at > end), default=None)
        closed = drawing[end] in "rR" and end > start
        assert closed or after is None or after - end - 1 >= 10


@pytest.mark.parametrize(
    ("drawing", "kind", "initiator", "repair"),
    [
        ("W.F", EpisodeKind.WITHDRAWAL, Speaker.PATIENT, None),
        ("C.K", EpisodeKind.CONFRONTATION, Speaker.PATIENT, None),
        ("KsWs", EpisodeKind.MIXED, Speaker.THERAPIST, "t1"),
        ("sV.sps", EpisodeKind.WITHDRAWAL, Speaker.THERAPIST, "t3"),
        ("C..r.s", EpisodeKind.CONFRONTATION, Speaker.PATIENT, None),  # a strategy too late
    ],
)
def test_kind_initiator_and_start_of_the_repair(
    drawing: str, kind: EpisodeKind, initiator: Speaker, repair: str | None
) -> None:
    (episode,) = find_episodes(turns(drawing))
    assert (episode.kind, episode.initiator, episode.repair_start) == (kind, initiator, repair)


def test_episodes_are_numbered_from_one() -> None:
    assert [e.episode_id for e in find_episodes(turns("WrWrW"))] == ["1", "2", "3"]


@pytest.mark.parametrize(
    ("drawing", "intensities", "resolution"),
    [
        ("W.W", "3 2", 2),  # not addressed
        ("W.W", "1 3", 1),  # grew
        ("W.W.W", "1 3 1", 2),  # ended as it began
        ("W", "3", 2),
        ("Ws.", "", 2),  # addressed without effect
        ("WsW", "1 2", 1),
        ("Wsp", "", 2),  # discontent alone is not yet what was missing
        ("Wsa", "", 3),
        ("Wsh", "", 3),
        ("WsvW", "1  3", 3),
        ("W.a", "", 2),  # said, but nobody took it up
        ("W..r", "", 3),  # faded by itself
        ("Wa.vr", "", 3),
        ("Ws.r", "", 4),
        ("Wssr", "", 4),
        ("Wsasr", "", 4),  # one thing said
        ("Wsavr", "", 4),  # taken up once
        ("Wsahsr", "", 5),
        ("Wsavsr", "", 5),
    ],
)
def test_resolution(drawing: str, intensities: str, resolution: int) -> None:
    (episode,) = find_episodes(turns(drawing, intensities))
    assert episode.resolution == resolution
    assert episode.repaired == (resolution >= 4)


def test_a_rupture_without_an_intensity_counts_as_slight() -> None:
    first = CodedTurn(Speaker.PATIENT, UtteranceCode("a", AWAY))
    second = CodedTurn(Speaker.PATIENT, UtteranceCode("b", AWAY, intensity=2))
    assert [e.resolution for e in find_episodes([first, second])] == [1]
    assert [e.resolution for e in find_episodes([second, first])] == [2]


@pytest.mark.parametrize(
    ("drawing", "expected"),
    [
        ("FFF", True),
        ("F.F.sF", True),
        ("FF", False),
        ("FFW", False),  # another withdrawal is no appeasement
        ("FFFsr", False),  # repaired
        ("FFF..r", True),  # faded: resolution 3
        ("FFsrF", False),  # two, and one in an episode of its own
        ("Wr" + "." * 10 + "FFF", True),  # the second episode counts too
        ("", False),
    ],
)
def test_pseudo_alliance(drawing: str, expected: bool) -> None:
    session = turns(drawing)
    assert has_pseudo_alliance(session, find_episodes(session)) is expected


def test_a_therapist_who_appeases_makes_no_pseudo_alliance() -> None:
    session = [
        CodedTurn(Speaker.THERAPIST, UtteranceCode(f"t{at}", SELF, intensity=1)) for at in range(3)
    ]
    assert not has_pseudo_alliance(session, find_episodes(session))


def overlap(a: tuple[int, int], b: tuple[int, int]) -> float:
    both = min(a[1], b[1]) - max(a[0], b[0]) + 1
    either = max(a[1], b[1]) - min(a[0], b[0]) + 1
    return max(both, 0) / either


def f1_of_the_rules(folder: Path) -> float:
    """Episodes from reference codes against reference episodes: F1 of those with IoU of .5 up."""
    sessions = read_corpus(folder)
    coder = reference_coder(sessions)
    matched = truth = found = 0
    for session in sessions:
        coding = session.coding_by(coder)
        if coding is None:
            continue
        place = {u.utterance_id: at for at, u in enumerate(session.transcript.utterances)}
        speakers = [u.speaker for u in session.transcript.utterances]
        ours = _places(find_episodes(_turns(speakers, coding)), place)
        theirs = _places(coding.episodes, place)
        truth, found = truth + len(theirs), found + len(ours)
        for a in ours:
            twin = next((b for b in theirs if overlap(a, b) >= 0.5), None)
            if twin is not None:
                theirs.remove(twin)
                matched += 1
    assert truth > 50
    return 2 * matched / (truth + found)


def _turns(speakers: list[Speaker], coding: SessionCoding) -> list[CodedTurn]:
    return [CodedTurn(s, c) for s, c in zip(speakers, coding.codes, strict=True)]


def _places(episodes: Sequence[Episode], place: dict[str, int]) -> list[tuple[int, int]]:
    return [(place[e.start], place[e.end]) for e in episodes]


def test_authored_codes_give_the_authored_episodes() -> None:
    assert f1_of_the_rules(DATA / "authored") >= 0.995


def test_annomi_codes_give_nearly_all_of_annomis_episodes() -> None:
    if not SHARED.exists():
        pytest.skip("the frozen corpora are not beside this checkout")
    assert f1_of_the_rules(SHARED / "annomi") >= 0.93
