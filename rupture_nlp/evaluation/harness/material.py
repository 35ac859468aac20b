"""What a report was made from: counts, names, hashes, and the signature of each of its numbers."""

import hashlib
from collections.abc import Iterable, Sequence

from rupture_nlp.codebook import load_codebook
from rupture_nlp.evaluation.bootstrap import FEW_GROUPS
from rupture_nlp.evaluation.coders import own_coders
from rupture_nlp.evaluation.harness.pictures import speaker_counts
from rupture_nlp.evaluation.harness.quantities import Drawn, Key
from rupture_nlp.evaluation.harness.report import Material
from rupture_nlp.evaluation.harness.settings import HarnessSettings
from rupture_nlp.evaluation.paired import Paired
from rupture_nlp.evaluation.signature import Signature
from rupture_nlp.evaluation.turns import CODED_SPEAKERS
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
        in_sample=paired.in_sample,
        system=paired.signature,
        codebook_version=codebook.version,
        codebook_hash=codebook.sha256,
        data_hash=material_hash(paired.sessions),
        split=dict(paired.signature).get("split", ""),
    )


def _is_timed(session: CodedSession) -> bool:
    turns = [u for u in session.transcript.utterances if u.speaker in CODED_SPEAKERS]
    return bool(turns) and all(u.start_s is not None for u in turns)


def material_hash(sessions: Sequence[CodedSession]) -> str:
    """SHA-256 over ids, groups, words, times and every coder's codes: all that changes a figure."""
    digest = hashlib.sha256()
    for session in sorted(sessions, key=lambda one: one.transcript.session_id):
        transcript = session.transcript
        parts = [transcript.session_id, session.group, transcript.text_hash()]
        parts += [f"{u.utterance_id},{u.start_s}" for u in transcript.utterances]
        for coding in sorted(session.codings, key=lambda one: one.coder):
            parts += _said(coding)
        digest.update("\x1f".join(parts).encode())
        digest.update(b"\x1e")
    return digest.hexdigest()


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
) -> dict[Key, Signature]:
    """The signature of each number. Engine and model are those of a system, where it is one."""
    run = dict(material.system) if is_system else {}
    model = " ".join(filter(None, (run.get("model", ""), run.get("model_hash", "")[:12])))
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
            model=model,
            data_hash=material.data_hash,
            in_sample=is_system and bool(material.in_sample),
        )
        for one in drawn
    }


def warnings_of(paired: Paired, material: Material) -> tuple[str, ...]:
    """What must stand above every figure of a report."""
    found = []
    if material.groups < FEW_GROUPS:
        found.append(f"Only {material.groups} groups: intervals over groups are likely too narrow.")
    if material.groups == material.sessions > 1:
        found.append(
            "Every session is a group of its own. If patients or therapists come back, say so in "
            "groups.csv, or intervals are too narrow."
        )
    if paired.in_sample:
        found.append(
            f"IN-SAMPLE: the model was trained on {len(paired.in_sample)} of the "
            f"{len(paired.sessions)} sessions. No figure here says how it does on others."
        )
    return tuple(found)
