"""A lab's sessions by rule: who coded which turn as what."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from rupture_nlp.schema import (
    CodedSession,
    Rupture,
    SessionCoding,
    Speaker,
    Transcript,
    Utterance,
    UtteranceCode,
)
from rupture_nlp.training.lab.data import LabChoices, LabData, make_lab

WO, WS, CA, CC = (code for code in Rupture if code is not Rupture.NONE)
FIELDS = frozenset({"rupture"})
Codes = Mapping[int, Rupture | None]


def lab_session(  # noqa: PLR0913  # what a test may want to be otherwise
    name: str,
    group: str,
    coders: Mapping[str, Codes],
    *,
    turns: int = 20,
    texts: Sequence[str] = (),
    speakers: Sequence[Speaker] = (Speaker.THERAPIST, Speaker.PATIENT),
    descriptors: tuple[tuple[str, str], ...] = (),
    fields: frozenset[str] = FIELDS,
) -> CodedSession:
    """Turns alternate between the speakers; a turn that a coder does not name is `none`."""
    spoken = tuple(
        Utterance(
            str(at),
            speakers[at % len(speakers)],
            texts[at] if at < len(texts) else f"{name} says {at}",
        )
        for at in range(turns)
    )
    codings = tuple(
        SessionCoding(
            name,
            coder,
            tuple(
                None
                if u.speaker is Speaker.OTHER
                else UtteranceCode(str(at), given.get(at, Rupture.NONE))
                for at, u in enumerate(spoken)
            ),
            fields=fields,
        )
        for coder, given in coders.items()
    )
    return CodedSession(Transcript(name, spoken), codings, group, descriptors)


def _code(turn: Utterance, rupture: Rupture | None) -> UtteranceCode | None:
    return None if turn.speaker is Speaker.OTHER else UtteranceCode(turn.utterance_id, rupture)


def plain_lab(groups: int = 6, sessions_each: int = 2) -> list[CodedSession]:
    """Every session has a rupture of each code by the patient and one by the therapist."""
    codes = {1: WO, 3: WS, 5: CA, 7: CC, 2: CA}
    return [
        lab_session(f"s{g}-{n}", f"p{g}", {"ana": codes})
        for g in range(groups)
        for n in range(sessions_each)
    ]


def lab(
    sessions: Sequence[CodedSession],
    *,
    coders: str = "auto",
    labels: str = "auto",
    group: str = "group",
) -> LabData:
    return make_lab(Path("made"), sessions, LabChoices(coders, labels, group))
