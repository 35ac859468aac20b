"""From the heads' answers to codes: calibrate, compare with thresholds, choose."""

from dataclasses import dataclass

import numpy as np

from rupture_nlp.codebook import Codebook
from rupture_nlp.engines.base import Answers, Floats
from rupture_nlp.episodes import RE_ENGAGES
from rupture_nlp.models.config import LabelSets
from rupture_nlp.models.decision import Decision, SpeakerDecision
from rupture_nlp.schema import (
    RUPTURES,
    Rupture,
    Speaker,
    Utterance,
    UtteranceCode,
    UtterancePrediction,
)


@dataclass(frozen=True, slots=True)
class Decider:
    """Turns the answers for a session into one prediction an utterance.

    `prevalence`, where given, is the share of ruptures expected among the turns of a speaker; the
    probabilities are moved to it from the one they were fitted at (Saerens et al., 2002).
    """

    decision: Decision
    labels: LabelSets
    codebook: Codebook
    preset: str = "counting"
    prevalence: float | None = None

    def decide(
        self, utterances: tuple[Utterance, ...], answers: Answers
    ) -> tuple[UtterancePrediction | None, ...]:
        """One prediction an utterance, None for other speakers.

        Every patient turn gets the process it would have inside an episode; what lies outside is
        dropped once the episodes are known.
        """
        return tuple(
            None if utterance.speaker is Speaker.OTHER else self._predict(utterance, answers, at)
            for at, utterance in enumerate(utterances)
        )

    def threshold(self, speaker: Speaker) -> float:
        """The probability of a rupture from which a turn of this speaker is called one."""
        return self.decision.of(speaker).thresholds[self.preset]

    def _predict(self, utterance: Utterance, answers: Answers, at: int) -> UtterancePrediction:
        speaker = utterance.speaker
        rules = self.decision.of(speaker)
        p = calibrated(answers.rupture[at], rules, self.prevalence)
        p_rupture = 1.0 - float(p[0])
        threshold = rules.thresholds[self.preset]
        rupture = RUPTURES[1 + int(np.argmax(p[1:]))] if p_rupture >= threshold else Rupture.NONE
        is_patient = speaker is Speaker.PATIENT
        return UtterancePrediction(
            code=UtteranceCode(
                utterance_id=utterance.utterance_id,
                rupture=rupture,
                intensity=None
                if rupture is Rupture.NONE
                else 1 + int(np.argmax(answers.intensity[at])),
                markers=self._markers(rupture, speaker, answers.markers[at]),
                strategies=() if is_patient else self._strategies(answers.strategies[at]),
                process=self._process(answers.processes[at], rupture) if is_patient else None,
            ),
            probabilities=tuple(float(value) for value in p),
            uncertain=bool(
                abs(log_odds(p_rupture) - log_odds(threshold)) <= rules.margins[self.preset]
            ),
            p_strategies=() if is_patient else _floats(answers.strategies[at]),
            p_processes=_floats(answers.processes[at, :-1]) if is_patient else (),
        )

    def _markers(self, rupture: Rupture, speaker: Speaker, p: Floats) -> tuple[str, ...]:
        if rupture is Rupture.NONE:
            return ()
        possible = set(self.codebook.markers_of(rupture, speaker))
        scored = [(p[at], name) for at, name in enumerate(self.labels.markers) if name in possible]
        chosen = tuple(name for value, name in scored if value >= self.decision.marker)
        # A patient's rupture shows by some marker (codebook, section 2); a therapist's may not.
        if not chosen and speaker is Speaker.PATIENT and scored:
            return (max(scored)[1],)
        return chosen

    def _strategies(self, p: Floats) -> tuple[str, ...]:
        return tuple(
            name
            for name, value in zip(self.labels.strategies, p, strict=True)
            if value >= self.decision.strategy
        )

    def _process(self, p: Floats, rupture: Rupture) -> str | None:
        possible = p[:-1].copy()
        if rupture is not Rupture.NONE:
            # Who moves away is not plainly back in the work; no coder ever gave both.
            possible[self.labels.processes.index(RE_ENGAGES)] = 0.0
        best = int(np.argmax(possible))
        return self.labels.processes[best] if possible[best] >= self.decision.process else None


def calibrated(logits: Floats, rules: SpeakerDecision, prevalence: float | None = None) -> Floats:
    """Probabilities of the five codes.

    Shapes: logits (..., 5), returns (..., 5), rows sum to 1.
    """
    scores = logits.astype(np.float64) / rules.temperature
    scores[..., 0] += rules.bias
    if prevalence is not None:
        fitted = rules.prevalence
        scores[..., 1:] += np.log(prevalence / (1 - prevalence)) - np.log(fitted / (1 - fitted))
    scores -= scores.max(axis=-1, keepdims=True)
    p = np.exp(scores)
    return np.asarray(p / p.sum(axis=-1, keepdims=True))


def log_odds(p: Floats | float) -> Floats:
    """Natural logarithm of p / (1 - p); probabilities of 0 and 1 are taken for nearly so."""
    inside = np.clip(np.asarray(p, dtype=np.float64), 1e-9, 1 - 1e-9)
    return np.asarray(np.log(inside) - np.log1p(-inside))


def _floats(values: Floats) -> tuple[float, ...]:
    return tuple(float(value) for value in values)
