"""The values of the tables, worked by hand."""

from dataclasses import replace

from rupture_nlp.pipeline.columns import Cell
from rupture_nlp.pipeline.figures import LabelledSession
from rupture_nlp.pipeline.result_tables import SESSIONS
from rupture_nlp.pipeline.session_tables import EPISODES
from rupture_nlp.pipeline.utterance_table import UTTERANCES
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


def turn(place: int, speaker: Speaker, start: float | None) -> Utterance:
    end = None if start is None else start + 10.0
    return Utterance(str(place), speaker, f"=words {place}", start, end)


def said(place: int, code: Rupture, p: tuple[float, ...]) -> UtterancePrediction:
    intensity = None if code is Rupture.NONE else 2
    made = UtteranceCode(str(place), code, intensity=intensity)
    return UtterancePrediction(made, p, uncertain=place == 1)


def session(*, timed: bool = True) -> LabelledSession:
    # T none, P aggression, other, T control, P withdrawal; starts at 60 s, ends at 360 s: 5 minutes
    speakers = (
        *(Speaker.THERAPIST, Speaker.PATIENT, Speaker.OTHER),
        *(Speaker.THERAPIST, Speaker.PATIENT),
    )
    starts = (60.0, 100.0, 150.0, 200.0, 350.0) if timed else (None,) * 5
    turns = tuple(turn(i, s, t) for i, (s, t) in enumerate(zip(speakers, starts, strict=True)))
    made = (
        said(0, Rupture.NONE, (0.9, 0.025, 0.025, 0.025, 0.025)),
        said(1, Rupture.CONFRONTATION_AGGRESSION, (0.2, 0.1, 0.1, 0.5, 0.1)),
        None,
        said(3, Rupture.CONFRONTATION_CONTROL, (0.3, 0.0, 0.0, 0.0, 0.7)),
        said(4, Rupture.WITHDRAWAL_FROM_OTHER, (0.4, 0.6, 0.0, 0.0, 0.0)),
    )
    episode = Episode("1", "1", "4", EpisodeKind.MIXED, Speaker.PATIENT, "3", 4)
    path = RepairPath(
        (
            RepairStep("3", "redirects", 1, Move.ENTERS),
            RepairStep("4", "voices_hurt", 2, Move.ENTERS),
            RepairStep("4", "avoids", 3, Move.SHIFTS_BACK),
        ),
        confrontation="hurt",
        pathways=(("expressive", 0.6), ("renegotiation", 0.4)),
    )
    return LabelledSession(
        session_id="s1",
        file="in/s1.txt",
        transcript=Transcript("s1", turns),
        prediction=SessionPrediction(
            session_id="s1",
            coder="fake",
            utterances=made,
            episodes=(PredictedEpisode(episode, 2 / 3, path),),
            ratings=Ratings(1.5, 3.0, 4.0, None),
            pseudo_alliance=False,
        ),
        flags=("under_10_turns", "seen_in_training"),
    )


def sessions_row(labelled: LabelledSession) -> dict[str, Cell]:
    [cells] = SESSIONS.cells(labelled, with_text=False)
    return {c.name: cell for c, cell in zip(SESSIONS.columns, cells, strict=True)}


def test_the_figures_of_a_session_worked_by_hand() -> None:
    row = sessions_row(session())
    expected: dict[str, Cell] = {
        "session_id": "s1",
        "coder": "fake",
        "withdrawal_impact": 1.5,
        "confrontation_impact": 3.0,
        "resolution": 4.0,
        "therapist_contribution": None,
        "file": "in/s1.txt",
        "turns": 5,
        "duration_s": 300.0,
        "pseudo_alliance": False,
        "patient_turns": 2,
        "patient_ruptures": 2,
        "patient_withdrawal_from_other": 1,
        "patient_withdrawal_from_self": 0,
        "patient_confrontation_aggression": 1,
        "patient_confrontation_control": 0,
        "patient_ruptures_per_100_turns": 100.0,
        "patient_ruptures_per_10_minutes": 4.0,  # two in five minutes
        "patient_episodes": 1,
        "patient_episodes_repaired": 1,
        "patient_expected_ruptures": 1.4,  # 0.8 + 0.6
        "patient_expected_withdrawal_from_other": 0.7,
        "patient_expected_withdrawal_from_self": 0.1,
        "patient_expected_confrontation_aggression": 0.5,
        "patient_expected_confrontation_control": 0.1,
        "therapist_turns": 2,
        "therapist_ruptures": 1,
        "therapist_ruptures_per_100_turns": 50.0,
        "therapist_ruptures_per_10_minutes": 2.0,
        "therapist_episodes": 0,
        "therapist_episodes_repaired": 0,
        "therapist_expected_ruptures": 0.8,  # 0.1 + 0.7
        "not_english": False,
        "under_10_turns": True,
        "seen_in_training": True,
    }
    assert {name: row[name] for name in expected} == expected


