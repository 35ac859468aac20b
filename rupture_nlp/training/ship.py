"""From a finished run to a bundle."""

import hashlib
import json
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


def make_bundle(
    run_folder: Path,
    out_of_fold: OutOfFold,
    name: str,
    table: Path,
    out: Path,
    sequence: SequenceLayer | None = None,
) -> Path:
    """Write the bundle `out` from a finished run.

    Temperatures and thresholds come from `out_of_fold`, predictions of networks that were trained
    like this one but without the sessions they predict; `sequence` was fitted on them. `table`
    holds the benchmark's figures in Markdown, for the model card.

    Raises:
        RunError: the run is not done, or the table is missing.
    """
    signature = run_folder / DONE
    if not signature.is_file():
        raise RunError(f"{run_folder}: this run is not done. Start it again; it goes on.")
    if not table.is_file():
        raise RunError(f"{table}: no figures there. Run the benchmark before making the bundle.")
    content = signature.read_bytes()
    training = json.loads(content)
    network, tokenizer = load_network(run_folder)
    codebook = load_codebook()
    decision = fit_decision(out_of_fold)
    info = BundleInfo(
        name=name,
        version=hashlib.sha256(content).hexdigest()[:8],  # of settings, seed, versions and data
        codebook_version=codebook.version,
        codebook_sha256=codebook.sha256,
        decision=decision,
    )
    parity = measure_parity(run_folder, sample_sessions(), decision)
    card = render_card(run_folder, name, decision, parity, table.read_text(encoding="utf-8"))
    return write_bundle(out, network, tokenizer, info, training, card, sequence=sequence)


def sample_sessions() -> tuple[Transcript, ...]:
    """The sessions that ship with the package."""
    sample = Path(str(resources.files("rupture_nlp.resources"))) / "sample"
    roles = read_roles(sample / "roles.csv")
    return tuple(
        session for path in find_transcripts([sample]) for session in read_transcripts(path, roles)
    )
