"""What the benchmarks on AnnoMI have in common: options, draws, signature, what runs hold."""

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated

import typer

from rupture_nlp.codebook import load_codebook
from rupture_nlp.engines.torch_engine import TorchEngine
from rupture_nlp.evaluation.bootstrap import Resamples, resample
from rupture_nlp.evaluation.signature import Signature
from rupture_nlp.models.store import load_network
from rupture_nlp.training.misheard import Confusions
from rupture_nlp.training.outoffold import ROWS
from rupture_nlp.training.run import Corpus, refuse_seen
from training.steps import SPLIT

Runs = Annotated[Path, typer.Argument(exists=True, file_okay=False)]
Corpora = Annotated[Path, typer.Option(exists=True, file_okay=False)]
Out = Annotated[Path, typer.Option()]

SPEAKERS = ("patient", "therapist")
CODERS = "ai2 against ai1 (reference ai1)"
"""The row of what coders reach."""


def resample_groups(corpus: Corpus, draws: int = 2000, seed: int = 0) -> Resamples:
    """Draws of the corpus's groups, the same for every row of a table."""
    return resample(len({session.group for session in corpus.sessions}), draws, seed)


def signature_of(resamples: Resamples, unit: str, data_hash: str, model: str = "") -> Signature:
    """Of a table whose rows are set against gold, each column with a measure of its own."""
    return Signature(
        metric="as in the column",
        unit=unit,
        coders=("gold", "row"),
        codebook_hash=load_codebook().sha256,
        split=SPLIT.stem,
        draws=resamples.draws,
        seed=resamples.seed,
        model=model,
        data_hash=data_hash,
    )


def answers_hash(runs: Path) -> str:
    """Short hash of what the networks of all folds answered: changes with any of their weights."""
    return files_hash([runs / "out-of-fold" / ROWS])[:12]


def corpus_hash(corpus: Path) -> str:
    """Hash of words, codes and groups: of whatever changes a figure."""
    return files_hash(sorted(corpus.glob("*.csv")))


def files_hash(files: Iterable[Path]) -> str:
    """Hash of the files' content, in the order given."""
    digest = hashlib.sha256()
    for path in files:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def load_unseeing(run: Path, unseen: Corpus) -> TorchEngine:
    """The network of a run. RunError: it learned from a session of `unseen`."""
    refuse_seen(run, unseen)
    return TorchEngine(*load_network(run))


def words_misheard(corpora: Sequence[Corpus]) -> Confusions:
    """What words of these corpora are misheard as."""
    turns = (u for corpus in corpora for s in corpus.sessions for u in s.transcript.utterances)
    return Confusions.of(turn.text for turn in turns)
