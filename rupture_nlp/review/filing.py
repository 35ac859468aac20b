"""Decide what is not in the project yet, one thing after another, and leave what is there."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

from rupture_nlp.review.access import Assignment
from rupture_nlp.review.coders import Coder
from rupture_nlp.review.coding import CodingView, decide
from rupture_nlp.review.database import Store
from rupture_nlp.review.errors import Present, ReviewError
from rupture_nlp.review.matching import Wanted
from rupture_nlp.review.transfer import Note
from rupture_nlp.review.value_json import to_json
from rupture_nlp.review.values import Change, Kind, TurnValue, Value


@dataclass(frozen=True, slots=True)
class Filed:
    """What came of it."""

    decisions: int  # new ones
    unchanged: int  # values that were there already
    notes: tuple[Note, ...]


@dataclass(frozen=True, slots=True)
class _There:
    """What the project holds already. Taken back counts as held: somebody decided so."""

    values: dict[tuple[Kind, str], Value | None]
    finished: bool

    def holds(self, wanted: Wanted) -> bool:
        """Whether nothing needs to be decided. An episode may go by another id."""
        key = (wanted.kind, wanted.target)
        if wanted.kind is Kind.EPISODE and wanted.value in self.values.values():
            return True
        if key in self.values:
            return self.values[key] == wanted.value
        return self.finished and wanted.value == TurnValue()

    def obstacle(self, wanted: Wanted) -> str:
        """Why it may not be decided; "" if it may."""
        if (wanted.kind, wanted.target) in self.values:
            return "decided otherwise in the project: kept as it is there"
        if self.finished:  # also in a second pass, which this is not
            return "the coder has finished this session in the project: left out"
        return ""


def file_decisions(store: Store, view: CodingView, coder: Coder, wanted: Sequence[Wanted]) -> Filed:
    """Decide all that is wanted and not there. The same again decides nothing."""
    values = {(one.kind, one.target): one.value for one in view.present}
    there = _There(values, view.assignment.finished)
    decisions = unchanged = 0
    notes: list[Note] = []
    for one in wanted:
        if there.holds(one):
            unchanged += 1
            continue
        problem = there.obstacle(one) or _decide(store, view.assignment, coder, one)
        if problem:
            notes.append(Note(problem, one.place))
        else:
            decisions += 1
    return Filed(decisions, unchanged, tuple(notes))


def surplus(present: Sequence[Present], wanted: Sequence[Wanted], where: str) -> tuple[Note, ...]:
    """Codes, episodes and ratings of the project that a finished coding of a file does not have."""
    known = {(one.kind, one.target) for one in wanted}
    values = [one.value for one in wanted if one.kind is Kind.EPISODE]
    return tuple(
        Note("decided in the project, not in the file: kept", f"{where}, {one.kind} {one.target}")
        for one in present
        if one.value is not None
        and one.value != TurnValue()
        and (one.kind, one.target) not in known
        and not (one.kind is Kind.EPISODE and one.value in values)
    )


def _decide(store: Store, assignment: Assignment, coder: Coder, wanted: Wanted) -> str:
    content = json.dumps([wanted.kind, wanted.target, to_json(wanted.value)], sort_keys=True)
    client_id = "import-" + hashlib.sha256(content.encode()).hexdigest()[:48]
    change = Change(wanted.kind, wanted.target, wanted.value, 0, client_id)
    problem = ""
    try:
        decide(store, assignment.id, coder, change)
    except ReviewError as error:
        problem = f"{str(error).rstrip('.')}: left out"
    return problem
