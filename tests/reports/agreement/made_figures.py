"""Made figures with values of the size that real ones have: own, coders', another system's."""

from collections.abc import Iterator, Sequence

import numpy as np

from rupture_nlp.evaluation.bootstrap import resample
from rupture_nlp.evaluation.harness.figures import Figure, Side, make_figures
from rupture_nlp.evaluation.harness.quantities import Drawn, Key
from rupture_nlp.evaluation.signature import Signature
from rupture_nlp.evaluation.units import Rule, Unit, UnitSpec
from rupture_nlp.schema import RUPTURES

DRAWS = 200
NAN = float("nan")

UTTERANCE = str(UnitSpec(Unit.UTTERANCE))
MINUTE = str(UnitSpec(Unit.SEGMENT, window_s=60.0, window_turns=10))
FIVE = str(UnitSpec(Unit.SEGMENT, window_s=300.0, window_turns=50))
EPISODE = str(UnitSpec(Unit.EPISODE, iou=0.5))
ONSET = str(UnitSpec(Unit.EPISODE, onset_turns=2))
COUNTS = str(UnitSpec(Unit.SESSION, rule=Rule.COUNT))
RATES = str(UnitSpec(Unit.SESSION, rule=Rule.RATE))
TREATMENT = str(UnitSpec(Unit.TREATMENT, rule=Rule.RATE))

CODES = tuple(code.value for code in RUPTURES[1:])
_AGREEMENT = ("kappa", "alpha_nominal", "ac1", "pabak", "percent_agreement")

# speaker, unit, variable, rows, positives, {metric: (estimate, coders)}; coders None: no ceiling
Block = tuple[str, str, str, int, int | None, dict[str, tuple[float, float | None]]]


def _agreement(first: float, coders: float) -> dict[str, tuple[float, float | None]]:
    values = (first, first - 0.01, 0.94, 0.9, 0.95)
    ceilings = (coders, coders - 0.005, 0.99, 0.98, 0.99)
    return dict(zip(_AGREEMENT, zip(values, ceilings, strict=True), strict=True))


def _blocks() -> Iterator[Block]:
    for speaker, kappa, coders in (("patient", 0.28, 0.88), ("therapist", 0.35, 0.95)):
        detection: dict[str, tuple[float, float | None]] = {
            "precision": (0.31, 0.9),
            "recall": (0.32, 0.88),
            "f1": (0.31, 0.89),
            "mcc": (0.28, 0.88),
            "prevalence": (0.048, 0.048),
            "average_precision": (0.26, None),
            "auroc": (0.81, None),
            "brier": (0.04, None),
            "brier_skill": (0.11, None),
            "ece_width": (0.01, None),
        }
        yield speaker, UTTERANCE, "rupture", 3048, 147, {**_agreement(kappa, coders), **detection}
        more: dict[str, tuple[float, float | None]] = {"macro_f1": (0.22, 0.87), "mcc": (NAN, 0.88)}
        yield speaker, UTTERANCE, "code", 3048, None, {**_agreement(kappa - 0.05, coders), **more}
        yield speaker, UTTERANCE, "family", 3048, None, _agreement(kappa - 0.02, coders)
        weighted: dict[str, tuple[float, float | None]] = {
            "kappa_quadratic": (0.33, 0.9),
            "ac2": (0.97, 0.99),
            "alpha_ordinal": (0.3, 0.9),
        }
        yield speaker, UTTERANCE, "intensity", 3048, None, weighted
        yield speaker, MINUTE, "rupture", 512, 96, _agreement(kappa + 0.1, coders)
        yield speaker, FIVE, "rupture", 171, 70, _agreement(kappa + 0.2, coders)
        ratings: dict[str, tuple[float, float | None]] = {
            "icc_a1": (0.55, 0.96),
            "icc_c1": (0.58, 0.96),
            "spearman": (0.61, 0.95),
            "mean_difference": (-0.34, 0.1),
        }
        yield speaker, COUNTS, "rupture_count", 93, None, ratings
        yield speaker, RATES, "rupture_rate", 93, None, ratings
        yield speaker, TREATMENT, "rupture_rate", 12, None, {"spearman": (-0.12, NAN)}
    found: dict[str, tuple[float, float | None]] = {
        "precision": (0.2, 0.84),
        "recall": (0.31, 0.86),
        "f1": (0.24, 0.85),
    }
    yield "", EPISODE, "episodes", 88, 88, {**found, "boundary_similarity": (0.21, 0.8)}
    yield "", ONSET, "episodes_onset", 88, 88, found
    yield "", EPISODE, "repaired", 17, None, {"matched_agreement": (0.7, 0.9), "kappa": (NAN, 0.8)}


