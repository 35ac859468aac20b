"""What can go wrong in a review project, by what the caller should answer.

No message holds a value, a turn's words or a coder's comment.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rupture_nlp.errors import RuptureNlpError

if TYPE_CHECKING:
    from rupture_nlp.review.values import Kind, Value


@dataclass(frozen=True, slots=True)
class Present:
    """What holds for one target now: its last decision. `value` None: taken back or never given;
    `seq` 0: never decided."""

    kind: "Kind"
    target: str
    value: "Value | None"
    seq: int


class ReviewError(RuptureNlpError):
    """Base class; also a project folder that cannot be used."""


class NotFoundError(ReviewError):
    """There is no such thing, or it is another coder's: the two are not told apart."""


class ForbiddenError(ReviewError):
    """The coder may not do this, or not at this time, such as code after finishing."""


class ConflictError(ReviewError):
    """Somebody decided on the same target in between. `current` is what holds now."""

    def __init__(self, current: Present) -> None:
        super().__init__("this was changed elsewhere in the meantime. Look at it again.")
        self.current = current


class RefusedError(ReviewError):
    """Values that the codebook or the session does not allow. `problems` name field and rule."""

    def __init__(self, *problems: str) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems
