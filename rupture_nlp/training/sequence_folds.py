"""The sequence layer fold by fold: a layer that never saw the sessions it is judged on."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from rupture_nlp.label.spans import balancing_threshold
from rupture_nlp.models.config import LabelSets
from rupture_nlp.models.sequence_store import SequenceLayer
from rupture_nlp.training.sequence import Floats, SequenceSettings, fit_layer
from rupture_nlp.training.sequence_examples import SequenceExample


@dataclass(frozen=True, slots=True)
class FoldLayers:
    """A layer for each fold, and one fitted on all sessions.

    A fold's layer learned from the other folds. Its threshold balances the spans found in these
    (before they take their ends from codes), each by the layer that did not learn from it; so does
    `final`'s over all folds. These layers did learn from the fold that the threshold is for, as the
    networks of cross-fitted thresholds did.
    """

    folds: dict[int, SequenceLayer]
    final: SequenceLayer


def fit_fold_layers(
    examples: Sequence[SequenceExample],
    further: Sequence[SequenceExample],
    labels: LabelSets,
    settings: SequenceSettings,
    report: Callable[[int, int], None] = lambda _done, _all: None,
) -> FoldLayers:
    """Fit a layer for each fold of `examples`, and one on all; `further` is learned from always.
    `report` is told how many taggers are trained, and of how many.

    Raises:
        RunError: too few episodes or ratings to fit anything.
    """
    numbers = sorted({example.fold for example in examples})
    layers: dict[int, SequenceLayer] = {}
    marginals: dict[int, list[Floats]] = {}
    steps = (len(numbers) + 1) * settings.taggers
    done = 0

    def count(finished: int) -> None:
        report(done + finished, steps)

    for number in numbers:
        learned = [e for e in examples if e.fold != number]
        layers[number] = fit_layer([*learned, *further], labels, settings, count)
        held_out = [e for e in examples if e.fold == number]
        marginals[number] = [layers[number].marginals(e.features) for e in held_out]
        done += settings.taggers
    final = fit_layer([*examples, *further], labels, settings, count)
    folds = {n: _balanced(layers[n], examples, marginals, leave_out=n) for n in numbers}
    return FoldLayers(folds, _balanced(final, examples, marginals, leave_out=None))


def _balanced(
    layer: SequenceLayer,
    examples: Sequence[SequenceExample],
    marginals: dict[int, list[Floats]],
    leave_out: int | None,
) -> SequenceLayer:
    rows: list[Floats] = []
    episodes = 0
    for number in sorted(marginals):
        if number != leave_out:
            rows += marginals[number]
            episodes += sum(len(e.spans) for e in examples if e.fold == number)
    threshold = round(balancing_threshold(rows, episodes), 2)
    return replace(layer, info=replace(layer.info, threshold=threshold))
