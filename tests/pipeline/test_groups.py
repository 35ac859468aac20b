"""Sessions in groups: the same results, bounded memory, and one odd session fails alone."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from rupture_nlp.label.labeller import Labeller
from rupture_nlp.pipeline.groups import TOKENS_A_SESSION, label_in_groups
from rupture_nlp.pipeline.parts import encode_prediction
from rupture_nlp.pipeline.protocol import Failure
from rupture_nlp.pipeline.session_list import InputSession
from rupture_nlp.schema import SessionPrediction, Speaker, Transcript, Utterance
from tests.pipeline.fake import FakeLabeller
from tests.pipeline.runs import contents, run, write_sessions

CANARY = "zyzzyva"


@dataclass(frozen=True)
class Ready:
    transcript: Transcript
    tokens: int


@dataclass
class GroupFake(FakeLabeller):
    """Takes the steps one by one; a token is a turn. May fail at any of the steps."""

    group_tokens: int = 1000
    groups: list[list[str]] = field(default_factory=list)
    odd: str = ""  # a session at which `compute` fails
    odd_to_prepare: str = ""

    def prepare(self, transcript: Transcript) -> Ready:
        if transcript.session_id == self.odd_to_prepare:
            raise ValueError(CANARY)
        return Ready(transcript, len(transcript.utterances))

    def compute(self, sessions: Sequence[Ready]) -> Sequence[int]:
        names = [session.transcript.session_id for session in sessions]
        self.groups.append(names)
        if self.odd in names:
            raise RuntimeError(CANARY)
        return [session.tokens for session in sessions]

    def decide(self, session: Ready, raw: int) -> SessionPrediction:
        assert raw == session.tokens
        return self.predict(session.transcript)


def sessions(*turns: int) -> list[tuple[InputSession, Transcript | Failure]]:
    made: list[tuple[InputSession, Transcript | Failure]] = []
    for number, count in enumerate(turns):
        name = f"s{number}"
        uttered = tuple(Utterance(str(at), Speaker.PATIENT, f"{name} {at}") for at in range(count))
        place = InputSession(Path(name), name, 0, name, name, count)
        made.append((place, Transcript(name, uttered)))
    return made


def parts(labeller: FakeLabeller, *turns: int) -> list[bytes | Failure]:
    return [part for _, part in label_in_groups(labeller, sessions(*turns))]


def test_groups_give_what_single_sessions_give_in_their_order() -> None:
    turns = (3, 0, 900, 1, 40, 7)
    assert parts(GroupFake(), *turns) == parts(FakeLabeller(), *turns)


def test_a_group_ends_when_it_holds_its_tokens() -> None:
    labeller = GroupFake()
    parts(labeller, 400, 400, 400, 5000, 1)
    assert labeller.groups == [["s0", "s1", "s2"], ["s3"], ["s4"]]


def test_a_group_of_tiny_sessions_has_an_end() -> None:
    labeller = GroupFake()
    parts(labeller, *[0] * 100)
    assert max(map(len, labeller.groups)) == -(-1000 // TOKENS_A_SESSION)
    assert sum(map(len, labeller.groups)) == 100


def test_a_labeller_that_never_mixes_gets_one_session_at_a_time() -> None:
    labeller = GroupFake(group_tokens=1)
    parts(labeller, 4, 4, 4)
    assert labeller.groups == [["s0"], ["s1"], ["s2"]]


@pytest.mark.parametrize("step", ["odd", "odd_to_prepare", "fails_at"])
def test_an_odd_session_fails_alone_at_whatever_step(step: str) -> None:
    labeller = GroupFake(**{step: "s1"})  # type: ignore[arg-type]  # names of sessions and words
    made = parts(labeller, 4, 4, 4)
    whole = parts(FakeLabeller(), 4, 4, 4)
    assert (made[0], made[2]) == (whole[0], whole[2])
    assert isinstance(made[1], Failure)
    assert made[1].message.startswith("s1, session 1: internal error (")
    assert CANARY not in made[1].message


def test_a_session_that_cannot_be_read_keeps_its_place() -> None:
    found = sessions(2, 2, 2)
    gone = Failure("s1", "s1: gone")
    found[1] = (found[1][0], gone)
    made = list(label_in_groups(GroupFake(), found))
    assert [session.file for session, _ in made] == ["s0", "s1", "s2"]
    assert made[1][1] is gone


def test_not_all_sessions_are_read_before_the_first_is_labelled() -> None:
    read: list[str] = []

    def watched() -> Iterator[tuple[InputSession, Transcript | Failure]]:
        for session, transcript in sessions(*[600] * 50):
            read.append(session.file)
            yield session, transcript

    made = label_in_groups(GroupFake(), watched())
    next(made)
    # Two sessions a group: the one in hand, one that waits, one that is being prepared.
    assert len(read) <= 7
    made.close()


def test_a_run_in_groups_writes_what_a_run_without_writes(tmp_path: Path) -> None:
    write_sessions(tmp_path / "in", 9)
    run(tmp_path / "in", tmp_path / "one")
    labeller = GroupFake(group_tokens=200)
    run(tmp_path / "in", tmp_path / "groups", labeller)
    assert len(labeller.groups) > 2
    assert contents(tmp_path / "groups") == contents(tmp_path / "one")


@pytest.mark.parametrize(("engine", "tolerance"), [("torch", 0.0), ("openvino", 0.01)])
def test_the_labeller_s_steps_give_what_predict_gives(
    tiny_bundle: Path, engine: str, tolerance: float
) -> None:
    labeller = Labeller.load(tiny_bundle, engine=engine, threads=1)
    found = sessions(5, 0, 70, 1)
    made = [part for _, part in label_in_groups(labeller, found)]
    for (_, transcript), part in zip(found, made, strict=True):
        assert isinstance(transcript, Transcript)
        alone = labeller.predict(transcript)
        if not tolerance:
            assert part == encode_prediction(alone, transcript)
    ready = [labeller.prepare(t) for _, t in found if isinstance(t, Transcript)]
    for session, raw in zip(ready, labeller.compute(ready), strict=True):
        together, alone = labeller.decide(session, raw), labeller.predict(session.transcript)
        for one, other in zip(together.utterances, alone.utterances, strict=True):
            assert one is not None
            assert other is not None
            assert one.probabilities == pytest.approx(other.probabilities, abs=tolerance)
