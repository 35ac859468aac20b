"""What in a transcript gives reason to distrust its labels, told from the transcript alone.

Rates of `roles_suspected_swapped` on the training corpora (2026-11, sessions with the roles as they
are, then with therapist and patient exchanged): AnnoMI 0 of 93 flagged, then 88 of 93; authored
0 of 275, then 270 of 275. The weights were rounded from logistic regressions that told right roles
from exchanged ones; fitted on either corpus alone they put no session of the other on the wrong
side.
"""

import re
from collections.abc import Sequence
from typing import Final

from rupture_nlp.schema import Speaker, Transcript

INPUT_FLAGS: Final[dict[str, str]] = {
    "not_english": "the words do not look like English, the only language of the training corpora",
    "one_speaker_only": "therapist or patient never speaks: are the roles complete?",
    "roles_suspected_swapped": "the patient talks like a therapist and the therapist like a "
    "patient: are the roles exchanged?",
    "under_10_turns": "fewer than 10 turns, too short for episodes and ratings",
    "very_long_turns": "a turn of more than 400 words, longer than any of the training corpora: "
    "are speaker tags missing?",
}
"""Every flag with what it says, in the order in which `input_flags` gives them."""

FEW_TURNS: Final = 10
LONG_TURN_WORDS: Final = 400  # the training corpora's longest turn has 185
ENGLISH_SHARE: Final = 0.2  # of words below; the lowest session of the training corpora has .35
LANGUAGE_WORDS: Final = 20  # with fewer words the share says nothing
FOREIGN_LETTERS: Final = 0.3  # share of letters outside the Latin script
LANGUAGE_LETTERS: Final = 20
SWAP_WORDS: Final = 50  # each speaker's, for the roles to be judged
SWAP_TURNS: Final = 4
SWAP_MARGIN: Final = 0.03
_YOU_WEIGHT: Final = 2.0  # against 1 for "I"
_QUESTION_WEIGHT: Final = 0.07

# The commonest words of English talk, without those that are common words of German, Dutch,
# French, Spanish, Italian, Portuguese or Scandinavian languages too ("in", "was", "no", "me").
_ENGLISH = frozenset(
    """
    the and you that it's i'm my your with for but what have not know this they are were would just
    about because there when how it to of think feel like yeah don't that's you're did been can
    could if from really some then her his she him them be as at all out up who there's one we've
    i've i'd i'll didn't very here now more something things thing want going get got good right
    make makes said say them their our has had does doesn't isn't wasn't can't couldn't wouldn't
    he's she's they're we're let's should why where which than too only maybe even still much
    dont thats youre didnt ive cant doesnt isnt wasnt couldnt wouldnt hes shes theyre
    """.split()  # noqa: SIM905  # far easier to read than a list
)
_I = frozenset("i i'm im i've ive i'd i'll me my mine myself".split())  # noqa: SIM905
_YOU = frozenset("you you're youre you've youve you'd you'll your yours yourself".split())  # noqa: SIM905
_WORD = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)*")
_LATIN_END = "\u024f"  # the last letter of Latin Extended-B


def input_flags(transcript: Transcript) -> tuple[str, ...]:
    """The names of the flags that hold, in the order of `INPUT_FLAGS`."""
    found = {
        "not_english": _is_not_english(transcript),
        "one_speaker_only": _lacks_a_speaker(transcript),
        "roles_suspected_swapped": _looks_swapped(transcript),
        "under_10_turns": len(transcript.utterances) < FEW_TURNS,
        "very_long_turns": any(
            len(utterance.text.split()) > LONG_TURN_WORDS for utterance in transcript.utterances
        ),
    }
    return tuple(name for name in INPUT_FLAGS if found[name])


def _is_not_english(transcript: Transcript) -> bool:
    # The share of function words needs neither punctuation nor capitals, so raw speech recognition
    # is English too; scripts without spaces are told by their letters.
    text = " ".join(utterance.text for utterance in transcript.utterances)
    letters = [character for character in text if character.isalpha()]
    foreign = sum(character > _LATIN_END for character in letters)
    if len(letters) >= LANGUAGE_LETTERS and foreign > FOREIGN_LETTERS * len(letters):
        return True
    words = _words(text)
    return len(words) >= LANGUAGE_WORDS and _share(words, _ENGLISH) < ENGLISH_SHARE


def _lacks_a_speaker(transcript: Transcript) -> bool:
    speakers = {utterance.speaker for utterance in transcript.utterances}
    return not {Speaker.THERAPIST, Speaker.PATIENT} <= speakers


def _looks_swapped(transcript: Transcript) -> bool:
    therapist = _turns(transcript, Speaker.THERAPIST)
    patient = _turns(transcript, Speaker.PATIENT)
    for turns in (therapist, patient):
        if len(turns) < SWAP_TURNS or len(_words(" ".join(turns))) < SWAP_WORDS:
            return False
    return _therapist_manner(therapist) - _therapist_manner(patient) < -SWAP_MARGIN


def _therapist_manner(turns: Sequence[str]) -> float:
    """High for much "you", little "I" and many questions, as shares of words and of turns."""
    words = _words(" ".join(turns))
    questions = sum("?" in turn for turn in turns) / len(turns)
    return _YOU_WEIGHT * _share(words, _YOU) - _share(words, _I) + _QUESTION_WEIGHT * questions


def _turns(transcript: Transcript, speaker: Speaker) -> list[str]:
    return [turn.text for turn in transcript.utterances if turn.speaker is speaker]


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold().replace("\u2019", "'"))


def _share(words: Sequence[str], among: frozenset[str]) -> float:
    return sum(word in among for word in words) / max(len(words), 1)
