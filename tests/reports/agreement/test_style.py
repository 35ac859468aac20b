"""Colours that only the agreement page has: WCAG AA in light, dark and print."""

import re
from pathlib import Path

import pytest

from rupture_nlp import reports
from tests.reports.test_style import contrast
from tests.reports.test_style import themes as common_themes

CSS = (Path(reports.__file__).parent / "templates" / "agreement.css").read_text(encoding="utf-8")
HOTTEST = 0.42  # share of the heat's colour in a cell that holds its whole row


def themes() -> dict[str, dict[str, str]]:
    blocks = re.findall(r":root \{(.*?)\}", CSS, flags=re.DOTALL)
    own = [dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block)) for block in blocks]
    common = common_themes()
    return {name: common[name] | found for name, found in zip(common, own, strict=True)}


def mixed(one: str, other: str, share: float) -> str:
    pairs = [(int(one[k : k + 2], 16), int(other[k : k + 2], 16)) for k in (1, 3, 5)]
    return "#" + "".join(f"{round(a * share + b * (1 - share)):02x}" for a, b in pairs)


@pytest.mark.parametrize("theme", ["light", "dark", "print"])
def test_words_stand_out_from_their_ground(theme: str) -> None:
    colours = themes()[theme]
    hottest = mixed(colours["heat"], colours["sheet"], HOTTEST)
    assert contrast(colours["ink"], hottest) >= 4.5
    assert contrast(colours["alarm"], colours["sheet"]) >= 4.5
    assert contrast(colours["alarm"], colours["alarm-tint"]) >= 4.5
    assert contrast(colours["ink"], colours["alarm-tint"]) >= 4.5
    assert contrast(colours["soft"], colours["band"]) >= 4.5  # counts in a group's head


def test_the_shade_of_a_cell_is_what_the_test_takes_it_for() -> None:
    assert f"calc(var(--share) * {HOTTEST:.0%})" in CSS


def test_every_theme_sets_every_colour_that_is_used() -> None:
    used = set(re.findall(r"var\(--([\w-]+)\)", CSS)) - {"share"}
    for colours in themes().values():
        assert used <= set(colours)
