"""What the page says that the report does not know."""

from dataclasses import dataclass

AI_CODED = (
    "The codes of this corpus were made by AI coders who worked from the codebook, not by people. "
    "Their mutual agreement overstates what two people reach, and a system that agrees with them "
    "is not shown to be right."
)
"""For the corpora that come with the package, whose coders are known."""

NO_VERDICT = (
    "These figures say how well labels agree on this material. They do not say that the labels "
    "are right, and decide nothing about a patient or a therapist."
)
"""For every report."""


@dataclass(frozen=True, slots=True)
class AgreementContext:
    """Facts of one run. Nothing here is read from a clock or a file."""

    date: str
    tool_version: str
    notices: tuple[str, ...] = ()  # shown at the head of the page, such as `AI_CODED`
    notes: tuple[str, ...] = ()  # further sentences for the foot of the page
