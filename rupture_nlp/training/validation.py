"""How well a network in training ranks the turns of sessions that it does not learn from."""

from collections.abc import Collection, Sequence

import numpy as np
from tokenizers import Tokenizer

from rupture_nlp.codebook import load_codebook
from rupture_nlp.engines.torch_engine import TorchEngine
from rupture_nlp.errors import RunError
from rupture_nlp.evaluation.ranking import average_precision
from rupture_nlp.label.decide import calibrated
from rupture_nlp.models.config import LabelSets
from rupture_nlp.models.decision import SpeakerDecision
from rupture_nlp.models.network import LabelNetwork
from rupture_nlp.schema import CodedSession, Speaker
from rupture_nlp.training.material import marker_owners
from rupture_nlp.training.targets import Targets, allowed_markers, make_targets, of_speakers


class Validation:
    """Held-out sessions and the score by which an epoch is chosen.

    The score is the mean over speakers of the average precision of "a rupture": the figure that a
    threshold cannot flatter. A speaker without a rupture does not count.
    """

    def __init__(
        self,
        sessions: Sequence[CodedSession],
        reference: str,
        speakers: Collection[Speaker] = (Speaker.PATIENT, Speaker.THERAPIST),
    ) -> None:
        codebook = load_codebook()
        labels = LabelSets.of(codebook)
        allowed = allowed_markers(labels, marker_owners(codebook))
        coded = [s for s in sessions if s.coding_by(reference) is not None]
        self._sessions = [
            (
                s.transcript.utterances,
                of_speakers(make_targets(s, reference, labels, allowed, 0.0), speakers),
            )
            for s in coded
        ]
        self.groups = {s.group for s in coded}
        if not any(_has_ruptures(targets) for _, targets in self._sessions):
            raise RunError("The validation sessions have no rupture. Hold out more sessions.")

    def score(self, network: LabelNetwork, tokenizer: Tokenizer) -> float:
        """0 to 1. Leaves the network in the mode it was in."""
        was_training = network.training
        engine = TorchEngine(network, tokenizer, device=str(next(network.parameters()).device))
        scores, truths, patients = [], [], []
        for utterances, targets in self._sessions:
            logits = engine.answer(utterances).rupture[targets.ask_rupture]
            scores.append(1.0 - calibrated(logits, SpeakerDecision())[:, 0])
            truths.append(targets.rupture[targets.ask_rupture, 0] < 0.5)  # noqa: PLR2004  # one code
            patients.append(targets.is_patient[targets.ask_rupture])
        network.train(was_training)
        score, truth, patient = map(np.concatenate, (scores, truths, patients))
        each = [
            average_precision(score[patient == who], truth[patient == who].astype(int))
            for who in (True, False)
            if truth[patient == who].any()
        ]
        return float(np.mean(each))


def _has_ruptures(targets: Targets) -> bool:
    return bool((targets.rupture[targets.ask_rupture, 0] < 0.5).any())  # noqa: PLR2004  # one code
