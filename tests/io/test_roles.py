from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rupture_nlp.errors import SpeakerRoleError, TranscriptError
from rupture_nlp.io.read import read_transcript
from rupture_nlp.io.roles import (
    BUILT_IN,
    RoleMap,
    SpeakerRow,
    built_in_role,
    list_speakers,
    read_roles,
    write_roles_template,
)
from rupture_nlp.io.turns import clean, name_key
from rupture_nlp.schema import Speaker

T, P, OTHER = Speaker.THERAPIST, Speaker.PATIENT, Speaker.OTHER


@pytest.mark.parametrize(
    ("tag", "role"),
    [
        *(("T", T), ("th.", T), ("THERAPIST", T), ("Counsellor", T), ("T12", T), ("Clinician", T)),
        *(("P", P), ("pt", P), ("C", P), ("Client 2", P), ("client_3", P), (" [Patient]: ", P)),
        *(("Other", OTHER), ("Interpreter", OTHER), ("Observer", OTHER)),
        *(("Doctor", None), ("Interviewer", None), ("Speaker 1", None), ("Tom", None), ("", None)),
        *(("Participant", None), ("Mother", None), ("1", None), ("T1234", None), ("I", None)),
    ],
)
def test_built_in_tags(tag: str, role: Speaker | None) -> None:
    assert built_in_role(tag) is role


def test_every_built_in_tag_is_documented() -> None:
    from rupture_nlp.io import roles  # noqa: PLC0415  # for its docstring

    documented = (roles.__doc__ or "").casefold().replace(",", " ").replace(";", " ").split()
    assert set(BUILT_IN) <= set(documented)


def test_c_may_be_the_counselor_where_somebody_else_is_the_patient(tmp_path: Path) -> None:
    path = tmp_path / "s.txt"
    path.write_text("C: a\nP: b\n")
    with pytest.raises(SpeakerRoleError, match="1 speaker has no known role, first in line 1"):
        read_transcript(path)
    speakers = [u.speaker for u in read_transcript(path, {"C": "therapist"}).utterances]
    assert speakers == [T, P]
    path.write_text("C1: a\nT: b\nC2: c\n")
    assert [u.speaker for u in read_transcript(path).utterances] == [P, T, P]


def test_a_role_map_wins_over_built_in_tags(tmp_path: Path) -> None:
    path = tmp_path / "s.txt"
    path.write_text("T: a\nP: b\n")
    roles = RoleMap.of_names({"t": "patient", "p": "therapist"})
    assert [u.speaker for u in read_transcript(path, roles).utterances] == [P, T]


def test_a_plain_mapping_must_hold_roles() -> None:
    with pytest.raises(ValueError, match="every role must be") as caught:
        RoleMap.of_names({"hush": "boss"})
    assert "hush" not in str(caught.value)


def row(file: str, role: Speaker) -> SpeakerRow:
    return SpeakerRow(file, "Jane", 1, role)


def test_the_nearest_row_of_a_role_map_counts(tmp_path: Path) -> None:
    roles = RoleMap.of_rows(
        [row("*", OTHER), row("a/s.vtt", P), row(str(tmp_path / "b" / "t.vtt"), T)]
    )
    assert roles.role_of(Path("a/s.vtt"), "JANE:") is P
    assert roles.role_of(Path("./a/s.vtt"), "Jane") is P
    assert roles.role_of(Path("elsewhere/s.vtt"), "Jane") is P  # by the name of the file
    assert roles.role_of(tmp_path / "b" / "t.vtt", "Jane") is T
    assert roles.role_of(Path("u.vtt"), "Jane") is OTHER
    assert roles.role_of(Path("u.vtt"), "Mary") is None
    assert roles.role_of(Path("u.vtt"), "Therapist") is T


