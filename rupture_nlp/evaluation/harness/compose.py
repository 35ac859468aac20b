"""From a comparison to the whole report: every section, the ceiling, the other system."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from rupture_nlp.errors import EvaluationError
from rupture_nlp.evaluation.bootstrap import Resamples, resample
from rupture_nlp.evaluation.coders import own_coders
from rupture_nlp.evaluation.dropped import Dropped, Reason, dropped_turns
from rupture_nlp.evaluation.harness.coders import many_coder_figures, stand_ins
from rupture_nlp.evaluation.harness.comparison import (
    Comparison,
    coder_comparisons,
    field_by_field,
    on_rows_of,
)
from rupture_nlp.evaluation.harness.curves import curves
from rupture_nlp.evaluation.harness.disagreements import worst_disagreements
from rupture_nlp.evaluation.harness.figures import Figure, Side, make_figures
from rupture_nlp.evaluation.harness.material import (
    content_hash,
    material_of,
    signatures,
    warnings_of,
)
from rupture_nlp.evaluation.harness.measure import beside, measured
from rupture_nlp.evaluation.harness.pictures import confusions, dropped_counts, group_figures
from rupture_nlp.evaluation.harness.quantities import Drawn, means_of
from rupture_nlp.evaluation.harness.rates import corrected_rates
from rupture_nlp.evaluation.harness.report import AgreementReport, Material
from rupture_nlp.evaluation.harness.settings import HarnessSettings
from rupture_nlp.evaluation.harness.sheets import (
    SheetMaterial,
    sheet_ceiling,
    sheet_figures,
)
from rupture_nlp.evaluation.harness.validity import validity_figures, validity_warnings
from rupture_nlp.evaluation.labelmaps import LabelMap
from rupture_nlp.evaluation.paired import Paired
from rupture_nlp.evaluation.pairing import pair, pair_coders
from rupture_nlp.evaluation.turns import CODED_SPEAKERS
from rupture_nlp.evidence import Criteria, SegmentSheet
from rupture_nlp.schema import GOLD, CodedSession

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Request:
    """What a report is made of besides the two sides. `corpus` and the like are folders' names."""

    settings: HarnessSettings
    corpus: str
    predicted: str = ""
    versus: str = ""
    criteria: Criteria | None = None
    label_map: LabelMap | None = None
    sheet: SegmentSheet | None = None
    sheet_coder: str = ""  # whose ratings are the reference; "": gold, else the only coder


def system_report(paired: Paired, versus: Paired | None, request: Request) -> AgreementReport:
    """A system against the reference, with the coders' agreement beside it where there are coders.

    `versus` is another system against the same reference and sessions; differences are paired, on
    the turns that both systems labelled. What one of both was trained on is in-sample for all.
    """
    if versus is not None:
        paired, versus = _on_both(paired, versus), on_rows_of(versus, paired)
    main = _compare(paired, request.settings)
    material = material_of(paired, request.corpus, request.predicted, request.versus)
    material = _with_map(material, request)
    own = Side((paired.reference, paired.predicted), measured(main, request.label_map))
    coders = own_coders(paired.sessions)
    ceiling = beside(coders, main, list(coder_comparisons(main)), own, request.label_map)
    other = None
    if versus is not None:
        names = (versus.reference, request.versus or versus.predicted)
        shown = replace(main, paired=field_by_field(versus, paired))
        other = beside(names, main, [shown], own, request.label_map)
    marks = signatures(
        own.drawn,
        own.coders,
        material,
        request.settings,
        is_system=True,
        label_map=_map_of(request),
    )
    return AgreementReport(
        material=material,
        settings=request.settings,
        figures=(
            *make_figures(own, ceiling, other, main.resamples, marks),
            *_of_sheet(main, request, material),
        ),
        validity=_validity(main, request, material),
        confusions=confusions(paired),
        curves=curves(paired, main.resamples),
        groups=group_figures(paired),
        worst=worst_disagreements(paired, request.settings.worst),
        dropped=dropped_counts(paired.dropped),
        stand_in=stand_ins(paired),
        rates=corrected_rates(paired),
        warnings=(*warnings_of(paired, material), *_of_criteria(paired, request)),
    )