_BY_LABEL = {
    "prevalence": (0.02, 0.02),
    "precision": (0.3, 0.86),
    "recall": (0.28, 0.84),
    "f1": (0.29, 0.85),
    "average_precision": (0.22, None),
}


def _labelled() -> Iterator[tuple[Key, int, int, tuple[float, float | None]]]:
    sets = {"code": CODES, "markers": ("complaint_task", "demand", "minimal_response")}
    for speaker in ("patient", "therapist"):
        for variable, labels in sets.items():
            for place, label in enumerate(labels):
                for metric, values in _BY_LABEL.items():
                    positives = 60 - 18 * place
                    yield Key(speaker, UTTERANCE, variable, metric, label), 3048, positives, values
    for alerts in ("3", "5"):
        key = Key("patient", UTTERANCE, "rupture", "recall_at_alerts", alerts)
        yield key, 3048, 147, (0.4, None)


def made_number(
    key: Key, estimate: float | None, numbers: np.random.Generator, rows: int, positives: int | None
) -> Drawn | None:
    """A number with draws around it; None of None."""
    if estimate is None:
        return None
    spread = np.clip(numbers.normal(estimate, 0.04, size=1 + DRAWS), -1, 1)
    spread[0] = estimate
    few = positives is not None and positives < 20
    note = "one class only" if np.isnan(estimate) else ""
    note = f"not estimable: {positives} positives" if few else note
    exact = (estimate - 0.1, estimate + 0.1) if key.metric.startswith("icc") else None
    return Drawn(key, spread, rows, 60, positives, note, exact)


def _sides() -> tuple[list[Drawn], list[Drawn], list[Drawn]]:
    numbers = np.random.default_rng(1)
    own: list[Drawn] = []
    coders: list[Drawn] = []
    other: list[Drawn] = []
    listed = [
        (Key(speaker, unit, variable, metric), rows, positives, values)
        for speaker, unit, variable, rows, positives, metrics in _blocks()
        for metric, values in metrics.items()
    ]
    for key, rows, positives, (estimate, ceiling) in (*listed, *_labelled()):
        less = estimate - 0.08
        for side, value in ((own, estimate), (coders, ceiling), (other, less)):
            drawn = made_number(key, value, numbers, rows, positives)
            if drawn is not None:
                side.append(drawn)
    return own, coders, other


def made_figures(
    coders: Sequence[str], versus: bool = False, in_sample: bool = False
) -> tuple[Figure, ...]:
    """Figures of every unit, with coders beside them and, if asked for, another system."""
    own, ceiling, other = _sides()
    signatures = {
        drawn.key: Signature(
            metric=drawn.key.metric,
            unit=drawn.key.unit,
            coders=tuple(coders),
            codebook_hash="c0debook" * 8,
            draws=DRAWS,
            model="small" if "small" in coders else "",
            data_hash="da7a" * 16,
            in_sample=in_sample,
        )
        for drawn in own
    }
    return make_figures(
        Side(tuple(coders), own),
        Side(("ai1", "ai2"), ceiling),
        Side(("gold", "tfidf"), other) if versus else None,
        resample(60, DRAWS),
        signatures,
    )
