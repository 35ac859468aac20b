"""What a training can start from."""

import json
from pathlib import Path

import pytest

from rupture_nlp.errors import BundleError
from rupture_nlp.models.places import WEIGHTS
from rupture_nlp.models.store import save_network
from rupture_nlp.training.lab.start import find_start
from rupture_nlp.training.run import DONE
from tests.models.test_store import hub_folder
from tests.tiny_model import make_tiny_bundle, make_tiny_network


def test_a_model_brings_its_name_its_decision_and_what_it_has_seen(tmp_path: Path) -> None:
    folder = make_tiny_bundle(tmp_path / "dr-smiths-model")
    (folder / "training.json").write_text('{"sessions": {"a": "hash"}}', encoding="utf-8")
    start = find_start(folder)
    assert (start.kind, start.name, start.labels) == ("model", "tiny", True)
    assert start.decision is not None
    assert start.trained_on == {"hash"}
    assert start.title == f"tiny ({start.sha256[:8]})"


def test_a_run_folder_brings_what_it_has_seen_and_no_name_of_its_folder(tmp_path: Path) -> None:
    save_network(tmp_path / "dr-smith", *make_tiny_network())
    assert find_start(tmp_path / "dr-smith").trained_on == frozenset()
    record = {"sessions": {"a": "one", "b": "two"}}
    (tmp_path / "dr-smith" / DONE).write_text(json.dumps(record), encoding="utf-8")
    start = find_start(tmp_path / "dr-smith")
    assert (start.kind, start.labels, start.decision) == ("network", True, None)
    assert start.trained_on == {"one", "two"}
    assert "smith" not in start.title


def test_a_bare_encoder_does_not_label_and_is_never_read_from_a_pickle(tmp_path: Path) -> None:
    folder, _ = hub_folder(tmp_path / "hub")
    start = find_start(folder)
    assert (start.kind, start.labels) == ("encoder", False)
    (folder / WEIGHTS).rename(folder / "pytorch_model.bin")
    with pytest.raises(BundleError, match=WEIGHTS):
        find_start(folder)


def test_what_is_not_there_is_an_error_and_a_hub_is_not_asked(tmp_path: Path) -> None:
    for base in (tmp_path / "nothing", "someone/some-encoder"):
        with pytest.raises(BundleError, match="no such model"):
            find_start(base)
