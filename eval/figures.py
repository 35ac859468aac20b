"""The figures of one row of the benchmark; the package has them."""

from rupture_nlp.schema import RUPTURES
from rupture_nlp.training.figures import Coded, Figures, decided, measure

CODES = len(RUPTURES)

__all__ = ["CODES", "Coded", "Figures", "decided", "measure"]
