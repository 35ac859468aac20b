import base64
import hashlib
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rupture_nlp.reports.context import NOTICE
from rupture_nlp.reports.session_page import render_session
from rupture_nlp.schema import (
    Episode,
    EpisodeKind,
    Move,
    PredictedEpisode,
    Ratings,
    RepairPath,
    RepairStep,
    Rupture,
    SessionPrediction,
    Speaker,
    Transcript,
    Utterance,
    UtteranceCode,
    UtterancePrediction,
)
from tests.reports.made import CONTEXT, WITHOUT_TEXT, made_session
from tests.reports.page import Page

SIZES = st.integers(0, 260)
SEEDS = st.integers(0, 10_000)
HOSTILE = "</title></script><script>alert(1)</script><!-- \" ' & \x00\x1b\ud800\u202e {{ 7 * 7 }}"


def page_of(turns: int, seed: int = 0, *, with_text: bool = True, timed: bool = False) -> Page:
    transcript, prediction = made_session(turns, seed, timed=timed, with_other=True)
    context = CONTEXT if with_text else WITHOUT_TEXT
    return Page(render_session(transcript, prediction, (), context))


def small_session(
    text: str = "mhm", session_id: str = "s", turn_id: str = "a"
) -> tuple[Transcript, SessionPrediction]:
    """Two turns: a rupture of the patient with one of everything, then a therapist's `none`."""
    utterances = (
        Utterance(turn_id, Speaker.PATIENT, text),
        Utterance(f"{turn_id}'", Speaker.THERAPIST, "a b c"),
    )
    code = UtteranceCode(
        turn_id,
        rupture=Rupture.CONFRONTATION_CONTROL,
        secondary=Rupture.CONFRONTATION_AGGRESSION,
        intensity=3,
        markers=("demand",),
        process="avoids",
    )
    predictions = (
        UtterancePrediction(code, (0.25, 0.0, 0.0, 0.25, 0.5), uncertain=True),
        UtterancePrediction(UtteranceCode(f"{turn_id}'"), (1.0, 0.0, 0.0, 0.0, 0.0), False),
    )
    episode = Episode(
        "x", turn_id, f"{turn_id}'", EpisodeKind.CONFRONTATION, Speaker.PATIENT, f"{turn_id}'", 4
    )
    path = RepairPath(
        (
            RepairStep(turn_id, "avoids", 3, Move.SHIFTS_BACK),
            RepairStep(f"{turn_id}'", "redirects", 1, Move.ENTERS),
        ),
        confrontation="anger",
        pathways=(("renegotiation", 1.0),),
    )
    return Transcript(session_id, utterances), SessionPrediction(
        session_id,
        "small",
        predictions,
        (PredictedEpisode(episode, 0.75, path),),
        Ratings(resolution=4.0),
        pseudo_alliance=False,
    )


@settings(max_examples=25, deadline=None)
@given(SIZES, SEEDS, st.booleans(), st.booleans())
def test_every_page_is_well_formed_with_unique_ids_and_links_that_lead_somewhere(
    turns: int, seed: int, with_text: bool, timed: bool
) -> None:
    page = page_of(turns, seed, with_text=with_text, timed=timed)
    assert len(page.ids) == len(set(page.ids))
    assert page.references <= set(page.ids)


@settings(max_examples=25, deadline=None)
@given(SIZES, SEEDS)
def test_chips_equal_codes_and_marks_equal_ruptures(turns: int, seed: int) -> None:
    transcript, prediction = made_session(turns, seed)
    page = Page(render_session(transcript, prediction, (), CONTEXT))
    codes = [item.code for item in prediction.utterances if item is not None]
    chips = [item["data-kind"] for item in page.with_class("chip")]
    assert chips.count("rupture") == sum(code.is_rupture for code in codes)
    assert chips.count("secondary") == sum(code.secondary is not None for code in codes)
    assert chips.count("marker") == sum(len(code.markers) for code in codes)
    assert chips.count("strategy") == sum(len(code.strategies) for code in codes)
    assert chips.count("process") == sum(code.process is not None for code in codes)
    assert len(page.with_class("mark", "rupture")) == sum(code.is_rupture for code in codes)
    assert len(page.with_class("turn")) == turns
    assert len(page.with_class("episode-head")) == len(prediction.episodes)


def test_a_mark_links_to_its_own_turn_and_says_what_it_is() -> None:
    transcript, prediction = small_session()
    html = render_session(transcript, prediction, (), CONTEXT)
    start = html.index('<path class="mark rupture cc doubt"')
    link = html[html.rindex("<a ", 0, start) : start]
    assert 'href="#t0"' in link
    assert (
        "Turn a, Patient: confrontation control · 3, strong; also confrontation aggression" in link
    )
    assert "p rupture 0.75, uncertain" in link


def test_a_turn_shows_its_codes_probability_doubt_and_episode() -> None:
    transcript, prediction = small_session(text="leave me")
    page = Page(render_session(transcript, prediction, (), CONTEXT))
    first, second = page.with_class("turn")
    assert first["class"].split() == [
        *("turn", "patient", "rupture", "cc", "unsure", "inside", "repaired")
    ]
    assert second["class"].split() == ["turn", "therapist", "inside", "repaired", "plain"]
    for words in ("leave me", "demand", "avoids", "0.75", "0.00", "mostly resolved", "anger alone"):
        assert words in page.text
    bars = page.with_class("bar")
    assert bars[0]["aria-label"] == (
        "none 0.25, withdrawal from other 0.00, withdrawal from self 0.00, "
        "confrontation aggression 0.25, confrontation control 0.50"
    )
    segments = [item for tag, item in page.elements if tag == "rect" and item.get("y") == "2"]
    assert [(item["class"], item["x"], item["width"]) for item in segments] == [
        ("ca", "0", "30"),
        ("cc", "30", "60"),
    ]


