"""The labelling network: one forward pass over a window labels every utterance in it.

encoder -> mean of each utterance's tokens -> a small layer -> one head a question.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from transformers import AutoConfig, AutoModel, PreTrainedModel

from rupture_nlp.models.config import NetworkConfig
from rupture_nlp.schema import RUPTURES

_UNSEEN = -1e9
"""Added to the score of a token that must not be seen; its power is 0 in every float format."""


@dataclass(frozen=True, slots=True)
class HeadLogits:
    """Unnormalised scores of every piece of a batch.

    Shapes: rupture (pieces, 5); intensity (pieces, 2), for "more than 1" and, given that, "more
    than 2"; markers (pieces, markers); strategies (pieces, strategies); processes (pieces,
    processes + 1), the last for "no process".
    """

    rupture: Tensor
    intensity: Tensor
    markers: Tensor
    strategies: Tensor
    processes: Tensor


class Heads(nn.Module):
    """From utterance vectors to the answers of the codebook.

    The rupture head has one set of weights for each kind of speaker: the five codes are the same,
    what they look like and how often they come is not.
    """

    def __init__(self, size: int, config: NetworkConfig) -> None:
        super().__init__()
        self.mix = nn.Sequential(
            nn.LayerNorm(size), nn.Linear(size, size), nn.GELU(), nn.Dropout(config.dropout)
        )
        self.rupture = nn.Linear(size, 2 * len(RUPTURES))
        self.intensity = nn.Linear(size, 2)
        self.markers = nn.Linear(size, len(config.labels.markers))
        self.strategies = nn.Linear(size, len(config.labels.strategies))
        self.processes = nn.Linear(size, len(config.labels.processes) + 1)

    def forward(self, vectors: Tensor, is_patient: Tensor) -> HeadLogits:
        """Answer for each vector.

        Shapes:
            vectors: (pieces, size)
            is_patient: (pieces,), bool
        """
        mixed = self.mix(vectors)
        of_therapist, of_patient = self.rupture(mixed).chunk(2, dim=-1)
        return HeadLogits(
            rupture=torch.where(is_patient[:, None], of_patient, of_therapist),
            intensity=self.intensity(mixed),
            markers=self.markers(mixed),
            strategies=self.strategies(mixed),
            processes=self.processes(mixed),
        )


class LabelNetwork(nn.Module):
    """Encoder and heads. Build it from its config; weights are loaded afterwards."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.config = config
        options = {k: v for k, v in config.encoder.items() if k != "model_type"}
        kind = str(config.encoder["model_type"])
        self.encoder = without_pooler(AutoModel.from_config(AutoConfig.for_model(kind, **options)))
        self.vector_size = int(self.encoder.config.hidden_size)
        self.heads = Heads(self.vector_size, config)

    def encode(
        self, token_ids: Tensor, attention: Tensor, utterance: Tensor, slot: Tensor, slots: int
    ) -> Tensor:
        """Mean of the token states of every piece.

        Shapes:
            token_ids, attention, utterance, slot: (windows, tokens), as in `WindowBatch`
            returns: (windows, slots, vector_size); zeros where a window has fewer pieces
        """
        seen = visible(attention, utterance, self.config.windows.lookahead)
        mask = as_taken(seen, self.encoder)
        states = self.encoder(input_ids=token_ids, attention_mask=mask).last_hidden_state
        members = nn.functional.one_hot(slot + 1, slots + 1)[..., 1:].to(states.dtype)
        sums = members.transpose(1, 2) @ states
        counts = members.sum(dim=1).clamp(min=1.0)
        pooled: Tensor = sums / counts[..., None]
        return pooled

    def forward(self, vectors: Tensor, is_patient: Tensor) -> HeadLogits:
        """Run the heads on utterance vectors of shape (pieces, vector_size)."""
        logits: HeadLogits = self.heads(vectors, is_patient)
        return logits


def visible(attention: Tensor, utterance: Tensor, lookahead: str) -> Tensor:
    """Which token may see which: (windows, tokens), or (windows, 1, tokens, tokens) for `none`.

    With lookahead `none` a token sees those of its own and of earlier utterances. The opening token
    counts as earlier than all, the closing token as later than all.
    """
    if lookahead == "window":
        return attention
    seen = utterance[:, None, :] <= utterance[:, :, None]
    # A padding token may see everything that is no padding: its row must not be empty.
    return (seen & attention[:, None, :].bool())[:, None]


def as_taken(seen: Tensor, encoder: nn.Module) -> Tensor:
    """What `visible` gives as the encoder's attention takes it.

    Some encoders (mpnet) add a mask of four dimensions to their scores, as numbers; there yes and
    no would be one more and nothing, which hides no token.
    """
    four = 4
    if seen.ndim != four or encoder.config._attn_implementation != "eager":  # type: ignore[union-attr]  # noqa: SLF001  # it has no other name
        return seen
    return torch.where(seen, 0.0, _UNSEEN)


def without_pooler(encoder: PreTrainedModel) -> PreTrainedModel:
    """Drop an encoder's own sentence pooler: utterances are pooled by the network."""
    if hasattr(encoder, "pooler"):
        encoder.pooler = None
    return encoder
