"""Read WebVTT and SRT: cues with times, the speaker named in the cue.

`<v Name>text` (Teams), `Name: text` (Zoom). A cue, or a line of one, without a name goes on with
the speaker before it, as captions do that name a speaker only when the speaker changes. Cues in a
row of one speaker *name* become one turn unless `merge_cues` is off; two names are never merged,
also where both have one role.

Own parsing rather than webvtt-py or pysubs2 (which serve as oracles in the tests): both drop what
they do not understand without a word, and neither tells the line of a cue.
"""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from rupture_nlp.errors import TranscriptError
from rupture_nlp.io.encoding import read_text
from rupture_nlp.io.settings import ReadSettings
from rupture_nlp.io.tags import Piece, accepted_names, split_line
from rupture_nlp.io.turns import (
    Known,
    RawTurn,
    check_length,
    checked_times,
    clean,
    name_key,
    parse_time,
)

_T = r"(?:\d{1,3}:)?\d{1,2}:[0-5]\d(?:[.,]\d{1,3})?"
_TIMING = re.compile(rf"\s*({_T})\s*-->\s*({_T})(?=\s|$)")
_BLOCKS = re.compile(r"(?:NOTE|STYLE|REGION)(?:\s|$)")
_VOICE = re.compile(r"<v(?:\.[^\s<>]{1,50})?\s([^<>]{1,200})>")
_MARKUP = re.compile(
    r"</?(?:v|b|i|u|c|s|lang|ruby|rt|font)(?:[.\s][^<>]*)?>|<[\d:.]+>|\{\\[^{}]*\}"
)
_ENTITY = re.compile(r"&(?:amp|lt|gt|nbsp|quot|apos|lrm|rlm|#\d{1,6}|#[xX][0-9a-fA-F]{1,5});")
_EXPORT = 'Export it with speaker names, as "Name: text" or "<v Name>text".'


@dataclass(slots=True)
class _Cue:
    number: int  # from 1
    line: int
    start_s: float | None
    end_s: float | None
    said: list[tuple[int, str]] = field(default_factory=list)  # line number and text


@dataclass(slots=True)
class _Open:
    """A turn that is being put together."""

    first: Piece
    last: Piece
    name: str
    said: list[str]


def parse_subtitles(path: Path, known: Known, settings: ReadSettings) -> tuple[RawTurn, ...]:
    """The turns of a VTT or SRT file.

    Raises:
        TranscriptError: no text, no cue, a broken timing line, text outside cues, or no speaker
            named in the first cue.
    """
    lines = read_text(path, settings.max_file_bytes).split("\n")
    pieces = [piece for cue in _cues(path, lines, settings) for piece in _pieces(cue)]
    if not pieces:
        raise TranscriptError(path, 0, "no cue with text found", "Is it a VTT or SRT file?")
    names = accepted_names(pieces, known)
    turns: list[_Open] = []
    for piece in pieces:
        named = piece.name is not None and name_key(piece.name) in names
        text = piece.text if named else piece.raw
        if not named and not turns:
            raise TranscriptError(path, piece.line, "the first cue names no speaker", _EXPORT)
        name = piece.name if named and piece.name is not None else turns[-1].name
        if turns and _goes_on(turns[-1], piece, name, settings):
            turns[-1].said.append(text)
            turns[-1].last = piece
        else:
            turns.append(_Open(piece, piece, name, [text]))
    return tuple(turn for turn in (_close(path, turn, settings) for turn in turns) if turn.text)


def _goes_on(turn: _Open, piece: Piece, name: str, settings: ReadSettings) -> bool:
    if name_key(turn.name) != name_key(name):
        return False
    return settings.merge_cues or turn.last.cue == piece.cue


def _close(path: Path, turn: _Open, settings: ReadSettings) -> RawTurn:
    text = clean(" ".join(turn.said))
    check_length(text, path, turn.first.line, settings.max_utterance_chars)
    start, end = checked_times(turn.first.start_s, turn.last.end_s)
    return RawTurn(
        turn.first.line,
        turn.name,
        text,
        start,
        end,
        source_first=turn.first.cue,
        source_last=turn.last.cue,
    )


def _cues(path: Path, lines: list[str], settings: ReadSettings) -> list[_Cue]:
    cues: list[_Cue] = []
    # A block's first line may turn out to be the identifier of the cue that follows.
    for number, line, opens_block in _outside_comments(path, lines):
        check_length(line, path, number, settings.max_utterance_chars)
        timing = _TIMING.match(line)
        if timing is None:
            if "-->" in line and line.lstrip()[:1].isdigit():
                fix = "Write it as 00:00:01.000 --> 00:00:02.000."
                raise TranscriptError(path, number, "timing line cannot be read", fix)
            if cues:
                cues[-1].said.append((-number if opens_block else number, line))
            continue
        _drop_identifier(cues, number)
        times = parse_time(timing.group(1)), parse_time(timing.group(2))
        cues.append(_Cue(len(cues) + 1, number, *times))
    return cues


def _drop_identifier(cues: list[_Cue], number: int) -> None:
    """Take the line just before a timing line off the cue before it, if it is an identifier."""
    if not cues or not cues[-1].said:
        return
    line, text = cues[-1].said[-1]
    opens_block = line < 0
    if abs(line) == number - 1 and (opens_block or text.strip().isdigit()):
        cues[-1].said.pop()


def _outside_comments(path: Path, lines: list[str]) -> Iterator[tuple[int, str, bool]]:
    """Lines of cues with their number, and whether they open a block; no header, notes, styles."""
    is_vtt = lines[0].startswith("WEBVTT")
    skipping = is_vtt
    opens_block = True
    seen_timing = False
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            skipping, opens_block = False, True
            continue
        timing = "-->" in line
        skipping = not timing and (
            skipping or (is_vtt and opens_block and bool(_BLOCKS.match(line)))
        )
        if not skipping:
            if not seen_timing and not timing and not _precedes_timing(lines, number):
                problem = "text before the first cue"
                raise TranscriptError(path, number, problem, "Is it a VTT or SRT file?")
            seen_timing = seen_timing or timing
            yield number, line, opens_block
        opens_block = False


def _precedes_timing(lines: list[str], number: int) -> bool:
    return number < len(lines) and "-->" in lines[number]  # lines[number] is the line after it


def _pieces(cue: _Cue) -> Iterator[Piece]:
    for signed, line in cue.said:
        number = abs(signed)
        before, *voices = _VOICE.split(line)
        if _plain(before):
            yield _timed(split_line(_plain(before), number), cue)
        for name, text in zip(voices[::2], voices[1::2], strict=True):
            shown = html.unescape(name).strip()
            yield _timed(Piece(number, _plain(text), shown, _plain(text), certain=True), cue)


def _timed(piece: Piece, cue: _Cue) -> Piece:
    return Piece(
        piece.line,
        piece.raw,
        piece.name,
        piece.text,
        cue.start_s,
        cue.end_s,
        known_only=piece.known_only,
        certain=piece.certain,
        cue=cue.number,
    )


def _plain(text: str) -> str:
    """Without markup and character references."""
    return clean(_ENTITY.sub(lambda found: html.unescape(found.group()), _MARKUP.sub("", text)))
