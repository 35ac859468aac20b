"""From finished runs to what a lab gets: the model, the report, the verdict."""

import json
import logging
import shutil
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from rupture_nlp.evaluation.bootstrap import Resamples, resample
from rupture_nlp.io.atomic import write_text
from rupture_nlp.io.corpus import write_corpus
from rupture_nlp.models.network import LabelNetwork
from rupture_nlp.models.store import load_network
from rupture_nlp.training.calibrate import fit_decision
from rupture_nlp.training.card import measure_parity
from rupture_nlp.training.lab.bench import Bench
from rupture_nlp.training.lab.bundle import (
    Chosen,
    keeps_layer,
    training_record,
    version_of,
    write_lab_bundle,
)
from rupture_nlp.training.lab.card import CardFacts, render_lab_card
from rupture_nlp.training.lab.ceiling import coders_with_each_other
from rupture_nlp.training.lab.checks import seen_ids
from rupture_nlp.training.lab.counts import class_counts
from rupture_nlp.training.lab.curve import (
    CurveGap,
    CurvePoint,
    curve_gaps,
    curve_points,
    taught_systems,
)
from rupture_nlp.training.lab.groups import group_results
from rupture_nlp.training.lab.memorise import Memorisation
from rupture_nlp.training.lab.plan import Means, Places
from rupture_nlp.training.lab.reliability import reliability_rows
from rupture_nlp.training.lab.report import ReportFacts, render_report
from rupture_nlp.training.lab.results import How, write_system
from rupture_nlp.training.lab.schedule import Schedule
from rupture_nlp.training.lab.score import (
    BASELINES,
    Measured,
    System,
    baseline_rows,
    by_other_folds,
    measured,
    without_calls,
)
from rupture_nlp.training.lab.verdict import Verdict, beside, compare, stamped
from rupture_nlp.training.lab.wording import not_known, row_name
from rupture_nlp.training.lab.work import OUTCOME
from rupture_nlp.training.outoffold import OutOfFold
from rupture_nlp.training.ship import sample_sessions

log = logging.getLogger(__name__)

REPORT, EVALUATION = "report.html", "evaluation"
REFERENCE, FOLDERS = "your-codes", ("trained-out-of-fold", "compared-with")
"""Names that the report of the evaluation shows."""
CODERS = "coders with each other"


@dataclass(frozen=True, slots=True)
class Material:
    """All that the runs of a training left."""

    bench: Bench
    schedule: Schedule
    ours: OutOfFold
    started: OutOfFold | None  # answers of the starting model as it is; None: a bare encoder
    curve: dict[str, OutOfFold]  # rows of the curve's runs by their names
    choices: tuple[int, ...]  # epochs, a fold each
    epochs: int  # of the final model
    final: Path  # folder of its run
    memorisation: Memorisation | None


def write_outcome(material: Material, out: Places, means: Means) -> str:
    """Write the model and the report; the verdict's sentence. The model comes last, whole."""
    bench = material.bench
    tell = partial(bench.clock.part, "...")
    tell("comparing with simple methods")
    resamples = resample(len(material.ours.groups), bench.settings.draws, bench.train.seed)
    systems = _systems(material)
    tell("figures and their intervals")
    seen = bool(_seen(bench))
    rows = {
        row_name(one.name, in_sample=seen): measured(one, bench.data.labels, resamples)
        for one in systems
    }
    coders = _coders(material, resamples)
    if coders:
        rows[CODERS] = coders
    verdict = _verdict(bench, systems)
    taught = taught_systems(
        material.schedule,
        lambda run: material.curve[run.name],
        material.ours,
        material.started,
        bench.train.labels,
    )
    tell("report of the evaluation")
    network, _ = load_network(material.final)
    _evaluate(material, systems, network, out.report / EVALUATION, means)
    facts = ReportFacts(
        verdict,
        rows,
        curve_points(taught, bench.data.labels, resamples),
        curve_gaps(taught, bench.data.labels, resamples),
        groups=group_results(systems[0], bench.data.labels),
        memorisation=material.memorisation,
        counts=class_counts(bench.data),
        reliability=reliability_rows(systems[0], bench.data.labels),
        not_known=not_known(bench.data.labels),
    )
    _write_report(material, out, facts)
    tell("writing the model and its card")
    _write_model(material, network, rows, verdict, out.model)
    return verdict.sentence


def _seen(bench: Bench) -> int:
    """How many of the lab's sessions the starting model had learned."""
    return len(seen_ids(bench.data.sessions, bench.start.trained_on))


def _verdict(bench: Bench, systems: list[System]) -> Verdict:
    draws, seed = bench.settings.draws, bench.train.seed
    found = compare(systems[0], systems[1], bench.data.labels, draws, seed)
    simple = next((one for one in systems[2:] if one.name == BASELINES[1]), None)
    if simple is not None:
        also = compare(systems[0], simple, bench.data.labels, draws, seed)
        found = beside(found, simple.name, also)
    return stamped(found, _seen(bench), len(bench.data.sessions))


