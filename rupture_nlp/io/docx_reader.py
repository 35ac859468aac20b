"""Read DOCX: paragraphs with speaker tags as in plain text, and tables, in document order.

A table has a speaker and a text column, and may have one for times: named by a header row, or by
position (`speaker, text` or `time, speaker, text`; a first column of row numbers is no time). A row
without a speaker goes on with the turn before it; a table of one column is a list of paragraphs.

Only the main part of the document is read, with inserted text, content controls and links, without
deleted text, notes, comments, headers and footers. In errors the line is the paragraph or table
row. Own reading of the XML rather than python-docx (which serves in the tests): it leaves out
inserted text and content controls without a word, and unpacks every part of the file.
"""

import contextlib
import io
import lzma
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from lxml import etree  # type: ignore[import-untyped]  # has no stubs

from rupture_nlp.errors import TranscriptError
from rupture_nlp.io.columns import find_columns
from rupture_nlp.io.encoding import read_bytes
from rupture_nlp.io.settings import ReadSettings
from rupture_nlp.io.tags import Piece, split_line
from rupture_nlp.io.text import assemble
from rupture_nlp.io.turns import Known, RawTurn, check_length, clean, parse_time

_MAIN_PART = "word/document.xml"
_MAX_XML_BYTES = 200 * 1024**2  # a session has less than one megabyte
_OLE = b"\xd0\xcf\x11\xe0"  # first bytes of .doc files and of encrypted .docx files
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_STRICT_W = "{http://purl.oclc.org/ooxml/wordprocessingml/main}"
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_SKIPPED = {f"{_W}del", f"{_W}moveFrom", f"{_W}pPr", f"{_W}rPr", f"{_W}tblPr", f"{_MC}Fallback"}
_SPACES = {f"{_W}tab", f"{_W}br", f"{_W}cr"}
_SAVE_AGAIN = "Open it in a word processor and save it again as .docx."
_TIMED_COLUMNS = 3


@dataclass(frozen=True, slots=True)
class _Row:
    """One row of a table, or a paragraph (one cell, `table` None)."""

    number: int  # paragraphs and rows of the document, from 1
    cells: tuple[str, ...]
    table: int | None = None


def parse_docx(path: Path, known: Known, settings: ReadSettings) -> tuple[RawTurn, ...]:
    """The turns of a DOCX file.

    Raises:
        TranscriptError: no DOCX, damaged, encrypted or far too large; no speaker tag and no table
            with a speaker; text before the first tag.
    """
    root = _parse_xml(path, _main_part(path, settings))
    rows = [row for row in _rows(root) if any(cell.strip() for cell in row.cells)]
    pieces: list[Piece] = []
    for table in dict.fromkeys(row.table for row in rows if row.table is not None):
        pieces += _table_pieces(path, [row for row in rows if row.table == table], settings)
    for row in rows:
        if row.table is None:
            pieces += _paragraph(path, row, settings)
    pieces.sort(key=lambda piece: piece.line)  # stable: back to the order of the document
    if not pieces:
        raise TranscriptError(path, 0, "the document has no text", "Check that it was saved.")
    return assemble(path, pieces, known, settings, paragraphs=True)


def _main_part(path: Path, settings: ReadSettings) -> bytes:
    packed = read_bytes(path, settings.max_file_bytes)
    if packed.startswith(_OLE):
        fix = "Save it without a password as .docx."
        raise TranscriptError(path, 0, "protected by a password, or an old .doc file", fix)
    limit = min(settings.max_file_bytes, _MAX_XML_BYTES)
    content = b""
    try:
        with zipfile.ZipFile(io.BytesIO(packed)) as archive, archive.open(_MAIN_PART) as part:
            content = part.read(limit + 1)  # never trust the size that the file states
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError):
        pass
    except (KeyError, ValueError, RuntimeError, IndexError):  # no such part; odd or locked entries
        pass
    if not content:
        raise TranscriptError(path, 0, "not a DOCX file, or a damaged one", _SAVE_AGAIN)
    if len(content) > limit:
        problem = f"unpacks to more than {limit:,} bytes"
        raise TranscriptError(path, 0, problem, "Split the document, or save it as text.")
    return content


