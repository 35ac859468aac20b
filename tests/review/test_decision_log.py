"""Whatever two tabs send, in whatever order and however often: the log tells one story."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rupture_nlp.review.coding import decide, read_session
from rupture_nlp.review.database import Store, open_store
from rupture_nlp.review.errors import ConflictError, Present
from rupture_nlp.review.state import read_log
from rupture_nlp.review.values import Change, Kind, Mode, TurnValue, Value
from rupture_nlp.schema import Rupture
from tests.review.made import MadeCoder, made_assignment, made_change, made_coder, made_project

_NAMES = count(1)

TURNS: st.SearchStrategy[tuple[int | str, Value | None]] = st.tuples(
    st.sampled_from([1, 3, 5]),
    st.none() | st.sampled_from(Rupture).map(TurnValue) | st.just(TurnValue(comment="hm")),
)
RATINGS: st.SearchStrategy[tuple[int | str, Value | None]] = st.tuples(
    st.sampled_from(["resolution", "withdrawal_impact"]), st.none() | st.integers(1, 5)
)
ACTIONS = st.lists(
    st.tuples(
        TURNS | RATINGS,
        st.integers(0, 2),  # how many times the answer gets lost and the change is sent again
        st.booleans(),  # from a tab that has not seen the last decision
    ),
    max_size=12,
)


@dataclass(slots=True)
class Model:
    """What must hold, kept by hand."""

    present: dict[tuple[Kind, str], Present] = field(default_factory=dict)
    sent: list[Change] = field(default_factory=list)

    def seq_of(self, change: Change) -> int:
        found = self.present.get((change.kind, change.target))
        return found.seq if found else 0

    def take(self, change: Change) -> None:
        seq = len(self.sent) + 1
        self.sent.append(change)
        self.present[change.kind, change.target] = Present(
            change.kind, change.target, change.value, seq
        )


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with open_store(made_project(tmp_path_factory.mktemp("log") / "project")) as opened:
        yield opened


def send(store: Store, assignment: int, coder: MadeCoder, change: Change, model: Model) -> None:
    if change.base != model.seq_of(change):
        with pytest.raises(ConflictError) as caught:
            decide(store, assignment, coder.coder, change)
        known = model.present.get((change.kind, change.target))
        assert caught.value.current == (known or Present(change.kind, change.target, None, 0))
        return
    decided = decide(store, assignment, coder.coder, change)
    model.take(change)
    assert decided.seq == len(model.sent)


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(ACTIONS)
def test_the_state_is_the_last_decision_and_repeats_change_nothing(
    store: Store, actions: list[tuple[tuple[int | str, Value | None], int, bool]]
) -> None:
    coder = made_coder(store, f"coder {next(_NAMES)}")
    assignment = made_assignment(store, "s1", coder.coder.name, Mode.BLIND).id
    model = Model()
    for (target, value), repeats, stale in actions:
        seq = model.seq_of(made_change(target, value))
        change = made_change(target, value, base=max(0, seq - 1) if stale else seq)
        send(store, assignment, coder, change, model)
        if change in model.sent:
            for _ in range(repeats):
                again = decide(store, assignment, coder.coder, change)
                assert again.seq == len(model.sent)
    for place, change in enumerate(model.sent, start=1):  # a queue that is sent all over again
        assert decide(store, assignment, coder.coder, change).seq == place
    with store.read() as session:
        log = read_log(session, assignment)
    assert [one.seq for one in log] == list(range(1, len(model.sent) + 1))
    assert [(one.target, one.value, one.client_id) for one in log] == [
        (one.target, one.value, one.client_id) for one in model.sent
    ]
    view = read_session(store, assignment, coder.coder)
    assert {(one.kind, one.target): one for one in view.present} == model.present
