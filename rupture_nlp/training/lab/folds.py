"""Folds that keep every group whole: those that measure, and inside each those that choose.

An outer fold's test side gives out-of-sample figures. Everything that is chosen for that fold
(epochs, and with `--nested` settings) is chosen on inner folds cut from its training side alone.
"""

from collections.abc import Sequence
from dataclasses import replace

from rupture_nlp.errors import CorpusError
from rupture_nlp.io.corpus.split import Fold, leave_one_group_out, split_groups
from rupture_nlp.schema import CodedSession

LEAVE_ONE_OUT_BELOW = 8
"""With fewer groups than this each is left out in turn; else there are `FOLDS` folds."""

FOLDS = 5
INNER_FOLDS = 4
FEWEST = 2


def outer_folds(
    sessions: Sequence[CodedSession], folds: int | None = None, seed: int = 0
) -> tuple[Fold, ...]:
    """Folds by group, the ruptures shared as evenly as whole groups allow.

    `folds` None leaves one group out at a time where there are few, else makes five folds; 0
    always leaves one out. Folds are numbered, since a group's name may name a person.

    Raises:
        CorpusError: fewer than two groups, or more folds than groups.
    """
    groups = {session.group for session in sessions}
    if len(groups) < FEWEST:
        raise CorpusError(
            "all sessions belong to one group, so no model can be tested on a patient that it has "
            "not learned from. Name the patients in the column group of groups.csv, or code more."
        )
    if folds == 0 or (folds is None and len(groups) < LEAVE_ONE_OUT_BELOW):
        return _numbered(leave_one_group_out(sessions))
    return _numbered(split_groups(sessions, FOLDS if folds is None else folds, seed))


def inner_folds(
    sessions: Sequence[CodedSession],
    outer: Fold,
    reference: str,
    seed: int = 0,
    count: int = INNER_FOLDS,
) -> tuple[Fold, ...]:
    """`count` folds of the training side of `outer`, in which something can be chosen.

    Those whose test side or training side has no rupture of the reference coder are left out; the
    others come with the one first whose share of ruptures is nearest to an even one, for a single
    choice. Empty where the training side has one group: nothing can be chosen without looking at
    what is learned from.
    """
    inside = _of(sessions, outer.train)
    groups = {session.group for session in inside}
    if len(groups) < FEWEST:
        return ()
    count = min(count, len(groups))
    total = _ruptures(inside, reference)
    usable = [
        (abs(_ruptures(_of(inside, fold.test), reference) / total - 1 / count), place, fold)
        for place, fold in enumerate(split_groups(inside, count, seed))
        if 0 < _ruptures(_of(inside, fold.test), reference) < total
    ]
    return _numbered([fold for _, _, fold in sorted(usable, key=lambda one: one[:2])])


def _of(sessions: Sequence[CodedSession], ids: Sequence[str]) -> list[CodedSession]:
    wanted = set(ids)
    return [session for session in sessions if session.transcript.session_id in wanted]


def _ruptures(sessions: Sequence[CodedSession], reference: str) -> int:
    codings = (session.coding_by(reference) for session in sessions)
    return sum(
        code is not None and code.is_rupture
        for coding in codings
        if coding is not None
        for code in coding.codes
    )


def _numbered(folds: Sequence[Fold]) -> tuple[Fold, ...]:
    return tuple(replace(fold, name=f"fold-{number}") for number, fold in enumerate(folds, start=1))
