"""The model card of a lab's model, filled from its training. It names nobody and no place."""

from dataclasses import dataclass
from importlib import resources

import torch
from jinja2 import Environment, StrictUndefined

from rupture_nlp.models.config import WindowConfig
from rupture_nlp.models.decision import Decision
from rupture_nlp.training.card import Parity
from rupture_nlp.training.lab.counts import class_counts
from rupture_nlp.training.lab.data import LabData
from rupture_nlp.training.lab.memorise import Memorisation
from rupture_nlp.training.lab.score import Measured
from rupture_nlp.training.lab.start import Start
from rupture_nlp.training.lab.verdict import Verdict
from rupture_nlp.training.lab.wording import (
    markdown_tables,
    not_known,
    shown,
    thinly_taught,
)
from rupture_nlp.training.processes import process_count
from rupture_nlp.training.settings import TrainSettings

TEMPLATE = "model_card.md.j2"
_POLICIES = {
    "gold": "the agreed (adjudicated) codes",
    "majority": "the code that most coders gave",
    "soft": "soft labels: each coder's code with the same share",
    "one": "one coder",
}


@dataclass(frozen=True, slots=True)
class CardFacts:
    """All that the card tells."""

    name: str
    data: LabData
    start: Start
    train: TrainSettings
    windows: WindowConfig
    choices: tuple[int, ...]
    epochs: int
    chosen: bool  # the epochs, inside the folds
    nested: bool
    rows: dict[str, Measured]
    verdict: Verdict
    decision: Decision
    parity: Parity
    memorisation: Memorisation | None
    layer: bool
    draws: int


def render_lab_card(facts: CardFacts) -> str:
    """The card as Markdown."""
    source = resources.files("rupture_nlp.training.lab").joinpath(TEMPLATE)
    template = Environment(undefined=StrictUndefined, autoescape=False).from_string(  # noqa: S701  # Markdown
        source.read_text(encoding="utf-8")
    )
    labels = facts.data.labels
    return template.render(
        facts=facts,
        sessions=len(facts.data.sessions),
        groups=len(facts.data.groups),
        coders=len(facts.data.coders),
        policy=_POLICIES.get(facts.data.policy.name, "one coder"),
        classes=", ".join(labels.classes),
        unknown=(*not_known(labels), *thinly_taught(class_counts(facts.data), labels)),
        speakers=" and ".join(speaker.value for speaker in labels.speakers),
        tables=markdown_tables(facts.rows),
        shown=shown,
        cuda=torch.cuda.is_available(),
        processes=process_count(),
    )
