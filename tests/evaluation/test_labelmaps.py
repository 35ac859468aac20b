"""Label maps: presets from the crosswalks, a lab's own file, what is lost on the way."""

import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rupture_nlp.codebook import load_codebook
from rupture_nlp.errors import ConfigError
from rupture_nlp.evaluation.labelmap_files import PRESETS, load_label_map, read_label_map
from rupture_nlp.evaluation.labelmaps import MAP_FIELDS, FieldMap, MapField, codes_of, field_map
from rupture_nlp.schema import RUPTURES, Family, Speaker

DOCUMENT = Path(__file__).parents[2] / "docs" / "labelmaps.md"
RUPTURE = """rupture:
  none: "0"
  withdrawal_from_other: WD
  withdrawal_from_self: ~WD
  confrontation_aggression: CF
  confrontation_control: CF
"""
NAN = float("nan")


def field(name: str, field_name: MapField = "rupture") -> FieldMap:
    found = load_label_map(name).field(field_name)
    assert found is not None
    return found


def write(folder: Path, content: str) -> Path:
    path = folder / "map.yaml"
    path.write_text(content, encoding="utf-8")
    return path


def refusal(path: Path) -> str:
    with pytest.raises(ConfigError) as caught:
        read_label_map(path)
    assert caught.value.__context__ is None
    return str(caught.value)


# Presets


def test_families_and_rupture_say_what_the_codes_say() -> None:
    families, rupture = field("families"), field("rupture")
    for place, code in enumerate(RUPTURES):
        named = families.labels[int(families.map_labels(np.array([place]))[0])]
        assert named == (code.family or "none")
        yes = rupture.labels[int(rupture.map_labels(np.array([place]))[0])]
        assert yes == ("no" if code.value == "none" else "yes")


def test_the_3rs_of_2015_is_the_crosswalk_and_drops_only_what_has_no_counterpart() -> None:
    book, markers = load_codebook(), field("3rs-2015", "markers")
    only = {marker.name for marker in book.markers if marker.therapist_only}
    assert set(markers.dropped) == only
    assert field("3rs-2015", "strategies").dropped == ()
    assert load_label_map("3rs-2015").field("rupture") is None
    # By hand, from CROSSWALKS.md.
    assert len(markers.labels) == 14
    assert len(field("3rs-2015", "strategies").labels) == 9
    shown = {
        code: [markers.labels[target] for target in targets]
        for code, targets in zip(markers.codes, markers.targets, strict=True)
    }
    assert shown["capitulation"] == ["deferential and appeasing"]
    assert shown["disengaged"] == ["minimal response"]
    assert {code for code, _ in markers.near} == {
        "disengaged",
        "hostility",
        "objectification",
        "overfriendly",
    }


def test_the_3rs_of_2022_rates_the_highest_intensity_of_a_family_and_speaker() -> None:
    salience = load_label_map("3rs-2022").salience
    assert salience is not None
    highest = np.array([0, 1, 2, 3, NAN])
    np.testing.assert_array_equal(salience.rate(highest, "interval"), [1, 2, 3.5, 5, NAN])
    np.testing.assert_array_equal(salience.rate(highest, "ordinal"), [1, 2, 4, 5, NAN])
    shown = {
        rating.name: (rating.speaker, {c.family for c in rating.codes})
        for rating in salience.ratings
    }
    assert shown == {
        "WD_P": (Speaker.PATIENT, {Family.WITHDRAWAL}),
        "WD_T": (Speaker.THERAPIST, {Family.WITHDRAWAL}),
        "CF_P": (Speaker.PATIENT, {Family.CONFRONTATION}),
        "CF_T": (Speaker.THERAPIST, {Family.CONFRONTATION}),
    }


def test_every_preset_has_a_signature_of_its_own() -> None:
    signatures = {load_label_map(name).signature for name in PRESETS}
    assert {signature.split("@")[0] for signature in signatures} == set(PRESETS)
    assert len(signatures) == len(PRESETS)


# Mapping


def test_labels_of_any_shape_are_mapped_and_missing_stays_missing() -> None:
    families = field("families")
    assert families.labels == ("none", "withdrawal", "confrontation")
    mapped = families.map_labels(np.array([[0, 1, 2], [3, 4, -1]]))
    assert mapped.tolist() == [[0, 1, 1], [2, 2, -1]]


def test_probabilities_of_codes_with_one_label_are_added() -> None:
    given = np.array([[0.5, 0.125, 0.125, 0.25, 0.0], [NAN] * 5])
    mapped = field("families").map_probabilities(given)
    np.testing.assert_array_equal(mapped, [[0.5, 0.25, 0.25], [NAN] * 3])


def test_dropped_codes_are_missing_and_the_rest_of_the_probability_is_shared_out() -> None:
    made = field_map("rupture", {"none": ["0"], "confrontation_control": ["1"]})
    assert made.map_labels(np.array([0, 1, 2, 3, 4])).tolist() == [0, -1, -1, -1, 1]
    # .2 is left for `none`, .6 for control: a quarter and three quarters of .8.
    np.testing.assert_allclose(
        made.map_probabilities(np.array([0.2, 0.1, 0.1, 0.0, 0.6])), [0.25, 0.75]
    )
    np.testing.assert_array_equal(
        made.map_probabilities(np.array([0.0, 1.0, 0.0, 0.0, 0.0])), [NAN, NAN]
    )


