"""The codebook, as a page to read and as JSON for the coding page."""

import dataclasses
import json
from dataclasses import dataclass
from functools import cache
from importlib import resources

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from rupture_nlp.codebook import Codebook, Marker, load_codebook
from rupture_nlp.reports.words import SHORT_CODES
from rupture_nlp.review.web.frames import frame_of
from rupture_nlp.review.web.templating import page_response, words


@dataclass(frozen=True, slots=True)
class Rules:
    """How to decide, in the codebook's own words; one paragraph or rule a string."""

    unit: tuple[str, ...]
    therapist: tuple[str, ...]
    deciding: tuple[str, ...]
    strategies: tuple[str, ...]
    process: tuple[str, ...]
    episodes: tuple[str, ...]
    ratings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CodeShown:
    """A rupture code with its markers. `style` is its class in the style sheets, "" for `none`."""

    name: str
    abbreviation: str
    family: str | None
    style: str
    direction: str | None
    description: str
    markers: tuple[Marker, ...]


@dataclass(frozen=True, slots=True)
class CodebookPage:
    """What the codebook page shows."""

    book: Codebook
    codes: tuple[CodeShown, ...]
    rules: Rules
    here: str = "codebook"


@cache
def load_rules() -> Rules:
    """Read the packaged rules, the prose of the codebook beside its names."""
    content = (
        resources.files("rupture_nlp.resources").joinpath("coding_rules.json").read_text("utf-8")
    )
    return Rules(**{name: tuple(texts) for name, texts in json.loads(content).items()})


def codebook_page(request: Request) -> Response:
    """The codebook to read from top to bottom."""
    page = CodebookPage(load_codebook(), _codes(), load_rules())
    return page_response("codebook.html", page, frame_of(request))


def codebook_json(request: Request) -> Response:
    """The codebook as the pages show it beside the text: all names in their order, with
    definitions, and the rules in words to read."""
    del request
    return Response(_codebook_json(), media_type="application/json")


@cache
def _codebook_json() -> bytes:
    book = dataclasses.asdict(load_codebook())
    del book["crosswalks"]  # names of other schemes: nothing for a coder
    book["ruptures"] = [dataclasses.asdict(code) for code in _codes()]
    for code in book["ruptures"]:
        del code["markers"]  # they stand in a list of their own
    for name in ("ruptures", "markers", "strategies", "processes"):
        for entry in book[name]:
            entry["description"] = words(entry["description"])
    rules = dataclasses.asdict(load_rules())
    book["rules"] = {name: tuple(map(words, texts)) for name, texts in rules.items()}
    return json.dumps(book).encode()


def _codes() -> tuple[CodeShown, ...]:
    book = load_codebook()
    return tuple(
        CodeShown(
            name=entry.code.value,
            abbreviation=entry.abbreviation,
            family=entry.code.family and entry.code.family.value,
            style=SHORT_CODES.get(entry.code, ""),
            direction=entry.direction,
            description=entry.description,
            markers=tuple(marker for marker in book.markers if marker.code is entry.code),
        )
        for entry in book.ruptures
    )


routes = [
    Route("/codebook", codebook_page),
    Route("/api/codebook", codebook_json),
]
