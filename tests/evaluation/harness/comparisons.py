"""Comparisons of small sessions, and their numbers by name."""

from collections.abc import Sequence

from rupture_nlp.evaluation.bootstrap import resample
from rupture_nlp.evaluation.harness.comparison import Comparison
from rupture_nlp.evaluation.harness.quantities import Drawn
from rupture_nlp.evaluation.harness.settings import HarnessSettings
from rupture_nlp.evaluation.pairing import pair
from rupture_nlp.evidence import LabelledTurn, Predictions, SessionResult
from rupture_nlp.schema import CodedSession
from tests.evaluation.sessions import coding


def compared(
    sessions: Sequence[CodedSession],
    other: Predictions | str = "b",
    settings: HarnessSettings | None = None,
    draws: int = 20,
) -> Comparison:
    """`gold` beside another coder or a system; turns without a prediction are dropped."""
    paired = pair(sessions, "gold", other, allow_missing=True)
    draw = resample(len(paired.groups.names), draws)
    return Comparison(paired, draw, settings or HarnessSettings())


def with_chances(
    name: str,
    codes: str,
    chances: Sequence[float | None],
    shares: Sequence[float] = (0.5, 0.25, 0.125, 0.125),
) -> SessionResult:
    """A result with the chance of a rupture of each turn, shared out over the four codes."""
    return SessionResult(
        name,
        tuple(
            LabelledTurn(
                code,
                probabilities=None
                if chance is None
                else (1.0 - chance, *(chance * share for share in shares)),
            )
            for code, chance in zip(coding(name, "m", codes).codes, chances, strict=True)
            if code is not None
        ),
    )


def drawn(
    found: Sequence[Drawn], variable: str, metric: str, label: str = "", speaker: str = "patient"
) -> Drawn:
    """The one number with this name."""
    wanted = (speaker, variable, metric, label)
    (one,) = (
        d for d in found if (d.key.speaker, d.key.variable, d.key.metric, d.key.label) == wanted
    )
    return one


def number(
    found: Sequence[Drawn], variable: str, metric: str, label: str = "", speaker: str = "patient"
) -> float:
    return drawn(found, variable, metric, label, speaker).estimate
