"""A session that two coders finished and a lead is to settle, for the tests of adjudication.

    turn          0    1    2    3    4    5    6    7    8    9   10   11
    speaker       T    P    T    P    T    P    T    P    T    P    T    other
    ada           .   wo2   .    .    .   ca1   .   wo1   .    .    .
    ben           .   wo2   .    .    .   wo1   .   wo1   .    .    .
    model         .   wo2   s    r    .    .    .    .    .    .    .

Turn 7: the same code, other markers. Ada marked episodes 1-4 and 7-8, Ben 1-5; the model 1-3.
Ratings: withdrawal_impact 3 and 3, resolution 4 and 2; Ben wrote a comment on turn 5.
"""

import shutil
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import select

from rupture_nlp.review.assignment import assign_adjudication
from rupture_nlp.review.coding import decide, finish
from rupture_nlp.review.database import Store, open_store
from rupture_nlp.review.tables import AssignmentRow, SessionRow
from rupture_nlp.review.values import Change, EpisodeValue, Mode, TurnValue
from rupture_nlp.schema import Rupture, Transcript
from tests.review.made import (
    TURNS,
    MadeCoder,
    made_assignment,
    made_change,
    made_coder,
    made_project,
    ticking,
    withdrawal,
)

COMMENT = "said with an edge, I think"
ATTACK = TurnValue(Rupture.CONFRONTATION_AGGRESSION, intensity=1, markers=("hostility",))
AWAY = TurnValue(Rupture.WITHDRAWAL_FROM_OTHER, intensity=1, markers=("silence",))


@dataclass(frozen=True, slots=True)
class Judged:
    """The project and its people. `lena` leads; `ada` is a coder whose name must not appear."""

    store: Store
    ada: MadeCoder
    ben: MadeCoder
    lena: MadeCoder
    assignment: int  # of the adjudication


def code(store: Store, session: str, coder: MadeCoder, changes: list[Change]) -> int:
    """A blind first pass, finished."""
    mine = made_assignment(store, session, coder.coder.name, Mode.BLIND)
    for change in changes:
        decide(store, mine.id, coder.coder, change)
    finish(store, mine.id, coder.coder)
    return mine.id


def open_judged(
    folder: Path,
    transcripts: tuple[Transcript, ...] | None = None,
    *,
    suggestions: bool = True,
    database: str | None = None,
) -> Judged:
    """Make the project. Close its store at the end."""
    made_project(folder, transcripts, suggestions=suggestions, database=database)
    store = open_store(folder, now=ticking())
    ada, ben = made_coder(store, "ada-canary"), made_coder(store, "ben-canary")
    lena = made_coder(store, "lena", lead=True)
    code(
        store,
        "s1",
        ada,
        [
            made_change(1, withdrawal()),
            made_change(5, ATTACK),
            made_change(7, AWAY),
            made_change("e0000000a", EpisodeValue(1, 4, 2, 4)),
            made_change("e0000000b", EpisodeValue(7, 8)),
            made_change("withdrawal_impact", 3),
            made_change("resolution", 4),
        ],
    )
    code(
        store,
        "s1",
        ben,
        [
            made_change(1, withdrawal()),
            made_change(5, TurnValue(AWAY.rupture, intensity=1, comment=COMMENT)),
            made_change(7, TurnValue(AWAY.rupture, intensity=1, markers=("denial",))),
            made_change("e0000000c", EpisodeValue(1, 5, 2, 3)),
            made_change("withdrawal_impact", 3),
            made_change("resolution", 2),
        ],
    )
    (made,) = assign_adjudication(store, "lena", ("s1",))
    return Judged(store, ada, ben, lena, made.id)


def as_before_it_was_refused(judged: Judged) -> int:
    """Lena's first pass of the session that she settles, as projects may hold one from the time
    when it could be assigned."""
    with judged.store.write() as session:
        row = session.scalars(select(SessionRow.id).where(SessionRow.session_id == "s1")).one()
        mine = AssignmentRow(
            session=row,
            coder=judged.lena.coder.id,
            mode=Mode.BLIND,
            by_chance=False,
            progressive=False,
            reached=TURNS,
            created_at=judged.store.now(),
        )
        session.add(mine)
    return mine.id


def copy_judged(master: Judged, folder: Path) -> Judged:
    """A copy of a project whose store is closed; far faster than making it again."""
    shutil.copytree(master.store.project.folder, folder)
    return replace(master, store=open_store(folder, now=ticking()))
