from pathlib import Path

import pytest

from rupture_nlp.config import load_config
from rupture_nlp.errors import ConfigError
from rupture_nlp.io.settings import ReadSettings


def test_settings_come_from_yaml(tmp_path: Path) -> None:
    path = tmp_path / "read.yaml"
    path.write_text("columns: {speaker: Wer, start_s: ''}\nmerge_cues: false\n")
    assert load_config(ReadSettings, path) == ReadSettings(
        columns={"speaker": "Wer", "start_s": ""}, merge_cues=False
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("colums: {}", "colums"),
        ("columns: {speeker: Wer}", "columns may only map session_id, .*; not speeker"),
        ("max_utterance_chars: 0", "must be 1 or more"),
        ("max_file_bytes: -1", "must be 1 or more"),
        ("merge_cues: [1]", "merge_cues"),
    ],
)
def test_wrong_settings_are_refused(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "read.yaml"
    path.write_text(content)
    with pytest.raises(ConfigError, match=message):
        load_config(ReadSettings, path)
