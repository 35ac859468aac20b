"""What the speed benchmark counts, makes, draws and joins."""

import os
from pathlib import Path

import numpy as np
import pytest

from eval import benchmark_speed_flops
from eval.benchmark_speed_corpus import (
    FEWEST_TURNS,
    MOST_TURNS,
    draw_part,
    make_sessions,
    read_source,
    write_sessions,
)
from eval.benchmark_speed_flops import (
    EncoderShape,
    count_work,
    layer_operations,
    measure_peak,
)
from eval.benchmark_speed_ours import measure_context
from eval.benchmark_speed_plan import Plan, make_parts
from eval.benchmark_speed_rivals import (
    PIPELINE,
    SORTED,
    Rival,
    Rivals,
    all_rivals,
    rival_texts,
    tokenizing_in_parallel,
    write_rival,
)
from rupture_nlp.engines.packing import PackedSession
from rupture_nlp.io.read import read_transcripts
from rupture_nlp.models.bundle import Bundle
from rupture_nlp.models.windows import Piece, Window
from rupture_nlp.schema import Transcript
from tests.models.made import talk


def packed(*windows: Window) -> PackedSession:
    utterances = 1 + max(piece.utterance for window in windows for piece in window.pieces)
    return PackedSession(windows, np.zeros(utterances, dtype=bool))


# Operations


def test_the_operations_of_a_layer_are_those_worked_by_hand() -> None:
    # 3 tokens, states of 4, inner layer of 8; each product 2 x rows x inner x columns:
    # query, key, value, output: 4 x 2*3*4*4 = 384; scores and sum: 2 x 2*3*3*4 = 144;
    # inner layer, up and down: 2 x 2*3*4*8 = 384.
    shape = EncoderShape(layers=1, size=4, inner=8, outputs=5)
    assert layer_operations(3, 3, shape) == 384 + 144 + 384
    # Of 3 tokens 1 asked for: keys and values as before, 192; query and output 2 x 2*1*4*4 = 64;
    # scores and sum 2 x 2*1*3*4 = 48; inner layer 2 x 2*1*4*8 = 128.
    assert layer_operations(3, 1, shape) == 192 + 64 + 48 + 128


def test_the_last_layer_counts_only_what_is_asked_for_but_with_torch() -> None:
    shape = EncoderShape(layers=2, size=4, inner=8, outputs=5)
    # A context piece of 2 tokens, a new one of 3, and the two that open and close: 7 tokens.
    one = packed(Window((Piece(0, (1, 2)), Piece(1, (1, 2, 3))), first_new=1))
    heads = 2 * (2 * 4 * 4 + 2 * 4 * 5)  # of 2 utterances: the layer before the heads, the heads
    whole = count_work([one], shape, whole_last_layer=True)
    asked = count_work([one], shape, whole_last_layer=False)
    assert whole.operations == 2 * layer_operations(7, 7, shape) + heads
    assert asked.operations == layer_operations(7, 7, shape) + layer_operations(7, 3, shape) + heads
    assert (whole.tokens, whole.new_tokens) == (7, 3)


def test_the_model_s_shape_is_read_from_its_configuration(tiny_bundle: Path) -> None:
    bundle = Bundle.from_pretrained(tiny_bundle)
    shape = EncoderShape.of(bundle.config)
    assert (shape.layers, shape.size, shape.inner) == (2, 32, 64)
    heads = bundle.network.heads
    last = (heads.rupture, heads.intensity, heads.markers, heads.strategies, heads.processes)
    assert shape.outputs == sum(layer.out_features for layer in last)


def test_a_precision_without_a_product_has_no_peak(monkeypatch: pytest.MonkeyPatch) -> None:
    assert measure_peak("made up") is None
    monkeypatch.setattr(benchmark_speed_flops, "SHAPES", ((64, 32, 96),))
    for precision in ("fp32", "bf16", "int8"):
        assert (measure_peak(precision) or 0.0) > 0, precision


# Corpus and its parts


def test_made_sessions_have_the_authored_turns_and_no_sentence_of_them() -> None:
    source = read_source()
    sessions = make_sessions(source, 500, seed=1)
    sizes = [len(session.utterances) for session in sessions]
    assert sum(sizes) == 500
    assert all(FEWEST_TURNS <= size <= MOST_TURNS for size in sizes[:-1])
    authored = source.shapes[0].turns
    assert any(
        tuple((u.speaker, len(u.text.split())) for u in session.utterances[: len(shape.turns)])
        == shape.turns[: len(session.utterances)]
        for session in sessions[:1]
        for shape in source.shapes
    )
    assert len(authored) > 1
    assert make_sessions(source, 500, seed=1) == sessions
    assert make_sessions(source, 500, seed=2) != sessions


def test_written_sessions_are_read_as_they_were_made(tmp_path: Path) -> None:
    made = make_sessions(read_source(), 60, seed=0)
    write_sessions(made, tmp_path)
    read = [s for path in sorted(tmp_path.iterdir()) for s in read_transcripts(path)]
    assert [s.text_hash() for s in read] == [s.text_hash() for s in made]
    assert [s.speakers for s in read] == [s.speakers for s in made]


