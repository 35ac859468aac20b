"""The look: the colours of the reports, which are measured there, and nothing from elsewhere."""

import re
from pathlib import Path

import pytest

from rupture_nlp import reports, review
from rupture_nlp.review.web.static_files import COLOURS, read_assets

REVIEW = Path(review.__file__).parent


def test_the_colours_are_those_of_the_reports() -> None:
    theirs = Path(reports.__file__).parent / "templates" / COLOURS
    assert read_assets()[COLOURS].content == theirs.read_bytes()
    assert f'href="/static/{COLOURS}"' in (REVIEW / "templates" / "base.html").read_text("utf-8")


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
