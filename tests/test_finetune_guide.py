"""The guide for labs, step by step, as somebody would do it with files of their own."""

import re
import shlex
from collections.abc import Generator
from pathlib import Path

import docx
import pytest
import torch

from rupture_nlp.cli.main import main
from rupture_nlp.io.corpus import check_corpus
from tests.tiny_model import make_tiny_bundle

PAGE = (Path(__file__).parents[1] / "docs" / "finetune.md").read_text(encoding="utf-8")
STEPS = [shlex.split(line) for line in re.findall(r"^ {4}rupture-nlp (.+)$", PAGE, re.MULTILINE)]
EXAMPLES = dict(re.findall(r"^```\w+ (\S+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))
QUICK = """
draws: 50
train:
  epochs: 2
  patience: 1
  batch_windows: 2
  bf16: false
  context_tokens: 24
"""
TURNS = 14
PATIENTS, EACH = 4, 2


def spoken(number: int) -> list[str]:
    """Patients who say no withdraw, those who are angry confront."""
    lines = []
    for at in range(TURNS):
        if at % 2 == 0:
            lines.append(f"T: what do you think of work and week {number} {at}")
        elif at % 6 == 1:
            lines.append("P: no")
        elif at % 6 == 5:
            lines.append(f"P: you talk and talk, I am angry {at}")
        else:
            lines.append(f"P: yes, I think so {at}")
    return lines


def code_rows(session: str, patient: str, number: int, *, every: int = 1) -> list[str]:
    rows = []
    for at, line in enumerate(spoken(number)):
        words = line[3:]
        label = {"no": "WD"}.get(words, "CF" if "angry" in words else "")
        if label and at % every == 0:
            rows.append(f'{session},{patient},{at + 1},{label},"{words}"')
    return rows


def write_docx(path: Path, number: int) -> None:
    path.parent.mkdir(exist_ok=True)
    document = docx.Document()
    for line in spoken(number):
        document.add_paragraph(line)
    document.save(str(path))


def write_sheet(path: Path, rows: list[str]) -> None:
    header = EXAMPLES["ana.csv"].splitlines()[0]
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")


@pytest.fixture(autouse=True)
def _threads_as_before() -> Generator[None, None, None]:
    """One thread serves so small a model best; the other tests shall have theirs."""
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a lab has before it begins: Word files and the sheets of two coders."""
    folder = tmp_path_factory.mktemp("lab")
    sheets: dict[str, list[str]] = {"ana": [], "ben": []}
    for number in range(PATIENTS * EACH):
        name, patient = f"s{number:02d}", f"p{number % PATIENTS}"
        write_docx(folder / "transcripts" / f"{name}.docx", number)
        sheets["ana"] += code_rows(name, patient, number)
        sheets["ben"] += code_rows(name, patient, number)[:-1]
    for coder, rows in sheets.items():
        write_sheet(folder / f"{coder}.csv", rows)
    new = []
    for number in (90, 91):
        write_docx(folder / "new-sessions" / f"n{number}.docx", number)
        new += code_rows(f"n{number}", f"q{number}", number)
    write_sheet(folder / "new.csv", new)
    (folder / "sheet.yaml").write_text(EXAMPLES["sheet.yaml"], encoding="utf-8")
    (folder / "quick.yaml").write_text(QUICK, encoding="utf-8")
    make_tiny_bundle(folder / "tiny")
    return folder


def run(step: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """Run a step as it stands; training starts from a tiny model, to be quick."""
    if step[0] == "train":
        step = [*step, "--base", "tiny", "--config", "quick.yaml", "--yes", "--threads", "1"]
    with pytest.raises(SystemExit) as ended:
        main(step)
    shown = capsys.readouterr()
    assert ended.value.code == 0, shown.err
    return " ".join(shown.out.split())


def test_the_example_sheet_is_one_that_the_columns_of_the_page_allow() -> None:
    header, *rows = EXAMPLES["ana.csv"].splitlines()
    assert rows
    assert all(f"`{name}`" in PAGE for name in header.split(","))


def test_the_guide_leads_from_word_files_to_a_verdict_and_to_new_sessions(
    lab: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(lab)
    said = {" ".join(step[:2]): run(step, capsys) for step in STEPS}
    # 1, 2: nothing to fill in, since the speakers are plainly named.
    assert "0 to fill in" in said["roles transcripts"]
    assert f"{PATIENTS * EACH * TURNS} turns" in said["corpus sheet"]
    # 3: two coders, four patients, families.
    assert check_corpus(lab / "coded").errors == ()
    assert (lab / "coders" / "report.html").is_file()
    # 4, 5: said before, and said at the end.
    assert "8 sessions of 4 patients" in said["train coded"]
    assert "told apart (families): none, withdrawal, confrontation" in said["train coded"]
    assert re.search(r"better|no different|worse", said["train coded"])
    assert (lab / "our-model-report" / "report.html").is_file()
    # 7, 8: every other command takes the model.
    assert (lab / "labelled" / "utterances.csv").is_file()
    assert (lab / "how-good" / "report.html").is_file()


def test_every_step_of_the_guide_is_a_command() -> None:
    assert [step[0] for step in STEPS] == [
        *("roles", "corpus", "corpus", "corpus", "agreement"),
        *("train", "train", "label", "corpus", "evaluate"),
    ]
