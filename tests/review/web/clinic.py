"""A small project behind the application, and a browser for each of its people."""

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from starlette.applications import Starlette
from starlette.testclient import TestClient

from rupture_nlp.evidence import LabelledTurn, Predictions, SessionResult
from rupture_nlp.review.assignment import Task, assign_listed
from rupture_nlp.review.coders import add_coder
from rupture_nlp.review.database import Store, open_store
from rupture_nlp.review.projects import Material, Project, init_project
from rupture_nlp.review.values import Mode
from rupture_nlp.review.web.app import create_app
from rupture_nlp.review.web.settings import Settings
from rupture_nlp.schema import (
    Episode,
    EpisodeKind,
    PredictedEpisode,
    Ratings,
    Rupture,
    Speaker,
    Transcript,
    Utterance,
    UtteranceCode,
)

HOST = "127.0.0.1:8765"
ORIGIN = f"http://{HOST}"
SETTINGS = Settings(hosts=(HOST, "localhost:8765"))
HOSTILE = "<script>alert(1)</script> & \"quoted\" 'text'"
TURNS = 6


class Clock:
    """The time of the store and the seconds of the limits; both pass only when told to."""

    def __init__(self) -> None:
        self.at = datetime(2030, 1, 2, 9, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at

    def seconds(self) -> float:
        return self.at.timestamp()

    def pass_by(self, **time: float) -> None:
        self.at += timedelta(**time)


@dataclass
class Browser:
    """Keeps cookies and, as a page does, sends its token back with every change."""

    client: TestClient
    csrf: str = ""
    headers: dict[str, str] = field(default_factory=lambda: {"Origin": ORIGIN})

    def enter(self, token: str) -> "Browser":
        done = self.post("/api/enter", {"token": token})
        assert done.status_code == 200, done.text
        found = re.search(r'name="csrf-token" content="([^"]+)"', self.get("/").text)
        assert found is not None
        self.csrf = found.group(1)
        return self

    def get(self, path: str):  # type: ignore[no-untyped-def]  # noqa: ANN201  # the client's own answer
        return self.client.get(path, follow_redirects=False)

    def post(self, path: str, body: object, **headers: str):  # type: ignore[no-untyped-def]  # noqa: ANN201  # the client's own answer
        sent = {**self.headers, "X-CSRF-Token": self.csrf, **headers}
        return self.client.post(path, json=body, headers=sent, follow_redirects=False)


@dataclass
class Clinic:
    """`ada` codes s1 and s2 blind, `ben` codes s1 with suggestions and s2 blind, `lena` leads."""

    store: Store
    clock: Clock
    app: Starlette
    tokens: dict[str, str]
    assignments: dict[tuple[str, str], int]  # by coder and session
    open: ExitStack

    def browser(self, coder: str | None = None) -> Browser:
        # Entered, or the client would start an event loop for every single request.
        client = self.open.enter_context(TestClient(self.app, base_url=ORIGIN))
        browser = Browser(client)
        return browser if coder is None else browser.enter(self.tokens[coder])


def transcript(session_id: str) -> Transcript:
    """Six turns, patient and therapist in turn, a third person at the end; words of its own."""
    speakers = (Speaker.THERAPIST, Speaker.PATIENT) * 2 + (Speaker.PATIENT, Speaker.OTHER)
    return Transcript(
        session_id,
        tuple(
            Utterance(f"u{k}", speaker, f"secret-word-{session_id}-{k} {HOSTILE}")
            for k, speaker in enumerate(speakers)
        ),
    )


def predictions(
    *sessions: str, model: str = "canary-model", p_none: float = 0.123454321
) -> Predictions:
    """A rupture on turn 1 of each session, an episode from there on, ratings; easy to recognise."""
    rest = (1 - p_none) / 4
    first = UtteranceCode(
        "u1", Rupture.WITHDRAWAL_FROM_SELF, intensity=2, markers=("capitulation",)
    )
    codes = (UtteranceCode("u0"), first, UtteranceCode("u2"), UtteranceCode("u3"))
    episode = Episode("e1", "u1", "u3", EpisodeKind.WITHDRAWAL, Speaker.PATIENT, None, 2)
    return Predictions(
        coder=model,
        sessions=tuple(
            SessionResult(
                session,
                tuple(
                    LabelledTurn(code, None, (p_none, rest, rest, rest, rest), uncertain=True)
                    for code in (*codes, UtteranceCode("u4"))
                ),
                (PredictedEpisode(episode, p_repaired=0.271828182),),
                Ratings(withdrawal_impact=3.14159265),
            )
            for session in sessions
        ),
        dense=True,
        signature=(("model_version", f"version-of-{model}"),),
    )


def make_project(folder: Path, suggested: Predictions | None = None) -> Path:
    """The project's folder, with two sessions, without people."""
    sessions = [transcript("s1"), transcript("s2")]
    init_project(
        Project(folder, "Clinic <b>North</b>", seed=1), Material(sessions, predictions=suggested)
    )
    return folder


@dataclass(frozen=True, slots=True)
class People:
    """The personal tokens by coder, the assignments by coder and session."""

    tokens: dict[str, str]
    assignments: dict[tuple[str, str], int]


def add_people(folder: Path) -> People:
    """Three people; the clock that their entries are dated with is that of the clinic."""
    with open_store(folder, Clock().now) as store:
        names = ("ada", "ben", "lena")
        tokens = {name: add_coder(store, name, lead=name == "lena") for name in names}
        made = assign_listed(
            store,
            [
                Task("s1", "ada", Mode.BLIND),
                Task("s2", "ada", Mode.BLIND),
                Task("s1", "ben", Mode.ASSISTED),
                Task("s2", "ben", Mode.BLIND),
            ],
        )
    return People(tokens, {(one.coder, one.session_id): one.id for one in made})


@contextmanager
def open_clinic(folder: Path, people: People, settings: Settings = SETTINGS) -> Iterator[Clinic]:
    """The application over a project and its people."""
    clock = Clock()
    with ExitStack() as stack:
        store = stack.enter_context(open_store(folder, clock.now))
        app = create_app(store, replace(settings, seconds=clock.seconds))
        yield Clinic(store, clock, app, people.tokens, people.assignments, stack)
