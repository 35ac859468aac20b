"""The harness's sections against scikit-learn and scipy, under the same draws of groups."""

from dataclasses import replace

import numpy as np
import pytest

from eval.harness_speed import (
    TOLERANCE,
    Part,
    compare,
    make_parts,
    measure_harness,
    measure_loop,
)
from eval.speed_corpus import make_corpus
from rupture_nlp.evaluation.harness.settings import HarnessSettings

# scikit-learn warns where a marker is not among the rows of a draw; both ways then say NaN.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")
DRAWS = 2


@pytest.fixture(scope="module")
def parts() -> list[Part]:
    return make_parts(make_corpus(20, 60, seed=0), HarnessSettings(draws=DRAWS))


def test_every_figure_of_the_loop_is_the_harness_s_in_every_draw(parts: list[Part]) -> None:
    numbers = [measure_harness(part) for part in parts]
    done, values = measure_loop(parts, seconds=1000.0)
    assert done == 1 + DRAWS
    for part, ours, theirs in zip(parts, numbers, values, strict=True):
        compare(part, ours, theirs)
        assert part.greatest_difference < TOLERANCE
    shared = {part.name: part.shared for part in parts}
    assert min(shared.values()) > 20, shared


def test_a_number_that_is_off_in_one_draw_is_noticed(parts: list[Part]) -> None:
    part = replace(parts[0], greatest_difference=0.0)
    key = ("patient", "code", "kappa", "")
    drawn = measure_harness(part)[key]
    loop = {key[1:]: float(drawn.values[1])}
    compare(part, {key: drawn}, [{}, {}, loop])  # the sample's two speakers, then the first draw
    assert part.greatest_difference == 0.0
    off = replace(drawn, values=drawn.values + 1e-6)
    compare(part, {key: off}, [{}, {}, loop])
    assert part.greatest_difference == pytest.approx(1e-6)
    compare(part, {key: replace(drawn, values=np.full_like(drawn.values, np.nan))}, [loop])
    assert part.greatest_difference == np.inf
