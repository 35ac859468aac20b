"""All sections of one comparison, and what stands beside it."""

from collections.abc import Callable, Sequence

from rupture_nlp.evaluation.harness.codes import code_figures
from rupture_nlp.evaluation.harness.comparison import Comparison, shared_with
from rupture_nlp.evaluation.harness.episodes import episode_figures
from rupture_nlp.evaluation.harness.figures import Side
from rupture_nlp.evaluation.harness.mapped import mapped_figures
from rupture_nlp.evaluation.harness.probabilities import probability_figures
from rupture_nlp.evaluation.harness.quantities import Drawn, means_of
from rupture_nlp.evaluation.harness.segments import segment_figures
from rupture_nlp.evaluation.harness.sessions import session_figures
from rupture_nlp.evaluation.harness.sets import set_figures
from rupture_nlp.evaluation.labelmaps import LabelMap

SECTIONS: tuple[Callable[[Comparison], list[Drawn]], ...] = (
    code_figures,
    probability_figures,
    set_figures,
    segment_figures,
    episode_figures,
    session_figures,
)


def measured(comparison: Comparison, label_map: LabelMap | None) -> list[Drawn]:
    """All numbers of a comparison, in a map's terms too where there is one."""
    found = [drawn for section in SECTIONS for drawn in section(comparison)]
    if label_map is not None:
        found += mapped_figures(comparison, label_map)
    return found


def beside(
    names: tuple[str, ...],
    main: Comparison,
    others: Sequence[Comparison],
    own: Side,
    label_map: LabelMap | None,
) -> Side:
    """Others' numbers, the mean over them, and the main side's on the rows of each."""
    drawn = [measured(one, label_map) for one in others]
    shared = [shared_with(main, one) for one in others]
    if not any(shared):
        return Side(names, means_of(drawn))
    same = []
    for found, one in zip(drawn, shared, strict=True):
        keys = {number.key for number in found}
        again = own.drawn if one is None else measured(one, label_map)
        same.append([number for number in again if number.key in keys])
    return Side(names, means_of(drawn), means_of(same))
