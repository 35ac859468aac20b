"""The page on which a lead settles disagreements, and what it reads.

Nothing here names a coder or says which column is the model's. Decisions go through the same
address as those of coding.
"""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from rupture_nlp.review.adjudication import Adjudication, Item, Standing, read_adjudication
from rupture_nlp.review.value_json import to_json
from rupture_nlp.review.values import TurnValue
from rupture_nlp.review.web.access import lead_of
from rupture_nlp.review.web.frames import frame_of
from rupture_nlp.review.web.parts import assignment_of, parts_of
from rupture_nlp.review.web.templating import page_response

JsonObject = dict[str, object]


@dataclass(frozen=True, slots=True)
class AdjudicationPage:
    """What the template needs; the rest comes through the interface."""

    assignment: int
    session_id: str
    waiting: int  # coders who are still in their first pass
    here: str = "adjudication"


def adjudication_page(request: Request) -> Response:
    """The page's frame; leads only."""
    found = _read(request)
    page = AdjudicationPage(found.assignment.id, found.assignment.session_id, found.waiting)
    return page_response("adjudication.html", page, frame_of(request))


def adjudication_json(request: Request) -> JSONResponse:
    """Everything on the page. Turns that need no word are left out of `items`: all coders gave
    `none`, and nobody decided otherwise."""
    found = _read(request)
    return JSONResponse(
        {
            "assignment": {
                "id": found.assignment.id,
                "session_id": found.assignment.session_id,
                "finished": found.assignment.finished,
                "turns_total": found.assignment.turns_total,
            },
            "columns": list(found.columns),
            "turns": [
                {
                    "position": turn.position,
                    "utterance_id": turn.utterance_id,
                    "speaker": turn.speaker.value,
                    "text": turn.text,
                    "start_s": turn.start_s,
                }
                for turn in found.turns
            ],
            "items": [_item_json(item) for item in found.items if not _is_nothing(item)],
            "open": found.open,
        }
    )


def _read(request: Request) -> Adjudication:
    store, coder = parts_of(request).store, lead_of(request).coder
    return read_adjudication(store, assignment_of(request), coder)


def _is_nothing(item: Item) -> bool:
    return (
        item.standing is Standing.AGREED
        and item.agreed == TurnValue()
        and not item.remarks
        and item.seq == 0
    )


def _item_json(item: Item) -> JsonObject:
    return {
        "kind": item.kind.value,
        "target": item.target,
        "standing": item.standing.value,
        "agreed": to_json(item.agreed),
        "options": [
            {"label": option.label, "value": to_json(option.value)} for option in item.options
        ],
        "remarks": list(item.remarks),
        "decision": {"value": to_json(item.value), "reason": item.reason} if item.decided else None,
        "seq": item.seq,
        "open": item.open,
    }


routes = [
    Route("/adjudicate/{assignment:int}", adjudication_page),
    Route("/api/adjudications/{assignment:int}", adjudication_json),
]