def test_a_set_label_is_there_if_one_of_its_codes_is() -> None:
    made = field_map("processes", {"avoids": ["A"], "voices_hurt": ["A", "B"], "re_engages": ["C"]})
    assert made.labels == ("A", "B", "C")
    given = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 0], [-1, 1, 0], [1, -1, 0], [-1, -1, -1]])
    mapped = made.map_sets(given, ["avoids", "voices_hurt", "asserts_need"])
    assert mapped.names == ("A", "B")  # C has no code among those given
    assert mapped.given.tolist() == [[1, 0], [1, 1], [0, 0], [1, 1], [1, -1], [-1, -1]]
    with pytest.raises(ValueError, match="one code a turn"):
        made.map_labels(np.array([0]))


@given(st.lists(st.lists(st.sampled_from([-1, 0, 1]), min_size=2, max_size=2), min_size=1))
def test_mapping_coders_side_by_side_is_mapping_each(rows: list[list[int]]) -> None:
    made = field_map("processes", {"avoids": ["A"], "voices_hurt": ["A", "B"]})
    names = ["avoids", "voices_hurt"]
    table = np.array([rows, rows[::-1]]).transpose(1, 0, 2)  # rows, coders, names
    mapped = made.map_sets(table, names).given
    np.testing.assert_array_equal(mapped[:, 0], made.map_sets(np.array(rows), names).given)
    np.testing.assert_array_equal(mapped[:, 1], mapped[::-1, 0])


# A lab's own map


def test_a_labs_map_is_read_with_what_is_near_and_dropped(tmp_path: Path) -> None:
    others = ", ".join(codes_of("processes")[1:])
    content = f"name: lab\n{RUPTURE}processes:\n  avoids: [X, ~Y]\ndrop:\n"
    content += f"  processes: [{others}]\n"
    made = read_label_map(write(tmp_path, content))
    rupture, processes = made.field("rupture"), made.field("processes")
    assert rupture is not None
    assert processes is not None
    assert (rupture.labels, rupture.near) == (("0", "WD", "CF"), (("withdrawal_from_self", "WD"),))
    assert (processes.labels, processes.near) == (("X", "Y"), (("avoids", "Y"),))
    assert processes.dropped == codes_of("processes")[1:]


def test_the_signature_follows_the_content_and_not_its_form(tmp_path: Path) -> None:
    def signature(content: str) -> str:
        return read_label_map(write(tmp_path, content)).signature

    plain = signature(f"name: lab\n{RUPTURE}")
    lines = RUPTURE.splitlines()
    turned = "\n".join([lines[0], *reversed(lines[1:])])
    assert signature(f"# note\ndescription: x\n{turned}\nname: lab\n") == plain
    assert signature(f"name: lab\n{RUPTURE.replace('~WD', 'WD')}") != plain


@pytest.mark.parametrize(
    ("old", "new", "problems"),
    [
        ("  confrontation_control: CF\n", "", ["confrontation_control is neither mapped nor"]),
        ("CF\n", "\n", ["rupture.confrontation_aggression", "rupture.confrontation_control"]),
        ("~WD", "~", ["rupture.withdrawal_from_self"]),
        ("~WD", '"~"', ["withdrawal_from_self has an empty label"]),
        ("~WD", "[WD, CF]", ["withdrawal_from_self has several labels"]),
        (
            "_control:",
            "_kontrol:",
            ["'confrontation_kontrol' is no code", "confrontation_control is neither"],
        ),
        ('"0"', "0", ["rupture.none"]),
        ("rupture:", "drop:\n  rupture: [none]\nrupture:", ["none is mapped and dropped"]),
        (
            "rupture:",
            "drop:\n  markers: [denial]\nrupture:",
            ["drop.markers: the map does not hold"],
        ),
        ("rupture:", "drop:\n  signs: [denial]\nrupture:", ["drop: unknown field"]),
        ("rupture:", "colour: red\nrupture:", ["colour"]),
        ("rupture:", "markers:\n  denial: [a, ~a]\nrupture:", ["denial has the same label twice"]),
        (RUPTURE, "", ["nothing is mapped"]),
    ],
)
def test_what_is_wrong_with_a_map_is_listed(
    tmp_path: Path, old: str, new: str, problems: list[str]
) -> None:
    content = f"name: lab\n{RUPTURE}"
    assert old in content
    message = refusal(write(tmp_path, content.replace(old, new)))
    assert [problem for problem in problems if problem not in message] == []


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("[1, 2, 3.5, 5]", "[1, 2, 3.5]", "salience.interval: 4 numbers"),
        ("[1, 2, 4, 5]", "[1, 4, 2, 5]", "salience.ordinal: 4 numbers"),
        ("speaker: patient", "speaker: other", "salience.ratings.AWAY_P: takes"),
        ("confrontation_aggression, conf", "none, conf", "salience.ratings.AGAINST_P: takes"),
        ("speaker: patient", "speaker: client", "speaker"),
    ],
)
def test_what_is_wrong_with_salience_ratings_is_told(
    tmp_path: Path, old: str, new: str, problem: str
) -> None:
    _, content = examples()
    assert problem in refusal(write(tmp_path, content.replace(old, new, 1)))


def test_an_unknown_name_lists_the_presets() -> None:
    with pytest.raises(ConfigError, match="3rs-2015, 3rs-2022, families, rupture"):
        load_label_map("3rs")


# The page about it


def examples() -> list[str]:
    return re.findall(r"```yaml \S+\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)


def test_the_examples_of_the_page_are_maps(tmp_path: Path) -> None:
    mine, salience = (read_label_map(write(tmp_path, example)) for example in examples())
    assert [one.field for one in mine.fields] == ["rupture", "processes"]
    assert salience.salience is not None
    assert salience.salience.interval == (1, 2, 3.5, 5)


def test_the_page_names_every_preset_and_field() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert [name for name in (*PRESETS, *MAP_FIELDS) if f"`{name}`" not in text] == []
