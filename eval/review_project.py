"""The project that the review application is timed with: one long session among many."""

import random
from dataclasses import dataclass
from pathlib import Path
from typing import cast as typed

from eval.review_client import Json
from rupture_nlp.evidence import LabelledTurn, Predictions, SessionResult
from rupture_nlp.review.assignment import Task, assign_listed
from rupture_nlp.review.coders import Coder, add_coder, coder_of_token
from rupture_nlp.review.coding import decide
from rupture_nlp.review.database import open_store
from rupture_nlp.review.folder import Project
from rupture_nlp.review.projects import Material, init_project
from rupture_nlp.review.value_json import from_json
from rupture_nlp.review.values import Change, Kind, Mode
from rupture_nlp.schema import Rupture, Speaker, Transcript, Utterance, UtteranceCode

LONG = "long"
MODEL = "made-model"
SEED = 20260105
RARE = 0.1
"""How often a turn carries something."""

_WORDS = "well i was thinking about what you said last time and it did not sit right with me"


@dataclass(frozen=True, slots=True)
class Sizes:
    """Of the project and of the measurement."""

    turns: int = 2000
    sessions: int = 50
    other_turns: int = 300
    actions: int = 1000
    pages: int = 60
    others: int = 7


@dataclass(frozen=True, slots=True)
class Entry:
    """Who enters where: the tokens of the coder, the lead and the others, and their assignments."""

    coder: str
    lead: str
    others: tuple[str, ...]
    number: int
    other_numbers: tuple[int, ...]


def make_project(folder: Path, sizes: Sizes) -> Entry:
    """A long session and shorter ones, all with suggestions; half of the long one is coded."""
    transcripts = [_transcript(LONG, sizes.turns)]
    transcripts += [_transcript(f"s{at}", sizes.other_turns) for at in range(1, sizes.sessions)]
    predictions = Predictions(MODEL, tuple(map(_result, transcripts)), dense=True)
    init_project(Project(folder, "speed", SEED), Material(transcripts, {}, predictions))
    with open_store(folder) as store:
        tokens = [add_coder(store, f"coder{at}") for at in range(1 + sizes.others)]
        lead = add_coder(store, "lead", lead=True)
        tasks = [Task(LONG, "coder0", Mode.ASSISTED)]
        tasks += [
            Task(f"s{at}", f"coder{at % (1 + sizes.others)}", Mode.ASSISTED)
            for at in range(1, sizes.sessions)
        ]
        made = {one.session_id: one.id for one in assign_listed(store, tasks)}
        coder = coder_of_token(store, tokens[0])
        draw = random.Random(SEED)  # noqa: S311  # no secret
        for position in range(0, sizes.turns if coder else 0, 2):
            value = from_json(Kind.TURN, value_of(position, draw))
            change = Change(Kind.TURN, str(position), value, 0, f"before-{position}")
            decide(store, made[LONG], typed("Coder", coder), change)
    others = tuple(made[f"s{at}"] for at in range(1, 1 + sizes.others))
    return Entry(tokens[0], lead, tuple(tokens[1:]), made[LONG], others)


def value_of(position: int, draw: random.Random) -> Json:
    """Codes of a turn: rupture or none by the patient, a strategy now and then by the therapist."""
    if position % 2 == 0:
        return {"rupture": "none", "strategies": ["redirects"] if draw.random() < RARE else []}
    if draw.random() < RARE:
        return {
            "rupture": "withdrawal_from_other",
            "intensity": draw.randint(1, 3),
            "markers": ["minimal_response"],
        }
    return {"rupture": "none"}


def _transcript(session_id: str, turns: int) -> Transcript:
    words = _WORDS.split()
    return Transcript(
        session_id,
        tuple(
            Utterance(
                str(at),
                Speaker.PATIENT if at % 2 else Speaker.THERAPIST,
                " ".join([session_id, str(at), *(words[: 3 + at % 14] * (1 + at % 3))]),
                float(4 * at),
                float(4 * at + 3),
            )
            for at in range(turns)
        ),
    )


def _result(transcript: Transcript) -> SessionResult:
    turns = []
    for at, turn in enumerate(transcript.utterances):
        code = UtteranceCode(turn.utterance_id)
        five = (0.9, 0.04, 0.03, 0.02, 0.01)
        if at % 20 == 1:
            code = UtteranceCode(turn.utterance_id, Rupture.WITHDRAWAL_FROM_OTHER, intensity=2)
            five = (0.4, 0.5, 0.05, 0.03, 0.02)
        turns.append(LabelledTurn(code, turn.speaker, five, uncertain=code.is_rupture))
    return SessionResult(transcript.session_id, tuple(turns))
