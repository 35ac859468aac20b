"""Small coded sessions drawn in a line: one letter a turn, capitals of the speaker in another."""

from collections.abc import Sequence

from rupture_nlp.schema import (
    ALL_FIELDS,
    CodedSession,
    Episode,
    EpisodeKind,
    Rupture,
    SessionCoding,
    Speaker,
    Transcript,
    Utterance,
    UtteranceCode,
)

SPEAKERS = {"T": Speaker.THERAPIST, "P": Speaker.PATIENT, "o": Speaker.OTHER}
CODES = {
    ".": Rupture.NONE,
    "w": Rupture.WITHDRAWAL_FROM_OTHER,
    "s": Rupture.WITHDRAWAL_FROM_SELF,
    "a": Rupture.CONFRONTATION_AGGRESSION,
    "c": Rupture.CONFRONTATION_CONTROL,
    "?": None,  # uncodable
}
MARKERS = {
    "w": ("silence",),
    "s": ("deferential", "capitulation"),
    "a": ("hostility",),
    "c": ("demand",),
}


def transcript(name: str, speakers: str, starts: Sequence[float | None] = ()) -> Transcript:
    """`speakers` is a letter a turn: T, P, o. Utterance ids are u0, u1, ..."""
    times = [*starts, *[None] * (len(speakers) - len(starts))]
    return Transcript(
        name,
        tuple(
            Utterance(f"u{place}", SPEAKERS[letter], f"secretword {place}", start_s=start)
            for place, (letter, start) in enumerate(zip(speakers, times, strict=True))
        ),
    )


def coding(
    name: str,
    coder: str,
    codes: str,
    intensities: str = "",
    fields: frozenset[str] = ALL_FIELDS,
) -> SessionCoding:
    """`codes` is a letter a turn: `.wsac`, `?` uncodable, a blank not reached or not coded.
    `intensities` is a digit or a blank (missing) a turn; 1 for all ruptures if it is empty.
    Further fields are set with `dataclasses.replace`."""
    given = intensities or "1" * len(codes)
    return SessionCoding(
        session_id=name,
        coder=coder,
        codes=tuple(
            None if letter == " " else _code(place, letter, digit)
            for place, (letter, digit) in enumerate(zip(codes, given, strict=True))
        ),
        fields=fields,
    )


def _code(place: int, letter: str, digit: str) -> UtteranceCode:
    return UtteranceCode(
        f"u{place}",
        CODES[letter],
        intensity=int(digit) if letter in MARKERS and digit != " " else None,
        markers=MARKERS.get(letter, ()),
    )


def session(
    name: str,
    speakers: str,
    *codings: SessionCoding,
    group: str | None = None,
    starts: Sequence[float | None] = (),
) -> CodedSession:
    return CodedSession(transcript(name, speakers, starts), codings, group or name)


def episode(
    start: int, end: int, repair: int | None = None, resolution: int | None = None, name: str = "e"
) -> Episode:
    return Episode(
        name,
        f"u{start}",
        f"u{end}",
        EpisodeKind.WITHDRAWAL,
        Speaker.PATIENT,
        None if repair is None else f"u{repair}",
        resolution,
    )
