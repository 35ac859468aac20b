"""A run from a corpus folder to a bundle that labels."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from rupture_nlp.codebook import load_codebook
from rupture_nlp.engines.torch_engine import TorchEngine
from rupture_nlp.errors import RunError
from rupture_nlp.io.corpus import write_corpus
from rupture_nlp.label.labeller import Labeller
from rupture_nlp.models.config import LabelSets, WindowConfig
from rupture_nlp.models.store import load_network, save_network
from rupture_nlp.training import run as module
from rupture_nlp.training.loop import CHECKPOINT, Progress, train_network
from rupture_nlp.training.outoffold import (
    ANSWERS,
    TARGETS,
    OutOfFold,
    load_out_of_fold,
    predict_folds,
    save_out_of_fold,
)
from rupture_nlp.training.run import DONE, Corpus, refuse_seen, train_run
from rupture_nlp.training.ship import CardSources, make_bundle
from tests.models.test_store import hub_folder
from tests.tiny_model import make_tiny_network
from tests.training.made import SETTINGS, coded_session

IDS = [f"s{number}" for number in range(4)]
SESSIONS = tuple(coded_session(number) for number in range(4))


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    write_corpus(SESSIONS, tmp_path / "made")
    return Corpus.read(tmp_path / "made")


@pytest.fixture
def start(tmp_path: Path) -> Path:
    save_network(tmp_path / "start", *make_tiny_network(window_tokens=64))
    return tmp_path / "start"


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run; copy it before changing anything."""
    folder = tmp_path_factory.mktemp("finished")
    save_network(folder / "start", *make_tiny_network(window_tokens=64))
    corpus = Corpus("made", "gold", SESSIONS)
    return train_run(folder / "run", [corpus], folder / "start", SETTINGS)


def out_of_fold() -> OutOfFold:
    engine = TorchEngine(*make_tiny_network())
    labels = LabelSets.of(load_codebook())
    corpus = Corpus("made", "gold", SESSIONS)
    return predict_folds(corpus, [(engine, IDS[:2]), (engine, IDS[2:])], labels)


def test_a_corpus_is_named_after_its_folder_and_can_be_cut(corpus: Corpus) -> None:
    assert (corpus.name, corpus.reference) == ("made", "gold")
    assert corpus.sessions == SESSIONS
    part = corpus.only(["s3", "s1", "nonesuch"])
    assert [s.transcript.session_id for s in part.sessions] == ["s1", "s3"]
    assert (part.name, part.reference) == ("made", "gold")


def test_a_run_saves_a_network_that_has_learned_and_says_from_what(
    corpus: Corpus, start: Path, tmp_path: Path
) -> None:
    folder = train_run(tmp_path / "run", [corpus], start, SETTINGS)
    signature = json.loads((folder / DONE).read_text(encoding="utf-8"))
    assert signature["started_from"] == "start"
    assert signature["codebook_sha256"] == load_codebook().sha256
    assert signature["sessions"] == {
        s.transcript.session_id: s.transcript.text_hash() for s in SESSIONS
    }
    assert signature["settings"]["losses"]["coder_share"] == SETTINGS.losses.coder_share
    assert set(signature["versions"]) == {"python", "rupture-nlp", "torch", "transformers"}
    assert not (folder / CHECKPOINT).exists()
    before, after = (load_network(place)[0].state_dict() for place in (start, folder))
    assert not all(torch.equal(before[name], after[name]) for name in before)
    written = "".join(p.read_text(encoding="utf-8") for p in folder.glob("*.json*"))
    assert SESSIONS[0].transcript.utterances[0].text not in written


