"""The model card, filled from the run, the decisions and the benchmark's figures."""

import json
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import numpy as np
from jinja2 import Environment, StrictUndefined
from tokenizers import Tokenizer

from rupture_nlp.engines.torch_engine import TorchEngine
from rupture_nlp.label.decide import calibrated
from rupture_nlp.models.decision import Decision
from rupture_nlp.models.network import LabelNetwork
from rupture_nlp.models.store import load_network
from rupture_nlp.schema import Speaker, Transcript
from rupture_nlp.training.calibrate import SCREENING_RECALL
from rupture_nlp.training.run import DONE


@dataclass(frozen=True, slots=True)
class Parity:
    """How far the stored 16-bit weights are from the 32-bit ones that were trained."""

    sessions: int
    turns: int
    changed: int  # turns whose rupture code differs
    largest: float  # largest difference of a code's probability


def measure_parity(
    run_folder: Path, sessions: tuple[Transcript, ...], decision: Decision
) -> Parity:
    """Label `sessions` with both and compare."""
    network, tokenizer = load_network(run_folder)
    stored, _ = load_network(run_folder)
    return compare_networks(network, stored, tokenizer, sessions, decision)


def compare_networks(
    trained: LabelNetwork,
    stored: LabelNetwork,
    tokenizer: Tokenizer,
    sessions: tuple[Transcript, ...],
    decision: Decision,
) -> Parity:
    """Label `sessions` with `trained` and with `stored`, whose weights are rounded to 16 bits."""
    stored.load_state_dict({k: v.half().float() for k, v in stored.state_dict().items()})
    engines = TorchEngine(trained, tokenizer), TorchEngine(stored, tokenizer)
    turns = changed = 0
    largest = 0.0
    for session in sessions:
        full, half = (_probabilities(e, session, decision) for e in engines)
        thresholds = np.array([_threshold(u.speaker, decision) for u in session.utterances])
        turns += len(full)
        largest = max(largest, float(np.abs(full - half).max()))
        changed += int((_codes(full, thresholds) != _codes(half, thresholds)).sum())
    return Parity(len(sessions), turns, changed, largest)


@dataclass(frozen=True, slots=True)
class CardTexts:
    """What a card takes over, as Markdown: of encoder and stages, and the benchmarks' tables with
    their signatures, of the codes and of the sequence layer where the model has one."""

    recipe: str
    table: str
    sequence_table: str | None = None


def render_card(
    run_folder: Path, name: str, decision: Decision, parity: Parity, texts: CardTexts
) -> str:
    """The card as Markdown."""
    signature = json.loads((run_folder / DONE).read_text(encoding="utf-8"))
    source = resources.files("rupture_nlp.training").joinpath("model_card.md.j2")
    template = Environment(undefined=StrictUndefined, autoescape=False).from_string(  # noqa: S701  # Markdown
        source.read_text(encoding="utf-8")
    )
    return template.render(
        name=name,
        windows=signature["settings"]["windows"],
        training_context=signature["settings"]["context_tokens"],
        sessions=len(signature["sessions"]),
        parity=parity,
        recipe=texts.recipe,
        table=texts.table,
        sequence_table=texts.sequence_table,
        decision=decision,
        recall=SCREENING_RECALL,
    )


def _probabilities(engine: TorchEngine, session: Transcript, decision: Decision) -> np.ndarray:
    logits = engine.answer(session.utterances).rupture
    rows = [
        calibrated(row, decision.of(u.speaker))
        for row, u in zip(logits, session.utterances, strict=True)
    ]
    return np.stack(rows)


def _threshold(speaker: Speaker, decision: Decision) -> float:
    return decision.of(speaker).thresholds["counting"]


def _codes(p: np.ndarray, thresholds: np.ndarray) -> np.ndarray:
    return np.where(1.0 - p[:, 0] >= thresholds, 1 + p[:, 1:].argmax(axis=1), 0)
