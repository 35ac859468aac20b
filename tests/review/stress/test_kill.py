"""`kill -9` of the server in the middle of saving: what was acknowledged is there, nothing is half
there, and sending the rest again completes it."""

import http.client
import random
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from eval.review_client import Client, Json, Served, decision, serving
from rupture_nlp.review.database import open_store
from rupture_nlp.review.state import read_log
from rupture_nlp.review.value_json import from_json
from rupture_nlp.review.values import Kind, Mode
from tests.review.made import made_assignment, made_coder, made_project, made_transcripts

pytestmark = pytest.mark.slow

CODERS = 3
ROUNDS = 3
TURNS = 200
SEED = 20260106


@dataclass(slots=True)
class Sent:
    """What one coder sent and what of it was acknowledged, over all rounds."""

    number: int  # of the assignment
    token: str
    name: str
    acknowledged: dict[str, int] = field(default_factory=dict)  # seq by client id
    sent: dict[str, Json] = field(default_factory=dict)
    next: int = 0

    def body(self) -> Json:
        """The next action: each turn once, with a comment long enough to span pages of a file."""
        value = {"rupture": "none", "comment": f"{self.name} {self.next} " + "x" * 1500}
        made = decision(self.next, value, 0, f"{self.name}-{self.next}")
        self.sent[str(made["client_id"])] = made
        self.next += 1
        return made


def save_until_it_dies(server: Served, one: Sent, kill_at: int | None, wait_s: float) -> None:
    """Save turn after turn. At action `kill_at` the server is killed so many seconds after the
    request went out, while the others are saving too."""
    try:
        with Client(server.address, one.token) as client:
            for at in range(TURNS - 1 - one.next):
                body = one.body()
                path = f"/api/assignments/{one.number}/decisions"
                if at == kill_at:
                    client.send(path, body)
                    until = time.perf_counter() + wait_s
                    while time.perf_counter() < until:
                        pass
                    server.process.kill()
                    return
                status, answer = client.post(path, body)
                assert status == 200, answer
                one.acknowledged[str(body["client_id"])] = int(str(answer["seq"]))
    except (OSError, http.client.HTTPException):
        return  # killed; what was on its way was not acknowledged


def run_until_killed(project: Path, people: list[Sent], draw: random.Random) -> None:
    kill_at, wait_s = draw.randint(5, 25), draw.uniform(0, 0.006)
    with serving(project) as server, ThreadPoolExecutor(CODERS) as pool:
        turns = [kill_at, *[None] * (CODERS - 1)]
        done = [
            pool.submit(save_until_it_dies, server, one, turn, wait_s)
            for one, turn in zip(people, turns, strict=True)
        ]
        for one in done:
            one.result(timeout=240)
        assert server.process.wait(timeout=60) == -9


def check(project: Path, one: Sent) -> int:
    """Everything acknowledged is there, everything there was sent; returns how many were on their
    way: saved, but not acknowledged."""
    with open_store(project) as store, store.read() as session:
        log = read_log(session, one.number)
    found = {decided.client_id: decided for decided in log}
    assert [decided.seq for decided in log] == list(range(1, len(log) + 1))
    assert one.acknowledged.items() <= {(name, got.seq) for name, got in found.items()}
    for name, got in found.items():
        sent = one.sent[name]
        assert (got.target, got.value) == (sent["target"], from_json(Kind.TURN, sent["value"]))
    return len(set(found) - set(one.acknowledged))


def test_a_killed_server_loses_nothing_it_acknowledged(
    tmp_path: Path, store_url: str | None
) -> None:
    project = made_project(tmp_path / "project", made_transcripts(1, TURNS), database=store_url)
    people = []
    with open_store(project) as store:
        for at in range(CODERS):
            made = made_coder(store, f"coder{at}")
            number = made_assignment(store, "s1", made.coder.name, Mode.BLIND).id
            people.append(Sent(number, made.token, made.coder.name))
    draw = random.Random(SEED)  # noqa: S311  # the same moments in every run
    for _ in range(ROUNDS):
        before = [len(one.acknowledged) for one in people]
        run_until_killed(project, people, draw)
        assert all(len(one.acknowledged) > had for one, had in zip(people, before, strict=True))
        for one in people:
            assert check(project, one) <= ROUNDS  # at most the one action of each round
    with serving(project) as server:
        for one in people:
            send_again(server, one)
    for one in people:
        assert check(project, one) == 0


def send_again(server: Served, one: Sent) -> None:
    """What the page does when it is back: it sends again whatever was not acknowledged."""
    with Client(server.address, one.token) as client:
        for name in sorted(set(one.sent) - set(one.acknowledged)):
            status, answer = client.post(f"/api/assignments/{one.number}/decisions", one.sent[name])
            assert status == 200, answer
            one.acknowledged[name] = int(str(answer["seq"]))