def _parse_xml(path: Path, content: bytes) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    root = None
    with contextlib.suppress(etree.XMLSyntaxError, ValueError):
        root = etree.fromstring(content, parser)
    # A document type is where entity bombs are defined; no word processor writes one.
    if root is None or root.getroottree().docinfo.doctype:
        raise TranscriptError(path, 0, "not a DOCX file, or a damaged one", _SAVE_AGAIN)
    return root


def _rows(root: etree._Element) -> Iterator[_Row]:
    for element in root.iter(etree.Element):
        if element.tag.startswith(_STRICT_W):
            element.tag = _W + element.tag.removeprefix(_STRICT_W)
    numbers = iter(range(1, 10**9))
    tables = iter(range(10**9))
    for block in _outermost(root, {f"{_W}p", f"{_W}tbl"}):
        if block.tag == f"{_W}p":
            yield _Row(next(numbers), (_text(block),))
            continue
        table = next(tables)
        for row in _outermost(block, {f"{_W}tr"}):
            cells = [_text(cell) for cell in _outermost(row, {f"{_W}tc"})]
            yield _Row(next(numbers), tuple(cells), table)


def _outermost(element: etree._Element, tags: set[str]) -> Iterator[etree._Element]:
    """Descendants with one of the tags that stand in no other such descendant, in order."""
    waiting = list(reversed(element))
    while waiting:
        child = waiting.pop()
        if child.tag in tags:
            yield child
        elif child.tag not in _SKIPPED:
            waiting.extend(reversed(child))


def _text(block: etree._Element) -> str:
    """The words of a paragraph or cell; line breaks and paragraph ends become line ends."""
    parts: list[str] = []
    waiting = list(reversed(block))
    while waiting:
        child = waiting.pop()
        if child.tag == f"{_W}t":
            parts.append(child.text or "")
        elif child.tag in _SPACES:
            parts.append("\t" if child.tag == f"{_W}tab" else "\n")
        elif child.tag == f"{_W}noBreakHyphen":
            parts.append("-")
        elif child.tag not in _SKIPPED:
            parts.append("\n" if child.tag == f"{_W}p" else "")
            waiting.extend(reversed(child))
    return "".join(parts).strip("\n")


def _paragraph(path: Path, row: _Row, settings: ReadSettings) -> Iterator[Piece]:
    for line in row.cells[0].split("\n"):
        check_length(line, path, row.number, settings.max_utterance_chars)
        yield split_line(line, row.number)


def _table_pieces(path: Path, rows: Sequence[_Row], settings: ReadSettings) -> list[Piece]:
    width = max(len(row.cells) for row in rows)
    if width == 1:
        return [piece for row in rows for piece in _paragraph(path, row, settings)]
    columns = find_columns(rows[0].cells, settings)
    if "speaker" in columns and "text" in columns:
        rows = rows[1:]
    else:
        columns = _columns_by_position(path, rows, width)
    return [_row_piece(path, row, columns, settings) for row in rows]


def _columns_by_position(path: Path, rows: Sequence[_Row], width: int) -> dict[str, int]:
    if width > _TIMED_COLUMNS:
        problem = "a table of more than three columns without a header row"
        fix = "Name its columns in the first row: time, speaker, text."
        raise TranscriptError(path, rows[0].number, problem, fix)
    if width < _TIMED_COLUMNS:
        return {"speaker": 0, "text": 1}
    firsts = [row.cells[0].strip().strip("[]()") for row in rows]
    if any(first and parse_time(first) is None for first in firsts):
        problem = "a table of three columns whose first holds no times"
        fix = "Name its columns in the first row: time, speaker, text."
        raise TranscriptError(path, rows[0].number, problem, fix)
    return {"speaker": 1, "text": 2} | ({"start_s": 0} if any(":" in f for f in firsts) else {})


def _row_piece(path: Path, row: _Row, columns: dict[str, int], settings: ReadSettings) -> Piece:
    cells = {ours: row.cells[i] if i < len(row.cells) else "" for ours, i in columns.items()}
    text, name = clean(cells["text"]), clean(cells["speaker"])
    check_length(text, path, row.number, settings.max_utterance_chars)
    if not name:
        return Piece(row.number, text)
    start, end = (
        parse_time(cells.get(key, "").strip().strip("[]()")) for key in ("start_s", "end_s")
    )
    return Piece(row.number, text, name, text, start, end, certain=True)
