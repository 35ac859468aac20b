"""One thing to know about a lab's data before training, in plain words."""

from dataclasses import dataclass

from rupture_nlp.io.corpus.problems import Severity


@dataclass(frozen=True, slots=True)
class Finding:
    """An error stops training, a warning says what to expect. Counts and codes, never text."""

    severity: Severity
    topic: str  # patients, codes, coders, text, speakers, corpus, starting model
    message: str


def error(topic: str, message: str) -> Finding:
    """A finding with which training makes no sense."""
    return Finding(Severity.ERROR, topic, message)


def warning(topic: str, message: str) -> Finding:
    """A finding to know about."""
    return Finding(Severity.WARNING, topic, message)


def counted(number: int, what: str) -> str:
    """`1 session`, `12 sessions`."""
    return f"1 {what}" if number == 1 else f"{number} {what}s"
