"""The way through the stages, drawn: one letter a turn, below it the stage of each step.

patient    W away from the other   C against   . plain   u uncodable   o (other speaker)
           p voices discontent   a asserts need   h hurt   v vulnerability   b avoids   r re-engages
           A against, and voices discontent   B away, and avoids
therapist  K against   , plain   s invites feedback   t redirects   x acknowledges contribution
           f explores the fear   m acknowledges contribution, and explores the fear
           L against, and acknowledges contribution

stage      1 to 4 entered   + supported (stage of the step before)   < shift back   ! returns
"""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rupture_nlp.codebook import load_codebook
from rupture_nlp.episodes import CodedTurn, find_episodes
from rupture_nlp.io.corpus import read_corpus, reference_coder
from rupture_nlp.repair import PROGRESSIONS, main_pathway, trace_repair
from rupture_nlp.schema import (
    Family,
    Move,
    RepairPath,
    Rupture,
    Speaker,
    UtteranceCode,
)

BOOK = load_codebook()
DATA = Path(__file__).parents[1] / "data"
AWAY, AGAINST = Rupture.WITHDRAWAL_FROM_OTHER, Rupture.CONFRONTATION_AGGRESSION
RUPTURES = {"W": AWAY, "B": AWAY, "C": AGAINST, "A": AGAINST, "K": AGAINST, "L": AGAINST}
PROCESSES = {
    "p": "voices_discontent",
    "A": "voices_discontent",
    "a": "asserts_need",
    "b": "avoids",
    "B": "avoids",
    "h": "voices_hurt",
    "v": "voices_vulnerability",
    "r": "re_engages",
}
STRATEGIES = {
    "s": ("invites_feedback",),
    "t": ("redirects",),
    "f": ("explores_fear_of_asserting",),
    **dict.fromkeys("xL", ("acknowledges_contribution",)),
    "m": ("explores_fear_of_asserting", "acknowledges_contribution"),
}
LETTERS = ".,uoWCKLABstxfmpahvbr"


def turns(drawing: str) -> list[CodedTurn]:
    made = []
    for at, letter in enumerate(drawing):
        rupture = None if letter == "u" else RUPTURES.get(letter, Rupture.NONE)
        code = UtteranceCode(
            f"t{at}",
            rupture,
            strategies=STRATEGIES.get(letter, ()),
            process=PROCESSES.get(letter),
        )
        speaker = Speaker.THERAPIST if letter in ",KLstxfm" else Speaker.PATIENT
        other = letter == "o"
        made.append(CodedTurn(Speaker.OTHER if other else speaker, None if other else code))
    return made


def path_of(drawing: str) -> RepairPath:
    return trace_repair(turns(drawing), BOOK)


def picture(drawing: str) -> list[str]:
    """The marks below each turn, in order."""
    marks = [""] * len(drawing)
    for step in path_of(drawing).steps:
        fixed = {Move.SUPPORTS: "+", Move.SHIFTS_BACK: "<", Move.RETURNS: "!"}
        marks[int(step.utterance_id[1:])] += fixed.get(step.move, str(step.stage))
    return marks


@pytest.mark.parametrize(
    ("drawing", "steps"),
    [
        ("", ""),
        ("W.,.", "    "),
        ("Ws", " 1"),
        ("W.s.p.s.a.r", "  1 2 + 4 !"),
        ("Wpsa", " 214"),  # the patient spoke first; attending comes when the therapist does
        ("WspWs", " 12 1"),  # the strain flares up: it must be attended anew
        ("WspKs", " 12 1"),  # also where the therapist lit it
        ("CsAs", " 12+"),  # anger that is part of the exploration is no new marker
        ("WsBt", " 1<+"),  # redirecting is an immediate strategy: the avoidance is not explored
        ("Wspbxx", " 12<33"),  # owning a part is an exploratory one
        ("Wspbpx", " 12<2+"),  # which answers what the patient said last
        ("WbWx", " < 1"),  # the strain that flared up comes first
        ("Wsbtf", " 1<+3"),
        ("Wssuo,s", " 1+   +"),
        ("Wf", " 3"),  # its own stage, also as the first strategy
        ("Wsbfpa", " 1<324"),  # 2 and 3 alternate
        ("Wsaf", " 143"),
        ("LxW", "11 "),  # what is said along with a rupture answers the strain before it
        ("WsLx", " 1+1"),  # but the next one attends to that rupture
        ("Wrs", " !1"),
    ],
)
def test_steps_drawn(drawing: str, steps: str) -> None:
    assert picture(drawing) == [mark.strip() for mark in steps]


def test_of_two_strategies_in_one_turn_the_lower_stage_comes_first() -> None:
    assert picture("Wm") == ["", "13"]
    assert [step.name for step in path_of("Wm").steps] == [
        "acknowledges_contribution",
        "explores_fear_of_asserting",
    ]


def test_a_supporting_strategy_stands_at_the_stage_reached() -> None:
    path = path_of("Wspsbtfsasrs")
    assert [step.stage for step in path.steps] == [1, 2, 2, 3, 3, 3, 3, 4, 4, None, 4]
    assert path.stages == (1, 2, 3, 4)


def test_stages_are_listed_in_the_order_entered_repeats_in_a_row_once() -> None:
    assert path_of("WspbfpWsa").stages == (1, 2, 3, 2, 1, 4)
    assert path_of("Wspbpb").stages == (1, 2)
    assert path_of("Wb.").stages == ()


