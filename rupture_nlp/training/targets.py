"""What a network should answer for each utterance of a coded session, and what it is not asked."""

from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from rupture_nlp.models.config import LabelSets
from rupture_nlp.schema import RUPTURES, CodedSession, SessionCoding, Speaker, UtteranceCode

Floats = NDArray[np.float32]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Targets:
    """Answers for the utterances of one session.

    Shapes: rupture (utterances, 5), a distribution over the codes; intensity (utterances,), 1 to 3;
    markers (utterances, markers), strategies (utterances, strategies), 0 or 1; process
    (utterances,), an index whose last value means "no process". The `ask_` arrays are False where
    the question was not coded or cannot arise: other speakers, partial sessions, fields outside the
    coverage, intensity without a rupture, strategies of patients, processes outside episodes.
    """

    rupture: Floats
    intensity: NDArray[np.int64]
    markers: Floats
    strategies: Floats
    process: NDArray[np.int64]
    is_patient: Flags
    ask_rupture: Flags
    ask_intensity: Flags
    ask_markers: Flags  # (utterances, markers): those that the reference code allows
    ask_strategies: Flags
    ask_process: Flags

    @property
    def has_ruptures(self) -> bool:
        """Whether a rupture is the answer, or most of a soft one, to any turn asked about."""
        return bool((self.ask_rupture & (self.rupture[:, 0] < 0.5)).any())  # noqa: PLR2004


def make_targets(
    session: CodedSession,
    reference: str,
    labels: LabelSets,
    allowed: dict[str, Flags],
    coder_share: float,
) -> Targets:
    """Targets from the codes of the coder `reference`, softened by those of the other coders.

    `allowed` gives for each rupture code the markers of `labels` that belong to it, (markers,)
    bool, see `allowed_markers`. `coder_share` is the part of the rupture distribution that the
    other coders have together; the reference has the rest.
    """
    coding = session.coding_by(reference)
    if coding is None:
        raise ValueError("the session has no coding by the reference coder")
    speakers = [utterance.speaker for utterance in session.transcript.utterances]
    patient = np.array([speaker is Speaker.PATIENT for speaker in speakers], dtype=bool)
    therapist = np.array([speaker is Speaker.THERAPIST for speaker in speakers], dtype=bool)
    # Without a code the turn is uncodable, unless this coder did not code ruptures at all.
    needs_code = "rupture" in coding.fields
    coded = np.array(
        [c is not None and (c.rupture is not None or not needs_code) for c in coding.codes],
        dtype=bool,
    )
    codes = [code or UtteranceCode(str(at)) for at, code in enumerate(coding.codes)]
    is_rupture = np.array([code.is_rupture for code in codes], dtype=bool) & coded
    fields = coding.fields
    return Targets(
        rupture=_soft_labels(session, coding, coder_share),
        intensity=np.array([code.intensity or 1 for code in codes], dtype=np.int64),
        markers=_indicators([code.markers for code in codes], labels.markers),
        strategies=_indicators([code.strategies for code in codes], labels.strategies),
        process=np.array([_process_index(code, labels) for code in codes], dtype=np.int64),
        is_patient=patient,
        ask_rupture=coded & (patient | therapist) & ("rupture" in fields),
        ask_intensity=is_rupture & ("intensity" in fields),
        ask_markers=_asked_markers(codes, is_rupture & ("markers" in fields), allowed),
        ask_strategies=coded & therapist & ("strategies" in fields),
        ask_process=coded & patient & ("process" in fields) & _inside_episodes(session, coding),
    )


def of_speakers(targets: Targets, speakers: Collection[Speaker]) -> Targets:
    """The same, with ruptures asked of these speakers alone: the others' were not coded."""
    if {Speaker.PATIENT, Speaker.THERAPIST} <= set(speakers):
        return targets
    asked = targets.is_patient if Speaker.PATIENT in speakers else ~targets.is_patient
    return replace(
        targets,
        ask_rupture=targets.ask_rupture & asked,
        ask_intensity=targets.ask_intensity & asked,
        ask_markers=targets.ask_markers & asked[:, None],
    )


def allowed_markers(labels: LabelSets, codes_of: dict[str, str]) -> dict[str, Flags]:
    """For each rupture code, which of `labels.markers` belong to it. `codes_of`: marker to code."""
    return {
        code.value: np.array([codes_of[name] == code.value for name in labels.markers], dtype=bool)
        for code in RUPTURES
    }


def _soft_labels(session: CodedSession, reference: SessionCoding, coder_share: float) -> Floats:
    others = [c for c in session.codings if c.coder != reference.coder and c.complete]
    share = coder_share if others else 0.0
    mixed = (1.0 - share) * _one_hot(reference)
    for coding in others:
        mixed += share / len(others) * _one_hot(coding)
    total = mixed.sum(axis=1, keepdims=True)
    return (mixed / np.where(total > 0, total, 1.0)).astype(np.float32)


def _one_hot(coding: SessionCoding) -> Floats:
    rows = np.zeros((len(coding.codes), len(RUPTURES)), dtype=np.float32)
    for at, code in enumerate(coding.codes):
        if code is not None and code.rupture is not None:
            rows[at, RUPTURES.index(code.rupture)] = 1.0
    return rows


def _indicators(names: list[tuple[str, ...]], known: tuple[str, ...]) -> Floats:
    column = {name: at for at, name in enumerate(known)}
    rows = np.zeros((len(names), len(known)), dtype=np.float32)
    for at, given in enumerate(names):
        for name in given:
            if name in column:
                rows[at, column[name]] = 1.0
    return rows


def _asked_markers(codes: list[UtteranceCode], asked: Flags, allowed: dict[str, Flags]) -> Flags:
    width = len(next(iter(allowed.values())))
    rows = np.zeros((len(codes), width), dtype=bool)
    for at in np.flatnonzero(asked):
        for code in (codes[at].rupture, codes[at].secondary):
            if code is not None:
                rows[at] |= allowed[code.value]
    return rows


def _process_index(code: UtteranceCode, labels: LabelSets) -> int:
    return labels.processes.index(code.process) if code.process else len(labels.processes)


def _inside_episodes(session: CodedSession, coding: SessionCoding) -> Flags:
    order = {u.utterance_id: at for at, u in enumerate(session.transcript.utterances)}
    inside = np.zeros(len(order), dtype=bool)
    for episode in coding.episodes:
        inside[order[episode.start] : order[episode.end] + 1] = True
    return inside
