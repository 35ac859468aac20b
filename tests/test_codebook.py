"""The codebook as data, held against CODEBOOK.md and CROSSWALKS.md, which are the authority."""

import hashlib
import json
import re
from importlib import resources
from pathlib import Path

import pytest

from rupture_nlp.codebook import load_codebook
from rupture_nlp.schema import RUPTURES, Rupture, Speaker

FOLDER = Path(__file__).parents[1] / "data" / "codebook"
CODEBOOK = (FOLDER / "CODEBOOK.md").read_text(encoding="utf-8")
CROSSWALKS = (FOLDER / "CROSSWALKS.md").read_text(encoding="utf-8")
BOOK = load_codebook()


def section(text: str, heading: str) -> str:
    """What stands under the heading that begins with these words."""
    _, _, rest = text.partition(f"\n## {heading}")
    return rest.partition("\n## ")[0]


def table(text: str) -> list[list[str]]:
    """The rows of the first table, without the header."""
    lines = re.search(r"(?:^\|.*\n)+", text, flags=re.MULTILINE)
    assert lines is not None
    rows = lines.group().splitlines()[2:]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]


def bare(cell: str) -> str:
    return cell.strip("`")


def test_the_codes_are_those_of_the_codebook() -> None:
    rows = [
        (bare(name), direction, core) for name, direction, core in table(section(CODEBOOK, "2."))
    ]
    ours = {code.code.value: (code.direction or "", code.description) for code in BOOK.ruptures}
    # CODEBOOK lists `none` last and describes it in the column of directions.
    for name, direction, core in rows[:-1]:
        assert ours[name] == (direction, core)
    assert rows[-1][0] == "none"
    assert [code.code for code in BOOK.ruptures] == list(RUPTURES)
    assert {name for name, _, _ in rows} == set(ours)


@pytest.mark.parametrize("code", RUPTURES[1:])
def test_the_markers_of_a_code_are_those_of_its_table(code: Rupture) -> None:
    _, _, rest = section(CODEBOOK, "2.").partition(f"\n`{code}`\n")
    rows = [(bare(name), text, threers.strip("()")) for name, text, threers in table(rest)]
    ours = [m for m in BOOK.markers if m.code is code and not m.therapist_only]
    assert [(m.name, m.description, (m.threers or "").strip("()")) for m in ours] == rows


def test_therapist_markers_are_those_of_the_paragraph_about_them() -> None:
    paragraph = section(CODEBOOK, "2.").partition("Markers of a therapist's rupture")[2]
    paragraph = paragraph.partition("The markers above")[0]
    found: dict[str, str] = {}
    for names, code in re.findall(r"((?:`\w+`,? ?)+)\(`(\w+)`\)", paragraph):
        found |= dict.fromkeys(re.findall(r"`(\w+)`", names), code)
    ours = {m.name: m.code.value for m in BOOK.markers if m.therapist_only}
    assert ours == found
    assert len(found) == 13


def test_the_strategies_are_those_of_the_codebook() -> None:
    rows = [[bare(cell) for cell in row] for row in table(section(CODEBOOK, "3."))]
    ours = [[s.name, s.description, s.pathway, s.type, s.threers] for s in BOOK.strategies]
    assert ours == rows


def test_the_processes_are_those_of_the_codebook() -> None:
    rows = [(bare(name), text) for name, text in table(section(CODEBOOK, "4."))]
    assert [(p.name, p.description) for p in BOOK.processes] == rows


def test_resolutions_intensities_and_ratings_are_those_of_the_codebook() -> None:
    scale = dict(table(section(CODEBOOK, "5.")))["`resolution`"]
    assert "; ".join(f"{a.value} = {a.meaning}" for a in BOOK.resolutions) == scale
    assert [a.value for a in BOOK.intensities] == [1, 2, 3]
    listed = re.findall(r"`(\w+)`", section(CODEBOOK, "6."))
    assert [rating.name for rating in BOOK.ratings] == listed


def test_the_version_is_that_of_the_codebook() -> None:
    assert f"Version {BOOK.version}." in CODEBOOK


