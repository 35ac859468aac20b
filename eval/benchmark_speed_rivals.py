"""What users pick instead, on the same encoder weights: built as a user would build it.

    pipeline   Hugging Face `pipeline("text-classification")`, fed a list of texts
    sorted     plain torch: tokenise, sort by length, batches of 32, pad each to its longest

Each reads the utterance alone, or joined to its eight predecessors, which then stand before it;
what is longer than 512 tokens loses its beginning.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor
from transformers import (
    AutoConfig,
    AutoModelForSequenceClassification,
    AutoTokenizer,
    PreTrainedModel,
    PreTrainedTokenizerFast,
    pipeline,
)
from transformers.utils import logging as transformers_logging

from rupture_nlp.models.bundle import Bundle
from rupture_nlp.models.places import TOKENIZER
from rupture_nlp.schema import RUPTURES, Transcript

NEIGHBOURS = 8
LONGEST = 512  # tokens, special ones included
SORTED_BATCH = 32
PIPELINE_BATCHES = (1, 8, 32)
PIPELINE, SORTED = "pipeline", "sorted"


@dataclass(frozen=True, slots=True)
class Rival:
    """A recipe and its settings."""

    recipe: str  # PIPELINE or SORTED
    context: bool  # joined to its neighbours
    batch: int
    precision: str

    @property
    def family(self) -> str:
        """The recipe with its context, whatever batch and precision."""
        return (
            f"{self.recipe}, {NEIGHBOURS} neighbours joined"
            if self.context
            else (f"{self.recipe}, utterance alone")
        )

    @property
    def setting(self) -> str:
        return f"batch {self.batch}, {self.precision}"

    @property
    def name(self) -> str:
        return f"{self.family}, {self.setting}"


def all_rivals(batches: Sequence[int] = PIPELINE_BATCHES) -> tuple[Rival, ...]:
    """Every recipe with every setting."""
    settings = [(PIPELINE, batch) for batch in batches] + [(SORTED, SORTED_BATCH)]
    return tuple(
        Rival(recipe, context, batch, precision)
        for context in (False, True)
        for recipe, batch in settings
        for precision in ("fp32", "bf16")
    )


def rival_texts(sessions: Sequence[Transcript], *, context: bool) -> list[str]:
    """One text an utterance; neighbours never come from another session."""
    neighbours = NEIGHBOURS if context else 0
    return [
        # White space makes no token: whatever else stood between them would cost time.
        "\n".join(u.text for u in session.utterances[max(at - neighbours, 0) : at + 1])
        for session in sessions
        for at in range(len(session.utterances))
    ]


def write_rival(bundle: Bundle, folder: Path) -> Path:
    """The bundle's encoder with a new classification head of five codes, as transformers has it.

    Raises:
        RuntimeError: not every weight of the encoder found its place.
    """
    options = {k: v for k, v in bundle.config.encoder.items() if k != "model_type"}
    kind = str(bundle.config.encoder["model_type"])
    config = AutoConfig.for_model(kind, **options, num_labels=len(RUPTURES))
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = AutoModelForSequenceClassification.from_config(config)
    encoder = getattr(model, model.base_model_prefix)
    found = encoder.load_state_dict(bundle.network.encoder.state_dict(), strict=False)
    new = [name for name in found.missing_keys if not name.startswith("pooler.")]
    if new or found.unexpected_keys:
        raise RuntimeError(f"{len(new) + len(found.unexpected_keys)} weights have no place")
    with silent():
        model.save_pretrained(folder)
    tokens = bundle.config.tokens
    names = {
        f"{kind}_token": bundle.tokenizer.id_to_token(token)
        for kind, token in (("cls", tokens.open), ("sep", tokens.close), ("pad", tokens.pad))
    }
    PreTrainedTokenizerFast(
        tokenizer_file=str(bundle.folder / TOKENIZER),
        model_max_length=min(LONGEST, int(config.max_position_embeddings)),
        truncation_side="left",  # the utterance itself stands at the end
        **names,
    ).save_pretrained(folder)
    return folder


class Rivals:
    """The models of a folder by precision, and the recipes that run them."""

    def __init__(self, folder: Path) -> None:
        self._tokenizer = AutoTokenizer.from_pretrained(folder)
        self.longest = int(self._tokenizer.model_max_length)
        with silent():
            self._models = {
                precision: AutoModelForSequenceClassification.from_pretrained(
                    folder, dtype=dtype
                ).eval()
                for precision, dtype in (("fp32", torch.float32), ("bf16", torch.bfloat16))
            }

    def lengths(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text as the model reads it."""
        return [len(ids) for ids in self._token_ids(texts)]

    def runner(self, rival: Rival, texts: Sequence[str]) -> Callable[[], list[str]]:
        """What labels these texts, from text to one label each, in their order."""
        model = self._models[rival.precision]
        if rival.recipe == SORTED:
            return lambda: self._run_sorted(model, texts, rival.batch)
        with silent():
            classify = pipeline("text-classification", model=model, tokenizer=self._tokenizer)

        def run() -> list[str]:
            found = classify(list(texts), batch_size=rival.batch, truncation=True)
            return [str(one["label"]) for one in found]

        return run

    @torch.inference_mode()
    def _run_sorted(self, model: PreTrainedModel, texts: Sequence[str], batch: int) -> list[str]:
        token_ids = self._token_ids(texts)
        order = sorted(range(len(texts)), key=lambda at: -len(token_ids[at]))
        labels = [""] * len(texts)
        for first in range(0, len(order), batch):
            rows = order[first : first + batch]
            ids, attention = self._padded([token_ids[at] for at in rows])
            found = model(input_ids=ids, attention_mask=attention).logits.argmax(dim=-1)
            for at, label in zip(rows, found.tolist(), strict=True):
                labels[at] = model.config.id2label[label]
        return labels

    def _token_ids(self, texts: Sequence[str]) -> list[list[int]]:
        found: list[list[int]] = self._tokenizer(
            list(texts), truncation=True, return_attention_mask=False
        )["input_ids"]
        return found

    def _padded(self, rows: Sequence[list[int]]) -> tuple[Tensor, Tensor]:
        longest = max(len(row) for row in rows)
        pad = self._tokenizer.pad_token_id
        ids = torch.tensor([row + [pad] * (longest - len(row)) for row in rows])
        attention = torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in rows])
        return ids, attention


@contextmanager
def tokenizing_in_parallel() -> Iterator[None]:
    """Let a recipe's tokenizer use all cores, as it does for users; the package switches it off."""
    name = "TOKENIZERS_PARALLELISM"
    before = os.environ.get(name)
    os.environ[name] = "true"
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before


@contextmanager
def silent() -> Iterator[None]:
    """Without the progress bars and remarks of transformers."""
    before = transformers_logging.get_verbosity()
    transformers_logging.set_verbosity_error()
    transformers_logging.disable_progress_bar()
    try:
        yield
    finally:
        transformers_logging.set_verbosity(before)
        transformers_logging.enable_progress_bar()
