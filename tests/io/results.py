"""Small results folders, dense and sparse."""

from pathlib import Path

import pytest

from rupture_nlp.errors import CorpusError
from rupture_nlp.io.predictions import read_predictions

DENSE = """session_id,utterance_id,speaker,rupture
s1,0,therapist,none
s1,1,patient,withdrawal_from_self
s1,2,other,
s2,0,patient,uncodable
"""
PROBABILITIES = (
    "p_none,p_withdrawal_from_other,p_withdrawal_from_self,"
    "p_confrontation_aggression,p_confrontation_control"
)
SPARSE_CODES = "session_id,utterance_id,rupture\ns1,1,confrontation_control\n"
SPARSE_SESSIONS = "session_id\ns1\ns2\n"


def write(folder: Path, **files: str) -> Path:
    """Files by their name without suffix."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / f"{name}.csv").write_text(content, encoding="utf-8")
    return folder


def refusal(folder: Path, coder: str | None = None) -> str:
    with pytest.raises(CorpusError) as caught:
        read_predictions(folder, coder)
    return str(caught.value)
