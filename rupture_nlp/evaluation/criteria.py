"""Criteria of whole sessions beside measures of the same sessions."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rupture_nlp.errors import EvaluationError
from rupture_nlp.evaluation.counts import FloatArray
from rupture_nlp.evidence import Criteria


@dataclass(frozen=True, slots=True)
class JoinedCriteria:
    """Criteria beside session measures: `values` is (sessions, criteria), NaN where missing.

    `without`: sessions measured that have no row of criteria; `unmatched`: rows of criteria whose
    session was not measured.
    """

    names: tuple[str, ...]
    values: FloatArray
    without: tuple[str, ...]
    unmatched: tuple[str, ...]


def join_criteria(criteria: Criteria, session_ids: Sequence[str]) -> JoinedCriteria:
    """Put criteria to sessions by id.

    Raises:
        EvaluationError: no session has both.
    """
    place = {session: number for number, session in enumerate(criteria.session_ids)}
    if not place.keys() & set(session_ids):
        raise EvaluationError(
            f"none of the {len(place)} sessions of the criteria is among the "
            f"{len(session_ids)} measured. Use the session ids of the transcripts."
        )
    values = np.full((len(session_ids), len(criteria.criteria)), np.nan)
    for column, criterion in enumerate(criteria.criteria):
        for row, session in enumerate(session_ids):
            given = criterion.values[place[session]] if session in place else None
            if given is not None:
                values[row, column] = given
    measured = set(session_ids)
    return JoinedCriteria(
        names=tuple(criterion.name for criterion in criteria.criteria),
        values=values,
        without=tuple(session for session in session_ids if session not in place),
        unmatched=tuple(session for session in criteria.session_ids if session not in measured),
    )
