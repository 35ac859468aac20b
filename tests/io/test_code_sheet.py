from dataclasses import replace
from pathlib import Path

import pytest

from rupture_nlp.config import load_config, make_config
from rupture_nlp.errors import ConfigError, CorpusError
from rupture_nlp.io.code_sheet import SheetSettings, read_code_sheet
from rupture_nlp.io.code_sheet_join import Joined, join_sheets, write_joined, write_template
from rupture_nlp.io.corpus import read_corpus
from rupture_nlp.schema import Rupture, Speaker, Transcript, Utterance

T, P, OTHER = Speaker.THERAPIST, Speaker.PATIENT, Speaker.OTHER
SPOKEN = (
    (T, "How was the week with the diary for you?"),
    (P, "Fine."),
    (T, "What got in the way?"),
    (P, "You never listen to what I say here, do you?"),
    (OTHER, "Excuse me."),
)
CANARY = "heliotrope"


def transcript(name: str = "s01") -> Transcript:
    turns = [Utterance(str(at), who, text) for at, (who, text) in enumerate(SPOKEN)]
    return Transcript(name, tuple(turns))


def written(folder: Path, content: str) -> Path:
    path = folder / "sheet.csv"
    path.write_text(content, encoding="utf-8")
    return path


def joined(folder: Path, content: str, settings: SheetSettings | None = None) -> Joined:
    sheet = read_code_sheet(written(folder, content), settings)
    return join_sheets([transcript(), transcript("s02")], [sheet])


def test_turns_count_from_one_and_a_session_is_its_file(tmp_path: Path) -> None:
    found = joined(
        tmp_path, "File;Turn;Code\nday 1/s01.docx;2;WO\ns01;4;confrontation_aggression\n"
    )
    (session,) = found.sessions
    (coding,) = session.codings
    ruptures = [code.rupture if code else None for code in coding.codes]
    assert ruptures == [
        Rupture.NONE,
        Rupture.WITHDRAWAL_FROM_OTHER,
        Rupture.NONE,
        Rupture.CONFRONTATION_AGGRESSION,
        None,
    ]
    assert (coding.coder, coding.complete, found.without_codes) == ("sheet", True, 1)


def test_the_corpus_that_is_written_reads_back_as_it_was_joined(tmp_path: Path) -> None:
    found = joined(
        tmp_path,
        "session,patient,turn,coder,code,intensity,markers,strategies,text\n"
        "s01,p7,2,ana,withdrawal_from_other,2.0,minimal_response,,Fine.\n"
        "s01,p7,3,ana,,,,invites_feedback,\n"
        "s01,p7,2,ben,none,,,,\n"
        "s02,p7,4,ana,confrontation_aggression,3,complaint_therapist,,YOU never listen to what I\n",
    )
    write_joined(found, tmp_path / "corpus")
    assert read_corpus(tmp_path / "corpus") == found.sessions
    assert {session.group for session in found.sessions} == {"p7"}
    assert found.fields == ("intensity", "markers", "rupture", "strategies")
    assert [k.coder for k in found.sessions[0].codings] == ["ana", "ben"]


def test_intensities_that_are_not_complete_do_not_count(tmp_path: Path) -> None:
    found = joined(
        tmp_path, "session,turn,code,intensity\ns01,2,withdrawal_from_other,2\ns01,4,CA,\n"
    )
    assert (found.fields, found.left_out) == (("rupture",), ("intensity",))


def test_labels_of_the_lab_are_mapped_and_families_stand_as_one_code_each(tmp_path: Path) -> None:
    settings = SheetSettings(
        columns={"turn": "Nr.", "code": "Kode"},
        codes={"WD": "withdrawal", "CF": "confrontation", "0": "none", "x": "uncodable"},
    )
    content = "session,Nr.,Kode\ns01,2,wd\ns01,4,CF\ns01,1,0\ns01,3,x\n"
    found = joined(tmp_path, content, settings)
    codes = [code.rupture if code else "no code" for code in found.sessions[0].codings[0].codes]
    assert codes == ["none", "withdrawal_from_other", None, "confrontation_aggression", "no code"]
    assert found.coarse == "families"


