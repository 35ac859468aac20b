import numpy as np
import pytest

from rupture_nlp.errors import ConfigError
from rupture_nlp.schema import Rupture, Speaker
from rupture_nlp.training.lab.labels import NO_CLASS, label_set
from tests.training.lab.made import CA, CC, WO, WS, lab_session, plain_lab


def test_a_lab_that_used_every_code_has_five_classes_in_their_order() -> None:
    found = label_set("auto", plain_lab())
    assert found.name == "codes"
    assert found.classes == tuple(code.value for code in Rupture)
    assert np.array_equal(found.collapse, np.eye(5))
    assert not found.is_coarse


def test_one_code_of_each_family_means_that_families_were_told_apart() -> None:
    found = label_set("auto", [lab_session("s", "p", {"ana": {1: WO, 3: CA}})])
    assert (found.name, found.class_of) == ("families", (0, 1, 1, 2, 2))
    assert found.collapse.tolist() == [[1, 0, 0], [0, 1, 0], [0, 1, 0], [0, 0, 1], [0, 0, 1]]
    assert found.is_coarse


def test_a_single_code_means_that_ruptures_were_told_from_the_rest() -> None:
    found = label_set("auto", [lab_session("s", "p", {"ana": {1: CC}})])
    assert (found.name, found.classes) == ("rupture", ("none", "rupture"))
    assert found.collapse[1:, 1].tolist() == [1, 1, 1, 1]


def test_a_code_that_nobody_used_has_no_class_and_no_probability() -> None:
    found = label_set("codes", [lab_session("s", "p", {"ana": {1: WO}, "ben": {3: WS, 5: CA}})])
    assert found.left_out == (CC,)
    assert found.class_of == (0, 1, 2, 3, NO_CLASS)
    assert found.collapse[4].tolist() == [0, 0, 0, 0]
    assert found.learned.tolist() == [True, True, True, True, False]
    assert found.class_of_code(CC) is None


def test_a_family_that_nobody_used_is_left_out() -> None:
    found = label_set("families", [lab_session("s", "p", {"ana": {1: CC}})])
    assert (found.classes, found.left_out) == (("none", "confrontation"), (WO, WS))


def test_a_subset_leaves_out_the_rest() -> None:
    found = label_set("confrontation_control, withdrawal_from_self", plain_lab())
    assert (found.name, found.classes) == (
        "subset",
        ("none", "withdrawal_from_self", "confrontation_control"),
    )


@pytest.mark.parametrize("asked", ["", "none", "anger", "codes,families"])
def test_what_is_no_label_set_is_refused_with_those_there_are(asked: str) -> None:
    with pytest.raises(ConfigError, match="withdrawal_from_other"):
        label_set(asked, plain_lab())


def test_codes_that_nobody_gave_cannot_be_asked_for() -> None:
    with pytest.raises(ConfigError, match="no coder used"):
        label_set("confrontation_control", [lab_session("s", "p", {"ana": {1: WO}})])
    with pytest.raises(ConfigError, match="nothing to learn"):
        label_set("auto", [lab_session("s", "p", {"ana": {}})])


def test_a_speaker_without_any_rupture_counts_as_not_coded() -> None:
    assert label_set("auto", [lab_session("s", "p", {"a": {1: WO}})]).speakers == (Speaker.PATIENT,)
    assert label_set("auto", plain_lab()).speakers == (Speaker.PATIENT, Speaker.THERAPIST)
