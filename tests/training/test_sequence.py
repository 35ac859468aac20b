"""The sequence layer learns from made sessions what their answers plainly say."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from rupture_nlp.codebook import load_codebook
from rupture_nlp.errors import RunError
from rupture_nlp.label.spans import find_spans, speaker_runs
from rupture_nlp.label.turn_features import run_features
from rupture_nlp.models.config import LabelSets
from rupture_nlp.models.decision import Decision
from rupture_nlp.models.tagging import Tag, tag_probabilities
from rupture_nlp.schema import Episode, EpisodeKind, Ratings, Speaker
from rupture_nlp.training.sequence import SequenceSettings, fit_layer, train_tagger
from rupture_nlp.training.sequence_examples import SequenceExample, Span, tag_runs
from rupture_nlp.training.sequence_folds import fit_fold_layers
from rupture_nlp.training.sequence_run import load_fold_layers, run_sequence
from tests.label.made_answers import RE_ENGAGES, calm_answers, transcript_of

LABELS = LabelSets.of(load_codebook())
SETTINGS = SequenceSettings(epochs=12, learning_rate=0.02, hidden=8, dropout=0.0, taggers=2)
DRAWING = "tp" * 8


def made_example(number: int, weight: float = 1.0) -> SequenceExample:
    """A patient withdraws at turn 3 to 9, taken up at once; resolved in every second session."""
    random, repaired = np.random.default_rng(number), number % 2 == 0
    transcript = replace(transcript_of(DRAWING), session_id=f"s{number}")
    answers = calm_answers(len(DRAWING))
    answers.rupture[:, 1] += random.normal(size=len(DRAWING)).astype(np.float32)
    first = 3 + 2 * int(random.integers(0, 3))
    last = first + 4
    answers.rupture[first, 1] = 14.0
    answers.strategies[first + 1, 2] = 0.95
    if repaired:
        answers.processes[last, RE_ENGAGES], answers.processes[last, -1] = 0.9, 0.05
    episode = Episode(
        "1",
        f"u{first}",
        f"u{last}",
        EpisodeKind.WITHDRAWAL,
        Speaker.PATIENT,
        f"u{first + 1}",
        5 if repaired else 2,
    )
    spans = (Span(first, last, episode),)
    runs = speaker_runs(transcript.speakers)
    return SequenceExample(
        transcript=transcript,
        group=f"g{number}",
        fold=number % 3,
        weight=weight,
        decision=Decision(),
        answers=answers,
        runs=tuple(runs),
        features=run_features(transcript.speakers, answers, Decision(), runs),
        tags=tag_runs(runs, spans, transcript),
        spans=spans,
        ratings=Ratings(2.0 + number % 3, 1.0, 5.0 if repaired else 2.0, 1.0 + number % 2),
    )


EXAMPLES = [made_example(number) for number in range(18)]


def drawn(speakers: str, *spans: Span) -> str:
    transcript = transcript_of(speakers)
    tags = tag_runs(speaker_runs(transcript.speakers), spans, transcript)
    return "".join("OBLRE"[tag] for tag in tags)


def test_tags_are_drawn_as_in_the_picture_of_the_crf() -> None:
    episode = Episode("1", "u2", "u6", EpisodeKind.MIXED, Speaker.THERAPIST, "u4", 4)
    assert drawn("tptptptpt", Span(2, 6, episode)) == "OOBLRREOO"
    unrepaired = replace(episode, repair_start=None, resolution=2)
    assert drawn("tptptptpt", Span(2, 6, unrepaired)) == "OOBLLLLOO"
    single = replace(episode, end="u2", repair_start=None, resolution=5)
    assert drawn("tpt", Span(2, 2, single)) == "OOB"


def test_a_run_of_one_speaker_has_one_tag() -> None:
    # turn  0 1 2 3 4 5 6     the episode opens in the middle of the run of 1 and 2,
    #       t p p t t p t     its repair in that of 3 and 4
    episode = Episode("1", "u2", "u5", EpisodeKind.MIXED, Speaker.PATIENT, "u4", 2)
    assert drawn("tppttpt", Span(2, 5, episode)) == "OBRRO"


def test_a_layer_learns_where_episodes_lie_and_how_they_end() -> None:
    layer = fit_layer(EXAMPLES[:15], LABELS, SETTINGS)
    for example in EXAMPLES[15:]:
        (reference,) = example.spans
        (found,) = find_spans(layer.marginals(example.features), layer.info.threshold)
        assert abs(found[0] - reference.first) <= 1
        assert abs(found[1] - reference.last) <= 1
    assert layer.p_repaired(5.0) > 0.7
    assert layer.p_repaired(2.0) < 0.3


def test_the_same_seed_gives_the_same_tagger_whatever_was_drawn_before() -> None:
    settings = replace(SETTINGS, epochs=2, dropout=0.3)
    first = train_tagger(EXAMPLES, settings, 1)
    torch.rand(7)
    again, other = train_tagger(EXAMPLES, settings, 1), train_tagger(EXAMPLES, settings, 2)
    assert all(
        torch.equal(a, b) for a, b in zip(first.parameters(), again.parameters(), strict=True)
    )
    assert not torch.equal(first.own.weight, other.own.weight)


def test_training_leaves_impossible_steps_impossible() -> None:
    tagger = train_tagger(EXAMPLES, replace(SETTINGS, epochs=3), 0)
    p = tag_probabilities([tagger.as_arrays()], EXAMPLES[0].features)
    assert p[0, [Tag.LIVE, Tag.REPAIR, Tag.ENDED]].max() < 1e-6


def test_a_fold_is_judged_by_a_layer_that_did_not_learn_from_it() -> None:
    settings = replace(SETTINGS, epochs=1, taggers=1)
    before = fit_fold_layers(EXAMPLES, [], LABELS, settings)
    # What fold 0 says may change the layers of the others, never its own.
    changed = [replace(e, tags=np.zeros_like(e.tags)) if e.fold == 0 else e for e in EXAMPLES]
    after = fit_fold_layers(changed, [], LABELS, settings)
    features = EXAMPLES[0].features
    np.testing.assert_array_equal(
        before.folds[0].marginals(features), after.folds[0].marginals(features)
    )
    assert not np.array_equal(
        before.folds[1].marginals(features), after.folds[1].marginals(features)
    )


def test_layers_are_kept_and_other_examples_are_refused(tmp_path: Path) -> None:
    settings = replace(SETTINGS, epochs=1, taggers=1)
    layers = run_sequence(tmp_path / "run", EXAMPLES, [], settings)
    again = run_sequence(tmp_path / "run", EXAMPLES, [], settings)
    read = load_fold_layers(tmp_path / "run", [0, 1, 2])
    features = EXAMPLES[0].features
    for one in (again, read):
        assert one.final.info == layers.final.info
        np.testing.assert_array_equal(
            one.final.marginals(features), layers.final.marginals(features)
        )
    with pytest.raises(RunError, match="other settings or sessions"):
        run_sequence(tmp_path / "run", EXAMPLES[1:], [], settings)
    with pytest.raises(RunError, match="other settings or sessions"):
        run_sequence(tmp_path / "run", EXAMPLES, [], replace(settings, seed=1))


def test_without_an_episode_there_is_nothing_to_learn() -> None:
    with pytest.raises(RunError, match="holds an episode"):
        train_tagger([replace(e, spans=()) for e in EXAMPLES], SETTINGS, 0)
    bare = [replace(e, ratings=Ratings()) for e in EXAMPLES]
    with pytest.raises(RunError, match="withdrawal_impact"):
        fit_layer(bare, LABELS, replace(SETTINGS, epochs=1, taggers=1))
