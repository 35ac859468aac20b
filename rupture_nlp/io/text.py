"""Read plain text with speaker tags: `T: ...`, `[00:01:02] Dr Smith: ...`.

A tagged line opens a turn; lines without a tag go on with it, joined with a space. A time on its
own line belongs to the tagged line after it. Turns without words are left out.

Lines before the first tag are a header, and skipped, only if they are few, short, and either set
apart by a blank line or plainly no speech: `Date: ...`, `[recording starts]`, `# Title`, `-----`.
Anything else before the first tag is an error, for it could be speech. A first block made only of
`Key: value` lines, each key once, one of them a header's (`Date`, `Session`, ...), is a header even
where it says `Client: J. D.` (at most four words).
"""

from collections.abc import Sequence
from pathlib import Path

from rupture_nlp.errors import TranscriptError
from rupture_nlp.io.encoding import read_text
from rupture_nlp.io.settings import ReadSettings
from rupture_nlp.io.tags import Piece, accepted_names, is_metadata, split_line
from rupture_nlp.io.turns import Known, RawTurn, check_length, checked_times, clean, name_key

_HEADER_LINES = 20
_HEADER_CHARS = 200
_VALUE_WORDS = 4
_NO_TAG = "Put a tag such as T: or P:, or a name and a colon, before each turn."


def parse_text(path: Path, known: Known, settings: ReadSettings) -> tuple[RawTurn, ...]:
    """The turns of a text file.

    Raises:
        TranscriptError: no text, no speaker tag, speech before the first tag, an endless line.
    """
    pieces = []
    for number, line in enumerate(read_text(path, settings.max_file_bytes).split("\n"), start=1):
        check_length(line, path, number, settings.max_utterance_chars)
        pieces.append(split_line(line, number))
    return assemble(path, pieces, known, settings)


def assemble(
    path: Path,
    pieces: Sequence[Piece],
    known: Known,
    settings: ReadSettings,
    *,
    paragraphs: bool = False,
) -> tuple[RawTurn, ...]:
    """Join lines to turns. With `paragraphs`, every line is set apart as if by a blank line.

    Raises:
        TranscriptError: no speaker tag, speech before the first tag, a turn that is too long.
    """
    body = pieces[_metadata_block(pieces) :]
    names = accepted_names(body, known)
    first = next((i for i, piece in enumerate(body) if _opens_turn(piece, names)), None)
    if first is None:
        raise TranscriptError(path, 1, "no speaker tag found", _NO_TAG)
    _check_header(path, body[:first], paragraphs=paragraphs)
    while first > 0 and body[first - 1].is_blank:  # it may be the time of the first turn
        first -= 1
    return _turns(path, body[first:], names, settings)


def _turns(
    path: Path, pieces: Sequence[Piece], names: frozenset[str], settings: ReadSettings
) -> tuple[RawTurn, ...]:
    turns: list[RawTurn] = []
    opened: Piece | None = None
    said: list[str] = []
    time: Piece | None = None  # the last time on a line of its own

    def close() -> None:
        text = clean(" ".join(said))
        if opened is None or not text:
            return
        check_length(text, path, opened.line, settings.max_utterance_chars)
        start, end = checked_times(opened.start_s, opened.end_s)
        turns.append(RawTurn(opened.line, opened.name or "", text, start, end))

    for piece in pieces:
        if piece.is_blank:
            time = piece if piece.is_time_only else time
        elif _opens_turn(piece, names):
            close()
            opened, said = _with_time(piece, time), [piece.text]
            time = None
        else:
            said.append(piece.raw)
            time = None
    close()
    return tuple(turns)


def _opens_turn(piece: Piece, names: frozenset[str]) -> bool:
    return piece.name is not None and name_key(piece.name) in names


def _with_time(piece: Piece, time: Piece | None) -> Piece:
    if time is None or piece.start_s is not None:
        return piece
    return Piece(
        piece.line, piece.raw, piece.name, piece.text, start_s=time.start_s, end_s=time.end_s
    )


def _metadata_block(pieces: Sequence[Piece]) -> int:
    """How many lines the leading `Key: value` block has; 0 where there is none."""
    start = next((i for i, piece in enumerate(pieces) if not piece.is_blank), len(pieces))
    end = next((i for i in range(start, len(pieces)) if pieces[i].is_blank), len(pieces))
    block = pieces[start:end]
    keys = [name_key(piece.name or "") for piece in block]
    # Short values under keys that do not repeat: else these may be the first turns.
    is_header = (
        any(map(is_metadata, keys))
        and all(keys)
        and len(set(keys)) == len(keys)
        and all(is_metadata(piece.name or "") or _is_short(piece.text) for piece in block)
        and not all(piece.is_blank for piece in pieces[end:])
    )
    return end if is_header else 0


def _is_short(value: str) -> bool:
    return len(value.split()) <= _VALUE_WORDS and not value.endswith(("?", "!"))


def _check_header(path: Path, header: Sequence[Piece], *, paragraphs: bool) -> None:
    blank_after = paragraphs
    count = 0
    for piece in reversed(header):
        if piece.is_blank:
            blank_after = blank_after or not piece.is_time_only
            continue
        count += 1
        fits = len(piece.raw) <= _HEADER_CHARS and count <= _HEADER_LINES
        if not fits or not (blank_after or _is_no_speech(piece)):
            problem = "text before the first speaker tag"
            fix = "Give it a tag, or set a header apart by a blank line."
            raise TranscriptError(path, piece.line, problem, fix)


def _is_no_speech(piece: Piece) -> bool:
    raw = piece.raw.strip()
    bracketed = (raw[0], raw[-1]) in {("[", "]"), ("(", ")"), ("{", "}")}
    no_words = not any(character.isalnum() for character in raw)
    return bracketed or no_words or raw.startswith("#") or is_metadata(piece.name or "")
