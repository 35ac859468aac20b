from dataclasses import replace
from pathlib import Path

import pytest

from rupture_nlp.training.lab.estimate import (
    Range,
    estimate,
    memory_range,
    planned_epochs,
    spoken_memory,
    spoken_time,
)
from rupture_nlp.training.lab.plan import LabSettings
from rupture_nlp.training.lab.schedule import make_schedule
from rupture_nlp.training.lab.start import find_start
from rupture_nlp.training.lora import add_adapters
from rupture_nlp.training.settings import LoraSettings
from tests.tiny_model import make_tiny_bundle, make_tiny_network
from tests.training.lab.made import lab, plain_lab
from tests.training.made import SETTINGS

LAB = LabSettings(train=replace(SETTINGS, epochs=4, patience=1), memorisation=False)


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (5, 40, "less than a minute"),
        (70, 200, "1 to 4 minutes"),
        (20, 70, "up to 2 minutes"),
        (3700, 7000, "61 to 117 minutes"),
        (4000, 20000, "1 to 6 hours"),
    ],
)
def test_times_are_said_as_people_say_them(low: float, high: float, words: str) -> None:
    assert spoken_time(Range(low, high)) == words


def test_passes_are_counted_by_hand() -> None:
    # Four patients, each left out: 4 runs on 3/4 of the sessions, and the final one on all. Four
    # choices, each on 3/4 of the sessions but for one of its three groups: 1/2.
    data = lab(plain_lab(4, 1))
    fixed = replace(LAB, choose_epochs=False)
    assert planned_epochs(make_schedule(data, fixed), fixed, 4) == Range(4 * 4.0, 4 * 4.0)
    passes = planned_epochs(make_schedule(data, LAB), LAB, 4)
    # Least: two epochs of every choice, then one of each other run; most: four of all.
    assert passes == Range(2 * 2.0 + 1 * 4.0, 4 * 6.0)


def test_adapters_need_less_memory_than_the_whole_encoder() -> None:
    network, _ = make_tiny_network()
    whole = memory_range(network, SETTINGS)
    add_adapters(network, LoraSettings(rank=2, layers=2))
    assert memory_range(network, SETTINGS).high < whole.high
    assert spoken_memory(Range(1.23e9, 2.3e9)) == "1.2 to 2.3 GB"


def test_an_estimate_times_real_steps_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    data = lab(plain_lab(4, 2))
    start = find_start(make_tiny_bundle(tmp_path / "tiny"))
    found = estimate(data, start, LAB, make_schedule(data, LAB))
    assert 0 < found.step_seconds < 20
    assert 0 < found.seconds.low < found.seconds.high
    assert list((tmp_path / "tmp").iterdir()) == []
