"""The sessions of one patient, in order, and treatments as units."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rupture_nlp.evaluation.counts import group_rows
from rupture_nlp.evaluation.turns import Turns
from rupture_nlp.evaluation.units import Unit, Units, UnitSpec
from rupture_nlp.schema import CodedSession


@dataclass(frozen=True, slots=True)
class Treatment:
    """The sessions of one patient. `ordered`: by session number; else as in the corpus."""

    treatment_id: str
    group: str
    sessions: tuple[int, ...]  # positions
    ordered: bool


def treatments(sessions: Sequence[CodedSession]) -> tuple[Treatment, ...]:
    """Sessions by `patient_id`, or by group where it is not known, in the order of their number.

    The number is the whole number that `session_number` begins with (`7th` is 7). Where a session
    of a treatment has none, or two have the same, its sessions stay in the order of the corpus.
    """
    members: dict[tuple[str, str], list[int]] = {}
    for place, session in enumerate(sessions):
        patient = dict(session.descriptors).get("patient_id", session.group)
        members.setdefault((session.group, patient), []).append(place)
    found = []
    for (group, patient), places in members.items():
        numbers = {_session_number(sessions[place]): place for place in places}
        ordered = None not in numbers and len(numbers) == len(places)
        by_number = sorted((number or 0, place) for number, place in numbers.items())
        in_order = [place for _, place in by_number] if ordered else places
        found.append(Treatment(patient, group, tuple(in_order), ordered))
    return tuple(found)


def _session_number(session: CodedSession) -> int | None:
    written = re.match(r"\s*(\d+)", dict(session.descriptors).get("session_number", ""))
    return int(written[1]) if written else None


def treatment_units(turns: Turns, found: Sequence[Treatment], spec: UnitSpec) -> Units:
    """Treatments as units of one speaker's rows, in the order of `found`.

    Raises:
        ValueError: the spec's unit is not the treatment.
    """
    if spec.unit is not Unit.TREATMENT:
        raise ValueError("the unit of the spec must be the treatment")
    unit_of_session = np.full(len(turns.session_ids), -1, dtype=np.int64)
    for number, treatment in enumerate(found):
        unit_of_session[list(treatment.sessions)] = number
    own = group_rows(treatment.group for treatment in found)
    return Units(
        spec=spec,
        of_row=unit_of_session[turns.session],
        session=np.full(len(found), -1, dtype=np.int64),
        number=np.arange(len(found), dtype=np.int64),
        by_time=np.zeros(len(found), dtype=bool),
        groups=own,
    )
