"""Write coded sessions as Label Studio JSON: one task a session, one annotation a coder.

A session is a `Paragraphs` object; a code is a region over one paragraph with a label of `rupture`
and, under the same region id, choices for the other fields; an episode is a region over its turns.
`labelling.xml` is the labelling interface that goes with it. Coder, mode and status stand in the
annotation's result, since Label Studio gives imported annotations to the one who imports them.

Source: labelstud.io, "Label Studio JSON format of annotated tasks" and the tag `Paragraphs`.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from xml.sax.saxutils import quoteattr

from rupture_nlp.codebook import load_codebook
from rupture_nlp.io.atomic import write_text
from rupture_nlp.io.corpus.layout import MODES, RATINGS, RUPTURE_CELLS, STATUSES, blank_code
from rupture_nlp.schema import (
    UNCODABLE,
    CodedSession,
    Episode,
    SessionCoding,
    Transcript,
    Utterance,
    UtteranceCode,
)

TASKS = "tasks.json"
INTERFACE = "labelling.xml"

OBJECT = "dialogue"
RUPTURE = "rupture"
EPISODE = "episode"
SECONDARY = "secondary"
INTENSITY = "intensity"
MARKERS = "markers"
STRATEGIES = "strategies"
PROCESS = "process"
COMMENT = "comment"
EPISODE_RESOLUTION = "episode_resolution"
CODER = "coder"
MODE = "mode"
STATUS = "status"
EPISODE_REGION = "episode-"
"""Goes before the id of an episode in the id of its region."""
SESSION = "session_"
"""Goes before the name of a session rating."""

Json = dict[str, object]


def write_label_studio(
    sessions: Sequence[CodedSession],
    suggestions: Mapping[str, SessionCoding],
    folder: Path,
    *,
    with_text: bool,
) -> None:
    """Write `tasks.json` and `labelling.xml`.

    `suggestions` are a model's codings by session id; they become Label Studio's predictions.
    Without text the paragraphs are empty, which is enough to read the codes back, not to label.
    """
    tasks = [_task(session, suggestions, with_text=with_text) for session in sessions]
    write_text(folder / TASKS, json.dumps(tasks, ensure_ascii=False, indent=1) + "\n")
    write_text(folder / INTERFACE, labelling_interface())


def _task(
    session: CodedSession, suggestions: Mapping[str, SessionCoding], *, with_text: bool
) -> Json:
    transcript = session.transcript
    suggested = suggestions.get(transcript.session_id)
    lengths = [
        _utf16_length(turn.text) if with_text else 0 for turn in session.transcript.utterances
    ]
    return {
        "data": {
            "session_id": transcript.session_id,
            "group": session.group,
            "descriptors": dict(session.descriptors),
            OBJECT: [_paragraph(turn, with_text=with_text) for turn in transcript.utterances],
        },
        "annotations": [
            {"result": [*_about(coding), *_regions(coding, transcript, lengths)]}
            for coding in session.codings
        ],
        "predictions": []
        if suggested is None
        else [
            {
                "model_version": suggested.coder,
                "result": list(_regions(suggested, transcript, lengths)),
            }
        ],
    }


def _paragraph(turn: Utterance, *, with_text: bool) -> Json:
    return {
        "utterance_id": turn.utterance_id,
        "speaker": turn.speaker.value,
        "text": turn.text if with_text else "",
        "start": turn.start_s,
        "end": turn.end_s,
    }


def _about(coding: SessionCoding) -> Iterator[Json]:
    modes = {code.mode for code in coding.codes if code is not None and code.mode}
    yield _whole(CODER, "textarea", {"text": [coding.coder]})
    yield _whole(STATUS, "choices", {"choices": ["complete" if coding.complete else "partial"]})
    if len(modes) == 1:
        yield _whole(MODE, "choices", {"choices": sorted(modes)})


def _regions(
    coding: SessionCoding, transcript: Transcript, lengths: Sequence[int]
) -> Iterator[Json]:
    for position, code in enumerate(coding.codes):
        blank = code is not None and code == blank_code(code.utterance_id, coding.fields)
        # As in a corpus: an absent code is `none` in a finished session, not reached in another.
        if code is not None and not (blank and coding.complete):
            yield from _turn(code, _span(position, position, lengths), f"turn-{position}")
    places = {turn.utterance_id: at for at, turn in enumerate(transcript.utterances)}
    for episode in coding.episodes:
        span = _span(places[episode.start], places[episode.end], lengths)
        yield from _episode(episode, span)
    for name in RATINGS:
        rating = getattr(coding.ratings, name)
        if rating is not None:
            yield _whole(SESSION + name, "choices", {"choices": [f"{rating:g}"]})


def _turn(code: UtteranceCode, span: Json, region: str) -> Iterator[Json]:
    rupture = UNCODABLE if code.rupture is None else code.rupture.value
    yield _item(region, RUPTURE, "paragraphlabels", {**span, "paragraphlabels": [rupture]})
    single = ((SECONDARY, code.secondary), (INTENSITY, code.intensity), (PROCESS, code.process))
    chosen = [(name, [str(value)]) for name, value in single if value is not None]
    chosen += [(MARKERS, list(code.markers)), (STRATEGIES, list(code.strategies))]
    for name, values in chosen:
        if values:
            yield _item(region, name, "choices", {**span, "choices": values})
    if code.comment is not None:
        yield _item(region, COMMENT, "textarea", {**span, "text": [code.comment]})


def _episode(episode: Episode, span: Json) -> Iterator[Json]:
    region = EPISODE_REGION + episode.episode_id
    yield _item(region, EPISODE, "paragraphlabels", {**span, "paragraphlabels": [EPISODE]})
    if episode.resolution is not None:
        choice = {**span, "choices": [str(episode.resolution)]}
        yield _item(region, EPISODE_RESOLUTION, "choices", choice)


def _span(start: int, end: int, lengths: Sequence[int]) -> Json:
    # Label Studio writes paragraph numbers as text.
    return {"start": str(start), "end": str(end), "startOffset": 0, "endOffset": lengths[end]}


def _item(region: str, name: str, kind: str, value: Json) -> Json:
    return {"id": region, "from_name": name, "to_name": OBJECT, "type": kind, "value": value}


def _whole(name: str, kind: str, value: Json) -> Json:
    """A result about the whole session."""
    return _item(f"about-{name}", name, kind, value)


def _utf16_length(text: str) -> int:
    # Offsets are those of JavaScript's strings.
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def labelling_interface() -> str:
    """The interface for Label Studio's project settings, from the codebook."""
    book = load_codebook()
    fives = [str(value) for value in range(1, 6)]
    parts = [
        f'<Paragraphs name="{OBJECT}" value="${OBJECT}" layout="dialogue" nameKey="speaker"'
        ' textKey="text"/>',
        _labels(RUPTURE, RUPTURE_CELLS),
        _labels(EPISODE, [EPISODE]),
        _choices(SECONDARY, RUPTURE_CELLS[1:-1], of=RUPTURE),
        _choices(INTENSITY, [str(anchor.value) for anchor in book.intensities], of=RUPTURE),
        _choices(MARKERS, book.marker_names, of=RUPTURE, many=True),
        _choices(STRATEGIES, book.strategy_names, of=RUPTURE, many=True),
        _choices(PROCESS, book.process_names, of=RUPTURE),
        f'<TextArea name="{COMMENT}" toName="{OBJECT}" perRegion="true" whenTagName="{RUPTURE}"/>',
        _choices(EPISODE_RESOLUTION, fives, of=EPISODE),
        *(_choices(SESSION + name, fives) for name in RATINGS),
        f'<TextArea name="{CODER}" toName="{OBJECT}" maxSubmissions="1"/>',
        _choices(MODE, MODES),
        _choices(STATUS, STATUSES),
    ]
    return "<View>\n  " + "\n  ".join(parts) + "\n</View>\n"


def _labels(name: str, values: Sequence[str]) -> str:
    inside = "".join(f"<Label value={quoteattr(value)}/>" for value in values)
    return f'<ParagraphLabels name="{name}" toName="{OBJECT}">{inside}</ParagraphLabels>'


def _choices(name: str, values: Sequence[str], *, of: str = "", many: bool = False) -> str:
    """Choices about the session, or about each region of one kind of label."""
    inside = "".join(f"<Choice value={quoteattr(value)}/>" for value in values)
    head = f'<Choices name="{name}" toName="{OBJECT}" choice="{"multiple" if many else "single"}"'
    head += f' perRegion="true" whenTagName="{of}"' if of else ""
    return f"{head}>{inside}</Choices>"
