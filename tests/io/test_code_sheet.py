from pathlib import Path

import pytest

from rupture_nlp.config import make_config
from rupture_nlp.errors import ConfigError, CorpusError
from rupture_nlp.io.code_sheet import SheetSettings, read_code_sheet
from rupture_nlp.io.code_sheet_join import (
    Joined,
    join_sheet,
    merge_joined,
    write_joined,
    write_template,
)
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
    path = written(folder, content)
    sheet = read_code_sheet(path, settings)
    return join_sheet([transcript(), transcript("s02")], sheet, path)


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
    found = join_sheet([transcript()], read_code_sheet(path), path, partial=True)
    coding = found.sessions[0].codings[0]
    assert [code is None for code in coding.codes] == [True, False, False, True, True]
    write_joined(found, tmp_path / "corpus")
    assert read_corpus(tmp_path / "corpus") == found.sessions


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (f"{CANARY},2,WO,", "row 2|sheet.csv:2: session"),
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
    with pytest.raises(CorpusError, match="no column for code, turn") as caught:
        joined(tmp_path, f"session,{CANARY}\ns01,2\n")
    assert CANARY not in str(caught.value)


def test_a_map_to_codes_that_do_not_exist_is_refused() -> None:
    with pytest.raises(ConfigError, match="mapped to none"):
        make_config(SheetSettings, {"codes": {"WD": "away"}}, "sheet.yaml")


def test_codes_against_the_codebook_leave_no_folder_behind(tmp_path: Path) -> None:
    found = joined(tmp_path, "session,turn,code,markers\ns01,2,withdrawal_from_other,hostility\n")
    with pytest.raises(CorpusError, match="marker-family"):
        write_joined(found, tmp_path / "corpus")
    assert [path.name for path in tmp_path.iterdir()] == ["sheet.csv"]


def test_the_template_filled_in_is_a_sheet(tmp_path: Path) -> None:
    path = tmp_path / "sheet.csv"
    assert write_template([transcript()], path) == len(SPOKEN)
    lines = path.read_text(encoding="utf-8").splitlines()
    lines[2] = lines[2].replace("Fine.,,", "Fine.,ana,WO")
    assert lines[2].endswith(",ana,WO,,")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    found = join_sheet([transcript()], read_code_sheet(path), path)
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
        sheets.append(join_sheet([transcript(), transcript("s02")], read_code_sheet(path), path))
    both = merge_joined(sheets)
    assert [k.coder for k in both.sessions[0].codings] == ["ana", "ben"]
    assert both.without_codes == 1
    with pytest.raises(CorpusError, match="one coder for one session"):
        merge_joined([sheets[0], sheets[0]])


def test_a_code_without_its_coder_is_an_error_where_coders_are_named(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="coder: the cell may not be empty"):
        joined(tmp_path, "session,turn,coder,code\ns01,2,ana,WO\ns01,4,,CA\n")
