"""The JSON that pages send, read strictly. What is wrong is named by field, never by value."""

from typing import Annotated, TypeVar

import anyio
from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request

from rupture_nlp.review.errors import RefusedError
from rupture_nlp.review.values import Kind
from rupture_nlp.review.web.problems import NOT_JSON, TOO_SLOW

_BODY_S = 20.0


class Body(BaseModel):
    """No unknown fields, no guessing of types."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class EnterBody(Body):
    """The token of a personal link."""

    token: Annotated[str, Field(min_length=20, max_length=200)]


class EmptyBody(Body):
    """`{}`: the address says it all."""


class AdvanceBody(Body):
    """How far the coder wants to read: the number of turns, from the first."""

    to: Annotated[int, Field(ge=0, le=1_000_000)]


class DecisionBody(Body):
    """One action of a coder. `base` is the `seq` that the page knew of this target, 0 for none."""

    client_id: str
    kind: Kind
    target: str
    base: Annotated[int, Field(ge=0)]
    value: JsonValue  # read by `value_json.from_json`, which knows what each kind takes
    reason: str | None = None


AnyBody = TypeVar("AnyBody", bound=Body)


async def read_body(request: Request, model: type[AnyBody]) -> AnyBody:
    """The request's body as this model.

    Raises:
        RefusedError: it is not JSON, or fields are missing, unknown, or of the wrong type.
        HTTPException: not declared as JSON (415), or too slow to arrive (408).
    """
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise HTTPException(NOT_JSON.status)
    content: bytes | None = None
    with anyio.move_on_after(_BODY_S):
        content = await request.body()
    if content is None:
        raise HTTPException(TOO_SLOW.status)
    problems: tuple[str, ...] = ()
    try:
        return model.model_validate_json(content)
    except ValidationError as error:
        problems = tuple(
            _problem(model, item["loc"], item["type"])
            for item in error.errors(include_url=False, include_context=False, include_input=False)
        )
    raise RefusedError(*dict.fromkeys(problems))


def _problem(model: type[Body], place: tuple[int | str, ...], kind: str) -> str:
    # An unknown field's name is input too.
    known = [part for part in place[:1] if part in model.model_fields]
    return f"{known[0] if known else 'body'}: {kind.replace('_', ' ')}"
