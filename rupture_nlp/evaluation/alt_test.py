"""The alternative annotator test: whether a model may stand in for a coder.

Each coder is left out in turn; at every row it is asked whether the model or the coder left out is
closer to the other coders. Conventions in `rupture_nlp.evaluation.counts`.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from rupture_nlp.evaluation.counts import (
    BoolArray,
    FloatArray,
    Grouping,
    check_axes,
    ratio,
)

FEWEST_CODERS = 3
FEWEST_ROWS = 30
PASS_FROM = 0.5

Closeness = Literal["same", "distance"]
Correction = Literal["by", "bh"]


@dataclass(frozen=True, slots=True)
class CoderTest:
    """The model against one coder. `advantage` and `coder_advantage` count ties for both."""

    coder: int  # position among the columns
    rows: int
    advantage: float  # share of rows in which the model is as close to the others, or closer
    coder_advantage: float
    p_value: float
    won: bool  # after correction for testing several coders


@dataclass(frozen=True, slots=True)
class AltTest:
    """The whole test."""

    winning_rate: float  # omega: share of coders that the model beats
    advantage: float  # rho: mean over coders of the model's advantage
    epsilon: float
    q: float
    coders: tuple[CoderTest, ...]

    @property
    def passed(self) -> bool:
        return self.winning_rate >= PASS_FROM


@dataclass(frozen=True, slots=True)
class AltTestOptions:
    """Settings of the test; each changes its result and belongs in the signature."""

    epsilon: float = 0.2  # what the coder's cost is worth: .2 experts, .15 skilled, .1 crowd
    q: float = 0.05  # false discovery rate
    closeness: Closeness = "same"  # share of the others with the same label, or minus the RMSE
    correction: Correction = "by"  # Benjamini-Yekutieli as in the source, or Benjamini-Hochberg
    fewest_rows: int = FEWEST_ROWS


def why_no_alt_test(coders: ArrayLike, fewest_rows: int = FEWEST_ROWS) -> str | None:
    """A plain word where the test cannot be made, or None where it can.

    `coders` is (rows, coders), negative or NaN where missing.
    """
    known = ~np.isnan(_with_nan(coders))
    check_axes(known, "rows, coders")
    if known.shape[1] < FEWEST_CODERS:
        return (
            f"The alternative annotator test needs at least {FEWEST_CODERS} coders; "
            f"there {'is' if known.shape[1] == 1 else 'are'} {known.shape[1]}."
        )
    enough = int((_shared(known).sum(axis=0) >= fewest_rows).sum())
    if enough < FEWEST_CODERS:
        return (
            f"The alternative annotator test needs {FEWEST_CODERS} coders with at least "
            f"{fewest_rows} rows that two others coded too; there are {enough}."
        )
    return None


def alt_test(
    model: ArrayLike,
    coders: ArrayLike,
    options: AltTestOptions | None = None,
    groups: Grouping | None = None,
) -> AltTest:
    """Test whether the model may stand in for a coder.

    Parameters
    ----------
    model : (rows,)
        The model's label or number; a row without is left out.
    coders : (rows, coders)
        Negative or NaN where missing. A row counts for a coder if two others coded it too; a coder
        with too few such rows is not tested.
    options
        Settings; those of the source where None.
    groups
        Of the rows. Utterances of a session are not independent, as the plain t-test takes them to
        be; with groups its standard error is that of group totals (cluster-robust, groups - 1
        degrees of freedom).

    Raises
    ------
    ValueError
        The test cannot be made; ask `why_no_alt_test` first.

    Source
    ------
    Calderon, Reichart & Dror (2025), The Alternative Annotator Test for LLM-as-a-Judge, ACL.
    """
    chosen = options or AltTestOptions()
    given, machine = _with_nan(coders), _with_nan(model)
    present = ~np.isnan(machine)
    given, machine = given[present], machine[present]
    where = None if groups is None else groups.take(present)
    refusal = why_no_alt_test(given, chosen.fewest_rows)
    if refusal:
        raise ValueError(refusal)
    shared = _shared(~np.isnan(given))
    tested = np.flatnonzero(shared.sum(axis=0) >= chosen.fewest_rows)
    tests = [_test_coder(int(at), machine, given, shared[:, at], (where, chosen)) for at in tested]
    won = _rejected(np.array([test.p_value for test in tests]), chosen)
    done = tuple(
        CoderTest(one.coder, one.rows, one.advantage, one.coder_advantage, one.p_value, bool(win))
        for one, win in zip(tests, won, strict=True)
    )
    advantage = float(np.mean([test.advantage for test in done]))
    return AltTest(float(won.mean()), advantage, chosen.epsilon, chosen.q, done)


def _test_coder(
    at: int,
    model: FloatArray,
    coders: FloatArray,
    rows: BoolArray,
    how: tuple[Grouping | None, AltTestOptions],
) -> CoderTest:
    groups, options = how
    others = np.delete(coders, at, axis=1)[rows]
    of_model = _closeness(model[rows], others, options.closeness)
    of_coder = _closeness(coders[rows, at], others, options.closeness)
    wins = (of_model >= of_coder).astype(np.float64)
    losses = (of_coder >= of_model).astype(np.float64)
    where = None if groups is None else groups.take(rows)
    p_value = _p_value(losses - wins - options.epsilon, where)
    return CoderTest(at, len(wins), float(wins.mean()), float(losses.mean()), p_value, won=False)


def _closeness(value: FloatArray, others: FloatArray, closeness: Closeness) -> FloatArray:
    gap = others - value[:, None]
    known = ~np.isnan(gap)
    if closeness == "same":
        return ratio((gap == 0).sum(axis=1), known.sum(axis=1))
    squares = np.where(known, np.nan_to_num(gap) ** 2, 0.0)
    return -np.sqrt(ratio(squares.sum(axis=1), known.sum(axis=1)))


def _p_value(excess: FloatArray, groups: Grouping | None) -> float:
    """One-sided t-test that the mean is below 0."""
    mean, count = float(excess.mean()), len(excess)
    if groups is None:
        clusters, error = count, float(excess.std(ddof=1)) / count**0.5
    else:
        clusters = len(np.unique(groups.index))
        totals = groups.sum(excess - mean)
        error = float(np.sqrt((totals**2).sum() * clusters / max(clusters - 1, 1))) / count
    if clusters <= 1:
        return 1.0  # one group shows nothing
    if error == 0:
        return 0.0 if mean < 0 else 1.0
    return float(stats.t.cdf(mean / error, clusters - 1))


def _rejected(p_values: FloatArray, options: AltTestOptions) -> BoolArray:
    """Which tests hold after control of the false discovery rate (a step-up procedure)."""
    tests = len(p_values)
    ranks = np.arange(1, tests + 1)
    penalty = (1.0 / ranks).sum() if options.correction == "by" else 1.0
    order = np.argsort(p_values)
    below = np.flatnonzero(p_values[order] <= ranks / tests * options.q / penalty)
    rejected = np.zeros(tests, dtype=np.bool_)
    if below.size:
        rejected[order[: below[-1] + 1]] = True
    return rejected


def _shared(known: BoolArray) -> BoolArray:
    """Rows of each coder that two others coded too."""
    others = known.sum(axis=1, keepdims=True) - known
    return np.asarray(known & (others >= FEWEST_CODERS - 1), dtype=np.bool_)


def _with_nan(values: ArrayLike) -> FloatArray:
    given = np.asarray(values)
    if np.issubdtype(given.dtype, np.integer):
        return np.where(given < 0, np.nan, given.astype(np.float64))
    return np.asarray(given, dtype=np.float64)
