"""The sequence layer fold by fold: a layer that never saw the sessions it is judged on."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from rupture_nlp.models.config import LabelSets
from rupture_nlp.models.sequence_store import SequenceLayer
from rupture_nlp.training.sequence import (
    Floats,
    Report,
    SequenceSettings,
    balanced_threshold,
    fit_layer,
)
from rupture_nlp.training.sequence_examples import SequenceExample


@dataclass(frozen=True, slots=True)
class FoldLayers:
    """A layer for each fold, and one fitted on all sessions.

    A fold's layer learned from the other folds. Its threshold balances the episodes found in these,
    each by the layer that did not learn from it; so does `final`'s over all folds. These layers did
    learn from the fold that the threshold is for, as the networks of cross-fitted thresholds did.
    """

    folds: dict[int, SequenceLayer]
    final: SequenceLayer


def fit_fold_layers(
    examples: Sequence[SequenceExample],
    further: Sequence[SequenceExample],
    labels: LabelSets,
    settings: SequenceSettings,
    report: Report = lambda _done, _all: None,
) -> FoldLayers:
    """Fit a layer for each fold of `examples`, and one on all; `further` is learned from always.

    Raises:
        RunError: too few episodes or ratings to fit anything.
    """
    numbers = sorted({example.fold for example in examples})
    layers: dict[int, SequenceLayer] = {}
    marginals: dict[int, list[Floats]] = {}
    steps = (len(numbers) + 1) * settings.taggers
    done = 0

    def count(finished: int, _all: int) -> None:
        report(done + finished, steps)

    for number in numbers:
        learned = [e for e in examples if e.fold != number]
        layers[number] = fit_layer([*learned, *further], labels, settings, 0.5, count)
        held_out = [e for e in examples if e.fold == number]
        marginals[number] = [layers[number].marginals(e.features) for e in held_out]
        done += settings.taggers
    final = fit_layer([*examples, *further], labels, settings, 0.5, count)
    folds = {n: _balanced(layers[n], examples, marginals, leave_out=n) for n in numbers}
    return FoldLayers(folds, _balanced(final, examples, marginals, leave_out=None))


def _balanced(
    layer: SequenceLayer,
    examples: Sequence[SequenceExample],
    marginals: dict[int, list[Floats]],
    leave_out: int | None,
) -> SequenceLayer:
    rows: list[Floats] = []
    chosen: list[SequenceExample] = []
    for number in sorted(marginals):
        if number != leave_out:
            rows += marginals[number]
            chosen += [e for e in examples if e.fold == number]
    threshold = balanced_threshold(rows, chosen)
    return replace(layer, info=replace(layer.info, threshold=float(np.round(threshold, 2))))
