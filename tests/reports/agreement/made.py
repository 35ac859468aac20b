"""A made report with values of the size that real ones have, and ways to make it worse."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from itertools import count

import numpy as np

from rupture_nlp.evaluation.alt_test import AltTest, CoderTest
from rupture_nlp.evaluation.bootstrap import resample
from rupture_nlp.evaluation.harness.figures import Figure, Side, make_figures
from rupture_nlp.evaluation.harness.quantities import Key
from rupture_nlp.evaluation.harness.report import (
    AgreementReport,
    ConfusionTable,
    CorrectedRate,
    Curve,
    Disagreement,
    DroppedCount,
    GroupFigure,
    Material,
    SpeakerCounts,
    StandIn,
)
from rupture_nlp.evaluation.harness.settings import HarnessSettings
from rupture_nlp.reports.agreement.context import AgreementContext
from rupture_nlp.schema import Speaker
from tests.reports.agreement.made_figures import (
    CODES,
    COUNTS,
    DRAWS,
    NAN,
    made_figures,
    made_number,
)

CONTEXT = AgreementContext(
    date="2026-01-31",
    tool_version="0.1.0",
    notices=("The codes of this corpus were made by AI coders, not by people.",),
)


def _counts(speaker: Speaker, ruptures: int) -> SpeakerCounts:
    return SpeakerCounts(speaker, 3105, 3048, ruptures, ruptures + 4, CODES[:2], CODES[2:])


MATERIAL = Material(
    corpus="annomi",
    predicted="results",
    reference="gold",
    other="small",
    versus="",
    coders=("ai1", "ai2"),
    sessions=93,
    groups=60,
    timed_sessions=90,
    speakers=(_counts(Speaker.PATIENT, 147), _counts(Speaker.THERAPIST, 92)),
    reference_episodes=88,
    predicted_episodes=104,
    in_sample=(),
    system=(("model", "small"), ("engine", "torch, fp32"), ("preset", "counting")),
    codebook_version="1.2",
    codebook_hash="c0debook" * 8,
    data_hash="da7a" * 16,
)


def _confusions() -> tuple[ConfusionTable, ...]:
    labels = ("none", *CODES)
    counts = np.diag([2800.0, 20, 15, 30, 0]) + np.eye(5, k=1) * 7 + np.eye(5, k=-1) * 12
    return tuple(
        ConfusionTable(speaker, "code", ("gold", "small"), labels, counts)
        for speaker in (Speaker.PATIENT, Speaker.THERAPIST)
    )


def _curves() -> Iterator[Curve]:
    x = np.linspace(0, 1, 900)
    bins = (0.02, 0.14, 0.33, 0.48, 0.72)
    shares = (0.02, 0.11, 0.35, 0.41, 0.8)
    for speaker in (Speaker.PATIENT, Speaker.THERAPIST):
        y = 0.048 + 0.7 * (1 - x) ** 2
        yield Curve(speaker, "precision_recall", tuple(x), tuple(y), chance=0.048)
        low = tuple(max(0.0, share - 0.1) for share in shares)
        high = tuple(min(1.0, share + 0.1) for share in shares)
        yield Curve(speaker, "reliability", bins, shares, low, high, (2500, 300, 140, 80, 28))


def _groups() -> tuple[GroupFigure, ...]:
    numbers = np.random.default_rng(2)
    made = []
    for place in range(24):
        kappa = float(numbers.uniform(-0.1, 0.8)) if place else NAN
        ruptures = max(place - 2, 0)  # none in the first three, whose kappas are not the highest
        low, high = kappa - 0.2, kappa + 0.2
        made.append(
            GroupFigure(Speaker.PATIENT, f"video-{place:02d}", 2, 66, ruptures, kappa, low, high)
        )
    return tuple(made)


def _worst(words: str | None) -> tuple[Disagreement, ...]:
    return tuple(
        Disagreement(
            f"annomi-{place:03d}",
            f"{place}",
            Speaker.PATIENT,
            "confrontation_aggression" if place % 2 else "none",
            "none" if place % 2 else "withdrawal_from_other",
            2 if place % 2 else None,
            0.03 + 0.2 * (1 - place % 2),
            0.97 - place / 100,
            words,
        )
        for place in range(12)
    )


def _stand_in() -> tuple[StandIn, ...]:
    tests = (CoderTest(0, 900, 0.93, 0.96, 0.004, True), CoderTest(1, 880, 0.9, 0.97, 0.2, False))
    test = AltTest(0.5, 0.915, 0.2, 0.05, tests)
    too_few = "The alternative annotator test needs at least 3 coders; there are 2."
    return (
        StandIn(Speaker.PATIENT, "code", test, ("ai1", "ai2")),
        StandIn(Speaker.THERAPIST, "code", None, ("ai1", "ai2"), too_few),
    )


def _validity(figures: Sequence[Figure]) -> tuple[Figure, ...]:
    numbers = np.random.default_rng(3)
    keys = [
        Key(speaker, COUNTS, measure, metric, "quality")
        for speaker in ("patient", "therapist")
        for measure in ("rupture_rate", "withdrawal_count")
        for metric in ("auroc", "spearman", "partial_spearman")
    ]
    drawn = [made_number(key, 0.4 - k / 30, numbers, 93, None) for k, key in enumerate(keys)]
    own = [one for one in drawn if one is not None]
    signature = figures[0].signature
    signatures = {key: replace(signature, metric=key.metric) for key in keys}
    side = Side(("gold", "small"), own)
    return make_figures(side, None, None, resample(60, DRAWS), signatures)


@cache
def made_report(
    *, versus: bool = False, in_sample: bool = False, words: str | None = None
) -> AgreementReport:
    """A system against a reference, with everything that a report can hold."""
    figures = made_figures(("gold", "small"), versus, in_sample)
    pairs = made_figures(("ai1", "ai2"))[:6]
    return AgreementReport(
        material=replace(
            MATERIAL,
            versus="tfidf" if versus else "",
            in_sample=("annomi-001", "annomi-002") if in_sample else (),
        ),
        settings=HarnessSettings(draws=DRAWS),
        figures=figures,
        pairs=pairs,
        validity=_validity(figures),
        confusions=_confusions(),
        curves=tuple(_curves()),
        groups=_groups(),
        worst=_worst(words),
        dropped=(
            DroppedCount(
                "turns", "uncodable, or not reached by the reference coder", "patient", 4, 57
            ),
            DroppedCount("session", "the session is missing from the predictions", "", 1, 66),
        ),
        stand_in=_stand_in(),
        rates=tuple(
            CorrectedRate(f"annomi-{k:03d}", Speaker.PATIENT, 33, k % 7, 0.1, 0.08, 0.0, 0.2)
            for k in range(30)
        ),
        warnings=("3 sessions have no times and are cut by turns.",),
    )


def coder_report() -> AgreementReport:
    """Coder against coder: no system, no ceiling."""
    report = made_report()
    figures = tuple(replace(one, coders=("ai1", "ai2"), ceiling=None) for one in report.figures)
    material = replace(report.material, predicted="", reference="ai1", other="ai2", system=())
    return AgreementReport(material, report.settings, figures, confusions=report.confusions)


def empty_report() -> AgreementReport:
    """Nothing was left to compare."""
    material = replace(
        MATERIAL,
        sessions=0,
        groups=0,
        timed_sessions=0,
        speakers=(),
        coders=(),
        reference_episodes=0,
        predicted_episodes=0,
    )
    return AgreementReport(material, HarnessSettings(), ())


def with_names(report: AgreementReport, name: str) -> AgreementReport:
    """The report with a name of somebody's choice wherever names come from the data."""
    numbers = count()
    material = replace(
        report.material,
        corpus=name,
        predicted=name,
        reference=name,
        other=name,
        coders=(name, name),
        in_sample=(name,),
        system=((name, name),),
        split=name,
        label_map=name,
    )
    figures = tuple(
        replace(one, key=replace(one.key, label=name), note=name)
        if one.key.label
        else replace(one, coders=(name, name), note=name)
        for one in report.figures
    )
    return replace(
        report,
        material=material,
        figures=figures,
        validity=tuple(
            replace(one, key=replace(one.key, variable=name, label=name)) for one in report.validity
        ),
        confusions=tuple(
            replace(one, coders=(name, name), labels=(name,) * len(one.labels), variable=name)
            for one in report.confusions
        ),
        groups=tuple(replace(one, group=f"{name}{next(numbers)}") for one in report.groups),
        worst=tuple(
            replace(one, session_id=name, utterance_id=name, reference=name, predicted=name)
            for one in report.worst
        ),
        dropped=tuple(replace(one, reason=name, what=name) for one in report.dropped),
        stand_in=tuple(replace(one, coders=(name, name), variable=name) for one in report.stand_in),
        rates=tuple(replace(one, session_id=name) for one in report.rates),
        warnings=(name,),
    )
