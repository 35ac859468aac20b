"""Before a blind coder has finished, no answer depends on what the model says.

The same project is made three times: with the suggestions of one model, of another, and with none.
Whatever a blind coder asks for, the three answer byte for byte alike.
"""

import re
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from rupture_nlp.evidence import Predictions
from rupture_nlp.review.assignment import Task, assign_listed
from rupture_nlp.review.coders import add_coder
from rupture_nlp.review.database import open_store
from rupture_nlp.review.values import Mode
from rupture_nlp.review.web.app import ROUTES
from tests.review.web.clinic import (
    Browser,
    Clinic,
    Clock,
    People,
    make_project,
    open_clinic,
    predictions,
)

PLANTED = (
    "canary-model",
    "version-of",
    "0.123454321",
    "0.2191364",  # each other code's probability
    "0.271828182",
    "3.14159265",
    "uncertain",
)
_SECRETS = re.compile(r'(name="csrf-token" content=")[^"]+')


def people_of(folder: Path) -> People:
    """Two coders, both blind; one is a lead, who sees more pages."""
    with open_store(folder, Clock().now) as store:
        tokens = {name: add_coder(store, name, lead=name == "lena") for name in ("ada", "lena")}
        tasks = [Task(s, c, Mode.BLIND) for c in tokens for s in ("s1", "s2")]
        made = assign_listed(store, tasks, progressive=False)
    return People(tokens, {(one.coder, one.session_id): one.id for one in made})


@pytest.fixture(scope="module")
def templates(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Path, People]]:
    """The three projects."""
    root = tmp_path_factory.mktemp("three")
    kinds: list[Predictions | None] = [
        predictions("s1", "s2"),
        predictions("s1", "s2", model="other-canary", p_none=0.987),
        None,
    ]
    folders = [make_project(root / str(k), kind) for k, kind in enumerate(kinds)]
    return [(folder, people_of(folder)) for folder in folders]


@pytest.fixture
def clinics(templates: list[tuple[Path, People]], tmp_path: Path) -> Iterator[list[Clinic]]:
    """The applications over copies of the three."""
    with ExitStack() as stack:
        opened = []
        for folder, people in templates:
            copy = Path(shutil.copytree(folder, tmp_path / folder.name))
            opened.append(stack.enter_context(open_clinic(copy, people)))
        yield opened


def everything(numbers: list[int]) -> list[str]:
    """Every address that can be read, with each of these assignments in it."""
    paths = [route.path for route in ROUTES if "GET" in (route.methods or ())]
    found = [path.replace("{assignment:int}", str(n)) for n in numbers for path in paths]
    return list(dict.fromkeys(found))


def what_is_seen(browser: Browser, assignments: list[int]) -> list[str]:
    """Status, headers and body of every answer: reading, then changing, but not finishing."""
    answers = [browser.get(path) for path in everything(assignments)]
    turn = {"rupture": "withdrawal_from_self", "intensity": 1}
    change = {"kind": "turn", "target": "1", "base": 0, "value": turn, "client_id": "a"}
    episode = {"start": 1, "end": 3, "repair_start": None, "resolution": 2}
    changes = [
        change,
        change,  # sent again
        {**change, "client_id": "b"},  # a conflict
        {**change, "target": "77", "client_id": "c"},  # refused
        {**change, "kind": "episode", "target": "e12345678", "value": episode, "client_id": "d"},
        {**change, "kind": "rating", "target": "resolution", "value": 3, "client_id": "e"},
    ]
    for number in assignments:
        root = f"/api/assignments/{number}"
        answers += [browser.post(f"{root}/decisions", change) for change in changes]
        answers += [browser.post(f"{root}/{step}", {}) for step in ("reveal", "reopen")]
        answers.append(browser.post(f"{root}/advance", {"to": 3}))
    answers += [browser.get(path) for path in everything(assignments)]
    return [
        f"{answer.status_code} {sorted(answer.headers.items())} "
        + _SECRETS.sub(r"\1...", answer.text)
        for answer in answers
    ]


@pytest.mark.parametrize("coder", ["ada", "lena"])
def test_what_the_model_says_changes_no_answer_to_a_blind_coder(
    clinics: list[Clinic], coder: str
) -> None:
    numbers = sorted(clinics[0].assignments.values())
    assert all(sorted(one.assignments.values()) == numbers for one in clinics)
    seen = [what_is_seen(one.browser(coder), numbers) for one in clinics]
    assert len(seen[0]) > 40
    for one, other, none in zip(*seen, strict=True):
        assert one == other == none
        body = one.partition("] ")[2]
        if '"version"' not in body:  # the codebook names every code and marker
            assert not [word for word in PLANTED if word in body]
    assert any('"suggestions":null' in one and '"turns":[{' in one for one in seen[0])


def test_after_finishing_and_asking_the_suggestions_are_there(clinics: list[Clinic]) -> None:
    # The other half of the test above: what it looks for can be seen.
    clinic = clinics[0]
    ada = clinic.browser("ada")
    root = f"/api/assignments/{clinic.assignments['ada', 's1']}"
    assert ada.post(f"{root}/finish", {}).status_code == 200
    assert ada.get(root).json()["suggestions"] is None
    assert ada.post(f"{root}/reveal", {}).json()["assignment"]["second_pass"] is True
    shown = ada.get(root)
    assert not [word for word in PLANTED if word not in shown.text and word != "version-of"]
    other = ada.get(f"/api/assignments/{clinic.assignments['ada', 's2']}")
    assert other.json()["suggestions"] is None


def test_sessions_of_the_first_page_stand_in_the_same_order_whatever_the_model_says(
    clinics: list[Clinic],
) -> None:
    orders = [re.findall(r'<th scope="row">(s\d)', c.browser("ada").get("/").text) for c in clinics]
    assert orders[0] == orders[1] == orders[2]
    assert sorted(orders[0]) == ["s1", "s2"]