def test_a_finished_run_is_not_done_again(corpus: Corpus, finished: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(finished, tmp_path / "run")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert train_run(folder, [corpus], tmp_path / "no such start", SETTINGS) == folder
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_a_finished_run_of_other_sessions_or_settings_is_refused(
    corpus: Corpus, finished: Path
) -> None:
    fewer = corpus.only([corpus.sessions[0].transcript.session_id])
    for corpora, settings in (([fewer], SETTINGS), ([corpus], replace(SETTINGS, seed=5))):
        with pytest.raises(RunError, match="finished run with other settings or sessions"):
            train_run(finished, corpora, finished, settings)


def test_a_network_may_not_predict_what_it_was_trained_on(corpus: Corpus, finished: Path) -> None:
    with pytest.raises(RunError, match=f"{len(corpus.sessions)} of the sessions"):
        refuse_seen(finished, corpus)
    unseen = replace(corpus, sessions=(coded_session(99),))
    refuse_seen(finished, unseen)


def test_a_run_that_was_stopped_ends_like_one_that_was_not(
    corpus: Corpus, start: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, finished: Path
) -> None:
    class CutError(Exception):
        pass

    def stop(progress: Progress) -> None:
        if progress.step == 5:
            raise CutError

    with monkeypatch.context() as patch:
        patch.setattr(
            module,
            "train_network",
            lambda network, sessions, chosen, folder, _, __: train_network(
                network, sessions, chosen, folder, stop
            ),
        )
        with pytest.raises(CutError):
            train_run(tmp_path / "run", [corpus], start, SETTINGS)
    assert not (tmp_path / "run" / DONE).exists()
    folder = train_run(tmp_path / "run", [corpus], start, SETTINGS)
    for name in ("model.safetensors", "metrics.jsonl", "network.json", "tokenizer.json", DONE):
        assert (folder / name).read_bytes() == (finished / name).read_bytes(), name


def test_a_network_goes_on_learning_in_the_windows_that_it_reads_in(
    corpus: Corpus, start: Path, tmp_path: Path
) -> None:
    usual = replace(SETTINGS, epochs=1, windows=WindowConfig())  # nobody asked for any
    asked = replace(usual, windows=SETTINGS.windows)
    trained = [
        load_network(train_run(tmp_path / name, [corpus], start, settings))[0]
        for name, settings in (("usual", usual), ("asked", asked))
    ]
    assert trained[0].config.windows == SETTINGS.windows
    one, two = (network.state_dict() for network in trained)
    assert all(torch.equal(one[name], two[name]) for name in one)
    with pytest.raises(RunError, match="of 64 tokens"):
        train_run(
            tmp_path / "other", [corpus], start, replace(usual, windows=WindowConfig(96, 8, 32))
        )


def test_a_run_can_start_from_a_bare_encoder(corpus: Corpus, tmp_path: Path) -> None:
    folder, _ = hub_folder(tmp_path / "hub")
    settings = replace(SETTINGS, epochs=1, dropout=0.2)
    network, _ = load_network(train_run(tmp_path / "run", [corpus], folder, settings))
    assert network.config.windows == SETTINGS.windows
    assert network.config.dropout == 0.2
    assert network.config.labels == LabelSets.of(load_codebook())


def test_out_of_fold_rows_stand_beside_their_turns() -> None:
    rows = out_of_fold()
    turns = [len(session.transcript.utterances) for session in SESSIONS]
    assert rows.session.tolist() == [n for n, count in enumerate(turns) for _ in range(count)]
    assert rows.fold.tolist() == [0] * sum(turns[:2]) + [1] * sum(turns[2:])
    assert rows.session_ids == tuple(IDS)
    assert [rows.groups[number] for number in rows.group[:: turns[0]]] == ["g0", "g1", "g2", "g3"]
    alone = TorchEngine(*make_tiny_network()).answer(SESSIONS[2].transcript.utterances)
    third = rows.rows(rows.session == 2)
    assert third.answers.rupture.tolist() == alone.rupture.tolist()
    codes = [c for c in SESSIONS[2].codings[0].codes if c is not None]
    assert (third.targets.rupture[:, 0] < 0.5).tolist() == [code.is_rupture for code in codes]


def test_out_of_fold_rows_come_back_as_they_were_written(tmp_path: Path) -> None:
    rows = out_of_fold()
    save_out_of_fold(tmp_path / "rows", rows)
    again = load_out_of_fold(tmp_path / "rows")
    for part, names in (("answers", ANSWERS), ("targets", TARGETS)):
        for name in names:
            one, two = (getattr(getattr(value, part), name) for value in (rows, again))
            assert one.dtype == two.dtype
            assert one.tolist() == two.tolist()
    assert again.group.tolist() == rows.group.tolist()
    assert (again.session_ids, again.groups) == (rows.session_ids, rows.groups)


def test_a_session_in_two_folds_is_refused() -> None:
    engine = TorchEngine(*make_tiny_network())
    labels = LabelSets.of(load_codebook())
    with pytest.raises(RunError, match="two test folds"):
        predict_folds(
            Corpus("made", "gold", SESSIONS), [(engine, IDS[:2]), (engine, IDS[1:])], labels
        )


def card_sources(folder: Path) -> CardSources:
    (folder / "figures.md").write_text("| made figures |\n", encoding="utf-8")
    (folder / "recipe.md").write_text("* Encoder: a made one.\n", encoding="utf-8")
    return CardSources(folder / "recipe.md", folder / "figures.md")


def test_a_finished_run_becomes_a_bundle_that_labels(finished: Path, tmp_path: Path) -> None:
    sources = card_sources(tmp_path)
    out = make_bundle(finished, out_of_fold(), "made", sources, tmp_path / "bundle")
    labeller = Labeller.load(out, threads=1)
    assert labeller.name == "made"
    assert len(labeller.signature.model_version) == 8
    assert all(labeller.was_trained_on(session.transcript) for session in SESSIONS)
    assert not labeller.was_trained_on(coded_session(99).transcript)
    assert len(labeller.predict(SESSIONS[0].transcript).utterances) == 12
    card = (out / "README.md").read_text(encoding="utf-8")
    assert card.startswith("# made (rupture-nlp)")
    assert "* Encoder: a made one.\n* Windows of" in card
    assert "| made figures |" in card
    assert "Episodes are those of the rules" in card
    assert f"* Data: {len(SESSIONS)} sessions" in card
    assert "made by AI coders, not by people" in card


def test_a_bundle_needs_a_finished_run_and_figures(finished: Path, tmp_path: Path) -> None:
    sources = card_sources(tmp_path)
    with pytest.raises(RunError, match="not done"):
        make_bundle(tmp_path, out_of_fold(), "made", sources, tmp_path / "bundle")
    sources.table.unlink()
    with pytest.raises(RunError, match=r"figures\.md: not there"):
        make_bundle(finished, out_of_fold(), "made", sources, tmp_path / "bundle")
    assert not (tmp_path / "bundle").exists()
