"""What is finished and what is not: predictions kept under the hash of all they depend on."""

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from enum import Enum, auto

from rupture_nlp.pipeline.company import Company, Other
from rupture_nlp.pipeline.groups import label_in_groups
from rupture_nlp.pipeline.inputs import Reading, read_again
from rupture_nlp.pipeline.manifest import Entry, mapping_hash, work_key
from rupture_nlp.pipeline.parts import FORMAT, PartStore, decode_prediction
from rupture_nlp.pipeline.protocol import Failure, SessionLabeller
from rupture_nlp.pipeline.session_list import InputSession, SessionList
from rupture_nlp.pipeline.settings import LabelSettings
from rupture_nlp.schema import SessionPrediction, Transcript

CLAIM_TURNS = 500
"""Sessions are claimed until they hold so many turns: some seconds of work, so that no run waits
long for another at the end."""
CLAIM_SESSIONS = 64
_LONGEST_PAUSE_S = 1.0


class State(Enum):
    """What is to be done about a session."""

    FREE = auto()
    FINISHED = auto()
    FAILED = auto()  # in another living run
    CLAIMED = auto()  # it, or another with its content, is being labelled


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one session. `ours`: this run labelled it, or tried to.

    Of a session with the content of another one it is not known where other runs took part.
    """

    session: InputSession
    failure: Failure | None
    ours: bool


class Work:
    """The predictions of one labeller in one output folder, which other runs may share.

    `threads`, `with_text` and the report's settings change no prediction and are not in the key.
    With `force`, what was finished before this run, and those that share its work, is not.
    """

    def __init__(
        self,
        company: Company,
        labeller: SessionLabeller,
        settings: LabelSettings,
        sessions: SessionList,
        *,
        force: bool = False,
    ) -> None:
        self.labeller = labeller
        self.sessions = sessions
        self._company = company
        self._manifest = company.manifest
        self._parts = PartStore(company.folder.parts)
        self._model = mapping_hash(labeller.signature.as_dict())
        self._settings = mapping_hash({"format": FORMAT, "prevalence": settings.prevalence})
        self._force = force
        self._own: dict[str, int] = {}  # content and number of the sessions in hand
        self._start = company.share_start()  # in the manifest: what stands behind it is new
        if not force:
            self._start = self._manifest.end

    @property
    def shared(self) -> bool:
        """Whether another run was at work here at any time of this one."""
        return self._company.met

    def missing(self) -> Iterator[int]:
        """The numbers of the sessions that are not finished, or whose part is damaged."""
        for number in range(len(self.sessions)):
            if not self._is_finished(self.sessions.content(number)):
                yield number

    def _is_finished(self, content: str) -> bool:
        key = self._key(content)
        if self._force:
            return self._manifest.written_since(key, self._start)
        entry = self._manifest.get(key)
        return entry is not None and self._parts.read(entry) is not None

    def claim(self, numbers: Sequence[int]) -> list[tuple[State, str]]:
        """Claim those sessions that nobody labels. Their states were these; and why one failed."""
        with self._company.moment():
            self._manifest.refresh()
            others = self._company.others()
            taken = self._taken_by(others)
            states: list[tuple[State, str]] = []
            ours: list[int] = []
            for number in numbers:
                content = self.sessions.content(number)
                state = self._state(number, content, others, taken)
                if state[0] is State.FREE:
                    self._own[content] = number
                    ours.append(number)
                states.append(state)
            if ours:
                self._company.claim(ours)
        return states

    def _state(
        self, number: int, content: str, others: Sequence[Other], taken: set[str]
    ) -> tuple[State, str]:
        if self._manifest.written_since(self._key(content), self._start):
            return State.FINISHED, ""
        for other in others:
            if number in other.failures:
                return State.FAILED, other.failures[number]
        return (State.CLAIMED if content in taken or content in self._own else State.FREE), ""

    def _taken_by(self, others: Sequence[Other]) -> set[str]:
        taken: set[str] = set()
        for other in others:
            for number, end in list(other.claims.items()):
                content = self.sessions.content(number)
                if self._manifest.written_since(self._key(content), end):
                    del other.claims[number]  # finished since it was claimed
                else:
                    taken.add(content)
        return taken

    def keep(self, session: InputSession, part: bytes) -> None:
        """Write a part and then its line in the manifest.

        Raises:
            OSError: the output folder cannot be written.
        """
        key = self._key(session.content)
        entry = Entry(
            key=key,
            content=session.content,
            model=self._model,
            settings=self._settings,
            part=self._parts.write(key, part),
            utterances=session.utterances,
        )
        with self._company.moment():
            self._manifest.append(entry)
            self._own.pop(session.content, None)

    def give_up(self, session: InputSession, failure: Failure) -> None:
        """Tell the other runs that this session cannot be labelled."""
        with self._company.moment():
            number = self._own.pop(session.content)
            self._company.tell({"failed": number, "message": failure.message})

    def prediction(self, session: InputSession, transcript: Transcript) -> SessionPrediction | None:
        """The kept prediction under the session's id of this run; None where it was damaged."""
        entry = self._manifest.get(self._key(session.content))
        content = None if entry is None else self._parts.read(entry)
        if content is None:
            return None
        return decode_prediction(content, transcript, session.session_id, self.labeller.name)

    def _key(self, content: str) -> str:
        return work_key(content, self._model, self._settings)


