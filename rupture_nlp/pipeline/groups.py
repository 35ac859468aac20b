"""Sessions computed in groups: read and tokenised ahead, computed together, decided one by one.

    thread of `ahead`   read, prepare | read, prepare | ...
    this thread              compute, decide, decide, ... | compute, decide, ...

A group ends as soon as it holds the labeller's tokens. At most three groups are in memory: one that
is computed, one that waits, one that is being prepared; each holds one session more than its tokens
allow, at the most.
"""

from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic

from rupture_nlp.errors import RuptureNlpError
from rupture_nlp.pipeline.ahead import ahead
from rupture_nlp.pipeline.parts import encode_prediction
from rupture_nlp.pipeline.protocol import Failure, GroupLabeller, Raw, Ready, SessionLabeller
from rupture_nlp.pipeline.session_list import InputSession
from rupture_nlp.privacy import describe_crash
from rupture_nlp.schema import SessionPrediction, Transcript

TOKENS_A_SESSION = 64
"""What a session counts beside its own tokens, so that a group of tiny ones has an end too."""

Found = tuple[InputSession, Transcript | Failure]
Made = tuple[InputSession, bytes | Failure]
_Failed = tuple[InputSession, Failure]


@dataclass(frozen=True, slots=True)
class _Problem:
    """Why a session could not be labelled. Holds no words of it."""

    text: str


@dataclass(frozen=True, slots=True)
class _Job(Generic[Ready]):
    session: InputSession
    transcript: Transcript
    ready: Ready


@dataclass(frozen=True, slots=True)
class _Whole:
    """A session for a labeller that cannot be asked for the steps."""

    transcript: Transcript
    tokens: int = 1


class _OneByOne:
    """Gives a labeller with nothing but `predict` the steps of `GroupLabeller`."""

    group_tokens = 1

    def __init__(self, labeller: SessionLabeller) -> None:
        self.name, self.signature = labeller.name, labeller.signature
        self.predict, self.was_trained_on = labeller.predict, labeller.was_trained_on

    def prepare(self, transcript: Transcript) -> _Whole:
        return _Whole(transcript)

    def compute(self, sessions: Sequence[_Whole]) -> Sequence[None]:
        return [None] * len(sessions)

    def decide(self, session: _Whole, raw: None) -> SessionPrediction:
        del raw
        return self.predict(session.transcript)


def label_in_groups(
    labeller: SessionLabeller, sessions: Iterable[Found]
) -> Generator[Made, None, None]:
    """The bytes of each session's part, or why there are none, in the order given.

    `sessions` is read from another thread.
    """
    if isinstance(labeller, GroupLabeller):
        return _Grouped(labeller).label(sessions)
    return _Grouped(_OneByOne(labeller)).label(sessions)


@dataclass(frozen=True, slots=True)
class _Grouped(Generic[Ready, Raw]):
    labeller: GroupLabeller[Ready, Raw]

    def label(self, sessions: Iterable[Found]) -> Generator[Made, None, None]:
        with ahead(self._groups(sessions)) as groups:
            for group in groups:
                yield from self._computed(group)

    def _groups(
        self, sessions: Iterable[Found]
    ) -> Generator[list[_Job[Ready] | _Failed], None, None]:
        group: list[_Job[Ready] | _Failed] = []
        room = self.labeller.group_tokens
        for session, found in sessions:
            job = self._prepared(session, found)
            group.append(job)
            room -= TOKENS_A_SESSION + (job.ready.tokens if isinstance(job, _Job) else 0)
            if room <= 0:
                yield group
                group, room = [], self.labeller.group_tokens
        if group:
            yield group

    def _prepared(
        self, session: InputSession, found: Transcript | Failure
    ) -> _Job[Ready] | _Failed:
        if isinstance(found, Failure):
            return session, found
        try:
            return _Job(session, found, self.labeller.prepare(found))
        except Exception as error:  # noqa: BLE001  # one odd session must not stop the others
            problem = _told(error)
        return session, session_failure(session, problem.text)

    def _computed(self, group: Sequence[_Job[Ready] | _Failed]) -> Iterator[Made]:
        raw = iter(self._together([job for job in group if isinstance(job, _Job)]))
        for job in group:
            if not isinstance(job, _Job):
                yield job
                continue
            part = self._decided(job, next(raw))
            if isinstance(part, _Problem):
                yield job.session, session_failure(job.session, part.text)
            else:
                yield job.session, part

    def _together(self, jobs: Sequence[_Job[Ready]]) -> Iterable[Raw | _Problem]:
        if not jobs:
            return ()
        try:
            return self.labeller.compute([job.ready for job in jobs])
        except Exception as error:  # noqa: BLE001  # as above
            problem = _told(error)
        if len(jobs) == 1:
            return (problem,)
        # One of them is odd: alone it fails alone.
        return (raw for job in jobs for raw in self._together([job]))

    def _decided(self, job: _Job[Ready], raw: Raw | _Problem) -> bytes | _Problem:
        if isinstance(raw, _Problem):
            return raw
        try:
            return encode_prediction(self.labeller.decide(job.ready, raw), job.transcript)
        except Exception as error:  # noqa: BLE001  # as above
            return _told(error)


def _told(error: Exception) -> _Problem:
    if isinstance(error, RuptureNlpError):
        return _Problem(str(error))
    return _Problem(f"internal error ({describe_crash(error)})")


def session_failure(session: InputSession, problem: str) -> Failure:
    """A failure of one session, told by its place in the file: its id may be a name."""
    where = f"{session.file}, session {session.position + 1}"
    return Failure(session.file, f"{where}: {problem}")
