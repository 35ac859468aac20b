"""The supervision view: facts of unrepaired episodes beside fixed tables; material, not advice."""

import json
import re
from dataclasses import replace
from importlib import resources

import pytest

from rupture_nlp.codebook import load_codebook
from rupture_nlp.reports.session_page import render_session
from rupture_nlp.reports.supervision import (
    Unrepaired,
    load_material,
    short_source,
    tables_for,
    view_unrepaired,
)
from rupture_nlp.reports.turns import TurnView, view_episodes, view_turns
from rupture_nlp.schema import EpisodeKind, Family, SessionPrediction, Transcript
from tests.reports.made import CONTEXT, WITHOUT_TEXT
from tests.reports.page import Page
from tests.reports.test_ribbon import session

BOOK = load_codebook()


def unrepaired(drawing: str, kind: EpisodeKind = EpisodeKind.WITHDRAWAL) -> Unrepaired:
    transcript, prediction = of_kind(drawing, kind)
    episodes = view_episodes(transcript, prediction)
    (one,) = view_unrepaired(episodes, view_turns(transcript, prediction, episodes, True))
    return one


def of_kind(drawing: str, kind: EpisodeKind) -> tuple[Transcript, SessionPrediction]:
    transcript, prediction = session(drawing, resolution=2)
    (found,) = prediction.episodes
    found = replace(found, episode=replace(found.episode, kind=kind))
    return transcript, replace(prediction, episodes=(found,))


def ids(turns: tuple[TurnView, ...]) -> list[str]:
    return [turn.utterance_id for turn in turns]


def test_what_the_therapist_did_is_strategies_own_ruptures_or_nothing() -> None:
    one = unrepaired("W,sKxW")
    assert (one.opening.utterance_id, ids(one.strategies), ids(one.ruptures)) == (
        *("t0", ["t2", "t4"], ["t3"]),
    )
    assert one.used == {"invites_feedback", "acknowledges_contribution"}
    nothing = unrepaired("W.,W")
    assert (nothing.strategies, nothing.ruptures) == ((), ())
    assert nothing.next_turn is not None
    assert nothing.next_turn.utterance_id == "t2"
    assert unrepaired("W").next_turn is None


def test_the_opening_rupture_of_a_therapist_is_told_once() -> None:
    one = unrepaired("K.K")
    assert (one.opening.utterance_id, ids(one.ruptures)) == ("t0", ["t2"])


@pytest.mark.parametrize(
    ("drawing", "words"),
    [
        ("W.b", "No stage was entered"),
        ("W.s", "attended to, no more"),
        ("W.sp", "began to be explored"),
        ("W.sbf", "What keeps the patient from saying it was explored"),
        ("W.sa", "A wish or need was said"),
    ],
)
def test_what_the_model_describes_goes_by_the_furthest_stage(drawing: str, words: str) -> None:
    assert words in unrepaired(drawing).stage


@pytest.mark.parametrize(
    ("kind", "families"),
    [
        (EpisodeKind.WITHDRAWAL, ("withdrawal",)),
        (EpisodeKind.CONFRONTATION, ("confrontation",)),
        (EpisodeKind.MIXED, ("withdrawal", "confrontation")),
    ],
)
def test_a_kind_of_episode_has_the_tables_of_its_families(
    kind: EpisodeKind, families: tuple[str, ...]
) -> None:
    one = unrepaired("W.,", kind)
    assert one.families == families
    assert tuple(table.family.value for table in tables_for([one])) == families


def test_repaired_episodes_and_those_without_a_known_way_are_left_out() -> None:
    transcript, prediction = session("W.sr", resolution=4)
    page = Page(render_session(transcript, prediction, (), CONTEXT))
    assert "For supervision" not in page.text
    transcript, prediction = session("W.sr", resolution=2)
    (found,) = prediction.episodes
    blind = replace(prediction, episodes=(replace(found, path=None),))
    assert "For supervision" not in Page(render_session(transcript, blind, (), CONTEXT)).text


@pytest.mark.parametrize("drawing", ["W,sKxW", "W.,W", "W", "K.K"])
def test_the_section_says_what_it_is_not_and_has_words_only_with_text(drawing: str) -> None:
    transcript, prediction = of_kind(drawing, EpisodeKind.MIXED)
    with_words = render_session(transcript, prediction, (), CONTEXT)
    without = render_session(transcript, prediction, (), WITHOUT_TEXT)
    section = without[without.index('id="supervision"') :]
    assert "not advice about a patient" in section.split("</p>")[0]
    shown = " ".join(Page(without).text.split())
    assert "this project's reading of the sources" in shown
    assert "Nobody trained in the 3RS has checked it against the manual" in shown
    assert all(source in shown for source in load_material().sources)
    assert "canary0" in with_words[with_words.index('id="supervision"') :]
    assert "canary" not in without
    assert Page(without).references <= set(Page(without).ids)


def test_a_strategy_that_was_found_is_marked_in_each_table() -> None:
    transcript, prediction = of_kind("W,x", EpisodeKind.MIXED)
    page = Page(render_session(transcript, prediction, (), CONTEXT))
    assert page.text.count("acknowledges contribution ✓") == 2
    assert len(page.with_class("tag", "used")) == 2


def test_the_tables_cover_every_strategy_of_the_codebook_once() -> None:
    material = load_material()
    assert [table.family for table in material.families] == list(Family)
    for table in material.families:
        names = [strategy.name for strategy in table.strategies]
        assert sorted(names) == sorted(BOOK.strategy_names)
        central = {strategy.name for strategy in table.strategies if strategy.central}
        assert 0 < len(central) < len(names)
    assert len(material.stages) == 5


def test_every_statement_has_a_source_and_every_source_is_used() -> None:
    raw = resources.files("rupture_nlp.resources").joinpath("supervision.json").read_text("utf-8")
    data = json.loads(raw)
    entries = [*data["families"].values(), *data["stages"].values()]
    entries += [one for family in data["families"].values() for one in family["strategies"]]
    cited = {source for entry in entries for source in entry["sources"]}
    assert all(entry["sources"] for entry in entries)
    assert cited == set(data["sources"])


def test_the_tables_describe_and_do_not_instruct() -> None:
    material = load_material()
    told = [strategy.described for table in material.families for strategy in table.strategies]
    told += [words for words, _ in material.stages] + [table.aim for table in material.families]
    instructing = re.compile(r"\b(should|must|needs? to|ought|try to|recommend\w*|your?)\b", re.I)
    assert not [words for words in told if instructing.search(words)]
    promising = re.compile(r"\b(resolves?|leads? to|heals?|repairs the|proven|works best)\b", re.I)
    assert not [words for words in told if promising.search(words)]
    assert all("described in the literature" in table.aim for table in material.families)


@pytest.mark.parametrize(
    ("full", "short"),
    [
        ("Muran, J. C. (2019). Title (with brackets). Journal, 1, 2-3.", "Muran 2019"),
        ("Safran, J. D., & Muran, J. C. (1996). Title. J, 1, 2-3.", "Safran & Muran 1996"),
        ("Bennett, D., Parry, G., & Ryle, A. (2006). T. J, 1, 2.", "Bennett et al. 2006"),
    ],
)
def test_a_source_in_short(full: str, short: str) -> None:
    assert short_source(full) == short
