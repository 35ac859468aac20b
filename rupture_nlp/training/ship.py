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
from rupture_nlp.training.card import measure_parity, render_card
from rupture_nlp.training.outoffold import OutOfFold
from rupture_nlp.training.run import DONE


@dataclass(frozen=True, slots=True)
class SequencePart:
    """The layer that ships, fitted on the out-of-fold rows, and the table of its figures."""

    layer: SequenceLayer
    table: Path


def make_bundle(
    run_folder: Path,
    out_of_fold: OutOfFold,
    name: str,
    table: Path,
    out: Path,
    sequence: SequencePart | None = None,
) -> Path:
    """Write the bundle `out` from a finished run.

    Temperatures and thresholds come from `out_of_fold`, predictions of networks that were trained
    like this one but without the sessions they predict. `table` holds the benchmark's figures in
    Markdown, for the model card.

    Raises:
        RunError: the run is not done, or the table is missing.
    """
    signature = run_folder / DONE
    if not signature.is_file():
        raise RunError(f"{run_folder}: this run is not done. Start it again; it goes on.")
    for one in _tables(table, sequence):
        if not one.is_file():
            raise RunError(f"{one}: no figures there. Run the benchmark before making the bundle.")
    content = signature.read_bytes()
    training = json.loads(content)
    network, tokenizer = load_network(run_folder)
    codebook = load_codebook()
    decision = fit_decision(out_of_fold)
    info = BundleInfo(
        name=name,
        version=_version(content, sequence),
        codebook_version=codebook.version,
        codebook_sha256=codebook.sha256,
        decision=decision,
    )
    parity = measure_parity(run_folder, sample_sessions(), decision)
    tables = [one.read_text(encoding="utf-8").strip() for one in _tables(table, sequence)]
    card = render_card(run_folder, name, decision, parity, tables)
    layer = None if sequence is None else sequence.layer
    return write_bundle(out, network, tokenizer, info, training, card, sequence=layer)


def _tables(table: Path, sequence: SequencePart | None) -> list[Path]:
    return [table, *([sequence.table] if sequence else [])]


def _version(run: bytes, sequence: SequencePart | None) -> str:
    """Of settings, seed, versions and data, and of what the sequence layer came to."""
    digest = hashlib.sha256(run)
    if sequence is not None:
        digest.update(json.dumps(asdict(sequence.layer.info)).encode())
    return digest.hexdigest()[:8]


def sample_sessions() -> tuple[Transcript, ...]:
    """The sessions that ship with the package."""
    sample = Path(str(resources.files("rupture_nlp.resources"))) / "sample"
    roles = read_roles(sample / "roles.csv")
    return tuple(
        session for path in find_transcripts([sample]) for session in read_transcripts(path, roles)
    )
