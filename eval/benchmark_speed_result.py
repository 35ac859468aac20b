"""Everything that was measured, as the JSON has it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import median

from eval.benchmark_speed_flops import EncoderShape, Work, count_work
from eval.benchmark_speed_fresh import Start
from eval.benchmark_speed_goals import MEMORY, OF_PEAK, RATIOS, START, against, goal_rows
from eval.benchmark_speed_growth import Growth
from eval.benchmark_speed_ours import Found, Ours, measure_context
from eval.benchmark_speed_plan import Part
from eval.benchmark_speed_rivals import Rival
from eval.benchmark_speed_rounds import Timed, ratio
from rupture_nlp.schema import Transcript

_WHOLE_LAST_LAYER = "torch"  # the engine that computes what no head reads


@dataclass(frozen=True, slots=True)
class Measured:
    """What the parts of the benchmark gave."""

    found: Found
    sessions: Sequence[Transcript]
    timed: Mapping[str, Timed]  # by name of the option
    rivals: Sequence[Rival]
    parts: Mapping[tuple[str, bool], Part]
    peaks: Mapping[str, Sequence[float]]  # by precision; empty where there is no product
    growth: Growth
    memory_mb: float
    starts: Sequence[Start]


def make_result(measured: Measured) -> dict[str, object]:
    """The figures of the goals first, then all that they rest on."""
    default = measured.found.default
    rivals = [(rival, measured.timed[rival.name]) for rival in measured.rivals]
    ours = [_our_row(measured, one) for one in measured.found.options]
    figures: dict[str, float | None] = {
        OF_PEAK.key: fraction_of_peak(measured, default),
        MEMORY.key: measured.memory_mb,
        START.key: median(start.first_label_s for start in measured.starts),
    }
    fastest = {}
    for goal, recipe, context in RATIOS:
        usual, fastest[goal.key] = against(
            measured.timed[default.name], rivals, recipe, context=context
        )
        figures[goal.key] = usual.ratio
    return {
        "ours": default.name,
        **figures,
        "goals": goal_rows(figures, fastest),
        "medians": {name: timed.rate for name, timed in measured.timed.items()},
        "options": [*ours, *(_rival_row(measured, rival, timed) for rival, timed in rivals)],
        "ratios": {
            one.name: {
                rival.name: ratio(measured.timed[one.name], timed) for rival, timed in rivals
            }
            for one in measured.found.options
        },
        "peaks": {name: list(found) for name, found in measured.peaks.items()},
        "context": asdict(
            measure_context(
                [default.labeller.prepare(session).packed for session in measured.sessions]
            )
        ),
        "parts": [
            {
                "recipe": recipe,
                "context": context,
                "utterances": len(part.texts),
                "mean_tokens": part.mean_tokens,
                "mean_tokens_of_all": part.mean_tokens_of_all,
                "cut": part.cut,
            }
            for (recipe, context), part in measured.parts.items()
        ],
        "growth": asdict(measured.growth)
        | {"ms_an_utterance_of": [point.ms_an_utterance for point in measured.growth.points]},
        "starts": [asdict(start) for start in measured.starts],
        "left_out": measured.found.left_out,
        "labeller": dict(default.labeller.signature.as_dict()),
    }


def fraction_of_peak(measured: Measured, ours: Ours) -> float | None:
    """Operations a second by the peak of the precision; None where that is not known."""
    peak = max(measured.peaks.get(ours.precision, ()), default=None)
    if peak is None:
        return None
    return _work(measured, ours).operations / median(measured.timed[ours.name].seconds) / peak


def _work(measured: Measured, ours: Ours) -> Work:
    return count_work(
        [ours.labeller.prepare(session).packed for session in measured.sessions],
        EncoderShape.of(ours.labeller.bundle.config),
        whole_last_layer=ours.engine == _WHOLE_LAST_LAYER,
    )


def _our_row(measured: Measured, ours: Ours) -> dict[str, object]:
    return {
        "name": ours.name,
        "ours": True,
        "precision": ours.precision,
        **_times(measured.timed[ours.name]),
        **asdict(_work(measured, ours)),
        "fraction_of_peak": fraction_of_peak(measured, ours),
    }


def _rival_row(measured: Measured, rival: Rival, timed: Timed) -> dict[str, object]:
    return {
        "name": rival.name,
        "ours": False,
        "family": rival.family,
        "recipe": rival.recipe,
        "context": rival.context,
        "batch": rival.batch,
        "precision": rival.precision,
        "mean_tokens": measured.parts[rival.recipe, rival.context].mean_tokens,
        **_times(timed),
    }


def _times(timed: Timed) -> dict[str, object]:
    return {
        "utterances": timed.option.utterances,
        "seconds": list(timed.seconds),
        "utterances_a_second": timed.rate,
        "slowest": min(timed.rates),
        "fastest": max(timed.rates),
    }
