"""Training of the sequence layer on out-of-fold answers, those it will see in use."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import minimize
from torch import Tensor, nn

from rupture_nlp.errors import RunError
from rupture_nlp.io.corpus.layout import RATINGS
from rupture_nlp.label.crf import EPISODE
from rupture_nlp.label.spans import each_turn
from rupture_nlp.label.summaries import DENSITIES, episode_summary, session_summary
from rupture_nlp.models.config import LabelSets
from rupture_nlp.models.linear import LinearRule, fit_linear
from rupture_nlp.models.sequence import SequenceTagger
from rupture_nlp.models.sequence_store import SequenceInfo, SequenceLayer
from rupture_nlp.schema import REPAIRED_FROM
from rupture_nlp.training.sequence_examples import SequenceExample

Floats = NDArray[np.float64]
Report = Callable[[int], None]
SCALE = (1.0, 5.0)
_FROM_ALL = "resolution"  # the other ratings are of how strong ruptures were: densities alone


@dataclass(frozen=True, slots=True)
class SequenceSettings:
    """One training of the layer. Few episodes, so a small network and several of it."""

    epochs: int = 15
    learning_rate: float = 3e-3
    weight_decay: float = 0.05
    batch_sessions: int = 8
    hidden: int = 24
    dropout: float = 0.3
    taggers: int = 3
    ridge: float = 10.0
    seed: int = 0


def fit_layer(
    examples: Sequence[SequenceExample],
    labels: LabelSets,
    settings: SequenceSettings,
    report: Report = lambda _done: None,
) -> SequenceLayer:
    """Fit taggers and linear rules on all of `examples`; `report` is told finished taggers.

    The threshold of the result is one half; `fit_fold_layers` balances it.

    Raises:
        RunError: too few episodes or ratings to fit anything.
    """
    taggers = []
    for number in range(settings.taggers):
        taggers.append(train_tagger(examples, settings, settings.seed + number).as_arrays())
        report(number + 1)
    info = SequenceInfo(
        features=examples[0].features.shape[1],
        hidden=settings.hidden,
        taggers=len(taggers),
        threshold=0.5,
        repaired_slope=0.0,
        repaired_intercept=0.0,
        intercepts={},
    )
    bare = SequenceLayer(info, tuple(taggers), {})
    cases = _episode_cases(examples, labels, bare)
    rules = {EPISODE: _fit(cases.summaries, cases.resolutions, cases.weights, settings)}
    rules |= {name: _fit_rating(examples, name, settings) for name in RATINGS}
    slope, intercept = _fit_repaired(rules[EPISODE](cases.summaries), cases)
    complete = replace(
        info,
        repaired_slope=slope,
        repaired_intercept=intercept,
        intercepts={name: rule.intercept for name, rule in rules.items()},
    )
    return SequenceLayer(complete, tuple(taggers), rules)


def train_tagger(
    examples: Sequence[SequenceExample], settings: SequenceSettings, seed: int
) -> SequenceTagger:
    """Train one tagger. Same examples, settings and seed, same weights."""
    if not any(example.spans for example in examples):
        raise RunError("No session of these holds an episode. Code some, or leave the layer out.")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        tagger = SequenceTagger(examples[0].features.shape[1], settings.hidden, settings.dropout)
        turns = np.concatenate([example.features for example in examples])
        tagger.mean.copy_(torch.from_numpy(turns.mean(axis=0)))
        tagger.spread.copy_(torch.from_numpy(turns.std(axis=0) + 1e-3))
        optimizer = torch.optim.AdamW(
            tagger.parameters(), lr=settings.learning_rate, weight_decay=settings.weight_decay
        )
        random = np.random.default_rng(seed)
        for epoch in range(settings.epochs):
            for group in optimizer.param_groups:
                group["lr"] = settings.learning_rate * (1 - epoch / settings.epochs)
            order = random.permutation(len(examples))
            for at in range(0, len(order), settings.batch_sessions):
                batch = [examples[i] for i in order[at : at + settings.batch_sessions]]
                _step(tagger, optimizer, batch)
    return tagger.eval()


def _step(
    tagger: SequenceTagger, optimizer: torch.optim.Optimizer, batch: Sequence[SequenceExample]
) -> None:
    features, tags, mask = _padded(batch)
    weights = torch.tensor([example.weight for example in batch])
    likelihood = tagger.log_likelihood(features, tags, mask)
    loss = -(likelihood * weights).sum() / mask.sum()
    optimizer.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
    nn.utils.clip_grad_norm_(tagger.parameters(), 1.0)
    optimizer.step()


def _padded(batch: Sequence[SequenceExample]) -> tuple[Tensor, Tensor, Tensor]:
    longest = max(len(example.tags) for example in batch)
    features = torch.zeros(len(batch), longest, batch[0].features.shape[1])
    tags = torch.zeros(len(batch), longest, dtype=torch.long)
    mask = torch.zeros(len(batch), longest, dtype=torch.bool)
    for row, example in enumerate(batch):
        turns = len(example.tags)
        features[row, :turns] = torch.from_numpy(example.features)
        tags[row, :turns] = torch.from_numpy(example.tags)
        mask[row, :turns] = True
    return features, tags, mask


@dataclass(frozen=True, slots=True)
class _EpisodeCases:
    """Reference episodes: summaries (episodes, 9); the others (episodes,)."""

    summaries: Floats
    resolutions: Floats
    repaired: NDArray[np.bool_]
    weights: Floats


def _episode_cases(
    examples: Sequence[SequenceExample], labels: LabelSets, layer: SequenceLayer
) -> _EpisodeCases:
    rows, resolutions, repaired, weights = [], [], [], []
    for example in examples:
        marginals = each_turn(layer.marginals(example.features), example.runs)
        speakers = example.transcript.speakers
        for span in example.spans:
            if span.episode.resolution is None:
                continue
            inside = slice(span.first, span.last + 1)
            rows.append(
                episode_summary(
                    speakers[inside],
                    example.answers.rows(inside),
                    example.decision,
                    labels,
                    marginals[inside],
                )
            )
            resolutions.append(float(span.episode.resolution))
            repaired.append(span.episode.repaired)
            weights.append(example.weight)
    return _EpisodeCases(
        np.array(rows), np.array(resolutions), np.array(repaired, dtype=bool), np.array(weights)
    )


def _fit_rating(
    examples: Sequence[SequenceExample], name: str, settings: SequenceSettings
) -> LinearRule:
    rated = [e for e in examples if getattr(e.ratings, name) is not None]
    if not rated:
        raise RunError(f"No session of these has the rating {name}. Rate some first.")
    rows = np.array([session_summary(e.transcript.speakers, e.answers, e.decision) for e in rated])
    if name != _FROM_ALL:
        rows[:, DENSITIES:] = 0.0
    values = np.array([float(getattr(e.ratings, name)) for e in rated])
    return _fit(rows, values, np.array([e.weight for e in rated]), settings)


def _fit(rows: Floats, values: Floats, weights: Floats, settings: SequenceSettings) -> LinearRule:
    if len(values) < 2:  # noqa: PLR2004
        raise RunError("Fewer than two episodes or ratings to learn from. Code more sessions.")
    return fit_linear(rows, values, weights, settings.ridge, SCALE)


def _fit_repaired(resolution: Floats, cases: _EpisodeCases) -> tuple[float, float]:
    """Logistic regression of having been repaired on the predicted resolution (Platt, 1999)."""
    # Platt's targets: never quite 0 or 1, so that a clean split does not run to infinity.
    positives = float(cases.repaired.sum())
    negatives = float((~cases.repaired).sum())
    target = np.where(cases.repaired, (positives + 1) / (positives + 2), 1 / (negatives + 2))
    centred = resolution - (REPAIRED_FROM - 0.5)

    def loss(parameters: Floats) -> float:
        score = parameters[0] * centred + parameters[1]
        terms = np.logaddexp(0.0, score) - target * score
        return float((cases.weights * terms).sum())

    slope, at_centre = minimize(loss, np.zeros(2), method="BFGS").x
    return float(slope), float(at_centre - slope * (REPAIRED_FROM - 0.5))
