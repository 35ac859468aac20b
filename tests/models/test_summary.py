"""What there is to say of a model in a few lines."""

from pathlib import Path

import pytest

from rupture_nlp.models.places import packaged_models
from rupture_nlp.models.summary import headline, read_card, summarise, summarise_all
from tests.tiny_model import make_tiny_bundle

TABLE = """# made
| patient turns | kappa, 5 codes | rupture F1 |
|---|---|---|
| small (out of fold; torch, fp32) | 0.27 [0.16, 0.37] | 0.30 |
| made (out of fold; torch, fp32) | 0.31 [0.20, 0.41] | 0.35 |

| F1 by code, therapist | withdrawal |
|---|---|
| made (out of fold; torch, fp32) | 0.99 |
"""


def test_the_headline_is_the_models_own_row() -> None:
    line = "out of fold, kappa of 5 codes against AI coders: patient turns 0.31 [0.20, 0.41]"
    assert headline(TABLE, "made") == line


LAB = """**Better than small.**
Patient turns: 90, with a rupture 30 (33.3 %):

| patient turns | kappa | F1 of a rupture |
|---|---|---|
| small as it is | .10 [.00, .20] | .20 [.10, .30] |
| our-lab (out of fold){stamp} | .21 [.10, .34] | .30 [.20, .40] |
| coders with each other | .92 [.82, .99] | .93 [.80, .99] |

Therapist turns: 80, with a rupture 3 (3.8 %):

| therapist turns | kappa | F1 of a rupture |
|---|---|---|
| our-lab (out of fold){stamp} | not estimable | not estimable |
"""


@pytest.mark.parametrize(("stamp", "before"), [("", ""), (", IN-SAMPLE", "IN-SAMPLE, ")])
def test_the_headline_of_a_labs_model_is_of_the_labs_own_codes(stamp: str, before: str) -> None:
    line = "out of fold, kappa with the codes of the lab that trained it: "
    figures = "patient turns .21 [.10, .34], therapist turns not estimable"
    assert headline(LAB.format(stamp=stamp), "our-lab") == before + line + figures


@pytest.mark.parametrize("card", ["", "# a lab's card\n", TABLE])
def test_a_card_without_figures_of_the_model_says_so(card: str) -> None:
    assert headline(card, "m.de") == "no out-of-fold figures in its card"


def test_the_packaged_model_has_a_headline_for_both_speakers() -> None:
    (small,) = [s for s in summarise_all(packaged_models()) if s.name == "small"]
    assert small.info is not None
    assert small.info.name == "small"
    assert "patient turns 0." in small.figures
    assert "therapist turns 0." in small.figures
    assert 40e6 < small.bytes < 50e6


def test_a_model_that_cannot_be_used_is_described_with_the_reason(tmp_path: Path) -> None:
    folder = make_tiny_bundle(tmp_path / "old")
    path = folder / "bundle.json"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('"format": 1', '"format": 9'), encoding="utf-8")
    (summary,) = summarise_all(tmp_path)
    assert summary.info is None
    assert "later version" in summary.problem
    path.write_text("{", encoding="utf-8")
    assert "missing or not JSON" in summarise(folder).problem


def test_no_card_is_no_error(tmp_path: Path) -> None:
    folder = make_tiny_bundle(tmp_path / "tiny")
    (folder / "README.md").unlink()
    assert read_card(folder) == ""
    assert summarise(folder).figures == "no out-of-fold figures in its card"


def test_a_folder_that_is_not_there_has_no_models(tmp_path: Path) -> None:
    assert summarise_all(tmp_path / "nowhere") == []