def test_there_are_so_many_of_each_and_no_name_twice() -> None:
    counts = [BOOK.ruptures, BOOK.markers, BOOK.strategies, BOOK.processes, BOOK.ratings]
    assert [len(part) for part in counts] == [5, 25 + 13, 11, 6, 4]
    names = [*BOOK.marker_names, *BOOK.strategy_names, *BOOK.process_names, *Rupture]
    assert len(set(names)) == len(names)


def test_a_patient_takes_no_therapist_markers_and_a_therapist_takes_all() -> None:
    code = Rupture.WITHDRAWAL_FROM_SELF
    patient = BOOK.markers_of(code, Speaker.PATIENT)
    assert len(patient) == 6
    assert BOOK.markers_of(code, Speaker.THERAPIST) == (*patient, "hollow_reassurance", "placates")
    assert BOOK.markers_of(Rupture.NONE, Speaker.THERAPIST) == ()


def test_stages_are_those_of_the_four_stage_model() -> None:
    (cell,) = (
        here
        for idea, here in table(section(CROSSWALKS, "Repair"))
        if idea.startswith("four-stage resolution model")
    )
    stages = {
        name: int(part[0]) for part in cell.split("; ") for name in re.findall(r"`(\w+)`", part)
    }
    ours = {p.name: p.stage for p in BOOK.processes if p.stage is not None}
    ours |= {s.name: s.stage for s in BOOK.strategies if s.stage != 1}
    assert ours == stages


def test_the_3rs_crosswalk_is_that_of_the_file() -> None:
    rows = []
    for name, cell in table(section(CROSSWALKS, "3RS")):
        codes = [(code, bool(near)) for near, code in re.findall(r"`(~?)(\w+)`", cell)]
        rows.append((name, codes))
    ours = [
        (row["name"], [(code["name"], code["near"]) for code in row["codes"]])
        for row in BOOK.crosswalks["threers_2015"]
    ]
    assert ours == rows


def test_every_marker_and_strategy_of_patients_and_therapists_has_a_3rs_name() -> None:
    mapped = [c["name"] for row in BOOK.crosswalks["threers_2015"] for c in row["codes"]]
    shared = [m.name for m in BOOK.markers if not m.therapist_only]
    assert sorted(mapped) == sorted([*shared, *BOOK.strategy_names])


def test_crosswalks_name_nothing_that_the_codebook_does_not_have() -> None:
    known = {*BOOK.marker_names, *BOOK.strategy_names, *BOOK.process_names, *Rupture}
    known |= {"voices_*", "pathway", "type", "secondary", "mixed", "speaker", "intensity"}
    written = set(re.findall(r"`~?([a-z_*]+)`", json.dumps(BOOK.crosswalks)))
    assert written <= known
    assert set(re.findall(r"`~?([a-z_*]+)`", CROSSWALKS)) <= known | {"threers"}


def test_the_clinical_support_tools_are_those_of_the_file() -> None:
    rows = table(section(CROSSWALKS, "Clinical"))
    ours = [(row["name"], row["codes"]) for row in BOOK.crosswalks["clinical_support_tools"]]
    assert ours == [(name, re.findall(r"`([a-z_*]+)`", cell)) for name, cell in rows]
    assert len(ours) == 19


def test_3rs_ratings_follow_the_highest_intensity() -> None:
    crosswalk = BOOK.crosswalks["threers_2022"]
    paragraph = section(CROSSWALKS, "3RS")
    for name in ("interval_map", "ordinal_map"):
        pairs = ", ".join(f"{key} -> {value}" for key, value in crosswalk[name].items())
        assert pairs in paragraph
    assert [(r["name"], r["speaker"], r["family"]) for r in crosswalk["ratings"]] == [
        ("WD_P", "patient", "withdrawal"),
        ("WD_T", "therapist", "withdrawal"),
        ("CF_P", "patient", "confrontation"),
        ("CF_T", "therapist", "confrontation"),
    ]


def test_the_hash_is_that_of_the_packaged_file_and_does_not_change() -> None:
    content = resources.files("rupture_nlp.resources").joinpath("codebook.json").read_bytes()
    assert BOOK.sha256 == hashlib.sha256(content).hexdigest() == load_codebook().sha256
    assert b"\r" not in content  # the same bytes on every system
