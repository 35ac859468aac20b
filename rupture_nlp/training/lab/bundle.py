"""The model that a lab may hand on: nothing in it names a session, a person or a place.

Of every session that the network has read, the starting model's too, it keeps the hash of the words
and no id, so that it still knows what it has seen. Hashes are sorted: their order tells nothing.
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from rupture_nlp.codebook import load_codebook
from rupture_nlp.models.bundle import BundleInfo, write_bundle
from rupture_nlp.models.decision import Decision
from rupture_nlp.models.sequence_store import SequenceLayer
from rupture_nlp.models.store import load_network
from rupture_nlp.training.lab.data import LabData
from rupture_nlp.training.lab.start import Start
from rupture_nlp.training.run import DONE

_KEPT = ("codebook_sha256", "settings", "versions")
"""What of a run's signature says nothing of the lab."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the folds chose for the final model."""

    decision: Decision
    epochs: int
    of_folds: tuple[int, ...]


def training_record(
    run_folder: Path, data: LabData, start: Start, chosen: Chosen
) -> dict[str, object]:
    """The content of `training.json`."""
    signature = json.loads((run_folder / DONE).read_text(encoding="utf-8"))
    hashes = {s.transcript.text_hash() for s in data.sessions} | start.trained_on
    return {
        "started_from": start.title,
        "started_from_sha256": start.sha256,
        **{name: signature[name] for name in _KEPT},
        "coders": {"policy": policy_name(data), "number": len(data.coders)},
        "labels": {"name": data.labels.name, "classes": list(data.labels.classes)},
        "groups": len(data.groups),
        "epochs_of_folds": list(chosen.of_folds),
        "sessions": {f"session-{at}": one for at, one in enumerate(sorted(hashes), start=1)},
    }


def write_lab_bundle(  # noqa: PLR0913  # the parts of a model
    out: Path,
    run_folder: Path,
    record: dict[str, object],
    name: str,
    decision: Decision,
    card: str,
    *,
    layer: SequenceLayer | None = None,
) -> Path:
    """Write the bundle `out` from the final run. `layer`: the sequence layer, where one is kept."""
    network, tokenizer = load_network(run_folder)
    codebook = load_codebook()
    info = BundleInfo(
        name=name,
        version=version_of(record),
        codebook_version=codebook.version,
        codebook_sha256=codebook.sha256,
        decision=decision,
    )
    return write_bundle(out, network, tokenizer, info, record, card, sequence=layer)


def version_of(record: dict[str, object]) -> str:
    """Eight digits that change with settings, data, start and what the folds chose."""
    return hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()[:8]


def policy_name(data: LabData) -> str:
    """Whose codes were learned, without a name."""
    return data.policy.name


def keeps_layer(data: LabData, start: Start) -> bool:
    """Whether the starting model's sequence layer still fits: it reads all five codes of both
    speakers, so a model that does not give them all cannot keep it."""
    full = not data.labels.left_out and not data.labels.is_coarse and len(data.labels.speakers) > 1
    return full and start.sequence is not None
