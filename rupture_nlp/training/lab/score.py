"""How each system does on the lab's sessions: ours out of fold, the start as it is, baselines."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from rupture_nlp.codebook import load_codebook
from rupture_nlp.engines.base import Answerer
from rupture_nlp.evaluation.bootstrap import Resamples
from rupture_nlp.evaluation.classification import ESTIMABLE_FROM
from rupture_nlp.io.corpus.split import Fold
from rupture_nlp.models.config import LabelSets
from rupture_nlp.models.decision import SpeakerDecision
from rupture_nlp.schema import Speaker
from rupture_nlp.training.baselines import fit_baseline
from rupture_nlp.training.calibrate import cross_fitted
from rupture_nlp.training.figures import Coded, Decisions, Figures, decided_by, in_classes, measure
from rupture_nlp.training.lab.labels import LabelSet
from rupture_nlp.training.outoffold import OutOfFold, join_folds, predict_folds
from rupture_nlp.training.run import Corpus
from rupture_nlp.training.settings import LabelRules

BASELINES = ("majority (always none)", "TF-IDF with 8 turns before")


@dataclass(frozen=True, slots=True)
class System:
    """Something that codes, by rows that it did not learn from, and what decides them."""

    name: str
    rows: OutOfFold
    decisions: Decisions

    def coded(self, speaker: Speaker, labels: LabelSet) -> Coded:
        """Its codes of a speaker's turns in the classes of the lab."""
        coded = decided_by(self.rows, self.decisions, patient=speaker is Speaker.PATIENT)
        return in_classes(coded, labels.classes, labels.class_of)


_NEVER = 2.0  # no probability reaches it
Measured = dict[Speaker, Figures]


def by_other_folds(name: str, rows: OutOfFold, rules: LabelRules) -> System:
    """A system each of whose folds is decided by what the other folds gave."""
    members = () if rules.apart else rules.members
    return System(name, rows, cross_fitted(rows, members))


def without_calls(system: System) -> System:
    """The system with its probabilities, calling nothing a rupture whatever they are."""

    def never(rules: SpeakerDecision) -> SpeakerDecision:
        return replace(rules, thresholds=dict.fromkeys(rules.thresholds, _NEVER))

    decisions = [
        (rows, replace(one, patient=never(one.patient), therapist=never(one.therapist)))
        for rows, one in system.decisions
    ]
    return replace(system, decisions=decisions)


def measured(system: System, labels: LabelSet, resamples: Resamples) -> Measured:
    """Its figures for each speaker whose ruptures the lab coded and who has rows."""
    found: Measured = {}
    for speaker in labels.speakers:
        coded = system.coded(speaker, labels)
        if len(coded.reference):
            found[speaker] = measure(coded, resamples)
    return found


def estimable(figures: Figures) -> bool:
    """Whether there are ruptures enough for a figure."""
    return figures.ruptures >= ESTIMABLE_FROM


def baseline_rows(corpus: Corpus, name: str, folds: Sequence[Fold], seed: int) -> OutOfFold:
    """A simple model learned and tested on the same folds."""
    labels = LabelSets.of(load_codebook())
    parts: list[OutOfFold] = []
    for fold in folds:
        # Where ruptures are too few for a threshold, "always none" must still be what it says.
        engine: Answerer = fit_baseline(
            name, [corpus.only(fold.train)], seed, balanced=name != BASELINES[0]
        )
        parts.append(predict_folds(corpus, [(engine, fold.test)], labels))
    return join_folds(parts)
