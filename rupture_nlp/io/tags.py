"""Speaker tags and times at the start of a line: `[00:01:02] Dr Smith: ...`.

A line's tag is first only a candidate. It counts as a speaker if the name is known (a built-in tag
or in the role map) or looks like a name and is used like one (`accepted_names`), so that "the thing
is: ..." or "10:30" stay speech.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from rupture_nlp.io.turns import Known, name_key, parse_time

_SCAN = 160  # a tag and its times stand in the first characters of a line; more is never searched
_NAME_CHARS = 64
_T = r"(?:\d{1,3}:)?\d{1,3}:[0-5]\d(?:[.,]\d{1,3})?"
_RANGE = rf"({_T})(?:\s*(?:-->|->|-|–|—|to)\s*({_T}))?"  # noqa: RUF001  # dashes as people type them
_BRACKETED = re.compile(rf"\s*[\[(<{{]\s*{_RANGE}\s*[\])>}}]\s*[-–—:|]?\s*")  # noqa: RUF001
_BARE = re.compile(rf"\s*{_RANGE}(?=\s|$)\s*[-–—|]?\s*")  # noqa: RUF001
_LEAD = re.compile(r"[\s*_>•#-]*(?:\d{1,5}[.)]?\s+(?=[^\W\d]))?")  # bullets, turn numbers
_NAMED_TIME = re.compile(
    rf"([^:\uff1a\[(<\n]{{1,{_NAME_CHARS}}}?)\s*(?:[\[(<]\s*{_RANGE}\s*[\])>]\s*:?|\s{_RANGE}\s*$)"
)
_COLON = re.compile(rf"([^:\uff1a\n]{{1,{_NAME_CHARS}}})[:\uff1a](.?)")
_TABBED = re.compile(r"([^\t:]{1,24})\t+")
_ALLOWED = re.compile(r"[\w\s.,'\u2019()/&#@+\[\]*-]+")
_PARENTHESIS = re.compile(r"[\[(][^()\[\]]*[\])]")
_LABEL = re.compile(
    r"(?:speaker|participant|person|user|voice|unknown|mother|father|mom|mum|dad|wife|husband"
    r"|partner|son|daughter|nurse|doctor|supervisor|interviewer|interviewee)[\s_#-]*[\w]{0,3}"
)
_PARTICLE_WORDS = "de van von der den da di la le el al bin of and the und y"
_METADATA_WORDS = """
    date time session number title file filename topic subject duration length location place
    setting recording recorded transcriber transcript transcription participants id version
    language key legend case note notes page client_id patient_id therapist_id session_id
    session_number session_no session_date case_id transcribed_by recorded_on file_name
"""
_OPENING_WORDS = """
    so no yes yeah well okay ok and but like because also then first second third finally
    anyway right look listen remember homework example question answer summary plan goal step
    exactly basically again sure really now today tomorrow http https re ps fyi nb
"""
_PARTICLES = frozenset(_PARTICLE_WORDS.split())
_METADATA = frozenset(_METADATA_WORDS.split())  # first words of header lines (`Date: ...`)
_OPENERS = frozenset(_OPENING_WORDS.split())
_SPEAKERS_OF_A_SESSION = 2
_ORDINARY_WORDS = 4
_LONGEST_NAME_WORDS = 6
_FREQUENT = 0.1  # a name of any shape that opens this share of the lines is a speaker


@dataclass(frozen=True, slots=True)
class Piece:
    """A line, or the part of a line or cue that one speaker says."""

    line: int
    raw: str  # what was said if the candidate turns out to be no speaker
    name: str | None = None  # candidate tag; None where there is none
    text: str = ""  # what was said if the candidate is a speaker
    start_s: float | None = None
    end_s: float | None = None
    known_only: bool = False  # `T:hello`, `T<tab>hello`: a tag only if the name is known
    certain: bool = False  # the format itself says that this is a name (`<v Name>`, table cell)
    cue: int | None = None  # number of the cue, from 1

    @property
    def is_blank(self) -> bool:
        return self.name is None and not self.raw

    @property
    def is_time_only(self) -> bool:
        return self.is_blank and self.start_s is not None


def split_line(line: str, number: int) -> Piece:
    """Take times and a candidate tag off a line; linear in the line's length."""
    line = line.strip()
    head = line[:_SCAN]
    time = _BRACKETED.match(head)
    raw = line[time.end() :] if time else line
    if time is None:
        time = _BARE.match(head)
    rest = line[time.end() :] if time else line
    start, end = _times(time)
    if not rest:
        return Piece(number, "", start_s=start, end_s=end)
    return _split_tag(Piece(number, raw, start_s=start, end_s=end), rest)


