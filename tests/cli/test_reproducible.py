"""`label --reproducible`: the same bytes whatever else is labelled. A start without torch."""

import subprocess
import sys
from pathlib import Path

import pytest

from rupture_nlp.cli.main import main
from tests.pipeline.runs import write_sessions

REPOSITORY = Path(__file__).parents[2]
TABLES = [
    f"{name}.{kind}"
    for name in ("utterances", "episodes", "sessions")
    for kind in ("csv", "parquet")
]


def label(model: Path, out: Path, *inputs: Path) -> None:
    arguments = [*inputs, "--out", out, "--model", model, "--no-report", "--quiet"]
    with pytest.raises(SystemExit) as ended:
        main(["label", "--reproducible", "--threads", "1", *map(str, arguments)])
    assert ended.value.code == 0


def test_tables_are_the_same_bytes_whatever_was_computed_together(
    tmp_path: Path, tiny_bundle: Path
) -> None:
    write_sessions(tmp_path / "in", 5)
    files = sorted((tmp_path / "in").iterdir())
    label(tiny_bundle, tmp_path / "at once", *files)
    label(tiny_bundle, tmp_path / "in parts", files[3])
    label(tiny_bundle, tmp_path / "in parts", files[4], files[0])
    label(tiny_bundle, tmp_path / "in parts", *files)
    for name in TABLES:
        one, two = (tmp_path / out / name for out in ("at once", "in parts"))
        assert one.read_bytes() == two.read_bytes(), name


def test_with_a_kept_export_the_first_label_needs_no_torch(tiny_bundle: Path) -> None:
    code = (
        "import sys\n"
        "from rupture_nlp.label.labeller import Labeller\n"
        "from rupture_nlp.schema import Speaker, Transcript, Utterance\n"
        "session = Transcript('s', (Utterance('0', Speaker.PATIENT, 'fine'),))\n"
        "for part in range(2):\n"
        f"    model = Labeller.load({str(tiny_bundle)!r}, engine='openvino', threads=1)\n"
        "assert model.predict(session).utterances[0] is not None\n"
        "print(sorted({'torch', 'transformers'} & set(sys.modules)))\n"
    )
    shown = [
        subprocess.run(
            [sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=True
        ).stdout.strip()
        for _ in range(2)
    ]
    assert shown[-1] == "[]"
