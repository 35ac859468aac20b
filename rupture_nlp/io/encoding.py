"""From bytes to text: UTF-8, UTF-16 and UTF-32 with byte order mark, else Windows-1252."""

import codecs
import re
from pathlib import Path

from rupture_nlp.errors import TranscriptError

_MARKS = (  # the longer marks first: UTF-32's begins with UTF-16's
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Control characters that no text file holds; tab, line ends, form feed, DOS end of file may stand.
_BINARY = re.compile("[\x00-\x08\x0e-\x19\x1c-\x1f\x7f]")
_SAVE_AS = "Save it as UTF-8 text."


def read_bytes(path: Path, max_bytes: int) -> bytes:
    """The bytes of a file of 1 to `max_bytes` bytes.

    Raises:
        TranscriptError: no such file, not a regular file, not readable, empty or too large.
    """
    problem, content = "cannot be read", b""
    try:
        if not path.exists():
            problem = "no such file"
        elif not path.is_file():
            problem = "is not a file"
        elif path.stat().st_size > max_bytes:
            problem = f"is larger than the limit of {max_bytes:,} bytes"
        else:
            content = path.read_bytes()
            problem = "" if content else "the file is empty"
    except (OSError, ValueError):  # ValueError: a NUL in the path
        pass
    if problem:
        raise TranscriptError(path, 0, problem, "Check the path and the file.")
    return content


def read_text(path: Path, max_bytes: int) -> str:
    r"""The text of a file without byte order mark, every line ended by `\n`.

    A file that is neither UTF-8 nor marked as UTF-16 or UTF-32 is taken for Windows-1252, as older
    word processors write it.

    Raises:
        TranscriptError: the file cannot be read, is empty, or is no text.
    """
    text = _decode(read_bytes(path, max_bytes), path)
    if _BINARY.search(text):
        raise TranscriptError(path, 0, "not a text file", _SAVE_AS)
    text = text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\x1a")
    if not text.strip():
        raise TranscriptError(path, 0, "the file is empty", "Check that it was saved.")
    return text


def _decode(content: bytes, path: Path) -> str:
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            text = _try(content, encoding)
            if text is None:
                raise TranscriptError(path, 0, f"damaged {encoding.upper()} text", _SAVE_AS)
            return text
    text = _try(content, "utf-8")
    if text is not None:
        return text
    lenient = content.decode("utf-8", errors="replace")
    damaged = lenient.count("\ufffd")
    sound = sum(character > "\x7f" for character in lenient) - damaged
    # A UTF-8 file with a few broken characters would become all mojibake as Windows-1252.
    if sound >= damaged and b"\x00" not in content:
        raise TranscriptError(path, 0, "UTF-8 text with broken characters", _SAVE_AS)
    text = _try(content, "cp1252")
    if text is None:
        raise TranscriptError(path, 0, "not a text file", _SAVE_AS)
    return text


def _try(content: bytes, encoding: str) -> str | None:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        return None
