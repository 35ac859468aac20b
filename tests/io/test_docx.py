import io
import zipfile
from pathlib import Path

import docx
import pytest

from rupture_nlp.errors import SpeakerRoleError, TranscriptError
from rupture_nlp.io.read import read_transcript
from rupture_nlp.io.settings import DEFAULT_SETTINGS, ReadSettings
from rupture_nlp.schema import Speaker, Utterance

T, P = Speaker.THERAPIST, Speaker.PATIENT
SPACE = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def paragraph(text: str) -> str:
    return f"<w:p><w:pPr><w:jc/></w:pPr><w:r><w:rPr/><w:t>{text}</w:t></w:r></w:p>"


def table(*rows: tuple[str, ...]) -> str:
    cells = ["".join(f"<w:tc>{paragraph(cell)}</w:tc>" for cell in row) for row in rows]
    return "<w:tbl><w:tblPr/>" + "".join(f"<w:tr>{row}</w:tr>" for row in cells) + "</w:tbl>"


def pack(path: Path, body: str, space: str = SPACE, before: str = "") -> Path:
    markup = "http://schemas.openxmlformats.org/markup-compatibility/2006"
    content = (
        f'{before}<w:document xmlns:w="{space}" xmlns:mc="{markup}">'
        f"<w:body>{body}</w:body></w:document>"
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", content)
    return path


def turns(
    tmp_path: Path, body: str, settings: ReadSettings = DEFAULT_SETTINGS
) -> list[tuple[Speaker, str]]:
    transcript = read_transcript(pack(tmp_path / "s.docx", body), None, settings)
    return [(u.speaker, u.text) for u in transcript.utterances]


def test_a_title_is_skipped_and_lines_without_a_tag_go_on(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_heading("Session 4")
    for line in ("T: one", "two", "", "P: three\nfour\nT: five"):
        document.add_paragraph(line)
    document.save(str(tmp_path / "s.docx"))
    utterances = read_transcript(tmp_path / "s.docx").utterances
    assert [(u.speaker, u.text) for u in utterances] == [
        *((T, "one two"), (P, "three four"), (T, "five"))
    ]


def test_paragraphs_and_tables_stand_in_the_order_of_the_document(tmp_path: Path) -> None:
    body = (
        paragraph("T: a") + table(("P", "b"), ("T:", "c")) + paragraph("more") + paragraph("P: d")
    )
    assert turns(tmp_path, body) == [(T, "a"), (P, "b"), (T, "c more"), (P, "d")]


def test_a_header_row_names_the_columns(tmp_path: Path) -> None:
    rows = (("No", "Text", "Role", "Time"), ("1", "a", "T", "0:02"), ("2", "b", "P", "x"))
    transcript = read_transcript(pack(tmp_path / "s.docx", table(*rows)))
    assert transcript.utterances == (Utterance("0", T, "a", 2.0), Utterance("1", P, "b"))


@pytest.mark.parametrize(("first", "start"), [("[0:02]", 2.0), ("17", None), ("", None)])
def test_the_first_of_three_columns_is_a_time_or_a_number(
    tmp_path: Path, first: str, start: float | None
) -> None:
    rows = ((first, "T", "a"), ("", "P", "b"))
    transcript = read_transcript(pack(tmp_path / "s.docx", table(*rows)))
    assert transcript.utterances == (Utterance("0", T, "a", start), Utterance("1", P, "b"))


def test_a_row_without_a_speaker_goes_on_with_the_turn(tmp_path: Path) -> None:
    body = table(("T", "a"), ("", "b"), ("P", "c"))
    assert turns(tmp_path, body) == [(T, "a b"), (P, "c")]


def test_a_table_of_one_column_is_a_list_of_paragraphs(tmp_path: Path) -> None:
    assert turns(tmp_path, table(("T: a",), ("P: b",))) == [(T, "a"), (P, "b")]


def test_changes_links_and_content_controls_are_read_but_deleted_text_is_not(
    tmp_path: Path,
) -> None:
    body = (
        "<w:p><w:r><w:t>T: a </w:t></w:r><w:ins><w:r><w:t>new </w:t></w:r></w:ins>"
        "<w:del><w:r><w:delText>hush </w:delText></w:r></w:del>"
        "<w:moveFrom><w:r><w:t>hush </w:t></w:r></w:moveFrom>"
        "<w:hyperlink><w:r><w:t>link</w:t></w:r></w:hyperlink><w:r><w:tab/><w:t>end</w:t>"
        "<w:noBreakHyphen/><w:br/><w:t>x</w:t></w:r></w:p>"
        f"<w:sdt><w:sdtContent>{paragraph('P: b')}</w:sdtContent></w:sdt>"
        "<mc:AlternateContent><mc:Choice><w:p><w:r><w:t>T: c</w:t></w:r></w:p></mc:Choice>"
        "<mc:Fallback><w:p><w:r><w:t>T: c</w:t></w:r></w:p></mc:Fallback></mc:AlternateContent>"
    )
    assert turns(tmp_path, body) == [(T, "a new link end- x"), (P, "b"), (T, "c")]


def test_the_strict_form_of_the_format_is_read_too(tmp_path: Path) -> None:
    strict = "http://purl.oclc.org/ooxml/wordprocessingml/main"
    path = pack(tmp_path / "s.docx", paragraph("T: a") + paragraph("P: b"), strict)
    assert [u.text for u in read_transcript(path).utterances] == ["a", "b"]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("", "the document has no text"),
        (paragraph("hush hush"), "no speaker tag found"),
        (table(("a", "b", "c", "d")), r"s\.docx:1: a table of more than three columns"),
        (paragraph("T: x") + table(("a", "T", "c")), r"s\.docx:2: a table of three columns whose"),
        (paragraph("x" * 100_001), r"s\.docx:1: more than 100,000 characters"),
        (table(("T", "x" * 100_001)), r"s\.docx:1: more than 100,000 characters"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, body: str, message: str) -> None:
    with pytest.raises(TranscriptError, match=message):
        turns(tmp_path, body)


def test_a_document_cut_off_anywhere_is_an_error(tmp_path: Path) -> None:
    whole = pack(tmp_path / "s.docx", paragraph("T: a") + paragraph("P: b")).read_bytes()
    for size in range(1, len(whole), 7):
        path = tmp_path / "cut.docx"
        path.write_bytes(whole[:size])
        with pytest.raises(TranscriptError, match="not a DOCX file, or a damaged one"):
            read_transcript(path)


def test_a_document_with_a_flipped_byte_is_read_or_refused(tmp_path: Path) -> None:
    whole = pack(tmp_path / "s.docx", paragraph("T: a") + paragraph("P: b")).read_bytes()
    refused = 0
    for place in range(len(whole)):
        path = tmp_path / "flipped.docx"
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0x55]) + whole[place + 1 :])
        try:
            assert len(read_transcript(path).utterances) == 2
        except TranscriptError:
            refused += 1
    assert refused > 100


