"""A number from a few features by a linear rule, kept within its scale."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_FLAT = 1e-9


@dataclass(frozen=True, slots=True)
class LinearRule:
    """`intercept + weights . (features - mean) / spread`, clipped to `low` .. `high`.

    Shapes: mean, spread, weights (features,). A weight of 0 leaves its feature out.
    """

    mean: Floats
    spread: Floats
    weights: Floats
    intercept: float
    low: float
    high: float

    def __call__(self, features: Floats) -> Floats:
        """Values for features of shape (..., features)."""
        score = self.intercept + ((features - self.mean) / self.spread) @ self.weights
        return np.asarray(np.clip(score, self.low, self.high))


def fit_linear(
    features: Floats, values: Floats, weights: Floats, ridge: float, scale: tuple[float, float]
) -> LinearRule:
    """Ridge regression, stretched so that what it predicts spreads as far as the values do.

    A regression predicts too little spread by as much as it explains too little. Agreement counts
    that as error beside the error itself; ratings are meant to agree, not to be least squares.

    Shapes: features (cases, features); values, weights (cases,), how much each case counts.

    Raises:
        ValueError: fewer than two cases.
    """
    if len(values) < 2:  # noqa: PLR2004
        raise ValueError("a rule needs two cases or more")
    share = weights / weights.sum()
    mean = share @ features
    spread = np.sqrt(share @ (features - mean) ** 2)
    flat = spread < _FLAT  # says nothing; what it will be in use is not to matter either
    spread[flat] = 1.0
    scaled = np.where(flat, 0.0, (features - mean) / spread)
    middle = float(share @ values)
    gram = (scaled * weights[:, None]).T @ scaled + ridge * np.eye(scaled.shape[1])
    slopes = np.linalg.solve(gram, (scaled * weights[:, None]).T @ (values - middle))
    fitted = scaled @ slopes
    width = np.sqrt(share @ (values - middle) ** 2)
    found = np.sqrt(share @ (fitted - share @ fitted) ** 2)
    stretch = width / found if found > 0 else 1.0
    return LinearRule(mean, spread, slopes * stretch, middle, *scale)
