"""From a finished run to a bundle."""

import hashlib
import json
from dataclasses import asdict, dataclass
from importlib import resources
from pathlib import Path

from rupture_nlp.codebook import load_codebook
from rupture_nlp.errors import RunError
from rupture_nlp.io.discover import find_transcripts
from rupture_nlp.io.read import read_transcripts
from rupture_nlp.io.roles import read_roles
from rupture_nlp.models.bundle import BundleInfo, write_bundle
from rupture_nlp.models.sequence_store import SequenceLayer
from rupture_nlp.models.store import load_network
from rupture_nlp.schema import Transcript
from rupture_nlp.training.calibrate import fit_decision
from rupture_nlp.training.card import CardTexts, measure_parity, render_card
from rupture_nlp.training.outoffold import OutOfFold
from rupture_nlp.training.run import DONE


@dataclass(frozen=True, slots=True)
class CardSources:
    """Markdown files that the model card takes over, see `card.CardTexts`."""

    recipe: Path
    table: Path
    sequence_table: Path | None = None

    def read(self) -> CardTexts:
        """Their texts.

        Raises:
            RunError: one of them is missing.
        """
        sequence = None if self.sequence_table is None else _text(self.sequence_table)
        return CardTexts(_text(self.recipe), _text(self.table), sequence)


def _text(path: Path) -> str:
    if not path.is_file():
        raise RunError(f"{path}: not there. Run the benchmarks before making the bundle.")
    return path.read_text(encoding="utf-8").strip()


def make_bundle(
    run_folder: Path,
    out_of_fold: OutOfFold,
    name: str,
    card: CardSources,
    out: Path,
    layer: SequenceLayer | None = None,
) -> Path:
    """Write the bundle `out` from a finished run.

    Temperatures and thresholds come from `out_of_fold`, predictions of networks that were trained
    like this one but without the sessions they predict; `layer` was fitted on these.

    Raises:
        RunError: the run is not done, or a text for the card is missing.
    """
    signature = run_folder / DONE
    if not signature.is_file():
        raise RunError(f"{run_folder}: this run is not done. Start it again; it goes on.")
    texts = card.read()
    content = signature.read_bytes()
    training = json.loads(content)
    network, tokenizer = load_network(run_folder)
    codebook = load_codebook()
    decision = fit_decision(out_of_fold)
    info = BundleInfo(
        name=name,
        version=_version(content, layer),
        codebook_version=codebook.version,
        codebook_sha256=codebook.sha256,
        decision=decision,
    )
    parity = measure_parity(run_folder, sample_sessions(), decision)
    rendered = render_card(run_folder, name, decision, parity, texts)
    return write_bundle(out, network, tokenizer, info, training, rendered, sequence=layer)


def _version(run: bytes, layer: SequenceLayer | None) -> str:
    """Of settings, seed, versions and data, and of what the sequence layer came to."""
    digest = hashlib.sha256(run)
    if layer is not None:
        digest.update(json.dumps(asdict(layer.info)).encode())
    return digest.hexdigest()[:8]


def sample_sessions() -> tuple[Transcript, ...]:
    """The sessions that ship with the package."""
    sample = Path(str(resources.files("rupture_nlp.resources"))) / "sample"
    roles = read_roles(sample / "roles.csv")
    return tuple(
        session for path in find_transcripts([sample]) for session in read_transcripts(path, roles)
    )