@pytest.mark.parametrize(
    ("drawing", "furthest", "back"),
    [
        ("W", 0, 0),
        ("Wb", 0, 1),  # backing off is no progress
        ("Wspb", 2, 1),
        ("Wspbtb", 2, 2),  # redirected, but the avoidance was not explored
        ("Wspbf", 3, 1),
        ("Wsvp", 4, 0),
        ("Wsr", 1, 0),
    ],
)
def test_the_furthest_stage_leaves_shifts_back_out(drawing: str, furthest: int, back: int) -> None:
    path = path_of(drawing)
    assert (path.furthest, path.shifts_back) == (furthest, back)


@pytest.mark.parametrize(
    ("drawing", "withdrawal", "confrontation"),
    [
        ("W.,", "withdrawn", None),
        ("W.p", "discontent", None),
        ("W.ap", "self_assertion", None),  # the highest shown, whatever follows
        ("Wsh", "withdrawn", None),  # hurt is a step of the other line
        ("C.,", None, "anger"),
        ("Csh", None, "hurt"),
        ("Csv", None, "vulnerability"),
        ("Csa", None, "anger"),
        ("CsWph", "discontent", "hurt"),
        ("KsW", "withdrawn", None),  # the therapist's anger is not the patient's
        ("K.,", None, None),
        ("Ksp", "discontent", None),  # nothing of the patient's to start from: what is shown
        ("Ksav", "self_assertion", "vulnerability"),
    ],
)
def test_how_far_the_patient_came(
    drawing: str, withdrawal: str | None, confrontation: str | None
) -> None:
    path = path_of(drawing)
    assert (path.withdrawal, path.confrontation) == (withdrawal, confrontation)


def test_a_secondary_rupture_puts_the_patient_on_its_line_too() -> None:
    code = UtteranceCode("t0", AGAINST, secondary=AWAY)
    path = trace_repair([CodedTurn(Speaker.PATIENT, code)], BOOK)
    assert (path.withdrawal, path.confrontation) == ("withdrawn", "anger")


@pytest.mark.parametrize(
    ("drawing", "pathways", "main"),
    [
        ("W.", (), None),
        ("Ws", (("alliance-building", 1.0),), "alliance-building"),
        ("Wsxx", (("expressive", 2 / 3), ("alliance-building", 1 / 3)), "expressive"),
        ("Wxs", (("alliance-building", 0.5), ("expressive", 0.5)), "mixed"),  # the codebook's order
        (
            "Wtsx",
            (("alliance-building", 1 / 3), ("renegotiation", 1 / 3), ("expressive", 1 / 3)),
            "mixed",
        ),
        ("Wm", (("expressive", 1.0),), "expressive"),
    ],
)
def test_pathways_by_share_of_the_strategies(
    drawing: str, pathways: tuple[tuple[str, float], ...], main: str | None
) -> None:
    path = path_of(drawing)
    assert path.pathways == pathways
    assert main_pathway(path) == main


def test_names_that_the_codebook_does_not_have_are_left_out() -> None:
    strange = UtteranceCode("t1", strategies=("hugs", "redirects"), process="levitates")
    path = trace_repair([*turns("W"), CodedTurn(Speaker.THERAPIST, strange)], BOOK)
    assert [step.name for step in path.steps] == ["redirects"]
    assert path.pathways == (("renegotiation", 1.0),)


@given(st.text(alphabet=LETTERS, max_size=40))
def test_any_episode_keeps_the_rules(drawing: str) -> None:
    path = path_of(drawing)
    codes = [turn.code for turn in turns(drawing) if turn.code is not None]
    named = [name for code in codes for name in (*code.strategies, code.process) if name]
    assert sorted(step.name for step in path.steps) == sorted(named)
    places = [int(step.utterance_id[1:]) for step in path.steps]
    assert places == sorted(places)
    assert path.shifts_back == named.count("avoids")
    assert all((step.stage is None) == (step.name == "re_engages") for step in path.steps)
    assert path.furthest == max(path.stages, default=0)
    assert all(one != other for one, other in zip(path.stages, path.stages[1:], strict=False))
    assert sum(share for _, share in path.pathways) == pytest.approx(1.0 if path.pathways else 0.0)
    assert (path.withdrawal or "withdrawn") in dict(PROGRESSIONS[Family.WITHDRAWAL])
    assert (path.confrontation or "anger") in dict(PROGRESSIONS[Family.CONFRONTATION])


def test_progressions_name_processes_of_the_codebook() -> None:
    named = {process for line in PROGRESSIONS.values() for _, process in line if process}
    assert named == {name for name in BOOK.process_names if name.startswith(("voices", "asserts"))}


def test_authored_episodes_that_were_resolved_came_further() -> None:
    sessions = read_corpus(DATA / "authored")
    coder = reference_coder(sessions)
    furthest: dict[bool, list[int]] = {True: [], False: []}
    for session in sessions:
        coding = session.coding_by(coder)
        assert coding is not None
        speakers = [u.speaker for u in session.transcript.utterances]
        coded = [CodedTurn(s, c) for s, c in zip(speakers, coding.codes, strict=True)]
        place = {u.utterance_id: at for at, u in enumerate(session.transcript.utterances)}
        for episode in find_episodes(coded):
            inside = coded[place[episode.start] : place[episode.end] + 1]
            furthest[episode.repaired].append(trace_repair(inside, BOOK).furthest)
    means = {repaired: sum(them) / len(them) for repaired, them in furthest.items()}
    assert means[True] > means[False] + 1
