import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rupture_nlp.reports import shapes
from rupture_nlp.reports.timeline import LEFT, RIGHT, ROW_TURNS, WIDTH, Row, make_rows
from rupture_nlp.reports.turns import view_episodes, view_turns
from rupture_nlp.schema import Rupture, SessionPrediction, Speaker, Transcript
from tests.reports.made import made_session


def rows_of(transcript: Transcript, prediction: SessionPrediction) -> tuple[Row, ...]:
    episodes = view_episodes(transcript, prediction)
    return make_rows(view_turns(transcript, prediction, episodes, False), episodes)


def points(path: str) -> list[tuple[float, float]]:
    """Where a pen that draws a mark goes. Reads the commands that `shapes` writes."""
    x = y = 0.0
    visited = []
    for command, listed in re.findall(r"([MvhlaHVz])([^MvhlaHVz]*)", path):
        numbers = [float(item) for item in listed.split()]
        if command == "M":
            x, y = numbers
        elif command == "v":
            y += numbers[0]
        elif command == "h":
            x += numbers[0]
        elif command in "la" and numbers:
            x, y = x + numbers[-2], y + numbers[-1]
        elif command == "H":
            x = numbers[0]
        elif command == "V":
            y = numbers[0]
        visited.append((x, y))
    return visited


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 900), st.integers(0, 999), st.booleans())
def test_everything_is_drawn_inside_the_picture(turns: int, seed: int, timed: bool) -> None:
    transcript, prediction = made_session(turns, seed, timed=timed, with_other=True)
    for row in rows_of(transcript, prediction):
        paths = [mark.path for mark in row.marks] + [band.bracket for band in row.bands]
        for x, y in (point for path in paths for point in points(path)):
            assert LEFT - 6 <= x <= WIDTH
            assert 0 <= y <= row.axis_y
        for band in row.bands:
            assert LEFT <= band.x <= band.x + band.width <= WIDTH - RIGHT + 0.01
            assert band.label_x + 8 * len(band.label) <= WIDTH


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 900), st.integers(0, 999))
def test_rows_hold_every_turn_once_and_no_more_than_fit(turns: int, seed: int) -> None:
    transcript, prediction = made_session(turns, seed)
    rows = rows_of(transcript, prediction)
    blocks = [lane.blocks.count("M") for row in rows for lane in row.lanes]
    assert sum(blocks) == turns
    assert all(sum(lane.blocks.count("M") for lane in row.lanes) <= ROW_TURNS for row in rows)
    assert [row.first for row in rows] == sorted({row.first for row in rows})


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 900), st.integers(0, 999))
def test_every_episode_is_drawn_in_every_row_it_touches_and_named_once_at_most(
    turns: int, seed: int
) -> None:
    transcript, prediction = made_session(turns, seed)
    rows = rows_of(transcript, prediction)
    starts = [row.first for row in rows] + [turns]
    for episode in view_episodes(transcript, prediction):
        for row, end in zip(rows, starts[1:], strict=True):
            touches = episode.first < end and episode.last >= row.first
            assert sum(band.anchor == episode.anchor for band in row.bands) == touches


@pytest.mark.parametrize(
    ("speaker", "rupture", "toward_the_other"),
    [
        (Speaker.THERAPIST, Rupture.CONFRONTATION_CONTROL, True),
        (Speaker.THERAPIST, Rupture.WITHDRAWAL_FROM_SELF, False),
        (Speaker.PATIENT, Rupture.CONFRONTATION_AGGRESSION, True),
        (Speaker.PATIENT, Rupture.WITHDRAWAL_FROM_OTHER, False),
    ],
)
def test_confrontation_points_at_the_other_speaker_and_withdrawal_away(
    speaker: Speaker, rupture: Rupture, toward_the_other: bool
) -> None:
    for seed in range(40):
        transcript, prediction = made_session(150, seed)
        codes = [item.code.rupture if item else None for item in prediction.utterances]
        for row in rows_of(transcript, prediction):
            middle = {lane.speaker: lane.y for lane in row.lanes}
            other = "patient" if speaker is Speaker.THERAPIST else "therapist"
            for mark in row.marks:
                position = int(mark.anchor[1:])
                if mark.kind != "rupture" or codes[position] is not rupture:
                    continue
                if transcript.utterances[position].speaker is not speaker:
                    continue
                own = middle[speaker.value]
                toward = middle[other] > own
                farthest = max((y for _, y in points(mark.path)), key=lambda y: abs(y - own))
                assert (farthest > own) == (toward is toward_the_other)
                return
    pytest.fail("no such rupture was drawn")


def test_a_stronger_rupture_is_drawn_higher() -> None:
    heights = []
    for strength in (1, 2, 3):
        ys = [y for _, y in points(shapes.pill(0, 100, 8, -10.0 * strength))]
        heights.append(max(ys) - min(ys))
    assert heights == [10, 20, 30]


def test_a_spike_comes_to_a_point_and_returns_to_its_base() -> None:
    # shaft of 15, point of 5 (no more than half the height, at most 0.8 of the width)
    assert shapes.spike(10, 100, 6.25, -20) == "M10 100v-15l3.12 -5l3.12 5v15z"
    # wide and low: the point takes half of the height
    assert shapes.spike(0, 50, 20, 10) == "M0 50v5l10 5l10 -5v-5z"


def test_coordinates_are_short_and_never_minus_zero() -> None:
    assert [shapes.n(value) for value in (-0.001, 0.0, 10.0, 2.5, 1 / 3, -4.126)] == [
        *("0", "0", "10", "2.5", "0.33", "-4.13")
    ]
