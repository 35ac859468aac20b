"""A reference of two small sessions, and what a system says about them."""

from dataclasses import replace

from rupture_nlp.evidence import LabelledTurn, Predictions, SessionResult
from rupture_nlp.schema import Speaker
from tests.evaluation.sessions import coding, session

P, T = Speaker.PATIENT, Speaker.THERAPIST

#          0123456        two patients' ruptures, one of the therapist, one turn of another
SPEAKERS = "TPTPoPT"
GOLD = coding("s1", "gold", ".w.s ac", " 2 3 1 ")
ONE = session("s1", SPEAKERS, GOLD, coding("s1", "b", ".w.. ?a"), group="g2")
TWO = session("s2", "PT", coding("s2", "gold", "a."), group="g1")


def labelled(name: str, codes: str, speakers: str = "", **changes: object) -> SessionResult:
    """A result of one letter a turn, as `tests.evaluation.sessions.coding` has them."""
    given = coding(name, "m", codes)
    who = {"T": T, "P": P, "o": Speaker.OTHER}
    turns = tuple(
        LabelledTurn(code, who[speakers[place]] if speakers else None)
        for place, code in enumerate(given.codes)
        if code is not None
    )
    return replace(SessionResult(name, turns), **changes)  # type: ignore[arg-type]  # any field


def system(*results: SessionResult, dense: bool = True) -> Predictions:
    return Predictions("m", results, dense)


BOTH = system(labelled("s2", ".."), labelled("s1", ".w.a .c", "TPTPoPT"))