def test_files_of_one_name_that_disagree_are_told_apart_by_path_only() -> None:
    roles = RoleMap.of_rows([row("a/s.vtt", P), row("b/s.vtt", T), row("c\\s.vtt", T)])
    assert roles.role_of(Path("a/s.vtt"), "Jane") is P
    assert roles.role_of(Path("b/s.vtt"), "Jane") is T
    assert roles.role_of(Path("c/s.vtt"), "Jane") is T
    assert roles.role_of(Path("d/s.vtt"), "Jane") is None


def test_speakers_are_listed_by_file_in_order_with_turns_and_built_in_roles(
    tmp_path: Path,
) -> None:
    first, second = tmp_path / "a.txt", tmp_path / "b.csv"
    first.write_text("Dr Smith: a\nP: b\nDR SMITH: c\n")
    second.write_text("speaker,text\nx,a\n,b\n")
    assert list_speakers([first, second]) == (
        SpeakerRow(str(first), "Dr Smith", 2),
        SpeakerRow(str(first), "P", 1, P),
        SpeakerRow(str(second), "x", 1),
        SpeakerRow(str(second), "", 1),
    )


NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12).map(clean)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(
        st.tuples(
            st.sampled_from(["a/s.vtt", "b/s.vtt", "=c.txt", "-d, e.txt"]), NAMES.map(name_key)
        ),
        st.sampled_from(Speaker),
        min_size=1,
        max_size=6,
    )
)
def test_a_filled_template_gives_its_roles_again(
    tmp_path: Path, filled: dict[tuple[str, str], Speaker]
) -> None:
    rows = [SpeakerRow(file, name, 3, role) for (file, name), role in filled.items()]
    write_roles_template(rows, tmp_path / "roles.csv")
    read = read_roles(tmp_path / "roles.csv")
    for (file, name), role in filled.items():
        assert read.role_of(Path(file), name) is role


def test_a_template_is_a_table_with_empty_roles_and_harmless_cells(tmp_path: Path) -> None:
    path = tmp_path / "new" / "roles.csv"
    write_roles_template([SpeakerRow("s.txt", '=x,"', 2), SpeakerRow("s.txt", "T", 1, T)], path)
    assert path.read_text() == (
        'file,speaker,turns,role\ns.txt,"\'=x,""",2,\ns.txt,T,1,therapist\n'
    )


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_role_map_saved_by_a_spreadsheet_is_read(tmp_path: Path, delimiter: str) -> None:
    path = tmp_path / "roles.csv"
    rows = ["file,speaker,turns,role", "*,Jüne,3, Patient ", "s.txt,Bob,1,OTHER"]
    text = "\r\n".join(rows).replace(",", delimiter)
    path.write_bytes(text.encode("cp1252"))
    roles = read_roles(path)
    assert roles.role_of(Path("x"), "jüne") is P
    assert roles.role_of(Path("s.txt"), "Bob") is OTHER


def test_a_role_map_without_files_holds_for_all(tmp_path: Path) -> None:
    path = tmp_path / "roles.csv"
    path.write_text("speaker,role\nJane,patient\n")
    assert read_roles(path).role_of(Path("x"), "jane") is P


def test_wrong_rows_of_a_role_map_are_listed_by_number_without_their_words(tmp_path: Path) -> None:
    path = tmp_path / "roles.csv"
    path.write_text(
        "file,speaker,turns,role\na,hush,1,patient\na,Bob,1,\na,Ann,1,hush\na,X,2,\n"
        "a,HUSH,1,therapist\n"
    )
    with pytest.raises(SpeakerRoleError) as caught:
        read_roles(path)
    message = str(caught.value)
    assert "no role in rows 3, 5; a wrong role in row 4; another role " in message
    assert "earlier row in row 6. Every role must be therapist, patient or other" in message
    assert "hush" not in message.casefold()


def test_a_role_map_needs_its_columns(tmp_path: Path) -> None:
    path = tmp_path / "roles.csv"
    path.write_text("file,name\na,b\n")
    with pytest.raises(TranscriptError, match=r"no column speaker and role\. Columns are file, sp"):
        read_roles(path)
