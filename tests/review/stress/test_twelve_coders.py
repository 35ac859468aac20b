"""Twelve coders at once against a real server: every decision is accounted for."""

import random
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest

from eval.review_client import Client, Json, decision, serving
from rupture_nlp.review.database import open_store
from rupture_nlp.review.state import read_log, read_state
from rupture_nlp.review.value_json import from_json
from rupture_nlp.review.values import Decision, Kind, Mode, Value
from tests.review.made import made_assignment, made_coder, made_project, made_transcripts

pytestmark = pytest.mark.slow

CODERS = 12
ACTIONS = 25
TURNS = 30
SEED = 20260105


@dataclass(slots=True)
class Told:
    """What one browser was told: the decisions that the server said it has."""

    accepted: dict[str, Json] = field(default_factory=dict)  # by client id, as sent
    seqs: dict[str, int] = field(default_factory=dict)  # by client id, as answered
    conflicts: int = 0


def value_of(draw: random.Random, target: int) -> Json | None:
    if draw.random() < 0.1:
        return None
    if target % 2:
        return {"rupture": "withdrawal_from_self", "intensity": draw.randint(1, 3)}
    return {"rupture": "none", "strategies": [draw.choice(["redirects", "links_pattern"])]}


def work(address: str, token: str, number: int, name: str) -> Told:
    """Click about; after a conflict look at what holds and decide on top of it. Now and then an
    action is sent twice, as after a lost answer."""
    draw, told = random.Random(f"{SEED} {name}"), Told()  # noqa: S311  # the same clicks in every run
    bases: dict[int, int] = {}
    with Client(address, token) as client:
        path = f"/api/assignments/{number}/decisions"
        for at in range(ACTIONS):
            target = draw.randrange(TURNS - 1)  # the last one is an interpreter's
            body = decision(target, value_of(draw, target), bases.get(target, 0), f"{name}-{at}")
            status, answer = client.post(path, body)
            if status == 409:
                told.conflicts += 1
                current = answer["current"]
                assert isinstance(current, dict)
                bases[target] = current["seq"]
                body = {**body, "base": current["seq"], "client_id": f"{name}-{at}-again"}
                status, answer = client.post(path, body)
            if status == 409:  # a third one was faster once more
                told.conflicts += 1
                continue
            assert status == 200, answer
            seq = answer["seq"]
            assert isinstance(seq, int)
            bases[target] = seq
            told.accepted[str(body["client_id"])] = body
            told.seqs[str(body["client_id"])] = seq
            if draw.random() < 0.1:
                assert client.post(path, body) == (200, answer)
    return told


def all_at_once(tasks: Sequence[Callable[[], Told]]) -> list[Told]:
    with ThreadPoolExecutor(len(tasks)) as pool:
        return [done.result() for done in [pool.submit(task) for task in tasks]]


def check_log(log: tuple[Decision, ...], told: list[Told]) -> None:
    """The log holds what was accepted, and nothing else, in one unbroken order."""
    accepted = {key: body for one in told for key, body in one.accepted.items()}
    seqs = {key: seq for one in told for key, seq in one.seqs.items()}
    assert [one.seq for one in log] == list(range(1, len(log) + 1))
    assert {one.client_id: one.seq for one in log} == seqs
    last: dict[str, int] = {}
    for one in log:
        sent = accepted[one.client_id]
        assert (one.kind, one.target, one.base) == (Kind.TURN, sent["target"], sent["base"])
        assert one.value == from_json(Kind.TURN, sent["value"])
        assert one.base == last.get(one.target, 0)  # nobody decided over what they had not seen
        last[one.target] = one.seq


def test_every_decision_of_twelve_coders_is_accounted_for(
    tmp_path: Path, store_url: str | None
) -> None:
    project = made_project(tmp_path / "project", made_transcripts(2, TURNS), database=store_url)
    with open_store(project) as store:
        people = [made_coder(store, f"coder{at}") for at in range(CODERS)]
        numbers = [made_assignment(store, "s1", one.coder.name, Mode.BLIND).id for one in people]
    with serving(project) as server:
        tasks = [
            partial(work, server.address, one.token, number, one.coder.name)
            for one, number in zip(people, numbers, strict=True)
        ]
        told = all_at_once(tasks)
    with open_store(project) as store, store.read() as session:
        for number, one in zip(numbers, told, strict=True):
            assert one.conflicts == 0  # everyone has their own
            check_log(read_log(session, number), [one])


def test_twelve_browsers_on_one_session_lose_nothing(tmp_path: Path, store_url: str | None) -> None:
    project = made_project(tmp_path / "project", made_transcripts(1, TURNS), database=store_url)
    with open_store(project) as store:
        ada = made_coder(store, "ada")
        number = made_assignment(store, "s1", "ada", Mode.BLIND).id
    with serving(project) as server:
        tasks = [
            partial(work, server.address, ada.token, number, f"browser{at}") for at in range(CODERS)
        ]
        told = all_at_once(tasks)
    with open_store(project) as store, store.read() as session:
        log = read_log(session, number)
        state = {one.target: one.value for one in read_state(session, number)}
    check_log(log, told)
    assert sum(one.conflicts for one in told) > 0  # else the test tests nothing
    expected: dict[str, Value | None] = {one.target: one.value for one in log}
    assert state == expected
