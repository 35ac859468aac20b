"""From a finished run to a bundle."""

import json
from pathlib import Path

from rupture_nlp.codebook import load_codebook
from rupture_nlp.errors import RunError
from rupture_nlp.models.bundle import BundleInfo, write_bundle
from rupture_nlp.models.store import load_network
from rupture_nlp.training.calibrate import fit_decision
from rupture_nlp.training.outoffold import OutOfFold
from rupture_nlp.training.run import DONE


def make_bundle(run_folder: Path, out_of_fold: OutOfFold, name: str, card: Path, out: Path) -> Path:
    """Write the bundle `out` from a finished run.

    Temperatures and thresholds come from `out_of_fold`, predictions of networks that were trained
    like this one but without the sessions they predict. `card` is the finished model card.

    Raises:
        RunError: the run is not done, or the card is missing.
    """
    signature = run_folder / DONE
    if not signature.is_file():
        raise RunError(f"{run_folder}: this run is not done. Start it again; it goes on.")
    if not card.is_file():
        raise RunError(f"{card}: no model card there. Write it before the bundle.")
    training = json.loads(signature.read_text(encoding="utf-8"))
    network, tokenizer = load_network(run_folder)
    codebook = load_codebook()
    info = BundleInfo(
        name=name,
        version=str(training["data_hash"]),
        codebook_version=codebook.version,
        codebook_sha256=codebook.sha256,
        decision=fit_decision(out_of_fold),
    )
    return write_bundle(out, network, tokenizer, info, training, card.read_text(encoding="utf-8"))
