"""From a bundle of a large encoder to what ships of it: its difference from the public encoder."""

import logging
import shutil
from pathlib import Path

from rupture_nlp.errors import RunError
from rupture_nlp.io.atomic import write_text
from rupture_nlp.models.available import Encoder, load_available
from rupture_nlp.models.delta import Delta, apply_delta, extract_delta, write_delta
from rupture_nlp.models.info import read_info
from rupture_nlp.models.places import CARD, DELTA, packaged_models
from rupture_nlp.models.replacing import put_in_place, refuse_foreign
from rupture_nlp.models.store import load_network
from rupture_nlp.training.card import Parity, compare_networks
from rupture_nlp.training.ship import sample_sessions

log = logging.getLogger(__name__)

MOST_BYTES = 20_000_000  # of all files together, in the package
MOST_RANK = 64  # two stages of training with adapters of rank 16 make a difference of rank 32


def make_delta_bundle(
    bundle: Path, run_folder: Path, encoder_folder: Path, out: Path, most_rank: int = MOST_RANK
) -> Path:
    """Write the delta bundle `out` from a bundle and the run it was made from.

    The run has the weights in 32 bits; the bundle, made by `make_bundle`, has all else, a sequence
    layer too. Its name must stand in the table of models to get. What comes of delta and encoder is
    compared with what was trained on the packaged sessions, and the card says how far it is off.

    Raises:
        RunError: the name is not in the table, the encoder is not the pinned one, or the delta is
            larger than may ship.
        BundleError: bundle or encoder cannot be read.
    """
    encoder = _pinned(read_info(bundle).name)
    refuse_foreign(out)
    network, tokenizer = load_network(run_folder)
    delta = extract_delta(network, encoder_folder, most_rank)
    if delta.encoder_sha256 != encoder.sha256:
        raise RunError(f"{encoder_folder}: not the pinned {encoder.id}. Give that one's folder.")
    building = out.with_name(f".{out.name}.building")
    shutil.rmtree(building, ignore_errors=True)
    write_delta(building, delta, bundle, encoder_folder, encoder.id, _source(encoder))
    merged = apply_delta(building, encoder_folder)
    decision = read_info(bundle).decision
    parity = compare_networks(network, merged, tokenizer, sample_sessions(), decision)
    card = (bundle / CARD).read_text(encoding="utf-8")
    write_text(building / CARD, card.rstrip() + "\n\n" + _section(encoder, delta, parity))
    size = sum(path.stat().st_size for path in building.iterdir())
    if size > MOST_BYTES:
        shutil.rmtree(building)
        raise RunError(
            f"{out}: takes {size / 1e6:.1f} MB, more than {MOST_BYTES / 1e6:.0f}. "
            f"Allow a rank below {delta.rank}, or train with adapters in fewer layers."
        )
    put_in_place(building, out)
    log.info("%s: %.1f MB, rank %d, %s", out, size / 1e6, delta.rank, DELTA)
    return out


def _pinned(name: str) -> Encoder:
    known = load_available(packaged_models())
    if name not in known:
        raise RunError(f"{name}: not in the table of models to get. Add it there.")
    return known[name].encoder


def _source(encoder: Encoder) -> str:
    parts = encoder.parts
    return (
        f"Python package index, {parts[0].package} to {parts[-1].package}, "
        f"version {parts[0].version}"
    )


def _section(encoder: Encoder, delta: Delta, parity: Parity) -> str:
    return (
        "## How the weights are put together\n"
        f"The package holds what training changed against {encoder.id} ({encoder.licence}):\n"
        f"differences of rank {delta.rank} or less in 16-bit factors, and the heads.\n"
        f"`rupture-nlp model get` adds them to the encoder's weights (sha256 `{encoder.sha256}`)\n"
        "and checks that the same weights come of it, bit for bit, as when the following was\n"
        "measured. Before rounding to 16 bits the largest difference of a weight from what was\n"
        f"trained is {delta.largest_difference:.1e}; after it, the largest difference of a\n"
        f"probability on {parity.sessions} sessions is {parity.largest:.4f}, and "
        f"{parity.changed} of {parity.turns} codes differ.\n"
    )
