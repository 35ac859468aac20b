"""Ribbons: everything inside the picture, upward is onward, shifts back seen, all in words."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rupture_nlp.codebook import load_codebook
from rupture_nlp.repair import trace_repair
from rupture_nlp.reports.paths import stage_words, view_path
from rupture_nlp.reports.ribbon import AXIS_Y, HEAD, LEFT, RIGHT, WIDTH, Ribbon, make_ribbon
from rupture_nlp.reports.session_page import render_session
from rupture_nlp.reports.turns import view_episodes, view_turns
from rupture_nlp.schema import (
    Episode,
    EpisodeKind,
    PredictedEpisode,
    Ratings,
    RepairPath,
    SessionPrediction,
    Transcript,
    Utterance,
    UtterancePrediction,
)
from tests.reports.made import CONTEXT, WITHOUT_TEXT, made_session
from tests.reports.page import Page
from tests.reports.test_timeline import points
from tests.test_repair import turns as drawn_turns

BOOK = load_codebook()


def session(drawing: str, resolution: int = 4) -> tuple[Transcript, SessionPrediction]:
    """One episode over all turns, coded as in `tests/test_repair.py`."""
    coded = drawn_turns(drawing)
    utterances = tuple(
        Utterance(f"t{at}", turn.speaker, f"canary{at}") for at, turn in enumerate(coded)
    )
    predictions = tuple(
        None
        if turn.code is None
        else UtterancePrediction(turn.code, (0.5, 0.5, 0.0, 0.0, 0.0), uncertain=False)
        for turn in coded
    )
    repair = next((t.code.utterance_id for t in coded if t.code and t.code.strategies), None)
    episode = Episode(
        *("1", "t0", f"t{len(coded) - 1}", EpisodeKind.WITHDRAWAL, coded[0].speaker),
        repair_start=repair,
        resolution=resolution,
    )
    found = PredictedEpisode(episode, 0.5, trace_repair(coded, BOOK))
    return Transcript("s", utterances), SessionPrediction(
        "s", "small", predictions, (found,), Ratings(), pseudo_alliance=False
    )


def ribbons_of(transcript: Transcript, prediction: SessionPrediction) -> list[Ribbon]:
    episodes = view_episodes(transcript, prediction)
    turns = view_turns(transcript, prediction, episodes, with_text=False)
    return [drawn for one in episodes if (drawn := make_ribbon(one, turns)) is not None]


def ribbon_of(drawing: str) -> Ribbon:
    (ribbon,) = ribbons_of(*session(drawing))
    return ribbon


def heights(ribbon: Ribbon, style: str) -> list[float]:
    """The middle of each mark of a style, from left to right."""
    marks = [mark for mark in ribbon.marks if style in mark.style.split()]
    return [sum(y for _, y in set(points(m.path))) / len(set(points(m.path))) for m in marks]


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 900), st.integers(0, 999))
def test_everything_is_drawn_inside_the_picture(turns: int, seed: int) -> None:
    for ribbon in ribbons_of(*made_session(turns, seed, with_other=True)):
        paths = [mark.path for mark in ribbon.marks if "strain" not in mark.style]
        for x, y in (point for path in paths for point in points(path)):
            assert LEFT - 9 <= x <= WIDTH - RIGHT + 9
            assert HEAD <= y <= AXIS_Y
        assert LEFT < ribbon.end_x <= WIDTH - RIGHT + 0.01
        assert ribbon.repair_x is None or LEFT <= ribbon.repair_x < ribbon.end_x


@settings(max_examples=40, deadline=None)
@given(st.text(alphabet="W.,uoCKLABstxfmpahvbr", min_size=1, max_size=30))
def test_every_step_and_every_rupture_has_its_mark_and_a_shift_back_its_own(drawing: str) -> None:
    transcript, prediction = session("W" + drawing)
    path = prediction.episodes[0].path
    assert path is not None
    found = ribbons_of(transcript, prediction)
    if not path.steps:
        assert not found
        return
    (ribbon,) = found
    titles = [t for m in ribbon.marks if "strain" not in m.style for t in m.title.split("; ")]
    assert len(titles) == len(path.steps)
    assert sum("shift" in mark.style for mark in ribbon.marks) == path.shifts_back
    assert ribbon.back.count("M") == path.shifts_back
    ruptures = sum(one is not None and one.code.is_rupture for one in prediction.utterances)
    assert sum("strain" in mark.style for mark in ribbon.marks) == ruptures


def test_a_higher_stage_stands_higher_and_a_return_at_the_height_reached() -> None:
    ribbon = ribbon_of("W.s.p.f.a.r")
    attended, feared = heights(ribbon, "strategy")
    discontent, asserted = heights(ribbon, "process")
    (returned,) = heights(ribbon, "return")
    assert attended > discontent > feared > asserted
    assert returned == pytest.approx(asserted, abs=0.01)
    assert ribbon.end_y == pytest.approx(asserted, abs=0.01)


def test_a_shift_back_stands_beside_the_avoidance_at_the_end_of_a_broken_line() -> None:
    ribbon = ribbon_of("W.s.b.f.r")
    (back,) = heights(ribbon, "shift")
    assert back == pytest.approx(heights(ribbon, "strategy")[1], abs=0.1)
    assert (ribbon.back.count("M"), ribbon.flow.count("M")) == (1, 2)


def test_two_strategies_of_a_turn_at_one_stage_share_a_mark() -> None:
    transcript, prediction = session("W.s")
    (found,) = prediction.episodes
    last = prediction.utterances[2]
    assert last is not None
    code = replace(last.code, strategies=("invites_feedback", "redirects"))
    turns = [*drawn_turns("W."), replace(drawn_turns("W.s")[2], code=code)]
    found = replace(found, path=trace_repair(turns, BOOK))
    (ribbon,) = ribbons_of(transcript, replace(prediction, episodes=(found,)))
    (mark,) = (mark for mark in ribbon.marks if "strategy" in mark.style)
    assert mark.title == (
        "Turn t2, Therapist: invites feedback (stage 1); Turn t2, Therapist: redirects (stage 1)"
    )
    assert mark.anchor == "t2"


def test_the_patients_strain_points_up_and_the_therapists_down() -> None:
    ribbon = ribbon_of("WsKr")
    up, down = (points(mark.path) for mark in ribbon.marks if "strain" in mark.style)
    assert min(y for _, y in up) < min(y for _, y in down)
    assert max(y for _, y in up) < max(y for _, y in down)


@pytest.mark.parametrize(
    ("drawing", "facts"),
    [
        (
            "Wspar",
            ["4, asserting the wish or need", "from withdrawal to self-assertion", "none"],
        ),
        (
            "Wsb",
            ["1, attending to the strain", "withdrawal alone (no discontent or self-assertion)"],
        ),
        ("Csh", ["2, exploring the rupture", "from anger to hurt (no vulnerability)"]),
        ("CsWxh", ["mixed: alliance-building 50 %, expressive 50 %", "from anger to hurt"]),
        ("Wb", ["none entered", "no strategy", "1"]),
    ],
)
def test_the_facts_under_a_ribbon(drawing: str, facts: list[str]) -> None:
    told = " | ".join(value for _, value in ribbon_of(drawing).way.facts)
    for fact in facts:
        assert fact in told


def test_stages_in_words() -> None:
    assert [stage_words(0), stage_words(3)] == ["none entered", "3, exploring the avoidance"]


def test_an_episode_without_a_known_way_or_without_steps_has_no_ribbon() -> None:
    transcript, prediction = session("W.,.")
    (found,) = prediction.episodes
    for path in (None, RepairPath()):
        changed = replace(prediction, episodes=(replace(found, path=path),))
        assert ribbons_of(transcript, changed) == []
        page = Page(render_session(transcript, changed, (), CONTEXT))
        assert ("no strategy and no process was found" in page.text) is (path is not None)


def test_steps_that_lie_outside_the_episode_are_not_drawn() -> None:
    transcript, prediction = session("W.s.r")
    (found,) = prediction.episodes
    short = replace(found, episode=replace(found.episode, end="t1", repair_start=None))
    episodes = view_episodes(transcript, replace(prediction, episodes=(short,)))
    turns = view_turns(transcript, prediction, episodes, with_text=False)
    assert found.path is not None
    assert view_path(found.path, episodes[0], turns).steps == ()
    assert make_ribbon(episodes[0], turns) is None


def test_the_page_draws_the_ribbon_and_says_it_in_words() -> None:
    transcript, prediction = session("W.s.p.b.f.a.r")
    html = render_session(transcript, prediction, (), WITHOUT_TEXT)
    page = Page(html)
    assert len(page.with_class("ribbon-figure")) == 1
    assert len(page.with_class("way-back")) == 1
    assert "resolution 4" in page.text
    assert "✓ repaired" in page.text
    assert "repair starts" in page.text
    # All six are told once under the picture.
    steps = page.text[page.text.index("Stages 1 → 2 → 3 → 4") :]
    for words in ("invites feedback stage 1", "avoids shift back", "re-engages back in the work"):
        assert words in " ".join(steps.split())
    assert "canary" not in html


def test_colours_of_the_ribbon_are_those_of_every_page() -> None:
    page = Page(render_session(*session("W.s"), (), CONTEXT))
    own = page.raw["style"].split("/* The ribbon")[1]
    assert "#" not in own
    assert "rgb" not in own
