"""Sessions and what coders may decide on them, drawn by hypothesis."""

from collections.abc import Sequence

from hypothesis import strategies as st

from rupture_nlp.codebook import load_codebook
from rupture_nlp.review.derive import Decided, Extent, settle
from rupture_nlp.review.incoming import code_of
from rupture_nlp.review.values import EpisodeValue, TurnValue
from rupture_nlp.schema import (
    CodedSession,
    Ratings,
    Rupture,
    Speaker,
    Transcript,
    Utterance,
    UtteranceCode,
)

# Line ends, quotes, formulas, separators, markup, letters outside the first plane.
TEXT = st.text(st.sampled_from("ab \n\r\t\",;|=+-@'<>&\u00e4\u2028\U0001f600"), max_size=12)
NAMES = st.sampled_from(["ana", "Ben B.", "c;d", "=e", "f.mode", "\u00e4"])
CODES = [code for code in Rupture if code is not Rupture.NONE]
MODES = ("blind", "assisted")


@st.composite
def transcripts(draw: st.DrawFn, session_id: str = "s1") -> Transcript:
    speakers = draw(st.lists(st.sampled_from(Speaker), min_size=1, max_size=9))
    ids = draw(st.sampled_from(["{}", "u{}", "0{}", "={}"]))
    return Transcript(
        session_id,
        tuple(
            Utterance(ids.format(at), speaker, draw(TEXT), at * 1.5 or None)
            for at, speaker in enumerate(speakers)
        ),
    )


@st.composite
def turn_values(draw: st.DrawFn, speaker: Speaker) -> TurnValue:
    """Codes that the codebook allows on a turn of patient or therapist."""
    book = load_codebook()
    rupture = draw(st.sampled_from([None, Rupture.NONE, *CODES]))
    secondary, intensity = None, None
    markers: tuple[str, ...] = ()
    if rupture in CODES:
        secondary = draw(st.sampled_from([None, *(code for code in CODES if code != rupture)]))
        intensity = draw(st.sampled_from([None, 1, 2, 3]))
        own = [code for code in (rupture, secondary) if code is not None]
        names = [name for code in own for name in book.markers_of(code, speaker)]
        markers = tuple(draw(st.lists(st.sampled_from(names), unique=True, max_size=3)))
    strategies = st.lists(st.sampled_from(book.strategy_names), unique=True, max_size=2)
    processes = st.sampled_from([None, *book.process_names])
    return TurnValue(
        rupture=rupture,
        secondary=secondary,
        intensity=intensity,
        markers=markers,
        strategies=tuple(draw(strategies)) if speaker is Speaker.THERAPIST else (),
        process=draw(processes) if speaker is Speaker.PATIENT else None,
        comment=draw(st.none() | TEXT.filter(bool)),
    )


@st.composite
def episode_values(draw: st.DrawFn, speakers: Sequence[Speaker]) -> tuple[EpisodeValue, ...]:
    """Episodes that do not overlap, as the store has them."""
    cuts = sorted(draw(st.sets(st.integers(0, len(speakers) - 1), max_size=4)))
    pairs = zip(cuts[::2], cuts[1::2], strict=False)
    return tuple(
        EpisodeValue(start, end, None, draw(st.sampled_from([None, 1, 3, 5])))
        for start, end in pairs
        if speakers[start] is not Speaker.OTHER
    )


@st.composite
def decided(draw: st.DrawFn, transcript: Transcript, coder: str) -> Decided:
    mode = draw(st.sampled_from(MODES))
    speakers = [turn.speaker for turn in transcript.utterances]
    codes: dict[int, UtteranceCode] = {}
    for position, turn in enumerate(transcript.utterances):
        if turn.speaker is not Speaker.OTHER and draw(st.booleans()):
            value = draw(turn_values(turn.speaker))
            codes[position] = code_of(value, turn.utterance_id, mode)
    extents = tuple(
        Extent(f"e{at:08x}", episode.start, episode.end, episode.resolution)
        for at, episode in enumerate(draw(episode_values(speakers)))
    )
    given = [draw(st.sampled_from([None, 1, 5])) for _ in range(4)]
    return Decided(coder, draw(st.booleans()), mode, codes, extents, Ratings(*given))


@st.composite
def coded_sessions(draw: st.DrawFn) -> tuple[CodedSession, ...]:
    """One or two sessions with up to two codings, as `export` makes them."""
    sessions = []
    for name in draw(st.sampled_from([("s1",), ("s1", "-s 2")])):
        transcript = draw(transcripts(name))
        coders = draw(st.lists(NAMES, unique=True, max_size=2))
        codings = [settle(transcript, draw(decided(transcript, coder))).coding for coder in coders]
        ordered = tuple(sorted(codings, key=lambda coding: coding.coder))
        sessions.append(CodedSession(transcript, ordered, "g,1", (("chosen_by", "random"),)))
    return tuple(sessions)
