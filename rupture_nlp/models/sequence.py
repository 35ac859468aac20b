"""The sequence layer: a linear-chain CRF that reads a whole session and finds where episodes lie.

    turn      0 1 2 3 4 5 6 7 8
    tag       O O B L R R E O O      B begins, L live before the repair, R from the repair's start,
    episode       [-------]          E the turn at which an episode ends mostly resolved or better

Tags are as in the codebook's section 5; a row of them that no session can have (L after O, L after
R, anything but O or B after E) has probability 0. The CRF is pytorch-crf's; it has no marginals, so
forward-backward stands here (Rabiner, 1989).
"""

from enum import IntEnum

import torch
from torch import Tensor, nn
from torchcrf import CRF

FORBIDDEN = -1e4  # log-weight of a step that no session takes; finite, so that 0 times it is 0


class Tag(IntEnum):
    """What a turn is to an episode."""

    OUTSIDE = 0
    BEGINNING = 1
    LIVE = 2
    REPAIR = 3
    ENDED = 4


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
        self.near = nn.Conv1d(hidden, hidden, kernel_size=5, padding=2)
        self.far = nn.Conv1d(hidden, hidden, kernel_size=5, padding=4, dilation=2)
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

    def marginals(self, features: Tensor) -> Tensor:
        """Probabilities of the tags of one session's turns, given all of it.

        Shapes: features (turns, features), returns (turns, 5), rows sum to 1.
        """
        if not len(features):
            return features.new_zeros((0, len(Tag)))
        mask = torch.ones(1, len(features), dtype=torch.bool)
        return tag_marginals(self.crf, self.emissions(features[None], mask)[0])


def forbid_impossible(crf: CRF) -> None:
    """Give the steps that no session takes so little weight that they are never taken."""
    with torch.no_grad():
        for before, after in _NEVER:
            crf.transitions[before, after] = FORBIDDEN
        for first in _NEVER_FIRST:
            crf.start_transitions[first] = FORBIDDEN


def tag_marginals(crf: CRF, emissions: Tensor) -> Tensor:
    """Forward-backward over one session: (turns, tags) scores in, probabilities out."""
    steps = crf.transitions
    forward = [crf.start_transitions + emissions[0]]
    for scores in emissions[1:]:
        forward.append(torch.logsumexp(forward[-1][:, None] + steps, dim=0) + scores)
    backward = [crf.end_transitions]
    for scores in emissions[1:].flip(0):
        backward.append(torch.logsumexp(steps + (scores + backward[-1])[None], dim=1))
    return torch.softmax(torch.stack(forward) + torch.stack(backward[::-1]), dim=-1)