def _systems(material: Material) -> list[System]:
    """Ours first, then what the verdict compares it with, then the others."""
    bench, rules = material.bench, material.bench.train.labels
    systems = [by_other_folds(f"{bench.settings.name} (out of fold)", material.ours, rules)]
    if material.started is not None:
        rows, decision = material.started, bench.start.decision
        title = bench.start.name or "the starting network"
        if decision is not None:
            everything = rows.fold >= 0
            systems.append(System(f"{title} as it is", rows, [(everything, decision)]))
        systems.append(by_other_folds(f"{title} with thresholds of this lab", rows, rules))
    simple = [
        by_other_folds(
            name,
            baseline_rows(bench.corpus, name, material.schedule.folds, bench.train.seed),
            rules,
        )
        for name in BASELINES
    ]
    # Where most turns are ruptures a fitted threshold would call them all.
    return [*systems, simple[1], without_calls(simple[0])]


def _coders(material: Material, resamples: Resamples) -> Measured:
    data = material.bench.data
    return coders_with_each_other(
        data.sessions, data.coders, data.labels, material.ours.groups, resamples
    )


def _evaluate(
    material: Material, systems: list[System], network: LabelNetwork, out: Path, means: Means
) -> None:
    """The whole report of the evaluation harness, ours against the first of the others."""
    bench, data = material.bench, material.bench.data
    work = bench.work / "evaluated"
    shutil.rmtree(work, ignore_errors=True)
    write_corpus(data.sessions, work / REFERENCE)
    layer = bench.start.sequence if keeps_layer(data, bench.start) else None
    split = f"{len(material.schedule.folds)} folds by group, seed {bench.train.seed}"
    coders, places = (bench.settings.name, f"before-{bench.settings.name}"), []
    for system, coder, folder in zip(systems[:2], coders, FOLDERS, strict=True):
        how = How(
            coder=coder,
            version="out of fold",
            split=split,
            thresholds="of the starting model"
            if system.name.endswith("as it is")
            else "cross-fitted",
            lookahead=network.config.windows.lookahead,
        )
        places.append(work / folder)
        write_system(places[-1], system, bench.corpus, how, means.write_results, layer)
    means.evaluate(work / REFERENCE, places[0], places[1], out, data.reference)
    # It holds the texts.
    shutil.rmtree(work, ignore_errors=True)


def _write_report(material: Material, out: Places, facts: ReportFacts) -> None:
    write_text(out.report / REPORT, render_report(material.bench.data, facts))
    content = {
        "verdict": asdict(facts.verdict),
        "figures": {n: {s.value: asdict(f) for s, f in of.items()} for n, of in facts.rows.items()},
        "curve": [{"source": one.source, **_point(one)} for one in facts.curve],
        "start_less_bare": [_point(one) for one in facts.gaps],
        "counts": [asdict(one) for one in facts.counts],
        "reliability": [asdict(one) for one in facts.reliability],
        "groups": [asdict(one) for one in facts.groups],
        "memorisation": asdict(facts.memorisation) if facts.memorisation else None,
        "epochs_of_folds": list(material.choices),
        "epochs": material.epochs,
    }
    write_text(out.report / OUTCOME, json.dumps(content, indent=1) + "\n")


def _point(point: CurvePoint | CurveGap) -> dict[str, object]:
    return {
        "sessions": point.sessions,
        "average_precision": {
            s.value: asdict(i) if i else None for s, i in point.average_precision.items()
        },
        "kappa": {s.value: asdict(i) for s, i in point.kappa.items()},
    }


def _write_model(
    material: Material,
    network: LabelNetwork,
    rows: dict[str, Measured],
    verdict: Verdict,
    out: Path,
) -> None:
    bench, data = material.bench, material.bench.data
    rules = bench.train.labels
    decision = fit_decision(material.ours, () if rules.apart else rules.members)
    layer = bench.start.sequence if keeps_layer(data, bench.start) else None
    chosen = Chosen(decision, material.epochs, material.choices)
    record = training_record(material.final, data, bench.start, chosen)
    facts = CardFacts(
        name=bench.settings.name,
        data=data,
        start=bench.start,
        train=bench.train,
        windows=network.config.windows,
        choices=material.choices,
        epochs=material.epochs,
        chosen=bool(material.schedule.of("choice")),
        nested=bench.settings.nested,
        rows=rows,
        verdict=verdict,
        decision=decision,
        parity=measure_parity(material.final, sample_sessions(), decision),
        memorisation=material.memorisation,
        layer=layer is not None,
        draws=bench.settings.draws,
    )
    card = render_lab_card(facts)
    write_lab_bundle(out, material.final, record, bench.settings.name, decision, card, layer=layer)
    log.info("%s written, version %s", bench.settings.name, version_of(record))
