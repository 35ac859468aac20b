"""Read Label Studio's JSON export (not JSON-MIN) back into coded sessions.

Names are those of `labelling.xml`. Whatever does not fit is noted with its task, annotation and
result, counted from 1, and left out.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import BaseModel, ValidationError

from rupture_nlp.errors import CorpusError
from rupture_nlp.io.corpus.layout import MODES, RATINGS, STATUSES
from rupture_nlp.review import label_studio as names
from rupture_nlp.review.derive import Extent
from rupture_nlp.review.incoming import RawCoding, RawTurn, build_coding
from rupture_nlp.review.transfer import Incoming, Note
from rupture_nlp.schema import CodedSession, SessionCoding, Speaker, Transcript, Utterance

SINGLE = (names.SECONDARY, names.INTENSITY, names.PROCESS)
MANY = (names.MARKERS, names.STRATEGIES)
_OF_REGIONS = {*SINGLE, *MANY, names.COMMENT, names.EPISODE_RESOLUTION}
_CONTROLS = {*_OF_REGIONS, names.CODER, names.MODE, names.STATUS}


class _Paragraph(BaseModel):
    utterance_id: str
    speaker: Speaker
    text: str = ""
    start: float | None = None
    end: float | None = None


class _Data(BaseModel):
    session_id: str
    group: str = ""
    descriptors: dict[str, str] = {}
    dialogue: list[_Paragraph]


class _Result(BaseModel):
    id: str = ""
    from_name: str = ""
    value: dict[str, object] = {}


class _Annotation(BaseModel):
    result: list[_Result] = []
    was_cancelled: bool = False
    completed_by: object = None


class _Task(BaseModel):
    data: _Data
    annotations: list[_Annotation] = []


_FIELDS = {
    name
    for model in (_Paragraph, _Data, _Result, _Annotation, _Task)
    for name in model.model_fields
}


def read_label_studio(path: Path) -> Incoming:
    """Read a file of tasks with annotations. Predictions are not read: they are no coder's.

    Raises:
        CorpusError: not JSON, not a list of tasks, or a task was not made by `review export`.
    """
    sessions: list[CodedSession] = []
    notes: list[Note] = []
    for number, task in enumerate(_parse(path), start=1):
        session, found = _session(task, f"{path.name}: task {number}")
        sessions.append(session)
        notes += found
    return Incoming(tuple(sessions), tuple(notes))


def _parse(path: Path) -> list[_Task]:
    problem = ""
    tasks: list[_Task] = []
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
        if isinstance(content, list):
            tasks = [_Task.model_validate(task) for task in content]
        else:
            problem = "is not a list of tasks. Export as JSON, not as JSON-MIN or CSV"
    except ValidationError as error:  # it quotes the file, as the parsers' errors do
        parts = [str(part) for part in error.errors()[0]["loc"] if _is_named(part)]
        problem = f"is not Label Studio JSON of `review export` ({'.'.join(parts) or 'a task'})"
    except (ValueError, RecursionError):
        problem = "is not JSON in UTF-8"
    if problem:
        raise CorpusError(f"{path}: {problem}.")
    return tasks


def _is_named(part: int | str) -> bool:
    return isinstance(part, int) or part in _FIELDS


def _session(task: _Task, place: str) -> tuple[CodedSession, list[Note]]:
    data = task.data
    ids = [paragraph.utterance_id for paragraph in data.dialogue]
    if len(set(ids)) < len(ids):
        raise CorpusError(f"{place}: two turns have the same utterance_id.")
    transcript = Transcript(
        data.session_id,
        tuple(Utterance(p.utterance_id, p.speaker, p.text, p.start, p.end) for p in data.dialogue),
    )
    notes: list[Note] = []
    codings: list[SessionCoding] = []
    for number, annotation in enumerate(task.annotations, start=1):
        where = f"{place}, annotation {number}"
        if annotation.was_cancelled:
            notes.append(Note("an annotation that was skipped in Label Studio", where))
            continue
        reading = _Reading(where, len(ids))
        for at, result in enumerate(annotation.result, start=1):
            reading.take(result, f"{where}, result {at}")
        coding, found = build_coding(transcript, reading.coding(annotation))
        codings.append(coding)
        notes += [*reading.notes, *found]
    descriptors = tuple(data.descriptors.items())
    return CodedSession(transcript, tuple(codings), data.group, descriptors), notes


@dataclass(slots=True)
class _Reading:
    """Gathers the results of one annotation, which come in any order and share region ids."""

    place: str
    turns_total: int
    notes: list[Note] = field(default_factory=list)
    turns: dict[str, tuple[int, str, str]] = field(default_factory=dict)  # by region
    episodes: dict[str, tuple[int, int]] = field(default_factory=dict)  # by region
    choices: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    about: dict[str, str] = field(default_factory=dict)  # the whole session

    def take(self, result: _Result, place: str) -> None:
        """Take one result, or note why not."""
        name, value = result.from_name, result.value
        is_region = name in (names.RUPTURE, names.EPISODE)
        given = _texts(value.get("paragraphlabels" if is_region else "choices", value.get("text")))
        if not (is_region or name in _CONTROLS or name.startswith(names.SESSION)):
            self._note("a result of a control that labelling.xml does not have", place)
        elif not given:
            self._note("a result without a choice that can be read", place)
        elif is_region:
            self._take_region(result, given, place)
        elif name in _OF_REGIONS:
            self.choices[result.id, name] = given
        else:
            self.about[name] = given[0]

    def _take_region(self, result: _Result, labels: tuple[str, ...], place: str) -> None:
        start, end = (_paragraph(result.value.get(key)) for key in ("start", "end"))
        if start is None or end is None or not start <= end < self.turns_total:
            self._note("a region outside the session's turns", place)
        elif result.from_name == names.EPISODE:
            self.episodes[result.id] = (start, end)
        elif start != end:
            self._note("a rupture over several turns: code each turn", place)
        elif start in {position for position, _, _ in self.turns.values()} or len(labels) > 1:
            self._note("a second code on a turn: use `secondary`", place)
        else:
            self.turns[result.id] = (start, labels[0], place)

    def coding(self, annotation: _Annotation) -> RawCoding:
        """All that was gathered."""
        for region, name in self.choices:
            if region not in (self.episodes if name == names.EPISODE_RESOLUTION else self.turns):
                self._note("a choice for a region that was left out or is not there", self.place)
        ratings = {
            name.removeprefix(names.SESSION): value
            for name, value in self.about.items()
            if name.startswith(names.SESSION)
        }
        for name in set(ratings) - set(RATINGS):
            del ratings[name]
            self._note("a session rating that the codebook does not have", self.place)
        mode = self.about.get(names.MODE)
        return RawCoding(
            place=self.place,
            coder=self.about.get(names.CODER) or _person(annotation.completed_by),
            mode=mode if mode in MODES else None,
            finished=self.about.get(names.STATUS, STATUSES[0]) == STATUSES[0],
            turns={position: self._turn(region) for region, (position, _, _) in self.turns.items()},
            extents=tuple(self._extents()),
            ratings=ratings,
        )

    def _turn(self, region: str) -> RawTurn:
        _, rupture, place = self.turns[region]
        cells = {name: self.choices.get((region, name), ("",))[0] for name in SINGLE}
        comment = "\n".join(self.choices.get((region, names.COMMENT), ()))
        lists = {name: self.choices.get((region, name), ()) for name in MANY}
        return RawTurn(place, {**cells, names.RUPTURE: rupture, names.COMMENT: comment}, lists)

    def _extents(self) -> Iterator[Extent]:
        for region, (start, end) in self.episodes.items():
            chosen = self.choices.get((region, names.EPISODE_RESOLUTION), ("",))[0]
            resolution = int(chosen) if chosen in {"1", "2", "3", "4", "5"} else None
            if chosen and resolution is None:
                self._note("an episode's resolution that is not 1 to 5", self.place)
            yield Extent(region.removeprefix(names.EPISODE_REGION), start, end, resolution)

    def _note(self, reason: str, place: str) -> None:
        self.notes.append(Note(reason, place))


def _texts(value: object) -> tuple[str, ...]:
    values: Sequence[object] = value if isinstance(value, list) else [value]
    return tuple(text for text in values if isinstance(text, str) and text)


def _paragraph(value: object) -> int | None:
    """The number of a paragraph, which Label Studio writes as text or as a number."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    text = str(value)
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 8 else None  # noqa: PLR2004  # no session is so long


def _person(completed_by: object) -> str:
    """A name for whoever annotated in Label Studio: their address or number there."""
    known = completed_by.get("email") if isinstance(completed_by, dict) else completed_by
    return str(known) if isinstance(known, str | int) else ""