def coder_report(
    sessions: Sequence[CodedSession], coders: Sequence[str], request: Request
) -> AgreementReport:
    """Coder against coder: each pair, their mean where there are several, and all at once.

    Raises:
        EvaluationError: fewer than two coders, or no session that two of them coded.
    """
    if len(coders) < 2:  # noqa: PLR2004  # a pair
        raise EvaluationError("agreement needs two coders; derived ones (gold) do not count.")
    if GOLD in coders:
        raise EvaluationError(f"{GOLD} was made from the other coders and cannot agree with them.")
    pairs = list(combinations(coders, 2))
    chosen = [_only(session, coders) for session in sessions]
    kept = [session for session in chosen if len(session.codings) > 1]
    if not kept:
        raise EvaluationError("no session was coded by two of the coders.")
    met = [pair for pair in pairs if any(_coded_by(session, pair) for session in kept)]
    both = [pair_coders(kept, first, second) for first, second in met]
    main = _compare(both[0], request.settings)
    each = [
        Side(names, measured(replace(main, paired=one), request.label_map))
        for names, one in zip(met, both, strict=True)
    ]
    dropped = _dropped(chosen, met)
    first = replace(both[0], dropped=dropped)
    material = _with_map(material_of(first, request.corpus, "", ""), request)
    material = replace(material, coders=tuple(coders))
    own = Side(tuple(coders), _all_coders(each, kept, main, request))
    marks = signatures(
        own.drawn,
        own.coders,
        material,
        request.settings,
        is_system=False,
        label_map=_map_of(request),
    )
    return AgreementReport(
        material=material,
        settings=request.settings,
        figures=make_figures(own, None, None, main.resamples, marks),
        pairs=_pairs(each, main, material, _map_of(request)) if len(met) > 1 else (),
        validity=_validity(main, request, material),
        confusions=tuple(table for one in both for table in confusions(one)),
        groups=group_figures(first),
        worst=worst_disagreements(first, request.settings.worst),
        dropped=dropped_counts(dropped),
        warnings=(
            *warnings_of(first, material),
            *_never_met(pairs, met),
            *_of_criteria(main.paired, request),
        ),
    )


def _on_both(paired: Paired, versus: Paired) -> Paired:
    """A system's side on the turns that another system labelled too, with what falls out by it."""
    shared = on_rows_of(paired, versus)
    dropped = [one for one in paired.dropped if one.reason is not Reason.PREDICTED_MISSING]
    for speaker in CODED_SPEAKERS:
        turns = paired.turns(speaker)
        lost = dropped_turns(turns.turns, turns.reference, shared.turns(speaker).predicted)
        dropped += [one for one in lost if one.reason is Reason.PREDICTED_MISSING]
    seen = tuple(dict.fromkeys((*paired.in_sample, *versus.in_sample)))
    return replace(shared, dropped=tuple(dropped), in_sample=seen)


def _coded_by(session: CodedSession, coders: Sequence[str]) -> bool:
    return all(session.coding_by(coder) is not None for coder in coders)


def _dropped(sessions: Sequence[CodedSession], pairs: Sequence[Pair]) -> tuple[Dropped, ...]:
    """What falls out of any pair; what falls out of several for the same reason counts once."""
    found = (drop for first, second in pairs for drop in pair(sessions, first, second).dropped)
    return tuple(dict.fromkeys(found))


def _never_met(pairs: Sequence[Pair], met: Sequence[Pair]) -> list[str]:
    alone = [" and ".join(one) for one in pairs if one not in met]
    if not alone:
        return []
    return [f"Pairs of coders without a session in common, left out of means: {', '.join(alone)}."]


def _compare(paired: Paired, settings: HarnessSettings) -> Comparison:
    draws = resample(len(paired.groups.names), settings.draws, settings.seed)
    return Comparison(paired, draws, settings)


