"""Altered sessions as training material: off unless asked for, and then other words and answers."""

import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from rupture_nlp.config import make_config
from rupture_nlp.errors import ConfigError
from rupture_nlp.models.store import save_network
from rupture_nlp.training.alterations import AlterationSettings, alter_session
from rupture_nlp.training.material import (
    TrainingSession,
    TrainingWindow,
    draw_epoch,
    prepare_sessions,
    with_altered,
)
from rupture_nlp.training.run import Corpus, train_run
from rupture_nlp.training.settings import TrainSettings, as_recorded
from tests.tiny_model import make_tiny_network
from tests.training.made import SETTINGS, coded_session, lines

SPLIT = AlterationSettings(split=1.0, bare=True)
NETWORK, TOKENIZER = make_tiny_network(window_tokens=64)


def prepared(versions: int) -> list[TrainingSession]:
    made = [coded_session(number) for number in range(4)]
    several = [
        prepare_sessions(of, "made", "gold", TOKENIZER, NETWORK.config.tokens, 0.3)
        for of in (
            made,
            *(
                [alter_session(session, SPLIT, seed).session for session in made]
                for seed in range(versions)
            ),
        )
    ]
    return with_altered(several[0], several[1:])


def windows(
    sessions: list[TrainingSession], settings: TrainSettings, epoch: int = 0
) -> list[TrainingWindow]:
    return [window for batch in draw_epoch(sessions, settings, epoch) for window in batch]


def test_without_a_share_the_altered_are_never_read() -> None:
    plain, altered = prepared(0), prepared(2)
    read = windows(altered, SETTINGS)
    assert [w.window for w in read] == [w.window for w in windows(plain, SETTINGS)]
    assert all(len(w.session.targets.is_patient) == 12 for w in read)


def test_with_a_share_of_1_only_the_altered_are_read_with_their_own_answers() -> None:
    sessions = prepared(2)
    read = windows(sessions, replace(SETTINGS, altered_share=1.0))
    assert read
    assert all(len(w.session.targets.is_patient) == 24 for w in read)
    named = {session.session_id: session for session in sessions}
    for window in read:
        assert window.session in named[window.session.session_id].altered
        last = max(piece.utterance for piece in window.window.pieces)
        assert last < len(window.session.tokens)


def test_about_the_share_is_read_altered_and_every_version_of_it() -> None:
    sessions = prepared(2)
    chosen = replace(SETTINGS, altered_share=0.5)
    seen: list[int] = []
    for epoch in range(40):
        of = {w.session.session_id: w.session for w in windows(sessions, chosen, epoch)}
        for session in sessions:
            read = of[session.session_id]
            seen.append(next((n for n, a in enumerate(session.altered, 1) if read is a), 0))
    assert seen.count(0) == pytest.approx(80, abs=20)
    assert min(seen.count(1), seen.count(2)) > 20


def test_a_checkpoint_from_before_there_were_alterations_still_fits() -> None:
    # What a run of these settings recorded before, word by word.
    before = {
        name: value
        for name, value in asdict(SETTINGS).items()
        if name
        not in {
            "altered_share",
            "altered_versions",
            "alterations",
            "labels",
            "checkpoint_minutes",
            "quiet_sessions",
        }
    }
    assert as_recorded(SETTINGS) == before
    assert as_recorded(replace(SETTINGS, alterations=SPLIT)) == before
    assert as_recorded(replace(SETTINGS, checkpoint_minutes=1.0)) == before
    assert as_recorded(replace(SETTINGS, altered_share=0.1)) != before
    assert as_recorded(replace(SETTINGS, quiet_sessions=0.5)) != before
    one, other = (
        as_recorded(replace(SETTINGS, altered_share=0.1, alterations=of))
        for of in (SPLIT, AlterationSettings())
    )
    assert one != other


def test_a_run_reads_what_it_is_told_to_alter(tmp_path: Path) -> None:
    corpus = Corpus("made", "gold", tuple(coded_session(number) for number in range(3)))
    chosen = replace(
        SETTINGS,
        epochs=1,
        altered_share=1.0,
        altered_versions=1,
        alterations=AlterationSettings(misheard=0.5, split=0.5),
    )
    start = tmp_path / "start"
    save_network(start, NETWORK, TOKENIZER)
    losses = []
    for name, settings in (("altered", chosen), ("plain", replace(chosen, altered_share=0.0))):
        folder = train_run(tmp_path / name, [corpus], start, settings)
        losses.append([json.loads(line)["loss"] for line in lines(folder / "metrics.jsonl")])
    assert losses[0] != losses[1]


def test_settings_of_altering_are_read_from_a_file() -> None:
    values = {"altered_share": 0.3, "alterations": {"misheard": 0.15, "bare": True}}
    read = make_config(TrainSettings, values, "here")
    assert read.alterations == AlterationSettings(misheard=0.15, bare=True)
    with pytest.raises(ConfigError, match="between 0 and 1"):
        make_config(TrainSettings, {"alterations": {"split": 2.0}}, "here")
