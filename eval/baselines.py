"""Baselines of the benchmark; the package has them, since a lab's report shows some too."""

from rupture_nlp.training.baselines import FEATURES, Baseline, fit_baseline

__all__ = ["FEATURES", "Baseline", "fit_baseline"]
