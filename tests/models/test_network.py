"""The labelling network on its own: pooling, padding, masks, heads."""

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from rupture_nlp.models.network import LabelNetwork, visible
from rupture_nlp.models.windows import PAST_ALL, Piece, Window, WindowBatch, to_batch
from tests.tiny_model import make_tiny_network

LABELS = 5


def encode(network: LabelNetwork, batch: WindowBatch) -> Tensor:
    with torch.inference_mode():
        pooled: Tensor = network.encode(
            torch.from_numpy(batch.token_ids),
            torch.from_numpy(batch.attention),
            torch.from_numpy(batch.utterance),
            torch.from_numpy(batch.slot),
            batch.slots,
        )
    return pooled


def window(*sizes: int, first: int = 20) -> Window:
    """Pieces of these sizes with words of their own."""
    pieces = []
    for at, size in enumerate(sizes):
        pieces.append(Piece(at, (4 + at % 3, *range(first, first + size - 1))))
        first += size
    return Window(tuple(pieces), 0)


SHORT, LONG = window(3, 2), window(4, 6, 1, 9, first=12)


@pytest.mark.parametrize("lookahead", ["window", "none"])
def test_padding_and_company_do_not_change_a_vector(lookahead: str) -> None:
    network, _ = make_tiny_network("none" if lookahead == "none" else "window")
    tokens = network.config.tokens
    alone = encode(network, to_batch([SHORT], tokens))[0]
    beside = encode(network, to_batch([LONG, SHORT, LONG], tokens))
    torch.testing.assert_close(beside[1, :2], alone, atol=1e-5, rtol=0)
    assert beside.shape == (3, 4, network.vector_size)
    assert not beside[1, 2:].any()  # slots without a piece
    assert not torch.allclose(beside[0, 0], alone[0], atol=1e-3)


def test_padding_tokens_are_not_read() -> None:
    network, _ = make_tiny_network()
    batch = to_batch([LONG, SHORT], network.config.tokens)
    other = batch.token_ids.copy()
    other[1, SHORT.size :] = 33
    changed = replace(batch, token_ids=other)
    torch.testing.assert_close(encode(network, changed), encode(network, batch), atol=1e-6, rtol=0)


def test_a_vector_is_the_mean_of_the_states_of_its_own_tokens() -> None:
    network, _ = make_tiny_network()
    batch = to_batch([SHORT], network.config.tokens)
    with torch.inference_mode():
        states = network.encoder(
            input_ids=torch.from_numpy(batch.token_ids),
            attention_mask=torch.from_numpy(batch.attention),
        ).last_hidden_state[0]
    # open, three tokens of the first turn, two of the second, close
    by_hand = torch.stack([states[1:4].mean(dim=0), states[4:6].mean(dim=0)])
    torch.testing.assert_close(encode(network, batch)[0], by_hand, atol=1e-5, rtol=0)


def test_who_sees_whom_without_lookahead() -> None:
    # open, two tokens of turn 3, one of turn 4, close, padding
    utterance = torch.tensor([[-1, 3, 3, 4, PAST_ALL, PAST_ALL]])
    attention = torch.tensor([[1, 1, 1, 1, 1, 0]])
    mask = visible(attention, utterance, "none")
    assert mask.shape == (1, 1, 6, 6)
    assert mask[0, 0].int().tolist() == [
        [1, 0, 0, 0, 0, 0],
        [1, 1, 1, 0, 0, 0],
        [1, 1, 1, 0, 0, 0],
        [1, 1, 1, 1, 0, 0],
        [1, 1, 1, 1, 1, 0],
        [1, 1, 1, 1, 1, 0],
    ]
    assert visible(attention, utterance, "window") is attention


def test_the_rupture_head_is_that_of_the_speaker_and_the_others_are_shared() -> None:
    network, _ = make_tiny_network()
    vectors = torch.randn(2, network.vector_size, generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        of_patients = network(vectors, torch.tensor([True, True]))
        of_therapists = network(vectors, torch.tensor([False, False]))
        mixed = network(vectors, torch.tensor([False, True]))
        inner = network.heads.mix(vectors)
        by_hand = inner @ network.heads.rupture.weight.T + network.heads.rupture.bias
    torch.testing.assert_close(of_therapists.rupture, by_hand[:, :LABELS])
    torch.testing.assert_close(of_patients.rupture, by_hand[:, LABELS:])
    torch.testing.assert_close(mixed.rupture[0], of_therapists.rupture[0])
    torch.testing.assert_close(mixed.rupture[1], of_patients.rupture[1])
    for name in ("intensity", "markers", "strategies", "processes"):
        torch.testing.assert_close(getattr(of_patients, name), getattr(of_therapists, name))


def test_every_question_has_as_many_answers_as_the_codebook() -> None:
    network, _ = make_tiny_network()
    logits = network(torch.zeros(3, network.vector_size), torch.zeros(3, dtype=torch.bool))
    labels = network.config.labels
    assert logits.rupture.shape == (3, 5)
    assert logits.intensity.shape == (3, 2)
    assert logits.markers.shape == (3, len(labels.markers))
    assert logits.strategies.shape == (3, len(labels.strategies))
    assert logits.processes.shape == (3, len(labels.processes) + 1)


def test_only_the_mean_of_the_tokens_is_used_so_the_encoders_pooler_is_dropped() -> None:
    network, _ = make_tiny_network()
    assert not [name for name in network.state_dict() if "pooler" in name]
