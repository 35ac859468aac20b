"""A lab's coded corpus as it is learned from: whose codes, which classes, what must stay together.

Nothing here loads torch, so that `train --check` answers at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rupture_nlp.codebook import load_codebook
from rupture_nlp.errors import CorpusError
from rupture_nlp.evaluation.coders import own_coders
from rupture_nlp.io.corpus import read_corpus
from rupture_nlp.schema import GOLD, CodedSession, Rupture, SessionCoding, UtteranceCode
from rupture_nlp.training.lab.coders import AUTO, CoderPolicy, choose_policy, with_reference
from rupture_nlp.training.lab.findings import counted
from rupture_nlp.training.lab.labels import LabelSet, label_set

GROUP = "group"
PATIENT = "patient_id"


@dataclass(frozen=True, slots=True)
class LabChoices:
    """What a user may choose about the data; `auto` chooses by what the corpus holds."""

    coders: str = AUTO  # gold, majority, soft, or the name of a coder
    labels: str = "auto"  # codes, families, rupture, or codes joined with commas
    group: str = GROUP  # a column of groups.csv
    coder_share: float | None = None  # None: as the policy has it


@dataclass(frozen=True, slots=True)
class LabData:
    """What is learned from. `sessions` are those with a coding by `reference`, which may be derived
    (`majority`); `group` of each is the value of the group column. `Corpus(data.name,
    data.reference, data.sessions)` is what training takes, `coder_share` what `make_targets` takes.
    """

    folder: Path
    name: str
    sessions: tuple[CodedSession, ...]
    reference: str
    coder_share: float  # part of the rupture distribution that the other coders have together
    policy: CoderPolicy
    coders: tuple[str, ...]  # the lab's own coders, `gold` apart; never to stand in a bundle
    labels: LabelSet
    group_column: str
    uncoded: tuple[str, ...] = ()  # ids of sessions that the reference did not code

    @property
    def groups(self) -> tuple[str, ...]:
        """The groups, sorted."""
        return tuple(sorted({session.group for session in self.sessions}))


def read_lab(folder: Path, choices: LabChoices | None = None) -> LabData:
    """Read a coded corpus as a lab's material.

    Raises:
        CorpusError: the corpus breaks the layout, has no such group column or coder, or one patient
            would stand in two groups.
        ConfigError: no such label set.
    """
    choices = choices or LabChoices()
    return make_lab(folder, read_corpus(folder), choices)


def make_lab(folder: Path, read: Sequence[CodedSession], choices: LabChoices) -> LabData:
    """Like `read_lab`, from sessions that are read already."""
    sessions = _grouped(read, choices.group)
    policy = choose_policy(sessions, choices.coders)
    labels = label_set(choices.labels, sessions)
    derived = with_reference(sessions, policy)
    coded = tuple(s for s in derived if s.coding_by(policy.reference) is not None)
    kept = tuple(_without_left_out(session, labels) for session in coded)
    ids = {s.transcript.session_id for s in coded}
    return LabData(
        folder=folder,
        name=folder.resolve().name,
        sessions=kept,
        reference=policy.reference,
        coder_share=policy.coder_share if choices.coder_share is None else choices.coder_share,
        policy=policy,
        coders=own_coders(sessions) or (GOLD,),
        labels=labels,
        group_column=choices.group,
        uncoded=tuple(
            s.transcript.session_id for s in sessions if s.transcript.session_id not in ids
        ),
    )


def _grouped(sessions: Sequence[CodedSession], column: str) -> tuple[CodedSession, ...]:
    if column == GROUP:
        return tuple(sessions)
    values = [dict(session.descriptors).get(column, "") for session in sessions]
    if not any(values):
        names = sorted({name for session in sessions for name, _ in session.descriptors})
        raise CorpusError(
            f"groups.csv has no column of the name given with --group. Its columns: "
            f"{', '.join((GROUP, *names))}."
        )
    if not all(values):
        raise CorpusError(
            f"groups.csv: the column given with --group is empty for {values.count('')} of "
            f"{len(values)} sessions. Fill it in, or group by another column."
        )
    _refuse_straddling(sessions, values)
    return tuple(
        replace(session, group=value) for session, value in zip(sessions, values, strict=True)
    )


def _refuse_straddling(sessions: Sequence[CodedSession], values: Sequence[str]) -> None:
    """A patient who stands in two groups would be learned from and tested on at once."""
    groups_of: dict[str, set[str]] = {}
    for session, value in zip(sessions, values, strict=True):
        patient = dict(session.descriptors).get(PATIENT)
        if patient:
            groups_of.setdefault(patient, set()).add(value)
    straddling = sum(len(groups) > 1 for groups in groups_of.values())
    if straddling:
        raise CorpusError(
            f"{counted(straddling, 'patient')} with sessions in more than one group of the column "
            "given with --group: the model would be tested on patients it has learned from. Group "
            f"by {PATIENT}, or by something that keeps each patient whole."
        )


def _without_left_out(session: CodedSession, labels: LabelSet) -> CodedSession:
    """Turns whose code has no class count as uncodable: missing, never `none`."""
    gone = set(labels.left_out)
    if not gone & {c.rupture for k in session.codings for c in k.codes if c is not None}:
        return session
    return replace(session, codings=tuple(_masked(coding, gone) for coding in session.codings))


def _masked(coding: SessionCoding, gone: set[Rupture]) -> SessionCoding:
    def mask(code: UtteranceCode | None) -> UtteranceCode | None:
        if code is None:
            return None
        if code.rupture in gone:
            return UtteranceCode(code.utterance_id, rupture=None, mode=code.mode)
        if code.secondary not in gone:
            return code
        own = {m.name for m in load_codebook().markers if m.code is code.rupture}
        kept = tuple(marker for marker in code.markers if marker in own)
        return replace(code, secondary=None, markers=kept)

    # Without some of their ruptures episodes would open at turns that have no code.
    return replace(
        coding,
        codes=tuple(mask(code) for code in coding.codes),
        episodes=(),
        fields=coding.fields - {"episodes", "process", "ratings"},
    )
