"""Round trips of the two foreign formats, and what they do with things that do not fit."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings

from rupture_nlp.errors import CorpusError
from rupture_nlp.review import label_studio as names
from rupture_nlp.review.derive import Decided, Extent, settle
from rupture_nlp.review.label_studio import TASKS, labelling_interface, write_label_studio
from rupture_nlp.review.label_studio_reading import read_label_studio
from rupture_nlp.review.transfer import Incoming
from rupture_nlp.review.transfer_csv import write_csv
from rupture_nlp.review.transfer_csv_reading import read_csv
from rupture_nlp.schema import (
    CodedSession,
    Ratings,
    Rupture,
    Speaker,
    Transcript,
    Utterance,
    UtteranceCode,
)
from tests.review.codings import coded_sessions

CANARY = "the heron at the lock"
P, T, O = Speaker.PATIENT, Speaker.THERAPIST, Speaker.OTHER  # noqa: E741  # drawn beside P and T


def session(codes: dict[int, UtteranceCode] | None = None, **changes: Any) -> CodedSession:  # noqa: ANN401  # fields of Decided
    """Patient, therapist, patient, other; one finished coder who saw a rupture at turn 0."""
    turns = tuple(Utterance(str(at), who, CANARY) for at, who in enumerate((P, T, P, O)))
    transcript = Transcript("s1", turns)
    first = UtteranceCode(
        "0",
        Rupture.CONFRONTATION_AGGRESSION,
        intensity=2,
        markers=("hostility",),
        mode="blind",
        comment="=cmd",
    )
    second = UtteranceCode("1", strategies=("redirects", "links_pattern"), mode="blind")
    made = Decided(
        "ana", True, "blind", codes or {0: first, 1: second}, (Extent("e0000000a", 0, 1, 4),)
    )
    coding = settle(transcript, replace(made, **changes)).coding
    return CodedSession(transcript, (coding,), "g", (("chosen_by", "person"),))


def through_label_studio(sessions: tuple[CodedSession, ...], folder: Path) -> Incoming:
    write_label_studio(sessions, {}, folder, with_text=True)
    return read_label_studio(folder / TASKS)


def through_csv(sessions: tuple[CodedSession, ...], folder: Path) -> Incoming:
    write_csv(sessions, folder / "coding.csv", with_text=True)
    return read_csv(folder / "coding.csv")


WAYS = [through_label_studio, through_csv]
Way = Callable[[tuple[CodedSession, ...], Path], Incoming]


@pytest.mark.parametrize("way", WAYS)
def test_what_is_written_is_read_again(way: Way, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("out")

    @settings(max_examples=40)
    @given(coded_sessions())
    def holds(sessions: tuple[CodedSession, ...]) -> None:
        read = way(sessions, folder)
        assert read.sessions == sessions

    holds()


@pytest.mark.parametrize("way", WAYS)
def test_an_intact_file_gives_no_notes(way: Way, tmp_path: Path) -> None:
    assert way((session(),), tmp_path) == Incoming((session(),), ())


def test_without_the_option_no_word_leaves_the_project(tmp_path: Path) -> None:
    write_label_studio((session(),), {}, tmp_path, with_text=False)
    write_csv((session(),), tmp_path / "coding.csv", with_text=False)
    assert len(list(tmp_path.iterdir())) == 3
    assert all(CANARY not in path.read_text(encoding="utf-8") for path in tmp_path.iterdir())
    assert read_csv(tmp_path / "coding.csv").sessions[0].codings == session().codings
    assert read_label_studio(tmp_path / TASKS).sessions[0].codings == session().codings


# Label Studio


def tasks(tmp_path: Path) -> list[dict[str, Any]]:
    write_label_studio((session(),), {}, tmp_path, with_text=True)
    found: list[dict[str, Any]] = json.loads((tmp_path / TASKS).read_text(encoding="utf-8"))
    return found


def read_changed(content: object, tmp_path: Path) -> Incoming:
    (tmp_path / TASKS).write_text(json.dumps(content), encoding="utf-8")
    return read_label_studio(tmp_path / TASKS)


def test_a_code_is_a_region_over_its_paragraph_as_label_studio_writes_one(tmp_path: Path) -> None:
    (task,) = tasks(tmp_path)
    assert task["data"]["dialogue"][0]["speaker"] == "patient"
    regions = [r for r in task["annotations"][0]["result"] if r["id"] == "turn-0"]
    assert regions[0] == {
        "id": "turn-0",
        "from_name": "rupture",
        "to_name": "dialogue",
        "type": "paragraphlabels",
        "value": {
            "start": "0",
            "end": "0",
            "startOffset": 0,
            "endOffset": len(CANARY),
            "paragraphlabels": ["confrontation_aggression"],
        },
    }
    assert [(r["from_name"], r["type"]) for r in regions[1:]] == [
        ("intensity", "choices"),
        ("markers", "choices"),
        ("comment", "textarea"),
    ]


def test_every_control_that_results_name_is_in_the_interface(tmp_path: Path) -> None:
    interface = ET.fromstring(labelling_interface())  # noqa: S314  # our own file
    controls = {element.get("name"): element for element in interface}
    rated = session(ratings=Ratings(1, 2, 3, 4))
    write_label_studio((rated,), {"s1": rated.codings[0]}, tmp_path, with_text=True)
    (task,) = json.loads((tmp_path / TASKS).read_text(encoding="utf-8"))
    for result in (*task["annotations"][0]["result"], *task["predictions"][0]["result"]):
        control = controls[result["from_name"]]
        assert control.get("toName") == result["to_name"] == controls["dialogue"].get("name")
        assert control.tag.lower() == result["type"]
        offered = {choice.get("value") for choice in control}
        chosen = result["value"].get("choices") or result["value"].get("paragraphlabels") or []
        assert set(chosen) <= offered


def test_what_the_model_suggests_stands_as_a_prediction(tmp_path: Path) -> None:
    suggested = replace(session().codings[0], coder="small")
    write_label_studio((session(),), {"s1": suggested}, tmp_path, with_text=True)
    (task,) = json.loads((tmp_path / TASKS).read_text(encoding="utf-8"))
    (prediction,) = task["predictions"]
    assert prediction["model_version"] == "small"
    assert len(read_label_studio(tmp_path / TASKS).sessions[0].codings) == 1


def test_someone_who_annotated_there_goes_by_their_address_there(tmp_path: Path) -> None:
    content = tasks(tmp_path)
    results = content[0]["annotations"][0]["result"]
    results[:] = [r for r in results if r["from_name"] not in ("coder", "status", "mode")]
    for person, name in (({"id": 3, "email": "b@lab"}, "b@lab"), (3, "3"), (None, "")):
        content[0]["annotations"][0]["completed_by"] = person
        (coding,) = read_changed(content, tmp_path).sessions[0].codings
        assert (coding.coder, coding.complete) == (name, True)


def region(start: object, end: object, label: str, control: str = names.RUPTURE) -> dict[str, Any]:
    value = {"start": start, "end": end, "paragraphlabels": [label]}
    return {"id": "added", "from_name": control, "to_name": "dialogue", "value": value}


@pytest.mark.parametrize(
    ("added", "reason"),
    [
        (region("2", "3", "none"), "over several turns"),
        (region("9", "9", "none"), "outside the session"),
        (region("-1", "0", "none"), "outside the session"),
        (region(True, True, "none"), "outside the session"),
        (region("0", "0", "none"), "second code on a turn"),
        (region("2", "2", CANARY), "rupture: one of the five"),
        (region("3", "3", "none"), "`other` speaker takes no codes"),
        (region("2", "2", CANARY, "boxes"), "does not have"),
        ({"id": "x", "from_name": "rupture", "value": {"x": 1}}, "without a choice"),
        ({"id": "x", "from_name": "intensity", "value": {"choices": ["1"]}}, "is not there"),
        ({"from_name": "session_mood", "value": {"choices": ["1"]}}, "codebook does not have"),
        ({"from_name": "session_resolution", "value": {"choices": [CANARY]}}, "session rating"),
        (
            {"id": "turn-1", "from_name": "process", "value": {"choices": ["avoids"]}},
            "process: only on a patient's turn",
        ),
        (region("2", "2", "episode", "episode"), "without a rupture inside"),
    ],
)
def test_what_does_not_fit_is_noted_with_its_place_and_without_what_it_says(
    added: dict[str, Any], reason: str, tmp_path: Path
) -> None:
    content = tasks(tmp_path)
    content[0]["annotations"][0]["result"].append(added)
    read = read_changed(content, tmp_path)
    (note, *further) = read.notes
    assert reason in note.reason
    assert CANARY not in str(read.notes)
    assert note.place.startswith(("tasks.json: task 1, annotation 1", "session s1, ana"))
    assert all("not finished" in other.reason for other in further)


def test_a_session_with_a_turn_left_out_is_not_finished(tmp_path: Path) -> None:
    # Else the turn would read as `none`.
    content = tasks(tmp_path)
    content[0]["annotations"][0]["result"].append(region("2", "2", "no such code"))
    (coding,) = read_changed(content, tmp_path).sessions[0].codings
    assert not coding.complete
    assert coding.codes[2] is None


def test_a_skipped_annotation_is_noted(tmp_path: Path) -> None:
    content = tasks(tmp_path)
    content[0]["annotations"][0]["was_cancelled"] = True
    read = read_changed(content, tmp_path)
    assert read.sessions[0].codings == ()
    assert [note.place for note in read.notes] == ["tasks.json: task 1, annotation 1"]


@pytest.mark.parametrize(
    "content",
    [
        b"\xff\xfe",
        b"{",
        b"[" * 100_000,
        b'{"a": 1}',
        b'[{"id": 1}]',
        b'[{"data": {"text": "the heron at the lock"}}]',
        b'[{"data": {"session_id": "s", "dialogue": [{"utterance_id": "the heron at the lock"}]}}]',
        b'[{"data": {"session_id": "s", "dialogue": [], "descriptors":'
        b'{"the heron at the lock": 1}}}]',
    ],
)
def test_another_file_is_refused_in_one_line_that_does_not_quote_it(
    content: bytes, tmp_path: Path
) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(content)
    with pytest.raises(CorpusError) as caught:
        read_label_studio(path)
    assert CANARY not in str(caught.value)
    assert caught.value.__context__ is None
    assert "\n" not in str(caught.value)


# CSV


def test_formulas_are_neutralised(tmp_path: Path) -> None:
    write_csv((session(),), tmp_path / "coding.csv", with_text=True)
    assert "'=cmd" in (tmp_path / "coding.csv").read_text(encoding="utf-8")


def test_the_table_is_wide(tmp_path: Path) -> None:
    write_csv((session(),), tmp_path / "coding.csv", with_text=False)
    header, first, *rest = (tmp_path / "coding.csv").read_text(encoding="utf-8").splitlines()
    assert header.startswith("session_id,group,chosen_by,utterance_id,speaker,start_s,end_s,text,")
    assert "ana.status,ana.mode,ana.rupture" in header
    assert first.startswith("s1,g,person,0,patient,,,,complete,blind,confrontation_aggression,,2,")
    assert len(rest) == 3


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_a_table_that_a_spreadsheet_saved_is_read(delimiter: str, tmp_path: Path) -> None:
    path = tmp_path / "coding.csv"
    write_csv((session(),), path, with_text=False)
    saved = path.read_text(encoding="utf-8").replace(",", delimiter)
    path.write_text("\ufeff" + saved, encoding="utf-8", newline="")
    assert read_csv(path).sessions[0].codings == session().codings


def test_numbers_of_a_statistics_program_are_read(tmp_path: Path) -> None:
    path = tmp_path / "coding.csv"
    write_csv((session(),), path, with_text=False)
    saved = path.read_text(encoding="utf-8").replace(",2,hostility", ",2.0,hostility")
    path.write_text(saved, encoding="utf-8", newline="")
    assert read_csv(path).sessions[0].codings == session().codings


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (",2,hostility", ",7,hostility", "intensity: 1 to 3"),
        (",2,hostility", ",x,hostility", "intensity: 1 to 3"),
        (",2,hostility", ",2,lectures", "markers: only those of"),
        ("none,,,,redirects", ",,,,redirects", "rupture: one of the five"),
        ("1,therapist,,,,complete", "1,therapist,,,,partial", "different values of status"),
        ("complete,blind", "done,blind", "a status other than"),
        ("complete,blind", "complete,mine", "a mode other than"),
    ],
)
def test_a_cell_that_does_not_fit_is_noted_with_its_row(
    old: str, new: str, reason: str, tmp_path: Path
) -> None:
    path = tmp_path / "coding.csv"
    write_csv((session(),), path, with_text=False)
    content = path.read_text(encoding="utf-8")
    assert old in content
    path.write_text(content.replace(old, new), encoding="utf-8", newline="")
    notes = read_csv(path).notes
    assert any(reason in note.reason for note in notes)
    assert all(note.place.startswith(("coding.csv: row ", "session s1")) for note in notes)


def test_an_episode_with_a_gap_is_left_out_and_noted(tmp_path: Path) -> None:
    path = tmp_path / "coding.csv"
    write_csv((session(extents=(Extent("e1", 0, 2, 3),)),), path, with_text=False)
    rows = path.read_text(encoding="utf-8").splitlines()
    rows[2] = rows[2].replace("e1,3", ",")
    path.write_text("\r\n".join(rows), encoding="utf-8", newline="")
    read = read_csv(path)
    assert read.sessions[0].codings[0].episodes == ()
    assert "an episode with a gap: left out" in [note.reason for note in read.notes]


@pytest.mark.parametrize(
    "content",
    [
        b"\xff",
        b"",
        b"a,b\r\n1,2\r\n",
        b'session_id,utterance_id,speaker\r\n"s,0,patient\r\n',
        b"session_id,utterance_id,speaker\r\ns,0\r\n",
        b"session_id,utterance_id,speaker\r\ns,0,the heron at the lock\r\n",
        b"session_id,utterance_id,speaker\r\ns,0,patient\r\ns,0,patient\r\n",
        b"session_id,utterance_id,speaker,speaker\r\ns,0,patient,patient\r\n",
    ],
)
def test_another_table_is_refused_in_one_line_that_does_not_quote_it(
    content: bytes, tmp_path: Path
) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(content)
    with pytest.raises(CorpusError) as caught:
        read_csv(path)
    assert CANARY not in str(caught.value)
    assert caught.value.__context__ is None
