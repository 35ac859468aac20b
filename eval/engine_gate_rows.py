"""Rows of the gate of engines: judged, put beside those of earlier runs, shown."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rupture_nlp.errors import RunError
from rupture_nlp.evaluation.agreement import kappa_of
from rupture_nlp.evaluation.counts import confusion
from rupture_nlp.label.decide import calibrated
from rupture_nlp.schema import RUPTURES
from rupture_nlp.training.figures import Decisions, decided_by
from rupture_nlp.training.outoffold import OutOfFold

KAPPA, AGREED = 0.98, 0.97
SPEAKERS = {"patient": True, "therapist": False}


@dataclass(frozen=True, slots=True)
class Measured:
    """What a row was measured on, and with."""

    model: str
    sha256: str  # of the model that ships
    engine: str
    precision: str
    measured_with: str  # versions of the library and of torch, kind of processor
    signature: str


@dataclass(frozen=True, slots=True)
class Row:
    """One engine and precision beside torch in 32 bits, for the turns of one speaker."""

    model: str
    sha256: str
    engine: str
    precision: str
    measured_with: str
    signature: str
    speaker: str
    turns: int
    ruptures: int  # as torch in 32 bits calls them
    argmax: float  # share of turns with the same most probable code
    kappa: float  # of the decided codes with those of torch in 32 bits
    agreed: float  # share of those ruptures that get the same code
    largest: float  # difference of a probability of a code
    p99: float  # 99th percentile of a turn's largest difference
    kappa_reference: float  # of the decided codes with the reference coder's
    passed: bool


def compared(
    measured: Measured, exact: OutOfFold, own: OutOfFold, decisions: Decisions
) -> list[Row]:
    """A row for each speaker; both hold the same utterances in the same order."""
    return [_row(measured, speaker, exact, own, decisions) for speaker in SPEAKERS]


def _row(
    measured: Measured, speaker: str, exact: OutOfFold, own: OutOfFold, decisions: Decisions
) -> Row:
    patient = SPEAKERS[speaker]
    theirs = decided_by(exact, decisions, patient=patient)
    ours = decided_by(own, decisions, patient=patient)
    asked = exact.targets.ask_rupture & (exact.targets.is_patient == patient)
    p_theirs, p_ours = (_probabilities(one, decisions)[asked] for one in (exact, own))
    apart = abs(p_theirs - p_ours).max(axis=1)
    called = theirs.predicted > 0
    kappa = _kappa(theirs.predicted, ours.predicted)
    agreed = float((theirs.predicted == ours.predicted)[called].mean())
    return Row(
        **asdict(measured),
        speaker=speaker,
        turns=len(called),
        ruptures=int(called.sum()),
        argmax=float((p_theirs.argmax(axis=1) == p_ours.argmax(axis=1)).mean()),
        kappa=kappa,
        agreed=agreed,
        largest=float(apart.max()),
        p99=float(np.percentile(apart, 99)),
        kappa_reference=_kappa(ours.reference, ours.predicted),
        passed=kappa >= KAPPA and agreed >= AGREED,
    )


def _probabilities(rows: OutOfFold, decisions: Decisions) -> NDArray[np.float64]:
    # As tables of results have them: calibrated by the decision of the row's fold and speaker.
    found = np.empty(rows.answers.rupture.shape, np.float64)
    for chosen, decision in decisions:
        for rules, patient in ((decision.patient, True), (decision.therapist, False)):
            some = chosen & (rows.targets.is_patient == patient)
            found[some] = calibrated(rows.answers.rupture[some], rules)
    return found


def _kappa(one: NDArray[np.int64], two: NDArray[np.int64]) -> float:
    return float(kappa_of(confusion(one, two, len(RUPTURES))))


def merged(held: Iterable[Row], new: Sequence[Row]) -> list[Row]:
    """Earlier rows with new ones in place of those of the same model, engine and precision.

    Rows of weights that a model no longer has go. By model, in the order they came.
    """
    hashes = {row.model: row.sha256 for row in new}
    done = {(row.model, row.engine, row.precision) for row in new}
    stay = [
        row
        for row in held
        if (row.model, row.engine, row.precision) not in done
        and hashes.get(row.model, row.sha256) == row.sha256
    ]
    rows = [*stay, *new]
    models = list(dict.fromkeys(row.model for row in rows))
    return sorted(rows, key=lambda row: models.index(row.model))


def read_rows(path: Path) -> list[Row]:
    """Rows that an earlier run wrote; none where there is no file.

    Raises:
        RunError: rows of another form.
    """
    if not path.is_file():
        return []
    listed = json.loads(path.read_text(encoding="utf-8"))["rows"]
    names = {field.name for field in fields(Row)}
    if any(set(one) != names for one in listed):
        raise RunError(f"{path}: rows of another version. Remove it and measure again.")
    return [Row(**one) for one in listed]


def for_package(path: Path, rows: Sequence[Row]) -> dict[str, object]:
    """What the package reads: each precision of an engine for each model, and whether it passed.

    Of what stands there the same model's same engine and precision are replaced, nothing else.
    """
    held = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    found: dict[str, dict[tuple[str, str], bool]] = {}
    for row in rows:
        of_model = found.setdefault(row.sha256, {})
        name = (row.engine, row.precision)
        of_model[name] = of_model.get(name, True) and row.passed
    models = dict(held.get("models", {}))
    for sha256, new in found.items():
        old = {(one["engine"], one["precision"]): one["passed"] for one in models.get(sha256, [])}
        models[sha256] = [
            {"engine": engine, "precision": precision, "passed": passed}
            for (engine, precision), passed in (old | new).items()
        ]
    return {"format": 1, "models": models}


def markdown(rows: Sequence[Row]) -> str:
    """The table, above it what it takes to pass, below it with what it was measured."""
    lines = [
        "Every engine and precision beside torch in fp32, on sessions that the networks had not "
        f"seen. To pass: kappa with torch fp32 of {KAPPA} or more, and the same code on "
        f"{100 * AGREED:.0f} % or more of the turns that torch fp32 calls ruptures, for either "
        "speaker. Reference codes are by AI coders, not by people.",
        "",
        "| model | engine | precision | speaker | turns | ruptures | same most probable code | "
        "kappa with torch fp32 | same code on its ruptures | largest difference of a probability "
        "| 99 % of turns below | kappa with reference | passes |",
        "|" + 13 * "---|",
        *map(_line, rows),
        "",
    ]
    with_what = {(r.model, r.engine, r.precision): f"{r.measured_with}; {r.sha256}" for r in rows}
    lines += [f"* {' '.join(name)}: {what}" for name, what in with_what.items()]
    signatures = dict.fromkeys(row.signature for row in rows)
    return "\n".join([*lines, "", *(f"`{one}`\n" for one in signatures)])


def _line(row: Row) -> str:
    cells = [row.model, row.engine, row.precision, row.speaker, row.turns, row.ruptures]
    shown = [f"{100 * row.argmax:.2f} %", f"{row.kappa:.4f}", f"{100 * row.agreed:.1f} %"]
    shown += [f"{row.largest:.2g}", f"{row.p99:.2g}", f"{row.kappa_reference:.3f}"]
    return "| " + " | ".join([*map(str, cells), *shown, "yes" if row.passed else "no"]) + " |"