def test_a_part_is_the_same_for_a_seed_and_has_the_mean_of_all() -> None:
    lengths = np.random.default_rng(0).geometric(0.04, size=4000)
    part = draw_part(lengths, 96, seed=3)
    assert part.tolist() == draw_part(lengths, 96, seed=3).tolist()
    assert part.tolist() != draw_part(lengths, 96, seed=4).tolist()
    assert part.tolist() == sorted(set(part.tolist()))
    assert len(part) == 96
    assert lengths[part].mean() == pytest.approx(lengths.mean(), rel=0.01)


def test_a_part_for_sorted_batches_holds_whole_batches_of_the_sorted_corpus() -> None:
    lengths = np.random.default_rng(0).permutation(320)  # every length once
    part = draw_part(lengths, 64, seed=0, together=32)
    found = np.sort(lengths[part])
    for batch in (found[:32], found[32:]):
        assert batch[0] % 32 == 0
        assert batch.tolist() == list(range(batch[0], batch[0] + 32))


def test_a_part_as_large_as_the_corpus_is_the_corpus() -> None:
    assert draw_part(np.array([5, 1, 2]), 3, seed=0).tolist() == [0, 1, 2]


# Rivals


def test_neighbours_stand_before_the_utterance_and_come_from_its_session() -> None:
    first = Transcript("a", talk(*(f"a{at}" for at in range(11))))
    second = Transcript("b", talk("b0", "b1"))
    texts = rival_texts([first, second], context=True)
    assert texts[0] == "a0"
    assert texts[3].split("\n") == ["a0", "a1", "a2", "a3"]
    assert texts[10].split("\n") == [f"a{at}" for at in range(2, 11)]  # eight and itself
    assert texts[11:] == ["b0", "b0\nb1"]
    assert rival_texts([first, second], context=False)[9:12] == ["a9", "a10", "b0"]


@pytest.fixture(scope="module")
def rivals(tiny_bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Rivals:
    bundle = Bundle.from_pretrained(tiny_bundle)
    return Rivals(write_rival(bundle, tmp_path_factory.mktemp("rival")))


def test_a_rival_reads_with_the_bundle_s_own_encoder(tiny_bundle: Path, tmp_path: Path) -> None:
    from transformers import AutoModelForSequenceClassification  # noqa: PLC0415  # slow

    bundle = Bundle.from_pretrained(tiny_bundle)
    model = AutoModelForSequenceClassification.from_pretrained(write_rival(bundle, tmp_path))
    assert model.config.num_labels == 5
    encoder = bundle.network.encoder.state_dict()
    theirs = model.base_model.state_dict()
    assert all(bool((theirs[name] == value).all()) for name, value in encoder.items())


def test_a_long_text_loses_its_beginning_and_keeps_the_utterance(rivals: Rivals) -> None:
    (ids,) = rivals._token_ids(["no " * 400 + "yes"])  # noqa: SLF001
    (yes,) = rivals._token_ids(["yes"])  # noqa: SLF001
    assert len(ids) == rivals.longest == 128
    assert ids[-len(yes) :] == yes


def test_every_recipe_gives_the_same_labels_in_the_order_of_the_texts(rivals: Rivals) -> None:
    texts = ["yes", "i want to know why you think so", "the", "no " * 30, "okay fine"] * 9
    found = {
        rival.name: rivals.runner(rival, texts)()
        for rival in all_rivals((1, 8))
        if rival.precision == "fp32" and not rival.context
    }
    assert len(found) == 3
    expected = rivals.runner(Rival(PIPELINE, context=False, batch=1, precision="fp32"), texts)()
    assert all(labels == expected for labels in found.values())


def test_parts_are_whole_batches_for_the_sorted_recipe_only(rivals: Rivals) -> None:
    sessions = make_sessions(read_source(), 200, seed=0)
    plan = Plan(pipeline_alone=10, pipeline_context=7, sorted_alone=64, sorted_context=32)
    parts = make_parts(plan, rivals, sessions)
    assert {key: len(part.texts) for key, part in parts.items()} == {
        (PIPELINE, False): 10,
        (SORTED, False): 64,
        (PIPELINE, True): 7,
        (SORTED, True): 32,
    }


def test_the_tokenizer_s_threads_are_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    name = "TOKENIZERS_PARALLELISM"
    monkeypatch.setenv(name, "false")
    with tokenizing_in_parallel():
        assert os.environ[name] == "true"
    assert os.environ[name] == "false"


# Our context


def test_context_counts_whole_utterances_in_the_window_that_labels() -> None:
    def piece(at: int) -> Piece:
        return Piece(at, (1, 2))

    # Turn 0 is split; the second window sees its last piece only, so it does not see it whole.
    session = packed(
        Window((piece(0), piece(0), piece(1)), first_new=0),
        Window((piece(0), piece(1), piece(2), piece(3)), first_new=2),
    )
    context = measure_context([session])
    # before: 0, 1, then 1 for turn 2 (turn 1), 2 for turn 3; after: 1, 0, 1, 0
    assert context.mean_before == pytest.approx((0 + 1 + 1 + 2) / 4)
    assert context.mean_after == pytest.approx((1 + 0 + 1 + 0) / 4)
    assert context.share == pytest.approx(2 / 4)
    assert context.fewest == 1
