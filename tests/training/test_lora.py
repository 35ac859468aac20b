"""Adapters: what learns, what stays, and what is left once they are merged."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from rupture_nlp.errors import RunError
from rupture_nlp.models.network import LabelNetwork
from rupture_nlp.models.store import NETWORK, load_network, save_network
from rupture_nlp.schema import Speaker
from rupture_nlp.training.loop import CHECKPOINT, Progress
from rupture_nlp.training.lora import add_adapters, merge_adapters, name_markers
from rupture_nlp.training.run import DONE, Corpus, train_run
from rupture_nlp.training.settings import LoraSettings
from tests.tiny_model import make_tiny_network
from tests.training.made import SETTINGS, coded_session

LORA = LoraSettings(rank=2, alpha=4, layers=1)
CORPUS = Corpus("made", "gold", tuple(coded_session(number) for number in range(4)))


def learning(network: LabelNetwork) -> set[str]:
    return {name for name, value in network.encoder.named_parameters() if value.requires_grad}


def test_only_adapters_of_the_last_layers_learn_in_the_encoder() -> None:
    network, _ = make_tiny_network()
    add_adapters(network, LORA)
    assert learning(network)
    assert all(".layer.1." in f".{name}" and "lora_" in name for name in learning(network))
    # Six linear maps a layer of BERT, two factors each.
    assert len(learning(network)) == 12


def test_fresh_adapters_change_nothing_and_merging_keeps_what_they_learned() -> None:
    network, _ = make_tiny_network()
    tokens = torch.randint(5, 40, (1, 9))
    with torch.no_grad():
        before = network.encoder(input_ids=tokens).last_hidden_state
        names = list(network.state_dict())
        add_adapters(network, LORA)
        torch.testing.assert_close(network.encoder(input_ids=tokens).last_hidden_state, before)
        for name, value in network.encoder.named_parameters():
            if "lora_B" in name:
                value.normal_()
        learned = network.encoder(input_ids=tokens).last_hidden_state
        assert not torch.allclose(learned, before)
        merge_adapters(network)
        merged = network.encoder(input_ids=tokens).last_hidden_state
    torch.testing.assert_close(merged, learned, atol=1e-5, rtol=1e-4)
    assert list(network.state_dict()) == names
    assert all(value.requires_grad for value in network.parameters())


def test_too_many_layers_is_an_error() -> None:
    network, _ = make_tiny_network()
    with pytest.raises(RunError, match="no 3 layers"):
        add_adapters(network, replace(LORA, layers=3))


def test_markers_begin_as_the_words_they_stand_for() -> None:
    network, tokenizer = make_tiny_network()
    name_markers(network, tokenizer)
    table = network.encoder.get_input_embeddings().weight
    ids = tokenizer.encode("patient", add_special_tokens=False).ids
    torch.testing.assert_close(
        table[network.config.tokens.marker(Speaker.PATIENT)], table[ids].mean(dim=0)
    )


def test_a_run_with_adapters_leaves_an_ordinary_network_with_its_lower_half_untouched(
    tmp_path: Path,
) -> None:
    save_network(tmp_path / "start", *make_tiny_network(window_tokens=64))
    settings = replace(SETTINGS, lora=LORA, encoder_learning_rate=1e-2)
    folder = train_run(tmp_path / "run", [CORPUS], tmp_path / "start", settings)
    start, _ = load_network(tmp_path / "start")
    trained, _ = load_network(folder)
    changed = {
        name
        for name, value in trained.encoder.state_dict().items()
        if not torch.equal(value, start.encoder.state_dict()[name])
    }
    assert changed
    assert all(name.startswith("encoder.layer.1.") for name in changed)
    assert json.loads((folder / DONE).read_text())["settings"]["lora"]["rank"] == 2
    assert (folder / NETWORK).is_file()


def test_a_run_with_adapters_goes_on_to_the_same_weights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_network(tmp_path / "start", *make_tiny_network(window_tokens=64))
    settings = replace(SETTINGS, lora=LORA)
    whole = train_run(tmp_path / "whole", [CORPUS], tmp_path / "start", settings)

    class StoppedError(Exception):
        pass

    def stop(_self: object, progress: Progress) -> None:
        if progress.step == 4:  # after the checkpoint at 3
            raise StoppedError

    with monkeypatch.context() as patched:
        patched.setattr("rupture_nlp.training.run._Reporter.__call__", stop)
        with pytest.raises(StoppedError):
            train_run(tmp_path / "stopped", [CORPUS], tmp_path / "start", settings)
    assert (tmp_path / "stopped" / CHECKPOINT).is_file()
    resumed = train_run(tmp_path / "stopped", [CORPUS], tmp_path / "start", settings)
    first, second = load_network(whole)[0], load_network(resumed)[0]
    for name, value in first.state_dict().items():
        torch.testing.assert_close(second.state_dict()[name], value, msg=name)