def label_missing(
    work: Work,
    missing: Sequence[int],
    reading: Reading,
    pause: Callable[[float], None] = time.sleep,
) -> Iterator[Outcome]:
    """Label and keep sessions by their numbers, but for those that other runs label meanwhile.

    Ends when all of them are finished or have failed, whoever labelled them; what a killed run had
    claimed is labelled here.

    Raises:
        OSError: the output folder cannot be written. A labeller's own errors come as failures.
    """
    seconds = _LONGEST_PAUSE_S / 16
    while missing:
        way = _Pass(work, missing)
        with closing(label_in_groups(work.labeller, read_again(way.ours(), reading))) as made:
            for session, part in made:
                failure = part if isinstance(part, Failure) else None
                if isinstance(part, Failure):
                    work.give_up(session, part)
                else:
                    work.keep(session, part)
                yield Outcome(session, failure, ours=True)
                yield from way.resolved()
        yield from way.resolved()
        if len(way.left) == len(missing):
            pause(seconds)
            seconds = min(2 * seconds, _LONGEST_PAUSE_S)
        missing = way.left


class _Pass:
    """One way through the missing sessions. `left` are those that others have in hand."""

    def __init__(self, work: Work, missing: Sequence[int]) -> None:
        self.left: deque[int] = deque()
        self._work = work
        self._missing = missing
        self._resolved: deque[Outcome] = deque()

    def ours(self) -> Iterator[InputSession]:
        """Claims sessions and gives them. Runs in the thread that reads ahead."""
        for numbers in self._portions():
            # What others took first they finish first: so the bar goes on with their work too.
            old = [self.left.popleft() for _ in range(min(len(self.left), len(numbers)))]
            asked = [*old, *numbers]
            for number, (state, message) in zip(asked, self._work.claim(asked), strict=True):
                if state is State.CLAIMED:
                    self.left.append(number)
                    continue
                session = self._work.sessions[number]
                if state is State.FREE:
                    yield session
                else:
                    failed = state is State.FAILED
                    failure = Failure(session.file, message) if failed else None
                    # Alone, it has the content of another session of this run.
                    self._resolved.append(Outcome(session, failure, ours=not self._work.shared))

    def resolved(self) -> Iterator[Outcome]:
        """What became of the sessions of others, as far as it has been seen."""
        while self._resolved:
            yield self._resolved.popleft()

    def _portions(self) -> Iterator[list[int]]:
        portion: list[int] = []
        turns = 0
        for number in self._missing:
            portion.append(number)
            turns += self._work.sessions.turns(number)
            if turns >= CLAIM_TURNS or len(portion) == CLAIM_SESSIONS:
                yield portion
                portion, turns = [], 0
        if portion:
            yield portion
