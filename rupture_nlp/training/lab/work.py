"""The work folder of a training: whose it is, so that it is gone on with, or refused.

When a training is done its folder goes, and what its runs answered stays beside the report: a later
training of the same data, say with a learning curve, takes it up and does not do these runs again.
"""

import hashlib
import json
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from filelock import FileLock, Timeout

from rupture_nlp.errors import RunError
from rupture_nlp.io.atomic import write_text
from rupture_nlp.io.corpus.split import data_hash
from rupture_nlp.models.info import read_info
from rupture_nlp.models.places import BUNDLE
from rupture_nlp.models.replacing import put_in_place
from rupture_nlp.schema import CodedSession
from rupture_nlp.training.lab.data import LabData
from rupture_nlp.training.lab.plan import LabOutcome, LabSettings, Places
from rupture_nlp.training.lab.schedule import PlannedRun
from rupture_nlp.training.outoffold import INDEX
from rupture_nlp.training.processes import is_first, told_by_first, wait_for_all
from rupture_nlp.training.settings import TrainSettings, as_recorded

IDENTITY = "work.json"
ROWS, CHOICES, MEMORISATION = "rows", "choices", "memorisation.json"
DONE, OUTCOME = "done.json", "outcome.json"
_NO_MATTER = ("name", "draws", "keep_work", "curve", "memorisation")
"""Settings that change no run which another training with the same folder would do."""


@contextmanager
def held(work: Path) -> Iterator[None]:
    """Hold the folder, so that only one training writes to it at a time.

    The lock is the operating system's, so it ends with the process, also when that is killed.

    Raises:
        RunError: another training holds it.
    """
    lock = FileLock(work / ".lock", timeout=0)
    taken = False
    if is_first():
        work.mkdir(parents=True, exist_ok=True)
        try:
            lock.acquire()
            taken = True
        except Timeout:
            pass
    if not told_by_first(taken):
        raise RunError(
            f"{work}: another training is at work here. Wait for it, end it, or give another --out."
        )
    try:
        yield
    finally:
        if is_first():
            lock.release()


def claim_work(out: Places, identity: str) -> None:
    """Take the work folder for this training, or go on with what there is of it.

    Raises:
        RunError: it holds the work of another training.
    """
    there = told_by_first(_identity_in(out.work / IDENTITY))
    refuse_other(out, identity, there)
    if is_first():
        shutil.rmtree(_aside(out.work), ignore_errors=True)
        if not there:
            write_text(out.work / IDENTITY, json.dumps({"identity": identity}) + "\n")
        if _identity_in(out.answers / IDENTITY) == identity:
            _take_up(out)
    wait_for_all()


def refuse_other(out: Places, identity: str, there: str | None = None) -> None:
    """Refuse a work folder that holds another training's work, `there`'s if that is known.

    Raises:
        RunError: it does.
    """
    found = _identity_in(out.work / IDENTITY) if there is None else there
    if found not in ("", identity):
        raise RunError(
            f"{out.work}: holds the work of a training with other data, settings or starting "
            "model. Delete it to start over, or give another --out."
        )


def put_by(out: Places, asked: str) -> None:
    """Keep what the runs answered beside the report: figures and ids, no words and no network.

    Called when the model is there, which it marks as the one that was `asked` for.
    """
    building = out.answers.with_name(f".{out.answers.name}.new")
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir(parents=True)
    for name in (ROWS, CHOICES):
        if (out.work / name).is_dir():
            shutil.copytree(out.work / name, building / name)
    for name in (MEMORISATION, IDENTITY):
        if (out.work / name).is_file():
            shutil.copy2(out.work / name, building / name)
    version = read_info(out.model).version
    write_text(building / DONE, json.dumps({"asked": asked, "version": version}) + "\n")
    put_in_place(building, out.answers)


