"""Nothing that must not be published: no text of others, no clinical data, no large file."""

import csv
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[1]
SHARED = REPOSITORY.parent / "shared" / "corpora"
SAMPLE = REPOSITORY / "rupture_nlp" / "resources" / "sample"
WORDS_IN_A_ROW = 14  # that many same words in the same order are no accident
LARGE_BYTES = 5 * 2**20
BINARY = {".safetensors", ".docx", ".png", ".parquet"}

Run = tuple[str, ...]


def files_of_the_repository() -> list[Path]:
    """Committed files and those about to be: everything that git does not ignore."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=REPOSITORY,
        check=True,
        capture_output=True,
        text=True,
    )
    paths = [REPOSITORY / name for name in listed.stdout.split("\0") if name]
    return [path for path in paths if path.is_file()]


def runs_of_words(text: str) -> Iterator[Run]:
    words = re.findall(r"\w+", text.lower())
    for first in range(len(words) - WORDS_IN_A_ROW + 1):
        yield tuple(words[first : first + WORDS_IN_A_ROW])


def runs_in_corpus(folder: Path) -> set[Run]:
    with (folder / "utterances.csv").open(encoding="utf-8", newline="") as file:
        return {run for row in csv.DictReader(file) for run in runs_of_words(row["text"])}


def shared_corpus(name: str) -> Path:
    folder = SHARED / name
    if not folder.is_dir():
        pytest.skip(f"needs the corpus {name} in ../shared/corpora, which only the team has")
    return folder


def test_a_passage_of_another_text_is_recognised() -> None:
    passage = "One, two; three four five six seven eight nine ten eleven twelve thirteen fourteen"
    other = "so ONE two three four five six seven eight nine ten eleven twelve thirteen fourteen"
    assert set(runs_of_words(passage)) <= set(runs_of_words(other))
    assert not set(runs_of_words(passage)) & set(runs_of_words(other.replace("seven", "7")))


def test_no_text_of_annomi_is_in_the_repository() -> None:
    theirs = runs_in_corpus(shared_corpus("annomi"))
    assert theirs
    for path in files_of_the_repository():
        if path.suffix in BINARY:
            continue
        # A count only: the words stay out of the message of a failing test.
        found = sum(run in theirs for run in runs_of_words(path.read_text(encoding="utf-8")))
        assert found == 0, f"{path.relative_to(REPOSITORY)} holds {found} passages of AnnoMI"


@pytest.mark.parametrize("corpus", ["annomi", "authored"])
def test_the_sample_sessions_are_in_no_training_corpus(corpus: str) -> None:
    trained_on = runs_in_corpus(shared_corpus(corpus))
    for path in SAMPLE.iterdir():
        if path.suffix in {".txt", ".csv", ".vtt", ".jsonl"}:
            ours = set(runs_of_words(path.read_text(encoding="utf-8")))
            assert not ours & trained_on, path.name


def test_no_file_is_large_but_model_weights() -> None:
    large = [path for path in files_of_the_repository() if path.stat().st_size > LARGE_BYTES]
    assert [path.name for path in large if path.suffix != ".safetensors"] == []


def test_no_model_is_stored_in_a_format_that_runs_code() -> None:
    runs_code = {".pkl", ".pickle", ".pt", ".pth", ".bin", ".joblib", ".npy", ".npz"}
    assert [path.name for path in files_of_the_repository() if path.suffix in runs_code] == []


def test_data_holds_tables_and_prose_only() -> None:
    tables_and_prose = {".csv", ".md", ".json", ".txt", ".yaml"}
    files = [path for path in (REPOSITORY / "data").rglob("*") if path.is_file()]
    others = [path.name for path in files if path.suffix not in tables_and_prose]
    assert set(others) <= {".gitattributes", "SHA256SUMS"}
