"""Sessions and suggestions come in whole, once, in an order by chance."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import func, select

from rupture_nlp.evidence import LabelledTurn, Predictions
from rupture_nlp.review.access import open_assignment
from rupture_nlp.review.database import Store, open_store
from rupture_nlp.review.errors import ReviewError
from rupture_nlp.review.folder import Project
from rupture_nlp.review.projects import Material, add_sessions, init_project, read_project
from rupture_nlp.review.suggestions import Suggestions, read_suggestions
from rupture_nlp.review.tables import SessionRow, SuggestionRow, UtteranceRow
from rupture_nlp.review.values import ChosenBy, EpisodeValue, Mode, TurnValue, check_turn
from rupture_nlp.schema import Rupture, Speaker, Transcript, Utterance, UtteranceCode
from tests.review.made import (
    MODEL,
    made_assignment,
    made_coder,
    made_predictions,
    made_project,
    made_transcript,
    made_transcripts,
)


def sessions_of(store: Store) -> list[SessionRow]:
    with store.read() as session:
        return list(session.scalars(select(SessionRow).order_by(SessionRow.position)))


def suggestions_of(store: Store, session_id: str = "s1") -> Suggestions:
    with store.read() as session:
        row = session.scalar(select(SessionRow.id).where(SessionRow.session_id == session_id))
        assert row is not None
        found = read_suggestions(session, row)
    assert found is not None
    return found


def test_a_transcript_is_stored_word_for_word(tmp_path: Path) -> None:
    (one,) = transcripts = made_transcripts(1)
    with open_store(made_project(tmp_path / "p", transcripts)) as store:
        with store.read() as session:
            rows = session.scalars(select(UtteranceRow).order_by(UtteranceRow.position)).all()
        stored = [
            Utterance(row.utterance_id, row.speaker, row.text, row.start_s, row.end_s)
            for row in rows
        ]
        (row,) = sessions_of(store)
    assert tuple(stored) == one.utterances
    assert (row.group, row.chosen_by, row.text_sha256) == (
        "group of s1",
        ChosenBy.PERSON,
        one.text_hash(),
    )


def test_the_order_depends_on_the_seed_alone(tmp_path: Path) -> None:
    transcripts = made_transcripts(8)
    orders = []
    for name, seed, given in (
        ("a", 1, transcripts),
        ("b", 1, transcripts[::-1]),
        ("c", 2, transcripts),
    ):
        init_project(Project(tmp_path / name, name, seed), Material(given))
        with open_store(tmp_path / name) as store:
            orders.append([row.session_id for row in sessions_of(store)])
    assert orders[0] == orders[1]
    assert len({tuple(order) for order in (*orders, [f"s{n}" for n in range(1, 9)])}) == 3


def test_suggestions_come_in_as_the_model_gave_them(tmp_path: Path) -> None:
    with open_store(made_project(tmp_path / "p")) as store:
        found = suggestions_of(store)
        assert (found.model, found.version) == (MODEL, "0.0.1")
        assert store.project.model == MODEL
    withdrawal = found.turns[1]
    assert withdrawal.value == TurnValue(
        Rupture.WITHDRAWAL_FROM_OTHER, intensity=2, markers=("minimal_response",)
    )
    assert withdrawal.probabilities == (0.4, 0.5, 0.05, 0.03, 0.02)
    assert [turn.uncertain for turn in found.turns[:3]] == [False, True, False]
    assert [turn.position for turn in found.turns] == list(range(11))  # not the interpreter
    assert [one.value for one in found.episodes] == [EpisodeValue(1, 3, 2, 4)]
    assert {one.name: one.value for one in found.ratings} == {
        "withdrawal_impact": 2.5,
        "confrontation_impact": 1.0,
        "resolution": 4.0,
        "therapist_contribution": 1.5,
    }


def test_sparse_results_mean_none_where_there_is_no_row(tmp_path: Path) -> None:
    transcripts = made_transcripts(1)
    dense = made_predictions(transcripts)
    (result,) = dense.sessions
    ruptures = tuple(turn for turn in result.turns if turn.code.is_rupture)
    sparse = replace(dense, sessions=(replace(result, turns=ruptures),), dense=False)
    init_project(Project(tmp_path / "p", "p", 1), Material(transcripts, {}, sparse))
    with open_store(tmp_path / "p") as store:
        found = suggestions_of(store)
    assert [turn.value.is_rupture for turn in found.turns] == [False, True, *[False] * 9]
    assert found.turns[0].probabilities == ()
    assert found.turns[0].uncertain is None


def test_a_suggestion_can_always_be_accepted(tmp_path: Path) -> None:
    # A model may break the codebook: markers of other codes, a strategy of the patient.
    transcripts = made_transcripts(1)
    (result,) = made_predictions(transcripts).sessions
    odd = [
        LabelledTurn(
            UtteranceCode(
                turn.code.utterance_id,
                Rupture.CONFRONTATION_CONTROL if place % 3 else Rupture.NONE,
                Rupture.CONFRONTATION_CONTROL,
                2,
                ("silence", "demand", "lectures", "pushes_agenda", "demand"),
                ("redirects",),
                "avoids",
            ),
            turn.speaker,
        )
        for place, turn in enumerate(result.turns)
    ]
    predictions = Predictions("odd", (replace(result, turns=tuple(odd)),), dense=True)
    init_project(Project(tmp_path / "p", "p", 1), Material(transcripts, {}, predictions))
    with open_store(tmp_path / "p") as store:
        found = suggestions_of(store)
    speakers = [turn.speaker for turn in transcripts[0].utterances]
    assert [check_turn(turn.value, speakers[turn.position]) for turn in found.turns] == [()] * 11
    assert found.turns[1].value.markers == ("demand",)
    assert found.turns[2].value.markers == ("demand", "pushes_agenda")


def another_turn(transcript: Transcript) -> Transcript:
    first, *others = transcript.utterances
    return replace(transcript, utterances=(replace(first, utterance_id="other"), *others))


def another_speaker(transcript: Transcript) -> Transcript:
    first, *others = transcript.utterances
    return replace(transcript, utterances=(replace(first, speaker=Speaker.PATIENT), *others))


def one_turn_more(transcript: Transcript) -> Transcript:
    more = Utterance("more", Speaker.PATIENT, "zebra")
    return replace(transcript, utterances=(*transcript.utterances, more))


@pytest.mark.parametrize("change", [another_turn, another_speaker, one_turn_more])
def test_predictions_of_other_turns_are_refused(
    tmp_path: Path, change: Callable[[Transcript], Transcript]
) -> None:
    transcripts = made_transcripts(2)
    predictions = made_predictions(transcripts)
    changed = [transcripts[0], change(transcripts[1])]
    with pytest.raises(ReviewError, match="1 of 2 sessions are about other turns") as caught:
        init_project(Project(tmp_path / "p", "p", 1), Material(changed, {}, predictions))
    assert "zebra" not in str(caught.value)
    assert not (tmp_path / "p").exists()


def test_a_predicted_episode_on_turns_that_are_not_there_is_refused(tmp_path: Path) -> None:
    (result,) = made_predictions(made_transcripts(1)).sessions
    sparse = Predictions("odd", (replace(result, turns=()),), dense=False)  # an episode u1 to u3
    short = [made_transcript("s1", turns=3)]
    with pytest.raises(ReviewError, match="other turns"):
        init_project(Project(tmp_path / "p", "p", 1), Material(short, {}, sparse))


def test_every_session_needs_predictions_if_any_are_given(tmp_path: Path) -> None:
    predictions = made_predictions(made_transcripts(1))
    material = Material(made_transcripts(3), {}, predictions)
    with pytest.raises(ReviewError, match=r"nothing of 2 of 3 sessions \(s2, s3\)"):
        init_project(Project(tmp_path / "p", "p", 1), material)
    many = Material(made_transcripts(8), {}, predictions)
    with pytest.raises(ReviewError, match=r"\(s2, s3, s4, s5, s6 and 2 more\)"):
        init_project(Project(tmp_path / "p", "p", 1), many)


def test_a_project_is_not_made_twice(tmp_path: Path) -> None:
    folder = made_project(tmp_path / "p")
    with pytest.raises(ReviewError, match="--add"):
        made_project(folder)
    with open_store(folder) as store:
        assert len(sessions_of(store)) == 3


def test_a_folder_with_other_files_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.docx").write_text("zebra", encoding="utf-8")
    with pytest.raises(ReviewError, match="other files"):
        made_project(tmp_path)
    assert [path.name for path in tmp_path.iterdir() if path.name[0] != "."] == ["thesis.docx"]


def test_sessions_are_added_behind_those_that_are_there(tmp_path: Path) -> None:
    folder = made_project(tmp_path / "p", made_transcripts(3))
    five = made_transcripts(5)
    taken = add_sessions(folder, Material(five, {}, made_predictions(five)))
    assert (taken.sessions, taken.suggested, taken.unchanged) == (2, 2, 3)
    with open_store(folder) as store:
        ids = [row.session_id for row in sessions_of(store)]
        assert set(ids[3:]) == {"s4", "s5"}
        assert [row.position for row in sessions_of(store)] == [0, 1, 2, 3, 4]
        with store.read() as session:
            assert session.scalar(select(func.count()).select_from(SuggestionRow)) == 5 * 11
    assert add_sessions(folder, Material(five)).sessions == 0


@pytest.mark.parametrize("change", [another_turn, another_speaker, one_turn_more])
def test_text_that_changed_is_refused_and_nothing_is_added(
    tmp_path: Path, change: Callable[[Transcript], Transcript]
) -> None:
    folder = made_project(tmp_path / "p")
    material = Material([change(made_transcript("s1")), made_transcript("s9")])
    with pytest.raises(ReviewError, match="1 session is in the project with other words") as caught:
        add_sessions(folder, material)
    assert "zebra" not in str(caught.value)
    with open_store(folder) as store:
        assert len(sessions_of(store)) == 3


def test_the_same_words_are_not_taken_in_under_another_name(tmp_path: Path) -> None:
    folder = made_project(tmp_path / "p")
    copy = replace(made_transcript("s1"), session_id="renamed")
    with pytest.raises(ReviewError, match="under another name: renamed"):
        add_sessions(folder, Material([copy]))
    with pytest.raises(ReviewError, match="under several names"):
        add_sessions(folder, Material([replace(made_transcript("s7"), session_id=n) for n in "ab"]))


@pytest.mark.parametrize(
    "utterances",
    [
        (),
        (Utterance("0", Speaker.OTHER, "zebra"),),
        (Utterance("0", Speaker.PATIENT, "zebra \ud800"),),
        (Utterance("0", Speaker.PATIENT, "zebra \0"),),
    ],
)
def test_a_transcript_that_cannot_be_coded_or_stored_is_refused(
    tmp_path: Path, utterances: tuple[Utterance, ...]
) -> None:
    with pytest.raises(ReviewError, match="1 session is without a turn") as caught:
        made_project(tmp_path / "p", [Transcript("s1", utterances)], suggestions=False)
    assert "zebra" not in str(caught.value)


def test_an_init_that_was_killed_is_completed_by_adding(tmp_path: Path) -> None:
    # What is there then: project.json, and tables or none.
    folder = made_project(tmp_path / "p", made_transcripts(1))
    for name in ("review.sqlite", ".tables.lock"):
        (folder / name).unlink()
    assert add_sessions(folder, Material(made_transcripts(2))).sessions == 2
    assert read_project(folder).name == "invented"


def test_the_group_of_a_session_goes_with_its_assignment(tmp_path: Path) -> None:
    with open_store(made_project(tmp_path / "p")) as store:
        ada = made_coder(store, "ada")
        made = made_assignment(store, "s2", "ada", Mode.BLIND)
        with store.read() as session:
            assert open_assignment(session, made.id, ada.coder).group == "group of s2"