def done_outcome(out: Places, asked: str) -> LabOutcome | None:
    """The outcome of a training that was asked for before and whose model is there; else None."""
    path, report = out.answers / DONE, out.report / OUTCOME
    if not (path.is_file() and report.is_file() and (out.model / BUNDLE).is_file()):
        return None
    done = json.loads(path.read_text(encoding="utf-8"))
    if done != {"asked": asked, "version": read_info(out.model).version}:
        return None
    said = json.loads(report.read_text(encoding="utf-8"))
    return LabOutcome(out.model, out.report, said["verdict"]["sentence"], said["epochs"])


def clear_work(work: Path) -> None:
    """Delete the work folder; killed meanwhile, it is never taken for one that is whole."""
    aside = _aside(work)
    shutil.rmtree(aside, ignore_errors=True)
    if work.exists():
        work.replace(aside)
    shutil.rmtree(aside, ignore_errors=True)


def done_before(out: Places, identity: str, runs: Sequence[PlannedRun]) -> set[str]:
    """Names of the runs that left their answers, in the work folder or beside the report."""
    places = kept_in(out, identity)
    return {run.name for run in runs if any(_left(place, run) for place in places)}


def kept_in(out: Places, identity: str) -> tuple[Path, ...]:
    """The folders that hold what runs of this training left: where it was stopped, its work
    folder; where it once ended, what stays beside the report."""
    return tuple(p for p in (out.work, out.answers) if _identity_in(p / IDENTITY) == identity)


def identity_of(data: LabData, settings: LabSettings, train: TrainSettings, start: str) -> str:
    """A hash over everything that changes a run. `start`: hash of the starting weights.

    A bare encoder is not in it: runs from it bear its hash in their names.
    """
    chosen = {k: v for k, v in asdict(settings).items() if k not in {*_NO_MATTER, "train"}}
    content = json.dumps([chosen, as_recorded(train), [start]])
    digest = hashlib.sha256(content.encode())
    digest.update(f"{data_hash(data.sessions)}{data.reference}".encode())
    for session in sorted(data.sessions, key=lambda s: s.transcript.session_id):
        digest.update(_codes(session).encode())
    return digest.hexdigest()


def asked_of(identity: str, settings: LabSettings, bare: str = "") -> str:
    """A hash over everything that changes model or report. `bare`: hash of a bare encoder."""
    also = {name: value for name, value in asdict(settings).items() if name in _NO_MATTER}
    content = json.dumps([identity, {**also, "keep_work": None}, bare])
    return hashlib.sha256(content.encode()).hexdigest()


def _take_up(out: Places) -> None:
    """Put what an earlier training answered into the work folder, each run whole or not at all."""
    for kept in (*out.answers.glob(f"{ROWS}/*/"), *out.answers.glob(f"{CHOICES}/*.json")):
        _copy_whole(kept, out.work / kept.relative_to(out.answers))
    if (out.answers / MEMORISATION).is_file():
        _copy_whole(out.answers / MEMORISATION, out.work / MEMORISATION)


def _copy_whole(source: Path, target: Path) -> None:
    if target.exists():
        return
    building = target.with_name(f".{target.name}.new")
    shutil.rmtree(building, ignore_errors=True)
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, building)
    else:
        shutil.copy2(source, building)
    building.replace(target)


def _left(place: Path, run: PlannedRun) -> bool:
    found = {
        "choice": place / CHOICES / f"{run.name}.json",
        "memorisation": place / MEMORISATION,
    }
    return found.get(run.purpose, place / ROWS / run.name / INDEX).is_file()


def _aside(work: Path) -> Path:
    return work.with_name(f".{work.name}.old")


def _codes(session: CodedSession) -> str:
    return repr([(c.coder, c.codes, c.episodes, sorted(c.fields)) for c in session.codings])


def _identity_in(path: Path) -> str:
    if not path.is_file():
        return ""
    return str(json.loads(path.read_text(encoding="utf-8")).get("identity", "damaged"))
