"""Whether an engine answers as the reference does, on this machine.

Exporters and arithmetic libraries have given wrong answers without a word. So before its first use
with a model each of them answers for invented sessions that ship with the package, and so does
torch in 32 bits.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib import resources
from pathlib import Path

import numpy as np

from rupture_nlp.engines.base import Answers, Floats
from rupture_nlp.io.atomic import write_text
from rupture_nlp.io.read import read_transcript
from rupture_nlp.schema import Speaker, Utterance

LARGEST = 0.01
"""Most by which any probability of an engine in 32 bits may differ from the reference's."""

MEAN = 0.05
"""Most by which the probabilities of an engine in fewer bits may differ in the mean. This finds
arithmetic that is wrong; whether it is good enough to be chosen unasked is settled by `gate`."""

_SESSIONS = ("alder-s06.txt", "elm-s14.jsonl")
_PROBABILITIES = ("intensity", "markers", "strategies", "processes")


@dataclass(frozen=True, slots=True)
class Parity:
    """How far an engine's answers lie from the reference's."""

    turns: int
    largest: float  # difference of any probability
    mean: float  # difference of the probabilities of the five rupture codes
    agreement: float  # share of turns with the same most probable code
    passed: bool


def parity_sessions() -> tuple[tuple[Utterance, ...], ...]:
    """Two invented sessions, and a few turns of which one is longer than a window."""
    folder = Path(str(resources.files("rupture_nlp.resources"))) / "sample"
    sessions = tuple(read_transcript(folder / name).utterances for name in _SESSIONS)
    everything = " ".join(turn.text for turn in sessions[0])
    speakers = (Speaker.THERAPIST, Speaker.PATIENT, Speaker.OTHER, Speaker.PATIENT)
    odd = zip(speakers, ("Mm.", everything, "", "I don't know."), strict=True)
    turns = (Utterance(str(at), *spoken) for at, spoken in enumerate(odd))
    return (*sessions, tuple(turns))


def compare(ours: Sequence[Answers], exact: Sequence[Answers], precision: str) -> Parity:
    """Measure and judge; both hold the answers for the same sessions."""
    codes = np.concatenate([softmax(one.rupture) for one in ours])
    exact_codes = np.concatenate([softmax(one.rupture) for one in exact])
    apart = abs(codes - exact_codes)
    pairs = list(zip(ours, exact, strict=True))
    others = [abs(getattr(a, n) - getattr(b, n)).max() for a, b in pairs for n in _PROBABILITIES]
    # Not `max` of Python, which passes over what is no number.
    largest, mean = float(np.max([apart.max(), *others])), float(apart.mean())
    agreed = codes.argmax(axis=1) == exact_codes.argmax(axis=1)
    near = largest <= LARGEST if precision == "fp32" else mean <= MEAN
    passed = bool(near and np.isfinite(largest))
    return Parity(len(codes), largest, mean, float(agreed.mean()), passed)


def softmax(scores: Floats) -> Floats:
    """Scores to probabilities, (turns, codes) each."""
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def read_parity(path: Path) -> Parity | None:
    """What was measured before; None where nothing was, or the file is damaged."""
    try:
        return Parity(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def write_parity(path: Path, parity: Parity) -> None:
    """Keep what was measured."""
    write_text(path, json.dumps(asdict(parity)) + "\n")