def _all_coders(
    each: Sequence[Side], sessions: Sequence[CodedSession], main: Comparison, request: Request
) -> list[Drawn]:
    """The mean over pairs; where a coefficient takes any number of coders, that of all at once."""
    means = means_of([side.drawn for side in each])
    if len(each) == 1:
        return means
    at_once = many_coder_figures(sessions, main.resamples, request.settings)
    replaced = {one.key for one in at_once}
    return [*(one for one in means if one.key not in replaced), *at_once]


def _pairs(
    each: Sequence[Side], main: Comparison, material: Material, label_map: str
) -> tuple[Figure, ...]:
    figures: list[Figure] = []
    for side in each:
        marks = signatures(
            side.drawn, side.coders, material, main.settings, is_system=False, label_map=label_map
        )
        figures += make_figures(side, None, None, main.resamples, marks)
    return tuple(figures)


def _validity(main: Comparison, request: Request, material: Material) -> tuple[Figure, ...]:
    """Criteria against the predicted side's measures; the reference's own beside them."""
    if request.criteria is None:
        return ()
    paired, names = main.paired, (main.paired.reference, main.paired.predicted)
    draws: Resamples = main.resamples
    is_system = bool(material.predicted)
    reference, predicted = (
        validity_figures(paired.sessions, side, request.criteria, draws, main.settings)
        for side in (paired.reference_side, paired.predicted_side)
    )
    own = Side((names[1],), predicted)
    marks = signatures(own.drawn, own.coders, material, main.settings, is_system=is_system)
    ratings = content_hash(request.criteria)
    marks = {key: replace(mark, ratings_hash=ratings) for key, mark in marks.items()}
    return make_figures(own, Side((names[0],), reference), None, draws, marks)


def _of_criteria(paired: Paired, request: Request) -> tuple[str, ...]:
    return validity_warnings(paired, request.criteria) if request.criteria else ()


def _of_sheet(main: Comparison, request: Request, material: Material) -> tuple[Figure, ...]:
    """The system's codes of segments against the ratings of a sheet, through the label map."""
    sheet, label_map = request.sheet, request.label_map
    if sheet is None:
        return ()
    if label_map is None or label_map.salience is None:
        raise EvaluationError(
            "a segment sheet is scored through a label map with salience ratings. "
            "Give --label-map 3rs-2022, or your own."
        )
    coder = request.sheet_coder or _reference_of(sheet)
    rated = SheetMaterial(main.paired.sessions, sheet, coder, label_map.salience, main.resamples)
    side = main.paired.predicted_side
    own = Side((coder, main.paired.predicted), sheet_figures(rated, side))
    if not own.drawn:
        raise EvaluationError(
            "the segment sheet cannot be scored: the system gives ruptures no intensity, "
            "or its sessions are not on the sheet."
        )
    ceiling = Side(sheet.coders, sheet_ceiling(rated, side))
    marks = signatures(own.drawn, own.coders, material, main.settings, is_system=True)
    ratings, by_map = content_hash(sheet), label_map.signature
    marks = {
        key: replace(mark, ratings_hash=ratings, label_map=by_map) for key, mark in marks.items()
    }
    return make_figures(own, ceiling, None, main.resamples, marks)


def _reference_of(sheet: SegmentSheet) -> str:
    if GOLD in sheet.coders or len(sheet.coders) == 1:
        return GOLD if GOLD in sheet.coders else sheet.coders[0]
    raise EvaluationError(
        f"the segment sheet has several coders: {', '.join(sheet.coders)}. "
        "Name the reference with --sheet-coder."
    )


def _map_of(request: Request) -> str:
    return request.label_map.signature if request.label_map else ""


def _with_map(material: Material, request: Request) -> Material:
    return replace(material, label_map=request.label_map.name if request.label_map else "")


def _only(session: CodedSession, coders: Sequence[str]) -> CodedSession:
    kept = tuple(coding for coding in session.codings if coding.coder in coders)
    return replace(session, codings=kept)
