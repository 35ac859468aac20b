"""The look: colours of the reports, WCAG AA in light and dark, nothing from elsewhere."""

import re
from pathlib import Path

import pytest

from rupture_nlp import reports, review
from tests.reports.test_style import SHAPES_ON, TEXT_ON, contrast

REVIEW = Path(review.__file__).parent
CSS = (REVIEW / "static" / "base.css").read_text(encoding="utf-8")
REPORT_CSS = (Path(reports.__file__).parent / "templates" / "report.css").read_text("utf-8")
MINE = [
    ("on-link", "link"),
    ("alarm", "alarm-tint"),
    ("ink", "alarm-tint"),
    ("soft", "band"),
    ("link", "band"),
]


def colours_of(css: str) -> list[dict[str, str]]:
    blocks = re.findall(r":root[^{]*\{(.*?)\}", css, flags=re.DOTALL)
    return [dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block)) for block in blocks]


def test_the_switch_to_dark_gives_the_colours_of_a_dark_system() -> None:
    light, dark_by_system, dark_by_switch = colours_of(CSS)
    assert dark_by_system == dark_by_switch
    assert light.keys() == dark_by_system.keys()


def test_colours_are_those_of_the_reports() -> None:
    for mine, theirs in zip(colours_of(CSS)[:2], colours_of(REPORT_CSS)[:2], strict=True):
        assert theirs.items() <= mine.items()


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_words_and_marks_stand_out_from_their_ground(theme: int) -> None:
    colours = colours_of(CSS)[theme]
    weak = [
        (ink, ground)
        for pairs, least in (([*TEXT_ON, *MINE], 4.5), (SHAPES_ON, 3.0))
        for ink, ground in pairs
        if contrast(colours[ink], colours[ground]) < least
    ]
    assert not weak


def test_every_colour_that_is_used_is_set() -> None:
    assert set(re.findall(r"var\(--([\w-]+)\)", CSS)) <= set(colours_of(CSS)[0])


FILES = sorted(
    path
    for folder in ("static", "templates")
    for path in (REVIEW / folder).rglob("*")
    if path.suffix in {".css", ".js", ".html"}
)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_nothing_is_fetched_from_elsewhere(path: Path) -> None:
    source = path.read_text(encoding="utf-8").replace("http://www.w3.org/", "")
    assert not re.search(r"https?://|@import|url\(\s*[\"']?//", source)


@pytest.mark.parametrize(
    "path", [path for path in FILES if path.suffix == ".html"], ids=lambda path: path.name
)
def test_templates_hold_no_inline_script_style_or_handler(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", source)
    assert not re.search(r"<script(?![^>]*\ssrc=)", source)
    assert "|safe" not in source.replace(" ", "")
    assert "autoescape" not in source
