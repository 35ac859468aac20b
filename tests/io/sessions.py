"""One session, and how each format writes it."""

import csv
import io
import json
from collections.abc import Callable, Sequence
from pathlib import Path

import docx

from rupture_nlp.io.cells import neutralise
from rupture_nlp.schema import Speaker

Turns = Sequence[tuple[str, str]]

SESSION: Turns = (
    ("T", "Good to see you. How was the week?"),
    ("P", "Fine, I guess. [pause] The thing is: I nearly didn't come."),
    ("T", 'You said "nearly" - what made you come; after all?'),
    ("P", "=== I don't know, -- 10:30 is early | and it's 50 % my wife & kids."),
    ("Interpreter", "He means his family."),
    ("T", "Mm-hm."),
    ("P", "'Whatever you think.' Así es, naïve — ’t was so…"),  # noqa: RUF001
)
SPEAKERS = {"T": Speaker.THERAPIST, "P": Speaker.PATIENT, "Interpreter": Speaker.OTHER}


def write_txt(path: Path, turns: Turns) -> None:
    path.write_text("".join(f"{name}: {text}\n" for name, text in turns), encoding="utf-8")


def write_csv(path: Path, turns: Turns) -> None:
    _write_table(path, turns, ",")


def write_tsv(path: Path, turns: Turns) -> None:
    _write_table(path, turns, "\t")


def write_jsonl(path: Path, turns: Turns) -> None:
    lines = [json.dumps({"speaker": name, "text": text}) for name, text in turns]
    path.write_text("\n".join(lines), encoding="utf-8")


def write_vtt(path: Path, turns: Turns) -> None:
    cues = [
        f"{i}\n00:00:{i:02}.000 --> 00:00:{i + 1:02}.000\n<v {name}>{_escape(text)}</v>\n"
        for i, (name, text) in enumerate(turns, start=1)
    ]
    path.write_text("WEBVTT\n\n" + "\n".join(cues), encoding="utf-8")


def write_srt(path: Path, turns: Turns) -> None:
    cues = [
        f"{i}\n00:00:{i:02},000 --> 00:00:{i + 1:02},000\n{name}: {text}\n"
        for i, (name, text) in enumerate(turns, start=1)
    ]
    path.write_text("\n".join(cues), encoding="utf-8")


def write_docx(path: Path, turns: Turns) -> None:
    document = docx.Document()
    for name, text in turns:
        document.add_paragraph(f"{name}: {text}")
    document.save(str(path))


def write_docx_table(path: Path, turns: Turns) -> None:
    document = docx.Document()
    table = document.add_table(rows=0, cols=3)
    for i, turn in enumerate(turns):
        for cell, text in zip(table.add_row().cells, (f"00:0{i}", *turn), strict=True):
            cell.text = text
    document.save(str(path))


def _write_table(path: Path, turns: Turns, delimiter: str) -> None:
    table = io.StringIO()
    writer = csv.writer(table, delimiter=delimiter)
    writer.writerow(("speaker", "text"))
    writer.writerows((name, neutralise(text)) for name, text in turns)
    path.write_text(table.getvalue(), encoding="utf-8", newline="")


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


WRITERS: dict[str, Callable[[Path, Turns], None]] = {
    "session.txt": write_txt,
    "session.csv": write_csv,
    "session.tsv": write_tsv,
    "session.jsonl": write_jsonl,
    "session.vtt": write_vtt,
    "session.srt": write_srt,
    "session.docx": write_docx,
    "table.docx": write_docx_table,
}