def test_with_partial_a_turn_without_a_row_is_missing(tmp_path: Path) -> None:
    path = written(tmp_path, "session,turn,code\ns01,2,WO\ns01,3,none\n")
    found = join_sheets([transcript()], [read_code_sheet(path)], partial=True)
    coding = found.sessions[0].codings[0]
    assert [code is None for code in coding.codes] == [True, False, False, True, True]
    write_joined(found, tmp_path / "corpus")
    assert read_corpus(tmp_path / "corpus") == found.sessions


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (
            f"{CANARY},2,WO,",
            "row 2, session: no transcript of this name; a session is its file's name",
        ),
        ("s01,9,WO,", "the transcript has 5 turns"),
        ("s01,0,WO,", "turns count from 1"),
        (f"s01,{CANARY},WO,", "turns count from 1"),
        (f"s01,2,{CANARY},", "unknown code"),
        (f"s01,2,WO,{CANARY}", "not the words of the turn"),
        ("s01,5,WO,", "takes no codes"),
        ("s01,3,WO,\ns01,3,CA,", "as in row 2"),
        ("s01,2,withdrawal,\ns01,4,CA,", "single codes stand beside families"),
        ("s01,2,rupture,\ns01,4,withdrawal,", "families beside"),
        ("s01,2,none,", "no turn has a rupture code"),
    ],
)
def test_a_wrong_row_is_named_without_what_stands_in_it(
    tmp_path: Path, row: str, said: str
) -> None:
    with pytest.raises(CorpusError, match=said) as caught:
        joined(tmp_path, f"session,turn,code,text\n{row}\n")
    assert CANARY not in str(caught.value)


def test_a_sheet_shifted_by_one_turn_is_refused_by_its_words(tmp_path: Path) -> None:
    rows = "".join(
        f's01,{at + 2},{"WO" if who is P else "none"},"{text}"\n'
        for at, (who, text) in enumerate(SPOKEN[:-1])
    )
    with pytest.raises(CorpusError, match="4 errors"):
        joined(tmp_path, f"session,turn,code,text\n{rows}")


def test_columns_that_are_missing_are_named(tmp_path: Path) -> None:
    with pytest.raises(CorpusError) as caught:
        joined(tmp_path, f"session,{CANARY},cod\ns01,2,WO\ns09,2,WO\n")
    said = str(caught.value)
    assert "row 1, turn: no column of this name\n" in said
    assert "row 1, code: no column of this name; is column 3 meant?\n" in said
    assert "row 3, session: no transcript" in said
    assert "columns: {session: NAME, turn: NAME, code: NAME}" in said
    assert CANARY not in said


def test_a_column_that_is_misspelt_is_not_passed_over(tmp_path: Path) -> None:
    said = "row 1, patient: column 2 is spelt nearly so, and would not be read"
    with pytest.raises(CorpusError, match=said):
        joined(tmp_path, "session,patinet,turn,code\ns01,p1,2,WO\n")
    # What has another name is the lab's own affair, and one that is there needs no second.
    header = "session,patient,turn,code,client_age,label2,hours"
    assert joined(tmp_path, f"{header}\ns01,p1,2,WO,40,x,3\n").sessions[0].group == "p1"


def test_a_column_that_the_settings_name_must_be_there(tmp_path: Path) -> None:
    settings = SheetSettings(columns={"patient": "Klient"})
    with pytest.raises(CorpusError, match="row 1, patient: the header has no column of the name"):
        joined(tmp_path, "session,turn,code,client\ns01,2,WO,p1\n", settings)


def test_everything_that_is_wrong_is_said_at_once_by_row(tmp_path: Path) -> None:
    first, second = tmp_path / "ana.csv", tmp_path / "ben.csv"
    rows = [
        *("s01,p1,2,XX,,", "s03,p1,2,WO,,", "S2.DOCX,p1,2,WO,,", "s01,p2,77,WO,,"),
        *("s01,p1,2,WO,hostility,", "s01,p1,4,XX,,", "s02,p1,2,WO,,Wrong words", "s02,p1,5,CA,,"),
    ]
    header = "session,patient,turn,code,markers,text\n"
    first.write_text(header + "\n".join(rows) + "\n", encoding="utf-8")
    second.write_text("session,patient,turn,code\ns02,p7,2,ZZ\n", encoding="utf-8")
    sheets = [read_code_sheet(first), read_code_sheet(second)]
    with pytest.raises(CorpusError) as caught:
        join_sheets([transcript(), transcript("s02")], sheets)
    marker = "markers: a marker belongs to neither the rupture code nor the secondary one"
    assert str(caught.value).splitlines() == [
        f"{first}: 10 errors in the code sheet (the header is row 1):",
        "  rows 2, 7, code: unknown code",
        "  row 3, session: no transcript of this name; a session is its file's name",
        "  row 4, session: no transcript of this name; is s02 meant?",
        "  row 5, patient: another patient than in this session's first row",
        "  row 5, turn: the transcript has 5 turns, not this one",
        f"  row 6, {marker}",
        "  row 6, turn: this coder's code of this turn again, as in row 2",
        "  row 8, text: not the words of the turn that the row names; are turns counted alike?",
        "  row 9, turn: the turn of an `other` speaker takes no codes",
        f"{second}: 2 errors in the code sheet (the header is row 1):",
        "  row 2, code: unknown code",
        "  row 2, patient: another patient than an earlier sheet names for this session",
        "Codes that are understood: WO, WS, CA, CC; none, withdrawal_from_other, "
        "withdrawal_from_self, confrontation_aggression, confrontation_control, withdrawal, "
        "confrontation, rupture, uncodable; an empty cell is none. Other labels can be mapped in "
        "a YAML file given with --config: `codes: {YOURS: withdrawal_from_other}`.",
    ]


