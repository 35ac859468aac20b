"""Words as speech recognition writes them: bare, with fillers come or gone, some of them misheard.

Words are confused with words that sound alike, out of a vocabulary given at run time: nothing of
any corpus is stored here.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FILLERS = frozenset({"um", "uh", "er", "erm", "uhm", "hmm", "hm", "mm", "mmm", "ah"})
ADDED_FILLERS = ("um", "uh", "like", "you know")
SUBSTITUTED, DROPPED = 0.65, 0.20
"""Of misheard words; the rest keep theirs and get a short common word beside it. About the shares
that recognisers of conversation show."""

_PUNCTUATION = re.compile(r"[^\w\s']|_")
_NOTE = re.compile(r"\[[^\]]*\]|\([^)]*\)")  # what the transcriber wrote: [long pause]
_NUMBER = re.compile(r"(?<![\w.,])\d{1,4}(?![\w]|[.,]\d)")
_ONES = (  # noqa: SIM905
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen"
).split()
_TENS = "zero ten twenty thirty forty fifty sixty seventy eighty ninety".split()  # noqa: SIM905
_SOUNDS = (  # spellings of one sound, longest first; what a letter's sound is filed under
    ("tch", "J"), ("sch", "J"), ("dge", "J"), ("ough", ""), ("igh", ""), ("ph", "F"), ("sh", "J"),
    ("ch", "J"), ("th", "T"), ("ck", "K"), ("kn", "N"), ("wr", "R"), ("wh", ""), ("qu", "K"),
    ("gh", ""), ("x", "KS"), ("ce", "S"), ("ci", "S"), ("c", "K"), ("q", "K"), ("g", "K"),
    ("k", "K"), ("b", "P"), ("p", "P"), ("d", "T"), ("t", "T"), ("f", "F"), ("v", "F"),
    ("s", "S"), ("z", "S"), ("j", "J"), ("l", "L"), ("r", "R"), ("m", "M"), ("n", "N"),
)  # fmt: skip
_SPELLING = re.compile("|".join(spelling for spelling, _ in _SOUNDS) + "|.")
_SOUND_OF = dict(_SOUNDS)
_OPENINGS = dict.fromkeys("aeiou", "A") | {"w": "W", "y": "Y", "h": "H"}
_MOST_CANDIDATES = 12
_COMMON = 30


def sound_key(word: str) -> str:
    """How a word sounds, coarsely: how it opens, its consonants by kind, no vowels, no repeats.

    Voiced and unvoiced are one: "bad" and "pat" are both "PT". A word of letters that are not
    English has the key of its letters.
    """
    letters = "".join(letter for letter in word.lower() if letter.isalnum())
    sounds = "".join(_SOUND_OF.get(found, "") for found in _SPELLING.findall(letters))
    opening = "" if letters.startswith("wr") else _OPENINGS.get(letters[:1], "")
    key = re.sub(r"(.)\1+", r"\1", opening + sounds)
    return key or letters


@dataclass(frozen=True, slots=True)
class Confusions:
    """For each word of a vocabulary the words it may be heard as, likeliest first."""

    candidates: dict[str, tuple[str, ...]]
    common: tuple[str, ...]  # short frequent words, which come in where none was said

    @classmethod
    def of(cls, texts: Iterable[str]) -> "Confusions":
        """Make them from texts: words of one sound, then words whose sounds differ in one place.

        Of either kind the more frequent come first. A word that occurs once is not heard for
        another: it may be a name.
        """
        counts: Counter[str] = Counter()
        for text in texts:
            counts.update(bare_text(text).split())
        known = {word for word, count in counts.items() if count > 1 and word not in FILLERS}
        by_sound: dict[str, list[str]] = {}
        for word in sorted(known, key=lambda w: (-counts[w], w)):
            for form in _nearby(sound_key(word)):
                by_sound.setdefault(form, []).append(word)
        candidates = {word: _alike(word, by_sound) for word in sorted(counts)}
        short = [w for w, _ in counts.most_common() if len(w) <= 4 and w in known]  # noqa: PLR2004
        return cls({w: alike for w, alike in candidates.items() if alike}, tuple(short[:_COMMON]))

    def heard_as(self, word: str, random: np.random.Generator) -> str | None:
        """Another word, the likelier the earlier it stands; None where nothing sounds alike."""
        found = self.candidates.get(word.lower().strip(".,!?;:\"'"), ())
        if not found:
            return None
        return found[min(int(random.geometric(0.35)) - 1, len(found) - 1)]


def bare_text(text: str) -> str:
    """Without capitals, punctuation and the transcriber's notes; numbers as they are spoken.

    A turn in which nothing else stands keeps what it had: recognition does not make turns of
    nothing, and turns that vanish are another alteration.
    """
    spoken = _NUMBER.sub(lambda found: _in_words(int(found.group())), _NOTE.sub(" ", text))
    spoken = spoken.replace("%", " percent")
    return " ".join(_PUNCTUATION.sub(" ", spoken).split()).lower() or text


def misheard_text(
    text: str, rate: float, confusions: Confusions, random: NDArray[np.float64]
) -> str:
    """Words substituted, dropped and added, altogether `rate` of them; never all of them dropped.

    `random` gives each word of `text` its number in [0, 1): a word misheard at one rate is misheard
    at every higher one, and as the same word.
    """
    heard: list[str] = []
    words = text.split()
    for word, draw in zip(words, random, strict=True):
        heard += _heard(word, confusions, draw) if draw < rate else [word]
    return " ".join(heard) if heard else text


def with_fillers(text: str, added: float, dropped: float, random: np.random.Generator) -> str:
    """Drop a share of the fillers that are there, and add some after a share of the words."""
    written: list[str] = []
    for word in text.split():
        draws = random.random(2)
        if word.lower().strip(".,!?") not in FILLERS or draws[0] >= dropped:
            written.append(word)
        if draws[1] < added:
            written.append(ADDED_FILLERS[int(draws[1] / added * len(ADDED_FILLERS))])
    return " ".join(written) if written else text


def _heard(word: str, confusions: Confusions, draw: float) -> list[str]:
    # What becomes of the word is a function of its number alone, whatever the rate.
    random = np.random.default_rng(int(draw * 2**53))
    kind = random.random()
    if kind < SUBSTITUTED:
        return [confusions.heard_as(word, random) or _any(confusions, random) or word]
    if kind < SUBSTITUTED + DROPPED:
        return []
    extra = _any(confusions, random)
    return [word, extra] if extra else [word]


def _any(confusions: Confusions, random: np.random.Generator) -> str | None:
    common = confusions.common
    return common[int(random.integers(len(common)))] if common else None


def _nearby(key: str) -> list[str]:
    # Two keys share a form if one sound of either is left out, or one of both in the same place.
    if len(key) < 3:  # noqa: PLR2004  # what is left of a shorter one sounds like anything
        return [key]
    return [key, *sorted({key[:at] + key[at + 1 :] for at in range(len(key))})]


def _alike(word: str, by_sound: dict[str, list[str]]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for form in _nearby(sound_key(word)):
        for other in by_sound.get(form, ())[: 2 * _MOST_CANDIDATES]:
            if other != word:
                found.setdefault(other)
        if len(found) >= _MOST_CANDIDATES:
            break
    return tuple(found)[:_MOST_CANDIDATES]


def _in_words(number: int) -> str:
    if number < len(_ONES):
        return _ONES[number]
    for size, name in ((1000, "thousand"), (100, "hundred")):
        if number >= size:
            rest = number % size
            return f"{_in_words(number // size)} {name}" + (f" {_in_words(rest)}" if rest else "")
    tens, ones = divmod(number, 10)
    return _TENS[tens] + (f" {_ONES[ones]}" if ones else "")
