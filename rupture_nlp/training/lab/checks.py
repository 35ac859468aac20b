"""What is wrong or thin in a lab's data, said in plain words with counts, never with text.

An error stops training, since every figure would be wrong or empty; a warning says what to expect.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from rupture_nlp.evaluation.bootstrap import FEW_GROUPS
from rupture_nlp.io.corpus.check import CorpusCheck
from rupture_nlp.io.corpus.problems import Severity
from rupture_nlp.schema import CodedSession, Speaker
from rupture_nlp.training.lab.checks_codes import check_codes
from rupture_nlp.training.lab.counts import class_counts
from rupture_nlp.training.lab.data import GROUP, LabData
from rupture_nlp.training.lab.findings import Finding, counted, error, warning
from rupture_nlp.training.lab.folds import FEWEST
from rupture_nlp.training.lab.labels import BOTH, RUPTURE
from rupture_nlp.training.lab.overlap import shared_text

DOMINATES = 0.4
MANY_OTHER = 0.2
FEW_FOR_INTERVALS = 5
FEW_SESSIONS = 12
SEEN_TOPIC = "starting model"


@dataclass(frozen=True, slots=True)
class Seen:
    """What the starting model was trained on; ids may be hashed, so they are not looked at."""

    name: str
    text_hashes: frozenset[str] = frozenset()


def check_lab(
    data: LabData, corpus: CorpusCheck | None = None, seen: Seen | None = None
) -> tuple[Finding, ...]:
    """All findings, errors first. `corpus` is the check of the layout; None where there is none."""
    found = [
        *(_corpus(corpus) if corpus is not None else ()),
        *_groups(data),
        *_domination(data),
        *check_codes(data),
        *_speakers(data),
        *_overlap(data),
        *(_seen(data, seen) if seen is not None else ()),
    ]
    return tuple(sorted(found, key=lambda one: one.severity is not Severity.ERROR))


def seen_sessions(sessions: Iterable[CodedSession], seen: Seen) -> int:
    """How many of the sessions the starting model has learned from, by their words."""
    return len(seen_ids(sessions, seen.text_hashes))


def seen_ids(sessions: Iterable[CodedSession], hashes: Collection[str]) -> tuple[str, ...]:
    """Ids of the sessions whose words are among those with these hashes."""
    every = [session.transcript for session in sessions]
    return tuple(one.session_id for one in every if one.text_hash() in hashes)


def _corpus(check: CorpusCheck) -> Iterator[Finding]:
    rules = Counter(problem.rule for problem in check.warnings)
    if rules:
        listed = ", ".join(f"{rule} ({count})" for rule, count in rules.most_common(5))
        yield warning(
            "corpus",
            f"{counted(len(check.warnings), 'place')} in the files that a person should look at: "
            f"{listed}. `rupture-nlp corpus validate` lists them by row.",
        )


def _groups(data: LabData) -> Iterator[Finding]:
    groups, sessions = len(data.groups), len(data.sessions)
    if groups < FEWEST:
        yield error(
            "patients",
            "all sessions belong to one patient (or group). A model can only be tested on patients "
            "that it has not learned from. Fill the column group of groups.csv with the patients, "
            "or code sessions of more of them.",
        )
    elif groups < FEW_FOR_INTERVALS:
        yield warning(
            "patients",
            f"only {groups} patients (or groups). Each is left out in turn, but {groups} results "
            "say nearly nothing of the next patient: read the figures as a first look.",
        )
    elif groups < FEW_GROUPS:
        yield warning(
            "patients",
            f"{groups} patients (or groups): intervals over fewer than {FEW_GROUPS} are likely too "
            "narrow.",
        )
    if sessions == groups and sessions > FEWEST and data.group_column == GROUP:
        yield warning(
            "patients",
            "every session is a group of its own. If some are of the same patient, the figures "
            "will flatter: give them the same group in groups.csv (or the same `patient` in the "
            "code sheets, before they are joined).",
        )
    if sessions < FEW_SESSIONS:
        yield warning(
            "patients", f"only {counted(sessions, 'session')}; 12 is a sensible least number."
        )
    if data.uncoded:
        yield warning(
            "patients",
            f"{counted(len(data.uncoded), 'session')} without codes of the reference coder; "
            "left out.",
        )


def _domination(data: LabData) -> Iterator[Finding]:
    sessions = Counter(session.group for session in data.sessions)
    most = max(sessions.values(), default=0)
    if len(sessions) > FEWEST and most > DOMINATES * len(data.sessions):
        yield warning(
            "patients",
            f"one patient (or group) has {most} of the {len(data.sessions)} sessions. The model "
            "will learn that patient, and the result without that patient rests on few.",
        )
    for count in class_counts(data):
        if count.name == RUPTURE and count.groups > 1 and count.largest > DOMINATES:
            yield warning(
                "patients",
                f"one patient (or group) has {count.largest:.0%} of the {count.speaker} ruptures: "
                "what is learned may be that one's manner.",
            )


def _speakers(data: LabData) -> Iterator[Finding]:
    speakers = [session.transcript.speakers for session in data.sessions]
    for speaker in BOTH:
        without = sum(speaker not in present for present in speakers)
        if without:
            # A transcript in which one of the two never speaks has its roles wrong.
            make = error if without == len(speakers) else warning
            yield make(
                "speakers",
                f"{counted(without, 'session')} of {len(speakers)} without any {speaker} turn. "
                "Look at who is who in them (`rupture-nlp roles`).",
            )
    many = sum(
        present.count(Speaker.OTHER) > MANY_OTHER * len(present) for present in speakers if present
    )
    if many:
        yield warning(
            "speakers",
            f"{counted(many, 'session')} in which more than {MANY_OTHER:.0%} of the turns are of "
            "`other` speakers, who take no codes. Are the roles right?",
        )


def _overlap(data: LabData) -> Iterator[Finding]:
    overlap = shared_text(data.sessions)
    if overlap.same:
        yield error(
            "text",
            f"{counted(overlap.same, 'pair')} of sessions with mostly the same turns in different "
            "groups: the same session twice, or one copied from the other. Give both the same "
            "group, or take one out.",
        )
    if overlap.alike:
        yield warning(
            "text",
            f"{counted(overlap.alike, 'pair')} of sessions in different groups share a good part "
            f"of their longer turns (up to {overlap.most:.0%}). If they are of one patient, or "
            "read from one form, give them the same group.",
        )


def _seen(data: LabData, seen: Seen) -> Iterator[Finding]:
    known = seen_sessions(data.sessions, seen)
    if known:
        yield error(
            SEEN_TOPIC,
            f"{counted(known, 'session')} of {len(data.sessions)} were already learned by the "
            f"starting model ({seen.name}): every figure would be in-sample. Start from another "
            "model or a bare encoder, or give --allow-seen and trust no figure.",
        )
