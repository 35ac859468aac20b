"""What a lab's codes can teach: which codes apart, which only together, and of which speakers.

A network answers for five codes. A lab that told only the two families apart teaches sums of them:
`LabelSet.collapse` turns the five probabilities into those of the lab's classes, and loss, decision
and figures read the sums. A code that no coder used is learned from nothing and is never given.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rupture_nlp.errors import ConfigError
from rupture_nlp.schema import RUPTURES, CodedSession, Family, Rupture, Speaker

AUTO, CODES, FAMILIES, RUPTURE = "auto", "codes", "families", "rupture"
BOTH = (Speaker.PATIENT, Speaker.THERAPIST)
NO_CLASS = -1


@dataclass(frozen=True, slots=True)
class LabelSet:
    """Classes of a lab. `class_of` gives each of `RUPTURES` its position in `classes`, or
    `NO_CLASS` for a code that is not learned; `classes[0]` is `none`."""

    name: str  # codes, families, rupture, or subset
    classes: tuple[str, ...]
    class_of: tuple[int, ...]
    speakers: tuple[Speaker, ...] = BOTH  # whose ruptures were coded; others' turns are masked

    @property
    def collapse(self) -> NDArray[np.float32]:
        """(5, classes): probabilities over the five codes times this are those of the classes.

        The row of a code that is not learned is zero: mask it out before, or divide by the sum.
        """
        matrix = np.zeros((len(RUPTURES), len(self.classes)), dtype=np.float32)
        for code, place in enumerate(self.class_of):
            if place != NO_CLASS:
                matrix[code, place] = 1.0
        return matrix

    @property
    def learned(self) -> NDArray[np.bool_]:
        """(5,): which codes have a class. The others get no probability and are never given."""
        return np.array([place != NO_CLASS for place in self.class_of], dtype=bool)

    @property
    def left_out(self) -> tuple[Rupture, ...]:
        """The codes that are not learned."""
        return tuple(c for c, at in zip(RUPTURES, self.class_of, strict=True) if at == NO_CLASS)

    @property
    def is_coarse(self) -> bool:
        """Whether some class holds more than one code, so that codes inside it were not learned."""
        used = [place for place in self.class_of if place != NO_CLASS]
        return len(used) > len(set(used))

    def class_of_code(self, code: Rupture) -> str | None:
        """The name of a code's class; None for a code that is not learned."""
        place = self.class_of[RUPTURES.index(code)]
        return None if place == NO_CLASS else self.classes[place]


def label_set(asked: str, sessions: Sequence[CodedSession]) -> LabelSet:
    """The label set that is asked for, without codes that no coder of `sessions` used.

    `asked` is `auto`, `codes`, `families`, `rupture`, or codes joined with commas. `auto` takes
    the five codes where some family shows both of its codes; a lab that used one code of each
    family at most told families apart, or only ruptures from the rest.

    Raises:
        ConfigError: not one of these, or no code of the set was ever used.
    """
    used = used_codes(sessions)
    speakers = ruptured_speakers(sessions)
    chosen = _fitting(used) if asked == AUTO else asked
    if not used:
        raise ConfigError("no turn of the corpus has a rupture code; there is nothing to learn.")
    if chosen == FAMILIES:
        return _by_family(used, speakers)
    if chosen == RUPTURE:
        return LabelSet(RUPTURE, ("none", RUPTURE), (0, 1, 1, 1, 1), speakers)
    wanted = frozenset(RUPTURES[1:]) if chosen == CODES else _named(chosen)
    kept = [code for code in RUPTURES if code is Rupture.NONE or code in wanted & used]
    if len(kept) == 1:
        raise ConfigError("--labels: no coder used any of these codes. Leave the option out.")
    return LabelSet(
        name=CODES if chosen == CODES else "subset",
        classes=tuple(code.value for code in kept),
        class_of=tuple(kept.index(code) if code in kept else NO_CLASS for code in RUPTURES),
        speakers=speakers,
    )


def used_codes(sessions: Sequence[CodedSession]) -> frozenset[Rupture]:
    """The rupture codes, `none` apart, that any coder gave any turn."""
    return frozenset(
        code.rupture
        for session in sessions
        for coding in session.codings
        for code in coding.codes
        if code is not None and code.rupture is not None and code.is_rupture
    )


def ruptured_speakers(sessions: Sequence[CodedSession]) -> tuple[Speaker, ...]:
    """The speakers to whom some coder gave a rupture.

    Where all turns of one speaker are `none` throughout, that speaker was in all likelihood not
    coded; learning that therapists never rupture would be worse than learning nothing of them.
    """
    found = {
        utterance.speaker
        for session in sessions
        for coding in session.codings
        for utterance, code in zip(session.transcript.utterances, coding.codes, strict=True)
        if code is not None and code.is_rupture
    }
    return tuple(speaker for speaker in BOTH if speaker in found)


def _fitting(used: frozenset[Rupture]) -> str:
    families = [code.family for code in used]
    if len(set(families)) < len(families):
        return CODES
    return FAMILIES if len(families) > 1 else RUPTURE


def _by_family(used: frozenset[Rupture], speakers: tuple[Speaker, ...]) -> LabelSet:
    families = {code.family for code in used}
    kept = [family for family in Family if family in families]
    classes = ("none", *(family.value for family in kept))
    return LabelSet(
        name=FAMILIES,
        classes=classes,
        class_of=(
            0,
            *(
                1 + kept.index(code.family) if code.family in kept else NO_CLASS
                for code in RUPTURES[1:]
            ),
        ),
        speakers=speakers,
    )


def _named(asked: str) -> frozenset[Rupture]:
    names = {name.strip() for name in asked.split(",")} - {"", Rupture.NONE.value}
    known = {code.value for code in RUPTURES[1:]}
    if not names or names - known:
        raise ConfigError(
            f"--labels: give {AUTO}, {CODES}, {FAMILIES}, {RUPTURE}, or codes joined with commas: "
            f"{', '.join(code.value for code in RUPTURES[1:])}."
        )
    return frozenset(Rupture(name) for name in names)
