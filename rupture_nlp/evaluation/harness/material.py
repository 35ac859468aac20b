"""What a report was made from: counts, names, hashes, and the signature of each of its numbers."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from rupture_nlp.codebook import load_codebook
from rupture_nlp.evaluation.bootstrap import FEW_GROUPS
from rupture_nlp.evaluation.coders import own_coders
from rupture_nlp.evaluation.harness.catalogue import VARIABLES
from rupture_nlp.evaluation.harness.pictures import speaker_counts
from rupture_nlp.evaluation.harness.quantities import Drawn, Key
from rupture_nlp.evaluation.harness.report import Material
from rupture_nlp.evaluation.harness.settings import HarnessSettings
from rupture_nlp.evaluation.paired import Paired
from rupture_nlp.evaluation.signature import Signature
from rupture_nlp.evaluation.turns import CODED_SPEAKERS
from rupture_nlp.evidence import Criteria, SegmentSheet
from rupture_nlp.schema import CodedSession, SessionCoding


def material_of(paired: Paired, corpus: str, predicted: str, versus: str) -> Material:
    """Describe a comparison. `corpus` and `predicted` are the names of folders."""
    codebook = load_codebook()
    return Material(
        corpus=corpus,
        predicted=predicted,
        reference=paired.reference,
        other=paired.predicted,
        versus=versus,
        coders=own_coders(paired.sessions),
        sessions=len(paired.sessions),
        groups=len(paired.groups.names),
        timed_sessions=sum(map(_is_timed, paired.sessions)),
        speakers=speaker_counts(paired),
        reference_episodes=sum(len(one.reference.ids) for one in paired.episodes),
        predicted_episodes=sum(len(one.predicted.ids) for one in paired.episodes),
        episodes_compared=bool(paired.episodes),
        in_sample=paired.in_sample,
        system=paired.signature,
        codebook_version=codebook.version,
        codebook_hash=codebook.sha256,
        data_hash=material_hash(paired.sessions),
        split=dict(paired.signature).get("split", ""),
        predicted_hash=predicted_hash(paired) if predicted else "",
    )


def _is_timed(session: CodedSession) -> bool:
    turns = [u for u in session.transcript.utterances if u.speaker in CODED_SPEAKERS]
    return bool(turns) and all(u.start_s is not None for u in turns)


def material_hash(sessions: Sequence[CodedSession]) -> str:
    """SHA-256 over all that changes a figure.

    Ids, groups, patients, speakers, words, times and every coder's codes.
    """
    digest = hashlib.sha256()
    for session in sorted(sessions, key=lambda one: one.transcript.session_id):
        transcript = session.transcript
        patient = dict(session.descriptors).get("patient_id", "")  # a treatment's sessions
        parts = [transcript.session_id, session.group, patient, transcript.text_hash()]
        parts += [f"{u.utterance_id},{u.speaker},{u.start_s}" for u in transcript.utterances]
        for coding in sorted(session.codings, key=lambda one: one.coder):
            parts += _said(coding)
        digest.update("\x1f".join(parts).encode())
        digest.update(b"\x1e")
    return digest.hexdigest()


def predicted_hash(paired: Paired) -> str:
    """SHA-256 over all that a system gave the sessions compared."""
    digest = hashlib.sha256()
    for session, coding in zip(paired.sessions, paired.predicted_side.codings, strict=True):
        parts = [session.transcript.session_id, *([] if coding is None else _said(coding))]
        digest.update("\x1f".join(parts).encode())
        digest.update(b"\x1e")
    for turns in (paired.patient, paired.therapist):
        if turns.predicted.probabilities is not None:
            digest.update(np.ascontiguousarray(turns.predicted.probabilities).tobytes())
    for one in paired.episodes:
        digest.update(one.predicted.p_repaired.tobytes())
    return digest.hexdigest()


def content_hash(content: Criteria | SegmentSheet) -> str:
    """SHA-256 over ratings from elsewhere."""
    return hashlib.sha256(repr(content).encode()).hexdigest()


def _said(coding: SessionCoding) -> Iterable[str]:
    yield f"{coding.coder},{sorted(coding.fields)},{coding.complete},{coding.ratings}"
    for code in coding.codes:
        yield "" if code is None else str(code)
    for episode in coding.episodes:
        yield str(episode)


def signatures(
    drawn: Iterable[Drawn],
    coders: tuple[str, ...],
    material: Material,
    settings: HarnessSettings,
    *,
    is_system: bool,
    label_map: str = "",
) -> dict[Key, Signature]:
    """The signature of each number. Engine and model are those of a system, where it is one.

    `label_map`: the map's signature, which stands at variables that are not our own.
    """
    run = dict(material.system) if is_system else {}
    return {
        one.key: Signature(
            metric=f"{one.key.variable}.{one.key.metric}"
            + (f"[{one.key.label}]" if one.key.label else ""),
            unit=" ".join(filter(None, (one.key.speaker, one.key.unit))),
            coders=coders,
            codebook_hash=material.codebook_hash,
            split=material.split if is_system else "",
            draws=settings.draws,
            seed=settings.seed,
            engine=run.get("engine", ""),
            precision=run.get("precision", ""),
            model=_model_of(run),
            preset=run.get("preset", ""),
            predicted_hash=material.predicted_hash if is_system else "",
            label_map="" if one.key.variable in VARIABLES else label_map,
            data_hash=material.data_hash,
            in_sample=is_system and bool(material.in_sample),
        )
        for one in drawn
    }


def _model_of(run: Mapping[str, str]) -> str:
    """Name, version and hash, as `label` and the export of out-of-fold answers call them."""
    name = run.get("model_name", run.get("model", ""))
    digests = (run.get(key, "") for key in ("model_sha256", "answers_sha256", "model_hash"))
    digest = next(filter(None, digests), "")[:12]
    return " ".join(filter(None, (name, run.get("model_version", ""), digest)))


def warnings_of(paired: Paired, material: Material) -> tuple[str, ...]:
    """What must stand above every figure of a report."""
    found = []
    if material.groups < FEW_GROUPS:
        groups = "1 group" if material.groups == 1 else f"{material.groups} groups"
        found.append(f"Only {groups}: intervals over groups are likely too narrow.")
    if material.groups == material.sessions > 1:
        found.append(
            "Every session is a group of its own. If patients or therapists come back, say so in "
            "groups.csv (or in the column `patient` of code sheets), or intervals are too narrow."
        )
    if paired.in_sample:
        found.append(
            f"IN-SAMPLE: the model was trained on {len(paired.in_sample)} of the "
            f"{len(paired.sessions)} sessions. No figure here says how it does on others."
        )
    return tuple(found)
