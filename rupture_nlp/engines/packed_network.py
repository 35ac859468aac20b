"""The network in the form that engines run: token states of the new pieces only, then the heads.

In the last layer every token is seen, but only the tokens that the heads will read need a state of
their own. For encoders of the BERT family that part of the last layer is left out; the states are
the same. Means are taken outside, in 32 bits whatever the engine computes in.
"""

import copy

import torch
from torch import Tensor, nn

from rupture_nlp.engines.batches import LAST
from rupture_nlp.engines.torch_engine import intensity_probabilities
from rupture_nlp.models.network import LabelNetwork, as_taken

_BERT_LIKE = ("bert", "roberta", "xlm-roberta")


class TokenStates(nn.Module):
    """Token ids in, the encoder's last states of the tokens asked for out."""

    def __init__(self, network: LabelNetwork) -> None:
        super().__init__()
        self.lookahead = network.config.windows.lookahead
        self.encoder: nn.Module = network.encoder
        self.last: nn.Module | None = None
        if str(network.config.encoder["model_type"]) in _BERT_LIKE:
            self.encoder, self.last = _split_off_last(network.encoder)

    def forward(self, token_ids: Tensor, place: Tensor, queries: Tensor) -> Tensor:
        """Run the encoder.

        Shapes: as in `BatchArrays`; returns (windows, queries, size).
        """
        mask = as_taken(self._seen(place, place), self.encoder)
        states: Tensor = self.encoder(input_ids=token_ids, attention_mask=mask).last_hidden_state
        index = queries[..., None].expand(-1, -1, states.shape[-1])
        asked = torch.gather(states, 1, index)
        if self.last is None:
            return asked
        return _last_layer(self.last, states, asked, self._seen(place, place.gather(1, queries)))

    def _seen(self, place: Tensor, own: Tensor) -> Tensor:
        # As `network.visible`: (windows, 1, own tokens or 1, tokens).
        real = (place <= LAST)[:, None, None, :]
        if self.lookahead == "window":
            return real
        return real & (place[:, None, :] <= own[:, :, None])[:, None]


def _last_layer(layer: nn.Module, states: Tensor, asked: Tensor, seen: Tensor) -> Tensor:
    # `BertLayer.forward` with the queries of some tokens and the keys and values of all.
    inner = layer.attention.self  # type: ignore[union-attr]

    def heads(of: Tensor) -> Tensor:
        shape = (*of.shape[:2], inner.num_attention_heads, inner.attention_head_size)  # type: ignore[union-attr]
        return of.reshape(shape).transpose(1, 2)

    query, key, value = (
        heads(part(of))  # type: ignore[operator]
        for part, of in ((inner.query, asked), (inner.key, states), (inner.value, states))  # type: ignore[union-attr]
    )
    context = nn.functional.scaled_dot_product_attention(query, key, value, attn_mask=seen)
    attended = layer.attention.output(context.transpose(1, 2).flatten(-2), asked)  # type: ignore[union-attr, operator]
    result: Tensor = layer.output(layer.intermediate(attended), attended)  # type: ignore[operator]
    return result


def _split_off_last(encoder: nn.Module) -> tuple[nn.Module, nn.Module]:
    # Shares every weight with the encoder, which stays as it is.
    short = _shallow(encoder)
    stack = _shallow(encoder.encoder)  # type: ignore[arg-type]
    layers = list(stack.layer)  # type: ignore[arg-type]
    stack._modules["layer"] = nn.ModuleList(layers[:-1])  # noqa: SLF001
    short._modules["encoder"] = stack  # noqa: SLF001
    return short, layers[-1]


def _shallow(module: nn.Module) -> nn.Module:
    twin = copy.copy(module)
    twin.__dict__["_modules"] = dict(module._modules)  # noqa: SLF001
    return twin


class HeadAnswers(nn.Module):
    """Utterance vectors in, the fields of `Answers` but the vectors out, in their order."""

    def __init__(self, network: LabelNetwork) -> None:
        super().__init__()
        self.heads = network.heads

    def forward(
        self, vectors: Tensor, is_patient: Tensor
    ) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
        """Answer for each vector.

        Shapes: vectors (utterances, size), is_patient (utterances,) bool.
        """
        logits = self.heads(vectors, is_patient)
        return (
            logits.rupture,
            intensity_probabilities(logits.intensity),
            logits.markers.sigmoid(),
            logits.strategies.sigmoid(),
            logits.processes.softmax(dim=-1),
        )
