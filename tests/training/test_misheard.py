"""Words as speech recognition writes them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rupture_nlp.training.misheard import (
    FILLERS,
    Confusions,
    bare_text,
    misheard_text,
    sound_key,
    with_fillers,
)

TEXTS = [
    "I know there is no night train their knight would like",
    "no, no, I know! they're there; the night was right, we write it right",
    "I can't, you can, we can't, they can and I knew the new one",
    "the new knight knew it, would you? wood, right? write, train, was, was, one, one",
]
CONFUSIONS = Confusions.of(TEXTS)
WORDS = st.text("abcdehiknoprstuwy,.?' 0123456789%[]", max_size=60)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("know", "no"),
        ("night", "knight"),
        ("right", "write"),
        ("their", "there"),
        ("bad", "pat"),
        ("phone", "fine"),
        ("which", "witch"),
    ],
)
def test_words_that_sound_alike_have_one_key(one: str, other: str) -> None:
    assert sound_key(one) == sound_key(other)


@pytest.mark.parametrize(
    ("one", "other"), [("want", "not"), ("angry", "knocker"), ("can", "can't")]
)
def test_words_that_open_or_close_in_another_way_have_not(one: str, other: str) -> None:
    assert sound_key(one) != sound_key(other)


def test_a_word_is_heard_as_another_that_sounds_like_it() -> None:
    assert CONFUSIONS.candidates["know"][:2] == ("no", "knew")  # the more frequent first
    assert "right" in CONFUSIONS.candidates["write"]
    # One sound more or less: a denial that goes unheard.
    assert "can" in CONFUSIONS.candidates["can't"]
    assert all(word not in of for word, of in CONFUSIONS.candidates.items())


def test_a_word_that_occurs_once_is_not_heard_for_another() -> None:
    heard = Confusions.of([*TEXTS, "Knox"])
    assert all("knox" not in of for of in heard.candidates.values())


@pytest.mark.parametrize(
    ("written", "bare"),
    [
        ("Well, I DON'T know!", "well i don't know"),
        ("[long pause] It's 25 % of 1012.", "it's twenty five percent of one thousand twelve"),
        ("About 3.5 or 12,000 in A4", "about 3 5 or 12 000 in a4"),
        ("...", "..."),  # nothing else stands there
        ("(laughs)", "(laughs)"),
        ("110 20 7 300", "one hundred ten twenty seven three hundred"),
    ],
)
def test_bare_text(written: str, bare: str) -> None:
    assert bare_text(written) == bare


@given(WORDS)
def test_bare_text_stays_bare(text: str) -> None:
    once = bare_text(text)
    if once != text:
        assert bare_text(once) == once or any(letter.isdigit() for letter in once)
        assert once == once.lower()
        assert not set(once) & set(",.?![]%")


@settings(max_examples=50)
@given(st.lists(st.sampled_from(TEXTS[0].split()), min_size=1, max_size=30), st.integers(0, 99))
def test_nothing_is_misheard_at_rate_0_and_a_weak_rate_does_part_of_a_strong_one(
    words: list[str], seed: int
) -> None:
    draws = np.random.default_rng(seed).random(len(words))
    text = " ".join(words)
    assert misheard_text(text, 0.0, CONFUSIONS, draws) == text
    # Word by word: what is misheard at .2 is misheard in the same way at .5.
    for word, draw in zip(words, draws, strict=True):
        weak, strong = (
            misheard_text(word, rate, CONFUSIONS, np.array([draw])) for rate in (0.2, 0.5)
        )
        assert weak in {word, strong}


def test_as_many_words_are_misheard_as_asked() -> None:
    words = (TEXTS[0].split() * 400)[:4000]
    draws = np.random.default_rng(0).random(len(words))
    heard = [
        misheard_text(word, 0.2, CONFUSIONS, np.array([draw]))
        for word, draw in zip(words, draws, strict=True)
    ]
    wrong = np.mean([one != word for one, word in zip(heard, words, strict=True)])
    # A fifth; words dropped stand as they were here, since a text of one word keeps it.
    assert 0.2 * 0.75 < wrong < 0.2 * 0.85
    all_together = misheard_text(" ".join(words), 0.2, CONFUSIONS, draws)
    # .2 of .2 dropped, .15 of .2 added.
    assert len(all_together.split()) == pytest.approx(4000 * (1 - 0.04 + 0.03), rel=0.02)


def test_fillers_come_and_go() -> None:
    random = np.random.default_rng(0)
    assert with_fillers("um, I uh know", 0.0, 1.0, random) == "I know"
    assert with_fillers("um uh", 0.0, 1.0, random) == "um uh"  # a turn is never left empty
    assert with_fillers("so I said", 0.0, 0.0, random) == "so I said"
    more = with_fillers("yes " * 200, 0.5, 0.0, random).split()
    assert more.count("yes") == 200
    assert 80 < sum(word in FILLERS or word in {"like", "you"} for word in more) < 120


def test_without_a_vocabulary_words_stay_or_go() -> None:
    empty = Confusions.of([])
    text = misheard_text("one two three four", 1.0, empty, np.random.default_rng(1).random(4))
    assert set(text.split()) <= {"one", "two", "three", "four"}
