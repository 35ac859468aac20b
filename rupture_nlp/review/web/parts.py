"""What every handler works with: the store, the settings, the counter of token tries."""

from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.requests import Request

from rupture_nlp.review.database import Store
from rupture_nlp.review.web.limits import RateLimit
from rupture_nlp.review.web.settings import Settings

_LARGEST_ID = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Parts:
    """Made once for each application."""

    store: Store
    settings: Settings
    token_tries: RateLimit
    project_name: str


def parts_of(request: Request) -> Parts:
    """The parts of the application that the request came to."""
    parts: Parts = request.app.state.parts
    return parts


def assignment_of(request: Request) -> int:
    """The number in `/session/{assignment:int}` and the like; 404 for what no row can have."""
    number: int = request.path_params["assignment"]
    if number > _LARGEST_ID:
        raise HTTPException(404)
    return number
