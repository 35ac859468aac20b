"""What the service gives, as the coding page reads it."""

from rupture_nlp.review.coding import Assignment, CodingView, Turn, may_see_suggestions
from rupture_nlp.review.errors import Present
from rupture_nlp.review.suggestions import SuggestedTurn, Suggestions
from rupture_nlp.review.value_json import Json, to_json
from rupture_nlp.review.values import Decision
from rupture_nlp.schema import UNCODABLE

JsonObject = dict[str, object]


def view_json(view: CodingView) -> JsonObject:
    """Everything on the page. `suggestions` is null for whom they are not meant."""
    return {
        "assignment": assignment_json(view.assignment),
        "turns": [turn_json(turn) for turn in view.turns],
        "decisions": [present_json(present) for present in view.present],
        "suggestions": None if view.suggestions is None else _suggestions_json(view.suggestions),
    }


def assignment_json(assignment: Assignment) -> JsonObject:
    """The state of an assignment. Neither who chose the session nor by what: that would hint."""
    return {
        "id": assignment.id,
        "session_id": assignment.session_id,
        "mode": assignment.mode.value,
        "progressive": assignment.progressive,
        "finished": assignment.finished,
        "revealed": assignment.revealed,
        "second_pass": assignment.second_pass,
        "turns_total": assignment.turns_total,
        "reached": assignment.reached,
        "may_see_suggestions": may_see_suggestions(assignment),
    }


def turn_json(turn: Turn) -> JsonObject:
    """One turn of the transcript."""
    return {
        "position": turn.position,
        "utterance_id": turn.utterance_id,
        "speaker": turn.speaker.value,
        "text": turn.text,
        "start_s": turn.start_s,
    }


def present_json(present: Present) -> dict[str, Json | str]:
    """What holds for one target now."""
    return {
        "kind": present.kind.value,
        "target": present.target,
        "value": to_json(present.value),
        "seq": present.seq,
    }


def decision_json(decision: Decision) -> JsonObject:
    """A decision that was recorded. The value is the one that was sent."""
    return {
        "kind": decision.kind.value,
        "target": decision.target,
        "seq": decision.seq,
        "at": decision.at.isoformat(),
        "second_pass": decision.second_pass,
    }


def _suggestions_json(suggestions: Suggestions) -> JsonObject:
    return {
        "model": suggestions.model,
        "turns": [_suggested_turn_json(turn) for turn in suggestions.turns],
        "episodes": [
            {
                "start": episode.value.start,
                "end": episode.value.end,
                "repair_start": episode.value.repair_start,
                "resolution": episode.value.resolution,
                "p_repaired": episode.p_repaired,
            }
            for episode in suggestions.episodes
        ],
        "ratings": {rating.name: rating.value for rating in suggestions.ratings},
    }


def _suggested_turn_json(turn: SuggestedTurn) -> JsonObject:
    value = turn.value
    return {
        "position": turn.position,
        "rupture": UNCODABLE if value.rupture is None else value.rupture.value,
        "secondary": None if value.secondary is None else value.secondary.value,
        "p": list(turn.probabilities),
        "uncertain": turn.uncertain,
        "intensity": value.intensity,
        "markers": list(value.markers),
        "strategies": list(value.strategies),
        "process": value.process,
    }
