"""Small invented projects for the tests of the review application.

    with open_store(made_project(tmp_path / "project")) as store:
        ada = made_coder(store, "ada")
        blind = made_assignment(store, "s1", "ada", Mode.BLIND)
        decide(store, blind.id, ada.coder, made_change(1, withdrawal()))

Every turn's text starts with `words of s1, turn 0`, so a test can look for it where none may be.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

from rupture_nlp.evidence import LabelledTurn, Predictions, SessionResult
from rupture_nlp.review.access import Assignment
from rupture_nlp.review.assignment import Task, assign_listed
from rupture_nlp.review.coders import Coder, add_coder, coder_of_token
from rupture_nlp.review.database import Store
from rupture_nlp.review.folder import Project
from rupture_nlp.review.projects import Material, init_project
from rupture_nlp.review.values import Change, Kind, Mode, TurnValue, Value
from rupture_nlp.schema import (
    Episode,
    EpisodeKind,
    PredictedEpisode,
    Ratings,
    Rupture,
    Speaker,
    Transcript,
    Utterance,
    UtteranceCode,
)

MODEL = "invented-model"
TURNS = 12
START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)

_CLIENT_IDS = count(1)


@dataclass(frozen=True, slots=True)
class MadeCoder:
    """A coder and the token of the personal link."""

    coder: Coder
    token: str


def ticking(start: datetime = START) -> Callable[[], datetime]:
    """A clock that moves on by a second whenever it is read."""
    seconds = count()
    return lambda: start + timedelta(seconds=next(seconds))


def made_transcript(session_id: str, turns: int = TURNS) -> Transcript:
    """Therapist and patient by turns, the therapist first; the last turn of twelve or more is by an
    interpreter. Utterance ids are `u0`, `u1`, ..."""
    speakers = [Speaker.PATIENT if place % 2 else Speaker.THERAPIST for place in range(turns)]
    if turns >= TURNS:
        speakers[-1] = Speaker.OTHER
    return Transcript(
        session_id,
        tuple(
            Utterance(
                f"u{place}",
                speaker,
                f"words of {session_id}, turn {place}, said so that it is as long as most",
                start_s=5.0 * place,
                end_s=5.0 * place + 4.0,
            )
            for place, speaker in enumerate(speakers)
        ),
    )


def made_transcripts(sessions: int = 3, turns: int = TURNS) -> tuple[Transcript, ...]:
    """Sessions `s1`, `s2`, ..."""
    return tuple(made_transcript(f"s{number}", turns) for number in range(1, sessions + 1))


def made_predictions(transcripts: Sequence[Transcript]) -> Predictions:
    """The patient's first turn (`u1`) is a withdrawal, near the threshold, answered by a strategy
    (`u2`) and ended by a return to the work (`u3`); everything else is `none`."""
    return Predictions(
        coder=MODEL,
        sessions=tuple(map(_made_result, transcripts)),
        dense=True,
        signature=(("model_version", "0.0.1"), ("preset", "counting")),
    )


def made_project(
    folder: Path,
    transcripts: Sequence[Transcript] | None = None,
    *,
    suggestions: bool = True,
    database: str | None = None,
) -> Path:
    """A project with these sessions, three short ones by default; returns its folder."""
    chosen = made_transcripts() if transcripts is None else transcripts
    predictions = made_predictions(chosen) if suggestions else None
    groups = {one.session_id: f"group of {one.session_id}" for one in chosen}
    project = Project(folder, name="invented", seed=1, database=database)
    init_project(project, Material(chosen, groups, predictions))
    return folder


def made_coder(store: Store, name: str, *, lead: bool = False) -> MadeCoder:
    """Add a coder."""
    token = add_coder(store, name, lead=lead)
    coder = coder_of_token(store, token)
    assert coder is not None
    return MadeCoder(coder, token)


def made_assignment(
    store: Store, session_id: str, coder: str, mode: Mode, *, progressive: bool = False
) -> Assignment:
    """Give a coder a session, all turns open unless told."""
    tasks = [Task(session_id, coder, mode)]
    (made,) = assign_listed(store, tasks, progressive=progressive)
    return made


def made_change(
    target: int | str,
    value: Value | None,
    base: int = 0,
    *,
    client_id: str | None = None,
    reason: str | None = None,
) -> Change:
    """A change with a client id of its own. A whole number is a turn's position, `e` with eight hex
    digits an episode, anything else a rating."""
    kind = Kind.TURN if isinstance(target, int) else Kind.RATING
    if isinstance(target, str) and target[:1] == "e" and len(target) == len("e1234abcd"):
        kind = Kind.EPISODE
    chosen = client_id or f"made-{next(_CLIENT_IDS)}"
    return Change(kind, str(target), value, base, chosen, reason)


def withdrawal(comment: str | None = None) -> TurnValue:
    """What a coder may give a patient's turn."""
    return TurnValue(
        Rupture.WITHDRAWAL_FROM_OTHER,
        intensity=2,
        markers=("minimal_response",),
        comment=comment,
    )


def _made_result(transcript: Transcript) -> SessionResult:
    codes = {
        "u1": UtteranceCode(
            "u1", Rupture.WITHDRAWAL_FROM_OTHER, intensity=2, markers=("minimal_response",)
        ),
        "u2": UtteranceCode("u2", strategies=("invites_feedback",)),
        "u3": UtteranceCode("u3", process="re_engages"),
    }
    turns = []
    for turn in transcript.utterances:
        if turn.speaker is not Speaker.OTHER:
            code = codes.get(turn.utterance_id, UtteranceCode(turn.utterance_id))
            five = (
                (0.4, 0.5, 0.05, 0.03, 0.02) if code.is_rupture else (0.9, 0.04, 0.03, 0.02, 0.01)
            )
            turns.append(LabelledTurn(code, turn.speaker, five, uncertain=code.is_rupture))
    episode = Episode(
        "1", "u1", "u3", EpisodeKind.WITHDRAWAL, Speaker.PATIENT, repair_start="u2", resolution=4
    )
    return SessionResult(
        transcript.session_id,
        tuple(turns),
        (PredictedEpisode(episode, p_repaired=0.75),),
        Ratings(2.5, 1.0, 4.0, 1.5),
    )