def test_the_first_of_two_overlapping_episodes_takes_the_turn() -> None:
    transcript, prediction = small_session()
    first = prediction.episodes[0]
    inner = replace(first, episode=replace(first.episode, episode_id="y", resolution=1))
    page = Page(
        render_session(transcript, replace(prediction, episodes=(first, inner)), (), CONTEXT)
    )
    assert len(page.with_class("turn", "inside", "repaired")) == 2
    assert {"e1", "e2"} <= set(page.ids)


def test_without_text_no_word_of_the_session_is_on_the_page() -> None:
    transcript, prediction = small_session(text="canaryword seven of it")
    with_words = render_session(transcript, prediction, (), CONTEXT)
    without = render_session(transcript, prediction, (), WITHOUT_TEXT)
    assert "canaryword" in with_words
    assert "canaryword" not in without
    assert "4 words" in Page(without).text
    assert "holds no words of a session" in Page(without).text


def test_text_and_ids_are_shown_and_never_run() -> None:
    transcript, prediction = small_session(HOSTILE, session_id=HOSTILE, turn_id=HOSTILE)
    page = Page(render_session(transcript, prediction, (HOSTILE,), CONTEXT))
    assert len(page.all("script")) == 1
    assert "alert" not in page.raw["script"]
    assert page.text.count("<script>alert(1)</script>") >= 4
    assert "{{ 7 * 7 }}" in page.text
    page.html.encode("utf-8")  # a lone surrogate would raise
    assert not any(character in page.html for character in "\x00\x1b")


def test_hostile_facts_of_the_run_are_escaped_too() -> None:
    transcript, prediction = small_session()
    context = replace(CONTEXT, model="<b>m</b>", notes=("<i>n</i>",), overview_href="")
    page = Page(render_session(transcript, prediction, (), context))
    assert "<b>m</b> (3f2a91c0)" in page.text
    assert "<i>n</i>" in page.text
    assert "All sessions" not in page.text


def test_a_page_can_fetch_nothing() -> None:
    page = page_of(60, seed=3)
    assert "http://" not in page.html
    assert "https://" not in page.html
    assert set(page.outward) - {f"#{name}" for name in page.ids} == {"data:,", "../report.html"}
    assert not [name for _, item in page.elements for name in item if name.startswith("on")]
    assert "@import" not in page.html
    assert "url(" not in page.html.replace("url(#hatch-", "")


def test_the_policy_lets_exactly_the_pages_script_run() -> None:
    page = page_of(8)
    policy = next(item["content"] for item in page.all("meta") if "http-equiv" in item)
    digest = base64.b64encode(hashlib.sha256(page.raw["script"].encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}';" in policy
    assert policy.startswith("default-src 'none';")
    assert "connect-src" not in policy


def test_the_honest_words_stand_before_the_picture() -> None:
    html = page_of(8).html
    assert html.index(NOTICE) < html.index('<svg class="timeline"')


def test_pseudo_alliance_and_flags_are_told_in_words() -> None:
    transcript, prediction = small_session()
    text = Page(
        render_session(
            transcript,
            replace(prediction, pseudo_alliance=True),
            ("roles_suspected_swapped", "made_up_flag"),
            CONTEXT,
        )
    ).text
    assert "Check the speaker roles" in text
    assert "Made up flag." in text
    assert "Possible pseudo-alliance" in text


def test_filters_wait_for_the_script_and_count_what_they_show() -> None:
    page = page_of(200, seed=5)
    assert "hidden" in next(item for item in page.all("form") if item.get("id") == "filters")
    ruptures = len(page.with_class("turn", "rupture"))
    assert f"the turn before {ruptures}" in page.text


def test_long_ids_leave_the_picture_to_positions() -> None:
    transcript, prediction = small_session(turn_id="turn-number-1")
    page = Page(render_session(transcript, prediction, (), CONTEXT))
    assert "id turn-number-1" in page.text
    assert "Turn 1, Patient" in page.html


def test_a_prediction_for_another_transcript_is_refused() -> None:
    transcript, _ = made_session(6)
    _, prediction = made_session(7)
    with pytest.raises(ValueError, match="parallel"):
        render_session(transcript, prediction, (), CONTEXT)


def test_an_episode_at_an_unknown_turn_is_refused() -> None:
    transcript, prediction = small_session()
    lost = PredictedEpisode(Episode("z", "nowhere", "a", EpisodeKind.MIXED, Speaker.PATIENT), 0.5)
    with pytest.raises(ValueError, match="transcript lacks"):
        render_session(transcript, replace(prediction, episodes=(lost,)), (), CONTEXT)


def test_an_episode_that_ends_before_it_starts_is_refused() -> None:
    transcript, prediction = small_session()
    found = prediction.episodes[0]
    turned = replace(found, episode=replace(found.episode, start="a'", end="a"))
    with pytest.raises(ValueError, match="ends before"):
        render_session(transcript, replace(prediction, episodes=(turned,)), (), CONTEXT)


def test_the_same_session_gives_the_same_page() -> None:
    assert page_of(50, seed=2).html == page_of(50, seed=2).html
