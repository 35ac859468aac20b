"""Projects whose agreement can be worked by hand or drawn at random, for the tests of figures."""

from collections.abc import Mapping, Sequence

import numpy as np
from sqlalchemy import update

from rupture_nlp.review.access import Assignment
from rupture_nlp.review.database import Store
from rupture_nlp.review.first_pass import Coding, FirstPass
from rupture_nlp.review.studied import StudiedSession
from rupture_nlp.review.tables import AssignmentRow
from rupture_nlp.review.values import Mode, TurnValue
from rupture_nlp.schema import RUPTURES, Rupture, Speaker
from tests.review.made import START

LETTERS = {
    ".": TurnValue(),
    "o": TurnValue(Rupture.WITHDRAWAL_FROM_OTHER, intensity=1),
    "s": TurnValue(Rupture.WITHDRAWAL_FROM_SELF, intensity=1),
    "a": TurnValue(Rupture.CONFRONTATION_AGGRESSION, intensity=1),
    "c": TurnValue(Rupture.CONFRONTATION_CONTROL, intensity=1),
    "?": TurnValue(None),
}


def drawn_coding(drawing: str) -> Coding:
    """`..o?` is the codes of the first four turns; `.` stands for no decision."""
    return Coding({place: LETTERS[mark] for place, mark in enumerate(drawing) if mark != "."})


def studied(
    session_id: str,
    coders: Mapping[str, str],
    model: str | None = None,
    *,
    group: str = "",
    assisted: Sequence[str] = (),
    by_chance: bool = True,
) -> StudiedSession:
    """A session of patient's turns only: what each coder gave, and the model."""
    turns = len(next(iter(coders.values())))
    return StudiedSession(
        session_id,
        group or session_id,
        (Speaker.PATIENT,) * turns,
        tuple(
            FirstPass(
                _assignment(name, Mode.ASSISTED if name in assisted else Mode.BLIND, by_chance),
                drawn_coding(drawing),
            )
            for name, drawing in coders.items()
        ),
        None if model is None else drawn_coding(model),
    )


def random_drawing(generator: np.random.Generator, turns: int, rate: float = 0.3) -> str:
    """Ruptures at this rate, of all four codes."""
    marks = generator.choice(list("osac"), size=turns)
    return "".join(
        mark if hit else "."
        for mark, hit in zip(marks, generator.random(turns) < rate, strict=True)
    )


def labels_of(drawing: str) -> list[int]:
    """The places of the codes in RUPTURES, -1 for uncodable."""
    codes = [LETTERS[mark].rupture for mark in drawing]
    return [-1 if code is None else RUPTURES.index(code) for code in codes]


def as_if_by_chance(store: Store) -> None:
    """Mark every assignment as drawn."""
    with store.write() as session:
        session.execute(update(AssignmentRow).values(by_chance=True))


def _assignment(coder: str, mode: Mode, by_chance: bool) -> Assignment:
    return Assignment(
        id=1,
        session=1,
        session_id="s",
        group="g",
        coder_id=1,
        coder=coder,
        mode=mode,
        by_chance=by_chance,
        progressive=False,
        turns_total=1,
        reached=1,
        created_at=START,
        finished_at=START,
        revealed_at=None,
    )