def test_rates_that_are_not_known_are_empty() -> None:
    row = sessions_row(session(timed=False))
    assert row["duration_s"] is None
    assert row["patient_ruptures_per_10_minutes"] is None
    assert row["patient_ruptures_per_100_turns"] == 100.0
    silent = session()
    only_other = tuple(Utterance(str(i), Speaker.OTHER, "x") for i in range(5))
    silent = LabelledSession(
        "s1",
        "s1.txt",
        Transcript("s1", only_other),
        SessionPrediction("s1", "fake", (None,) * 5, (), Ratings(), pseudo_alliance=False),
        (),
    )
    row = sessions_row(silent)
    assert row["patient_turns"] == 0
    assert row["patient_ruptures_per_100_turns"] is None


def test_the_rows_of_the_utterances_table() -> None:
    rows = [
        dict(zip([c.name for c in UTTERANCES.columns], cells, strict=True))
        for cells in UTTERANCES.cells(session(), with_text=True)
    ]
    assert [row["rupture"] for row in rows] == [
        *("none", "confrontation_aggression", None, "confrontation_control"),
        "withdrawal_from_other",
    ]
    assert [row["uncertain"] for row in rows] == [False, True, None, False, False]
    assert [row["p_rupture"] for row in rows] == [0.1, 0.8, None, 0.7, 0.6]
    assert rows[1]["p_confrontation_aggression"] == 0.5
    assert rows[1]["intensity"] == 2
    other = {name for name, cell in rows[2].items() if cell is not None}
    assert other == {
        *("session_id", "utterance_id", "file", "speaker", "coder", "start_s", "end_s", "text")
    }


def test_an_utterance_without_a_rupture_code_is_uncodable() -> None:
    labelled = session()
    code = UtteranceCode("0", rupture=None)
    made = UtterancePrediction(code, (1.0, 0.0, 0.0, 0.0, 0.0), uncertain=False)
    row = next(iter(UTTERANCES.rows(labelled)))
    column = next(c for c in UTTERANCES.columns if c.name == "rupture")
    assert column.value(type(row)(labelled, row.utterance, made)) == "uncodable"


def test_the_row_of_an_episode() -> None:
    [cells] = EPISODES.cells(session(), with_text=False)
    assert cells == [
        *("s1", "fake", "1", "1", "4", "mixed", "patient", "3", 4, "in/s1.txt"),
        *(True, 0.666667, "1|2", 2, None, "hurt", 1, "expressive", 0.0, 0.4, 0.6),
    ]


def test_an_episode_of_which_no_path_is_known_has_empty_cells() -> None:
    labelled = session()
    (found,) = labelled.prediction.episodes
    prediction = replace(labelled.prediction, episodes=(replace(found, path=None),))
    [cells] = EPISODES.cells(replace(labelled, prediction=prediction), with_text=False)
    assert cells[-9:] == [None] * 9


def test_an_episode_without_a_step_reached_no_stage_and_took_no_pathway() -> None:
    labelled = session()
    (found,) = labelled.prediction.episodes
    path = RepairPath(withdrawal="withdrawn")
    prediction = replace(labelled.prediction, episodes=(replace(found, path=path),))
    [cells] = EPISODES.cells(replace(labelled, prediction=prediction), with_text=False)
    assert cells[-9:] == [None, 0, "withdrawn", None, 0, *[None] * 4]
