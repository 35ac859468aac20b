"""Colours and words of the pages: WCAG AA contrast in light, dark and print."""

import re
from pathlib import Path

import pytest

from rupture_nlp import reports
from rupture_nlp.codebook import load_codebook
from rupture_nlp.reports.templating import showable
from rupture_nlp.reports.words import clock, intensity_words, number, plain, resolution_words
from rupture_nlp.schema import UtteranceCode

CSS = (Path(reports.__file__).parent / "templates" / "report.css").read_text(encoding="utf-8")
TEXT_ON = [  # ink and ground of words: 4.5 to 1
    *((ink, ground) for ink in ("ink", "soft", "link") for ground in ("paper", "sheet")),
    *((ink, tint) for ink in ("ink", "soft", "link") for tint in ("w-tint", "c-tint")),
    ("ink", "warn-tint"),
    ("link", "warn-tint"),
    ("ink", "band"),
    ("ink", "r-tint"),
    ("w", "w-tint"),
    ("w", "sheet"),
    ("c", "c-tint"),
    ("c", "sheet"),
    ("r", "r-tint"),
    ("r", "sheet"),
]
SHAPES_ON = [  # marks and their ground: 3 to 1
    *((mark, ground) for mark in ("w", "c", "r") for ground in ("sheet", "band", "r-tint", "none")),
    ("band-edge", "sheet"),
    ("ink", "none"),
]


def themes() -> dict[str, dict[str, str]]:
    """The colours of each block `:root { ... }` by name: light, dark, print."""
    blocks = re.findall(r":root \{(.*?)\}", CSS, flags=re.DOTALL)
    assert len(blocks) == 3
    found = [dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block)) for block in blocks]
    return dict(zip(("light", "dark", "print"), found, strict=True))


def luminance(colour: str) -> float:
    channels = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_contrast_of_known_colours() -> None:
    assert contrast("#ffffff", "#000000") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("theme", ["light", "dark", "print"])
def test_words_and_marks_stand_out_from_their_ground(theme: str) -> None:
    colours = themes()[theme]
    weak = [
        (ink, ground, round(contrast(colours[ink], colours[ground]), 2))
        for pairs, least in ((TEXT_ON, 4.5), (SHAPES_ON, 3.0))
        for ink, ground in pairs
        if contrast(colours[ink], colours[ground]) < least
    ]
    assert not weak


def test_every_theme_sets_every_colour_that_is_used() -> None:
    used = set(re.findall(r"var\(--([\w-]+)\)", CSS))
    for colours in themes().values():
        assert used <= set(colours)


def test_every_code_of_the_codebook_reads_as_words() -> None:
    book = load_codebook()
    for name in (*book.marker_names, *book.strategy_names, *book.process_names):
        assert "_" not in plain(name)
    assert plain("re_engages") == "re-engages"
    assert intensity_words(1) == "1, slight"
    assert resolution_words(4) == "mostly resolved"
    assert resolution_words(None) == "not rated"
    assert UtteranceCode("x").rupture is not None


def test_numbers_and_times_are_short() -> None:
    assert [number(value) for value in (3.0, 2.5, 4.96)] == ["3", "2.5", "5"]
    assert [clock(value) for value in (0, 61.9, 3600, 4271)] == [
        "0:00",
        "1:01",
        "1:00:00",
        "1:11:11",
    ]


def test_what_a_page_cannot_hold_is_replaced() -> None:
    assert showable("a\x00b\ud800c\nd\te\r\nf") == "a\ufffdb\ufffdc\nd\te\nf"
    assert showable(3) == 3
