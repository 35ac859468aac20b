"""The work folder of a training: whose it is, so that it is gone on with, or refused."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from rupture_nlp.errors import RunError
from rupture_nlp.io.atomic import write_text
from rupture_nlp.io.corpus.split import data_hash
from rupture_nlp.schema import CodedSession
from rupture_nlp.training.lab.data import LabData
from rupture_nlp.training.lab.plan import LabSettings
from rupture_nlp.training.lab.start import Start
from rupture_nlp.training.processes import is_first, told_by_first, wait_for_all
from rupture_nlp.training.settings import TrainSettings

IDENTITY = "work.json"
_NO_MATTER = ("name", "draws", "keep_work", "curve", "memorisation")
"""Settings that change no run which another training with the same folder would do."""


def claim_work(work: Path, identity: str) -> None:
    """Take the folder for this training, or go on with what it holds of it.

    Raises:
        RunError: it holds the work of another training.
    """
    path = work / IDENTITY
    there = told_by_first(_identity_in(path))
    if there not in ("", identity):
        raise RunError(
            f"{work}: holds the work of a training with other data, settings or starting model. "
            "Delete it to start over, or give another --out."
        )
    if not there and is_first():
        write_text(path, json.dumps({"identity": identity}) + "\n")
    wait_for_all()


def identity_of(
    data: LabData, settings: LabSettings, train: TrainSettings, starts: Sequence[Start]
) -> str:
    """A hash over everything that changes a run."""
    chosen = {k: v for k, v in asdict(settings).items() if k not in {*_NO_MATTER, "train"}}
    content = json.dumps([chosen, asdict(train), [start.sha256 for start in starts]])
    digest = hashlib.sha256(content.encode())
    digest.update(f"{data_hash(data.sessions)}{data.reference}".encode())
    for session in sorted(data.sessions, key=lambda s: s.transcript.session_id):
        digest.update(_codes(session).encode())
    return digest.hexdigest()


def _codes(session: CodedSession) -> str:
    return repr([(c.coder, c.codes, c.episodes, sorted(c.fields)) for c in session.codings])


def _identity_in(path: Path) -> str:
    if not path.is_file():
        return ""
    return str(json.loads(path.read_text(encoding="utf-8")).get("identity", "damaged"))
