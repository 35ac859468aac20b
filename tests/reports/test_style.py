"""Colours and words of the pages: WCAG AA contrast in light, dark and print.

The colours are those of the review application, too, whose pairs are measured here as well.
"""

import re
from pathlib import Path

import pytest

from rupture_nlp import reports, review
from rupture_nlp.codebook import load_codebook
from rupture_nlp.reports.templating import showable
from rupture_nlp.reports.words import clock, intensity_words, number, plain, resolution_words
from rupture_nlp.schema import UtteranceCode

TEMPLATES = Path(reports.__file__).parent / "templates"
REVIEW = Path(review.__file__).parent / "static"
COLOURS = (TEMPLATES / "colours.css").read_text(encoding="utf-8")
SHEETS = [
    *(path for path in TEMPLATES.glob("*.css") if path.name != "colours.css"),
    *REVIEW.rglob("*.css"),
]
HOTTEST = 0.42  # share of the heat's colour in a cell that holds its whole row
NO_COLOURS = {"share", "toast", "toast-left"}  # custom properties that hold something else

TEXT_ON = [  # ink and ground of words: 4.5 to 1
    *((ink, ground) for ink in ("ink", "soft", "link") for ground in ("paper", "sheet", "band")),
    *((ink, tint) for ink in ("ink", "soft", "link") for tint in ("w-tint", "c-tint")),
    *((ink, "warn-tint") for ink in ("ink", "link")),
    *((ink, "alarm-tint") for ink in ("ink", "alarm")),
    ("alarm", "sheet"),
    ("alarm", "paper"),
    ("on-link", "link"),
    ("paper", "ink"),  # what a page says in passing
    ("ink", "r-tint"),
    *((family, f"{family}-tint") for family in ("w", "c", "r")),
    *((family, "sheet") for family in ("w", "c", "r")),
    ("ink", "hottest"),
]
SHAPES_ON = [  # marks and their ground: 3 to 1
    *((mark, ground) for mark in ("w", "c", "r") for ground in ("sheet", "band", "r-tint", "none")),
    ("band-edge", "sheet"),
    ("ink", "none"),
]


def themes() -> dict[str, dict[str, str]]:
    """All colours by the name of the theme; print is light with some colours of its own."""
    both = re.findall(r"--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);", COLOURS)
    (on_paper,) = re.findall(r"@media print \{(.*)\}", COLOURS, flags=re.DOTALL)
    light = {name: one for name, one, _ in both}
    dark = {name: other for name, _, other in both}
    on_print = light | dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", on_paper))
    found = {"light": light, "dark": dark, "print": on_print}
    for colours in found.values():
        colours["hottest"] = mixed(colours["heat"], colours["sheet"], HOTTEST)
    return found


def mixed(one: str, other: str, share: float) -> str:
    pairs = [(int(one[k : k + 2], 16), int(other[k : k + 2], 16)) for k in (1, 3, 5)]
    return "#" + "".join(f"{round(a * share + b * (1 - share)):02x}" for a, b in pairs)


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


def test_the_shade_of_a_cell_is_what_the_test_takes_it_for() -> None:
    css = (TEMPLATES / "agreement.css").read_text(encoding="utf-8")
    assert f"calc(var(--share) * {HOTTEST:.0%})" in css


def test_every_colour_stands_in_the_one_file() -> None:
    assert len(themes()["light"]) == COLOURS.count("light-dark(#") + 1  # the mixed one
    assert set(map(len, themes().values())) == {len(themes()["light"])}
    assert re.findall(r"--([\w-]+):", COLOURS)


@pytest.mark.parametrize("path", SHEETS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_style_sheet_uses_colours_that_are_set_and_has_none_of_its_own(path: Path) -> None:
    css = path.read_text(encoding="utf-8")
    used = set(re.findall(r"var\(--([\w-]+)", css)) - NO_COLOURS
    assert used
    assert used <= themes()["light"].keys() - {"hottest"}
    veil = "rgb(0 0 0 / 45%)"  # behind a dialog, whatever the theme
    assert not re.search(r"#[0-9a-f]{3,8}\b(?=[;,) ])|\brgba?\(|\bhsl", css.replace(veil, ""))
    assert "prefers-color-scheme" not in css


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
