"""Early stopping: the best epoch is kept, however often the run was killed."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from rupture_nlp.errors import RunError
from rupture_nlp.models.network import LabelNetwork
from rupture_nlp.models.store import load_network, save_network
from rupture_nlp.training.loop import BEST, Progress, train_network
from rupture_nlp.training.run import DONE, Corpus, refuse_seen, train_run
from rupture_nlp.training.validation import Validation
from tests.tiny_model import make_tiny_network
from tests.training.made import SETTINGS, coded_session, lines, overfit_settings, training_sessions

SESSIONS = training_sessions()
MANY = replace(SETTINGS, epochs=6, patience=2)


class CutError(Exception):
    """Stands for a kill after a step."""


def scripted(scores: list[float], seen: dict[int, LabelNetwork]) -> Callable[[LabelNetwork], float]:
    """Scores one epoch after the other, and keeps a copy of the weights it was shown."""
    given: Iterator[float] = iter(scores)

    def validate(network: LabelNetwork) -> float:
        twin, _ = make_tiny_network()
        twin.load_state_dict(network.state_dict())
        seen[len(seen)] = twin
        return next(given)

    return validate


def same(one: LabelNetwork, two: LabelNetwork) -> bool:
    return all(torch.equal(v, two.state_dict()[k]) for k, v in one.state_dict().items())


def test_the_weights_of_the_best_epoch_are_kept_and_patience_ends_the_run(tmp_path: Path) -> None:
    seen: dict[int, LabelNetwork] = {}
    network, _ = make_tiny_network()
    scores = [0.1, 0.5, 0.4, 0.5, 0.9]  # an equal score is no better one
    train_network(network, SESSIONS, MANY, tmp_path, validate=scripted(scores, seen))
    assert len(seen) == 4  # two epochs after the best one, it stopped
    assert same(network, seen[1])
    assert not same(network, seen[3])
    assert not (tmp_path / BEST).exists()


def test_without_patience_all_epochs_run(tmp_path: Path) -> None:
    seen: dict[int, LabelNetwork] = {}
    network, _ = make_tiny_network()
    settings = replace(MANY, epochs=4, patience=0)
    train_network(network, SESSIONS, settings, tmp_path, validate=scripted([4, 3, 2, 1], seen))
    assert len(seen) == 4
    assert same(network, seen[0])


@pytest.mark.parametrize("kill", [2, 7, 12])
def test_a_killed_run_finds_the_same_best_epoch(tmp_path: Path, kill: int) -> None:
    # A score that depends on the weights, so that a wrong resume would show.
    def validate(network: LabelNetwork) -> float:
        total = sum(float(v.abs().sum()) for v in network.state_dict().values())
        return float(np.sin(1000 * total))

    def cut(progress: Progress) -> None:
        if progress.step == kill:
            raise CutError

    whole, _ = make_tiny_network()
    train_network(whole, SESSIONS, MANY, tmp_path / "whole", validate=validate)
    with pytest.raises(CutError):
        train_network(make_tiny_network()[0], SESSIONS, MANY, tmp_path / "cut", cut, validate)
    again, _ = make_tiny_network()
    train_network(again, SESSIONS, MANY, tmp_path / "cut", validate=validate)
    assert same(again, whole)
    assert lines(tmp_path / "cut/metrics.jsonl") == lines(tmp_path / "whole/metrics.jsonl")


def test_the_score_rises_to_1_where_ruptures_are_told_by_a_word(tmp_path: Path) -> None:
    held_out = Validation([coded_session(number) for number in (20, 21, 22)], "gold")
    network, tokenizer = make_tiny_network()
    before = held_out.score(network, tokenizer)
    train_network(network, SESSIONS, overfit_settings(), tmp_path)
    assert before < 0.9
    assert held_out.score(network, tokenizer) > 0.95


def test_sessions_without_a_rupture_cannot_validate() -> None:
    session = coded_session(1)
    coding = session.codings[0]
    plain = tuple(replace(c, rupture=None, intensity=None, markers=()) for c in coding.codes if c)
    with pytest.raises(RunError, match="no rupture"):
        Validation([replace(session, codings=(replace(coding, codes=plain, episodes=()),))], "gold")


def test_validation_sessions_are_of_other_groups_and_count_as_seen(tmp_path: Path) -> None:
    save_network(tmp_path / "start", *make_tiny_network(window_tokens=64))
    learned = Corpus("made", "gold", tuple(coded_session(n) for n in range(3)))
    held_out = Corpus("made", "gold", tuple(coded_session(n) for n in (7, 8)))
    with pytest.raises(RunError, match="Split by group"):
        train_run(tmp_path / "run", [learned], tmp_path / "start", SETTINGS, learned)
    assert not (tmp_path / "run").exists()
    train_run(tmp_path / "run", [learned], tmp_path / "start", SETTINGS, held_out)
    signature = json.loads((tmp_path / "run" / DONE).read_text(encoding="utf-8"))
    assert signature["validation"] == ["s7", "s8"]
    with pytest.raises(RunError, match="trained on 2 of the sessions"):
        refuse_seen(tmp_path / "run", held_out)
    scored = [json.loads(line) for line in lines(tmp_path / "run/metrics.jsonl")]
    assert [r["epoch"] for r in scored if "validation" in r] == [0, 1]
    assert (tmp_path / "run" / "curves.png").stat().st_size > 10_000
    assert load_network(tmp_path / "run")