def test_where_labels_are_mapped_only_these_are_understood(tmp_path: Path) -> None:
    settings = SheetSettings(codes={"WD": "withdrawal"})
    with pytest.raises(CorpusError, match="those that `codes:` of --config maps") as caught:
        joined(tmp_path, "session,turn,code\ns01,2,WD\ns01,4,WO\n", settings)
    assert "row 3, code: unknown code" in str(caught.value)


@pytest.mark.parametrize(
    "named", ["S02.docx", "s02.TXT", "s2", "S 02", "s_02.docx", "C:\\lab\\S02.doc"]
)
def test_a_name_that_is_spelt_otherwise_is_answered_with_the_session_that_it_may_mean(
    tmp_path: Path, named: str
) -> None:
    content = f"session,turn,code\ns01,2,WO\n{named},2,WO\n"
    if named == "s02.TXT":  # a suffix, whichever it is, does not matter
        assert len(joined(tmp_path, content).sessions) == 2
        return
    with pytest.raises(CorpusError, match=r"row 3, session: .* is s02 meant\?"):
        joined(tmp_path, content)


def test_rows_count_as_a_spreadsheet_shows_them(tmp_path: Path) -> None:
    content = 'session,turn,code,comment\ns01,2,WO,"two\nlines"\n\ns01,4,XX,\n'
    with pytest.raises(CorpusError, match="row 4, code"):
        joined(tmp_path, content)


def test_a_map_to_codes_that_do_not_exist_is_refused() -> None:
    with pytest.raises(ConfigError, match="mapped to none"):
        make_config(SheetSettings, {"codes": {"WD": "away"}}, "sheet.yaml")


def test_labels_need_no_quotes_but_where_yaml_would_change_them(tmp_path: Path) -> None:
    path = tmp_path / "sheet.yaml"
    path.write_text("codes: {0: none, 1: withdrawal}\n", encoding="utf-8")
    assert load_config(SheetSettings, path).codes == {"0": "none", "1": "withdrawal"}
    path.write_text("codes: {no: none, yes: rupture}\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="such as yes, no, on, off and null into quotes"):
        load_config(SheetSettings, path)


def test_codes_against_the_codebook_leave_no_folder_behind(tmp_path: Path) -> None:
    found = joined(tmp_path, "session,turn,code\ns01,2,withdrawal_from_other\n")
    (session,) = found.sessions
    (coding,) = session.codings
    odd = tuple(replace(code, markers=("hostility",)) if code else None for code in coding.codes)
    broken = replace(session, codings=(replace(coding, codes=odd),))
    with pytest.raises(CorpusError, match="marker-family"):
        write_joined(replace(found, sessions=(broken,)), tmp_path / "corpus")
    assert [path.name for path in tmp_path.iterdir()] == ["sheet.csv"]


def test_the_template_filled_in_is_a_sheet(tmp_path: Path) -> None:
    path = tmp_path / "sheet.csv"
    assert write_template([transcript()], path) == len(SPOKEN)
    lines = path.read_text(encoding="utf-8").splitlines()
    lines[2] = lines[2].replace("Fine.,,", "Fine.,ana,WO")
    assert lines[2].endswith(",ana,WO,,")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    found = join_sheets([transcript()], [read_code_sheet(path)])
    (coding,) = found.sessions[0].codings
    assert (coding.coder, sum(code is not None and code.is_rupture for code in coding.codes)) == (
        "ana",
        1,
    )


def test_sheets_of_two_coders_make_two_codings_and_one_coder_twice_is_refused(
    tmp_path: Path,
) -> None:
    sheets = []
    for name in ("ana", "ben"):
        path = tmp_path / f"{name}.csv"
        path.write_text("session,turn,code\ns01,2,WO\n", encoding="utf-8")
        sheets.append(read_code_sheet(path))
    both = join_sheets([transcript(), transcript("s02")], sheets)
    assert [k.coder for k in both.sessions[0].codings] == ["ana", "ben"]
    assert both.without_codes == 1
    again = tmp_path / "later" / "ana.csv"
    again.parent.mkdir()
    again.write_text("session,turn,code\ns01,4,withdrawal\n", encoding="utf-8")
    with pytest.raises(CorpusError, match="stand in an earlier sheet too") as caught:
        join_sheets([transcript()], [*sheets, read_code_sheet(again)])
    assert "one sheet has single codes, another families" in str(caught.value)
    assert str(caught.value).startswith(f"{again}: 2 errors")


def test_a_code_without_its_coder_is_an_error_where_coders_are_named(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="coder: the cell may not be empty"):
        joined(tmp_path, "session,turn,coder,code\ns01,2,ana,WO\ns01,4,,CA\n")