def accepted_names(pieces: Iterable[Piece], known: Known) -> frozenset[str]:
    """The name keys among the candidates that are speakers.

    Known and certain names are. Others must look like a name: few words, written with capitals, no
    ordinary opening of a sentence or header. One word must open two lines; two capitalised words
    (`Dr Smith`), capitals (`MOTHER`) and labels (`Speaker 2`, `Mother`) need only one. A name in
    small letters must be one word that opens two lines, or open a tenth of all lines and at least
    three. If fewer than two speakers are found so, one capitalised word needs only one line too:
    the session may be very short, and a speaker who needs a role is better than a merged turn.
    """
    pieces = tuple(pieces)
    lines = sum(not piece.is_blank for piece in pieces)
    counts: Counter[str] = Counter()
    spelled: dict[str, str] = {}
    accepted: set[str] = set()
    for piece in pieces:
        if piece.name is None:
            continue
        key = name_key(piece.name)
        if piece.certain or known(piece.name):
            accepted.add(key)
        elif not piece.known_only and is_namelike(piece.name):
            counts[key] += 1
            spelled.setdefault(key, piece.name)
    accepted |= {key for key, n in counts.items() if _is_used_as_name(spelled[key], n, lines)}
    if len(accepted) < _SPEAKERS_OF_A_SESSION:
        accepted |= {key for key in counts if _is_capitalised(spelled[key])}
    return frozenset(accepted)


def is_namelike(name: str) -> bool:
    """True for few words of the characters that names are made of."""
    key = name_key(name)
    words = _PARENTHESIS.sub(" ", key).split()
    if not words or len(words) > _LONGEST_NAME_WORDS or _ALLOWED.fullmatch(name) is None:
        return False
    if is_metadata(name) or words[0].strip(".,") in _OPENERS:
        return False
    return any(character.isalpha() for character in key)


def is_metadata(name: str) -> bool:
    """True for the keys of header lines, such as `Date` or `Session no`; speakers only if known."""
    words = name_key(name).replace(".", " ").split()
    return "_".join(words) in _METADATA or (bool(words) and words[0] in _METADATA)


def _is_used_as_name(name: str, count: int, lines: int) -> bool:
    words = _PARENTHESIS.sub(" ", name).split()
    if _LABEL.fullmatch(name_key(name)):
        return True
    if _is_capitalised(name):
        return count > 1 or len(words) > 1 or (name.isupper() and len(name) > 1)
    single = [word for word in words if word.isalpha()]
    if count > 1 and len(single) <= 1:
        return True
    return len(words) <= _ORDINARY_WORDS and count > 2 and count >= _FREQUENT * lines  # noqa: PLR2004


def _is_capitalised(name: str) -> bool:
    words = [word.strip(".,'*_") for word in _PARENTHESIS.sub(" ", name).split()]
    words = [word for word in words if word and word.casefold() not in _PARTICLES]
    return bool(words) and all(word[0].isupper() or word[0].isdigit() for word in words)


def _split_tag(line: Piece, rest: str) -> Piece:
    lead = _LEAD.match(rest[:_SCAN])
    body = rest[lead.end() :] if lead else rest
    head = body[:_SCAN]
    timed = _NAMED_TIME.match(head)
    if timed is not None:
        times = [parse_time(group) if group else None for group in timed.groups()[1:]]
        start = times[0] if times[0] is not None else times[2]
        end = times[1] if times[0] is not None else times[3]
        return _tagged(line, timed.group(1), body[timed.end() :], (start, end), known_only=False)
    colon = _COLON.match(head)
    if colon is not None:
        text = body[colon.end(1) + 1 :].lstrip("*_ \t")
        inner = _BRACKETED.match(text[:_SCAN])
        text = text[inner.end() :] if inner else text
        no_space = bool(colon.group(2)) and not colon.group(2).isspace() and colon.group(2) != "*"
        return _tagged(line, colon.group(1), text, _times(inner), known_only=no_space)
    tabbed = _TABBED.match(head)
    if tabbed is not None:
        text = body[tabbed.end() :]
        return _tagged(line, tabbed.group(1), text, (None, None), known_only=True)
    return line


def _tagged(
    line: Piece,
    name: str,
    text: str,
    times: tuple[float | None, float | None],
    *,
    known_only: bool,
) -> Piece:
    start, end = (line.start_s, line.end_s) if line.start_s is not None else times
    return Piece(
        line.line,
        line.raw,
        name=name.strip().strip("*_[]<>").strip(),
        text=text.strip(),
        start_s=start,
        end_s=end,
        known_only=known_only,
    )


def _times(found: re.Match[str] | None) -> tuple[float | None, float | None]:
    if found is None:
        return None, None
    start, end = found.group(1), found.group(2)
    return parse_time(start), parse_time(end) if end else None
