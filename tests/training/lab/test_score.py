"""Simple models on the folds of a lab."""

from dataclasses import replace

import numpy as np

from rupture_nlp.io.corpus import leave_one_group_out
from rupture_nlp.schema import RUPTURES, CodedSession, Speaker, UtteranceCode
from rupture_nlp.training.lab.labels import LabelSet
from rupture_nlp.training.lab.score import BASELINES, baseline_rows, by_other_folds
from rupture_nlp.training.run import Corpus
from rupture_nlp.training.settings import LabelRules
from tests.training.made import coded_session

CODES = LabelSet("codes", tuple(code.value for code in RUPTURES), (0, 1, 2, 3, 4))


def with_one_rupture(number: int) -> CodedSession:
    """Too few, all sessions together, for a threshold to be fitted."""
    session = coded_session(number, 9)
    coding = session.codings[0]
    codes = tuple(
        code if at == 1 else UtteranceCode(str(at)) for at, code in enumerate(coding.codes)
    )
    return replace(session, codings=(replace(coding, codes=codes, episodes=()),))


SESSIONS = tuple(with_one_rupture(number) for number in range(4))


def test_the_majority_is_always_none_also_where_no_threshold_could_be_fitted() -> None:
    corpus, folds = Corpus("lab", "gold", SESSIONS), leave_one_group_out(SESSIONS)
    rows = baseline_rows(corpus, BASELINES[0], folds, 0)
    system = by_other_folds("majority", rows, LabelRules())
    for speaker in (Speaker.PATIENT, Speaker.THERAPIST):
        coded = system.coded(speaker, CODES)
        assert len(coded.reference)
        assert not np.any(coded.predicted)


def test_rows_of_a_baseline_stand_in_the_order_of_the_folds() -> None:
    corpus, folds = Corpus("lab", "gold", SESSIONS), leave_one_group_out(SESSIONS)
    rows = baseline_rows(corpus, BASELINES[1], folds, 0)
    assert rows.session_ids == tuple(one for fold in folds for one in fold.test)
    assert rows.fold.tolist() == rows.session.tolist()