def test_an_old_or_encrypted_document_is_named(tmp_path: Path) -> None:
    path = tmp_path / "s.docx"
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))
    with pytest.raises(TranscriptError, match=r"protected by a password, or an old \.doc"):
        read_transcript(path)


def test_a_zip_without_a_document_is_no_docx(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "s.docx", "w") as archive:
        archive.writestr("word/other.xml", "<a/>")
    with pytest.raises(TranscriptError, match="not a DOCX file"):
        read_transcript(tmp_path / "s.docx")


def test_a_zip_bomb_is_not_unpacked(tmp_path: Path) -> None:
    path = pack(tmp_path / "s.docx", paragraph(" " * 3_000_000))
    assert path.stat().st_size < 10_000
    with pytest.raises(TranscriptError, match="unpacks to more than 1,000,000 bytes"):
        read_transcript(path, None, ReadSettings(max_file_bytes=1_000_000))


@pytest.mark.parametrize("target", ['SYSTEM "file:///etc/hostname"', '"hush"'])
def test_entities_are_never_expanded(tmp_path: Path, target: str) -> None:
    before = f"<!DOCTYPE d [<!ENTITY e {target}>]>"
    path = pack(tmp_path / "s.docx", paragraph("T: &e;") + paragraph("P: b"), before=before)
    with pytest.raises(TranscriptError, match="not a DOCX file, or a damaged one"):
        read_transcript(path)


def test_deep_nesting_is_refused_not_crashed_on(tmp_path: Path) -> None:
    deep = "<w:sdt>" * 50_000 + paragraph("T: a") + "</w:sdt>" * 50_000
    with pytest.raises(TranscriptError):
        turns(tmp_path, deep)


def test_python_docx_finds_the_same_words(tmp_path: Path) -> None:
    body = paragraph("T: a") + table(("P", "b"), ("T", "c"))
    pack(tmp_path / "s.docx", body)
    document = docx.Document()
    document.add_paragraph("T: a")
    grid = document.add_table(rows=2, cols=2)
    for cell, text in zip((c for row in grid.rows for c in row.cells), "PbTc", strict=True):
        cell.text = text
    file = io.BytesIO()
    document.save(file)
    (tmp_path / "other.docx").write_bytes(file.getvalue())
    mine, other = (read_transcript(tmp_path / name) for name in ("s.docx", "other.docx"))
    assert mine.utterances == other.utterances


def test_speakers_without_a_role_are_placed_by_paragraph(tmp_path: Path) -> None:
    path = pack(tmp_path / "s.docx", "".join(map(paragraph, ("T: a", "Jo: b", "T: c", "Ann: d"))))
    with pytest.raises(SpeakerRoleError, match=r"no known role, first in paragraphs 2, 4\."):
        read_transcript(path)
