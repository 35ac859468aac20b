"""The sequence layer in training: a linear-chain CRF over a whole session's turns.

What the tags are and how the trained layer is used stands in `tagging`. The CRF is pytorch-crf's.
"""

import torch
from torch import Tensor, nn
from torchcrf import CRF

from rupture_nlp.models.tagging import DILATIONS, Arrays, Tag

FORBIDDEN = -1e4  # log-weight of a step that no session takes; finite, so that 0 times it is 0

_NEVER = (
    *((Tag.OUTSIDE, after) for after in (Tag.LIVE, Tag.REPAIR, Tag.ENDED)),
    *((Tag.ENDED, after) for after in (Tag.LIVE, Tag.REPAIR, Tag.ENDED)),
    (Tag.REPAIR, Tag.LIVE),
)
_NEVER_FIRST = (Tag.LIVE, Tag.REPAIR, Tag.ENDED)


class SequenceTagger(nn.Module):
    """Features of a session's turns in, scores of tags out.

    A turn is scored from its own features and, by two convolutions, from those of the turns around
    it. `mean` and `spread` are those of the training turns; features are measured in them.
    """

    mean: Tensor
    spread: Tensor

    def __init__(self, features: int, hidden: int = 24, dropout: float = 0.3) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(features))
        self.register_buffer("spread", torch.ones(features))
        self.own = nn.Linear(features, hidden)
        self.near = nn.Conv1d(hidden, hidden, kernel_size=5, padding=2, dilation=DILATIONS["near"])
        self.far = nn.Conv1d(hidden, hidden, kernel_size=5, padding=4, dilation=DILATIONS["far"])
        self.score = nn.Linear(2 * hidden, len(Tag))
        self.dropout = nn.Dropout(dropout)
        self.crf = CRF(len(Tag), batch_first=True)
        forbid_impossible(self.crf)

    def emissions(self, features: Tensor, mask: Tensor) -> Tensor:
        """Scores of the tags, each turn by itself.

        Shapes: features (sessions, turns, features), mask (sessions, turns) bool, returns
        (sessions, turns, 5). What stands where the mask is False changes nothing.
        """
        inside = mask[..., None]
        scaled = torch.where(inside, (features - self.mean) / self.spread, 0.0)
        own = torch.tanh(self.own(self.dropout(scaled))) * inside
        near = self.dropout(torch.relu(self.near(own.transpose(1, 2)))) * inside.transpose(1, 2)
        far = torch.relu(self.far(near)).transpose(1, 2)
        scores: Tensor = self.score(torch.cat([own, far], dim=-1))
        return scores

    def log_likelihood(self, features: Tensor, tags: Tensor, mask: Tensor) -> Tensor:
        """Logarithm of the probability of each session's tags: (sessions,)."""
        scores = self.emissions(features, mask)
        result: Tensor = self.crf(scores, tags, mask=mask, reduction="none")
        return result

    def as_arrays(self) -> Arrays:
        """The weights as `tag_probabilities` takes them."""
        return {name: value.numpy().copy() for name, value in self.state_dict().items()}


def forbid_impossible(crf: CRF) -> None:
    """Give the steps that no session takes so little weight that they are never taken."""
    with torch.no_grad():
        for before, after in _NEVER:
            crf.transitions[before, after] = FORBIDDEN
        for first in _NEVER_FIRST:
            crf.start_transitions[first] = FORBIDDEN
