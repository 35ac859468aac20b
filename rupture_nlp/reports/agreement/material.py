"""What was compared with what, what fell out and why, and with which settings."""

from dataclasses import dataclass, fields

from rupture_nlp.evaluation.harness.report import AgreementReport, DroppedCount, Material
from rupture_nlp.evaluation.harness.settings import HarnessSettings
from rupture_nlp.reports.agreement import names
from rupture_nlp.reports.agreement.context import AgreementContext
from rupture_nlp.reports.agreement.numbers import percent

_SETTINGS = {
    "draws": "draws of the bootstrap",
    "seed": "seed",
    "segments_s": "segments, seconds",
    "segments_turns": "segments where a session has no times, turns",
    "alerts": "alerts a session may raise",
    "iou": "episodes match if they share, of their turns",
    "onset_turns": "or if their first turns lie apart at most, turns",
    "min_intensity": "lowest intensity that counts in segments and sessions",
    "min_known": "a unit is missing if less of its turns is coded, share",
    "recall": "recall at which false alerts are counted",
    "worst": "worst disagreements listed, at most",
    "reference_coder": "reference coder asked for",
}
_FEW_NAMES = 12
_HASH_LETTERS = 12


@dataclass(frozen=True, slots=True)
class SpeakerRow:
    """The material of one speaker."""

    speaker: str
    turns: str
    compared: str
    reference: str
    reference_share: str
    predicted: str
    predicted_share: str
    estimable: str
    not_estimable: str


@dataclass(frozen=True, slots=True)
class DroppedRow:
    """What fell out for one reason."""

    what: str
    reason: str
    speaker: str
    sessions: str
    turns: str


@dataclass(frozen=True, slots=True)
class Foot:
    """The facts at the foot of the page."""

    facts: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]
    with_text: bool


def speaker_rows(material: Material) -> tuple[SpeakerRow, ...]:
    """Turns and ruptures of each speaker on both sides."""
    return tuple(
        SpeakerRow(
            speaker=names.speakers(one.speaker),
            turns=f"{one.turns:,}",
            compared=f"{one.compared:,}",
            reference=f"{one.reference_ruptures:,}",
            reference_share=_share(one.reference_ruptures, one.compared),
            predicted=f"{one.predicted_ruptures:,}",
            predicted_share=_share(one.predicted_ruptures, one.compared),
            estimable=", ".join(map(names.label, one.estimable)),
            not_estimable=", ".join(map(names.label, one.not_estimable)),
        )
        for one in material.speakers
    )


def _share(part: int, whole: int) -> str:
    return percent(part / whole) if whole else ""


def dropped_rows(dropped: tuple[DroppedCount, ...]) -> tuple[DroppedRow, ...]:
    """What fell out, in the report's order."""
    return tuple(
        DroppedRow(
            what=names.name(one.what),
            reason=names.name(one.reason, names.LONGEST_NOTE),
            speaker=names.speakers(one.speaker) if one.speaker else "",
            sessions=f"{one.sessions:,}",
            turns=f"{one.turns:,}",
        )
        for one in dropped
    )


def seen_sessions(material: Material) -> str:
    """The sessions that the model was trained on, the first few by name."""
    named = ", ".join(map(names.name, material.in_sample[:_FEW_NAMES]))
    more = len(material.in_sample) - _FEW_NAMES
    return f"{named} and {more:,} more" if more > 0 else named


def foot(report: AgreementReport, context: AgreementContext) -> Foot:
    """Facts, notes, and whether words of a session stand on the page."""
    material = report.material
    facts = (
        ("Corpus", names.name(material.corpus)),
        ("Results", names.name(material.predicted)),
        ("Reference", names.name(material.reference)),
        ("Compared", names.name(material.other)),
        ("Beside", names.name(material.versus)),
        *(_fact(part, value) for part, value in material.system if part != "split"),
        ("Split", names.name(material.split)),
        ("Label map", names.name(material.label_map)),
        (
            "Codebook",
            f"{names.name(material.codebook_version)} ({material.codebook_hash[:_HASH_LETTERS]})",
        ),
        ("Data", material.data_hash[:_HASH_LETTERS]),
        ("rupture-nlp", context.tool_version),
        ("Date", context.date),
    )
    return Foot(
        facts=tuple((title, words) for title, words in facts if words),
        notes=context.notes,
        with_text=any(one.words is not None for one in report.worst),
    )


def _fact(part: str, value: str) -> tuple[str, str]:
    title = names.name(part).replace("_", " ").capitalize()
    is_hash = part.endswith(("sha256", "_hash"))
    return title, names.name(value[:_HASH_LETTERS] if is_hash else value)


def setting_rows(settings: HarnessSettings) -> tuple[tuple[str, str], ...]:
    """Name and value of each setting."""
    return tuple(
        (_SETTINGS.get(field.name, field.name), _shown(getattr(settings, field.name)))
        for field in fields(settings)
    )


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(_shown, value))
    if isinstance(value, float):
        return f"{value:g}"
    return names.name(str(value)) or "not given"
