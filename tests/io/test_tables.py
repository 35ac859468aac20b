from pathlib import Path

import pytest

from rupture_nlp.errors import TranscriptError
from rupture_nlp.io.read import read_transcript, read_transcripts
from rupture_nlp.io.settings import DEFAULT_SETTINGS, ReadSettings
from rupture_nlp.schema import Speaker, Transcript, Utterance

T, P = Speaker.THERAPIST, Speaker.PATIENT


def read(
    tmp_path: Path, content: str, settings: ReadSettings = DEFAULT_SETTINGS, name: str = "s.csv"
) -> tuple[Transcript, ...]:
    path = tmp_path / name
    path.write_text(content, encoding="utf-8", newline="")
    return read_transcripts(path, None, settings)


def test_the_corpus_layout_is_read_as_it_is(tmp_path: Path) -> None:
    content = (
        "session_id,utterance_id,speaker,text,start_s,end_s\n"
        "a,0,therapist,Hello.,13,14.5\na,1,other,,,\nb,x,patient,Hi.,,\n"
    )
    assert read(tmp_path, content) == (
        Transcript(
            "a", (Utterance("0", T, "Hello.", 13.0, 14.5), Utterance("1", Speaker.OTHER, ""))
        ),
        Transcript("b", (Utterance("x", P, "Hi."),)),
    )


def test_the_columns_of_annomi_are_understood(tmp_path: Path) -> None:
    content = (
        "mi_quality,transcript_id,video_title,video_url,topic,utterance_id,interlocutor,timestamp,"
        "utterance_text\nhigh,7,made up,http://x,smoking,4,client,00:01:13,Well.\n"
    )
    assert read(tmp_path, content) == (Transcript("7", (Utterance("4", P, "Well.", 73.0),)),)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters_are_told_apart(tmp_path: Path, delimiter: str) -> None:
    others = "".join(set(",;|") - {delimiter})
    rows = [("Role", "Start Time", "Utterance"), ("T", "0:05", f"a{others * 3}"), ("P", "", "b")]
    content = "\r\n".join(delimiter.join(row) for row in rows)
    (transcript,) = read(tmp_path, content)
    assert transcript.utterances == (
        Utterance("0", T, f"a{others * 3}", 5.0),
        Utterance("1", P, "b"),
    )


def test_a_delimiter_line_of_excel_is_skipped_and_lines_still_count_from_the_top(
    tmp_path: Path,
) -> None:
    (transcript,) = read(tmp_path, "sep=;\nspeaker;text\nT;a\n")
    assert transcript.utterances == (Utterance("0", T, "a"),)
    with pytest.raises(TranscriptError, match=r"s\.csv:4: "):
        read(tmp_path, "sep=;\nspeaker;text\nT;a\nP;b;c\n")


def test_cells_may_hold_line_ends_quotes_and_formulas_made_harmless(tmp_path: Path) -> None:
    content = 'speaker,text\nT,"say ""x"",\nplease"\n\n ,  \nP,\'=no\nP,\'tis\n'
    (transcript,) = read(tmp_path, content)
    assert [u.text for u in transcript.utterances] == ['say "x", please', "=no", "'tis"]


def test_quotes_of_a_tab_separated_file_may_be_plain_characters(tmp_path: Path) -> None:
    content = 'speaker\ttext\nT\t"Well," she said\nP\t"no\n'
    (transcript,) = read(tmp_path, content, name="s.tsv")
    assert [u.text for u in transcript.utterances] == ['"Well," she said', '"no']


def test_rows_of_sessions_may_be_mixed_and_keep_their_order(tmp_path: Path) -> None:
    content = "session_id,speaker,text\nb,T,1\na,T,2\nb,P,3\na,P,4\nb,T,5\n"
    found = {t.session_id: [u.text for u in t.utterances] for t in read(tmp_path, content)}
    assert list(found.items()) == [("b", ["1", "3", "5"]), ("a", ["2", "4"])]


def test_columns_may_be_mapped(tmp_path: Path) -> None:
    content = "speaker;text;Wer;Was;Zeit\nx;x;T;a;1,5\nx;x;P;b;\n"
    settings = ReadSettings(columns={"speaker": "Wer", "text": "Was", "start_s": "Zeit"})
    (transcript,) = read(tmp_path, content, settings)
    assert transcript.utterances == (Utterance("0", T, "a", 1.5), Utterance("1", P, "b"))


def test_a_column_may_be_mapped_to_nothing(tmp_path: Path) -> None:
    content = "speaker,text,timestamp\nT,a,2020-01-01 10:00\n"
    with pytest.raises(TranscriptError, match=r's\.csv:2: start_s is not .*\{start_s: ""\}'):
        read(tmp_path, content)
    (transcript,) = read(tmp_path, content, ReadSettings(columns={"start_s": ""}))
    assert transcript.utterances == (Utterance("0", T, "a"),)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            "when,text\n1,a\n",
            r"s\.csv:1: no column for speaker; 1 of its 2 columns are known by name\. Map",
        ),
        ("wer,said\nT,a\n", "no column for speaker and text; 0 of its 2 columns are known"),
        ("T,hello there\nP,b\n", "0 of its 2 columns are known by name"),
        ("speaker,text\nT,a,b\n", r"s\.csv:2: the row has 3 cells, the header 2\. Put cells"),
        ('speaker,text\nT,a\nT,"a\nb\n', "broken quotes after the row of line 2"),
        ('speaker,text\nT,"a"b\n', "broken quotes after the row of line 1"),
        ("speaker,text\n", "the file has no turns"),
        (",,,\n,,\n", "the table is empty"),
        ("session_id,speaker,text\n,T,a\n", r"s\.csv:2: session_id is empty"),
        ("utterance_id,speaker,text\n1,T,a\n,T,b\n", r"s\.csv:3: utterance_id is empty"),
        ("utterance_id,speaker,text\n1,T,a\n1,T,b\n", r"s\.csv:3: the utterance_id of line 2 ag"),
        ("speaker,text\n,a\n", "1 speaker has no known role, first in line 2"),
        ("speaker,text,start\nT,a,-3\n", "start_s is not in seconds"),
        ("speaker,text,end\nT,a,nan\n", "end_s is not in seconds"),
        ("speaker,text,end\nT,a,1:75:00\n", "end_s is not in seconds"),
        ('speaker,text\nT,"a\nb"\nP,"' + "x" * 200_000 + '"\n', "a cell is too long"),
        ("speaker,text\nP," + "x" * 100_001 + "\n", r"s\.csv:2: more than 100,000 characters"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(tmp_path: Path, content: str, message: str) -> None:
    with pytest.raises(TranscriptError, match=message) as caught:
        read(tmp_path, content)
    assert "\n" not in str(caught.value)
    assert "hello" not in str(caught.value)


def test_a_mapped_column_that_is_missing_is_an_error(tmp_path: Path) -> None:
    settings = ReadSettings(columns={"end_s": "Ende"})
    with pytest.raises(TranscriptError, match="no column for end_s"):
        read(tmp_path, "speaker,text\nT,a\n", settings)


def test_one_column_cannot_be_two_things(tmp_path: Path) -> None:
    settings = ReadSettings(columns={"speaker": "text"})
    with pytest.raises(TranscriptError, match="one column is mapped twice"):
        read(tmp_path, "who,text\nT,a\n", settings)


def test_short_rows_are_filled_up_and_empty_cells_may_trail(tmp_path: Path) -> None:
    (transcript,) = read(tmp_path, "speaker,text,start\nT,a\nP,b,2,,\n")
    assert transcript.utterances == (Utterance("0", T, "a"), Utterance("1", P, "b", 2.0))


def test_longer_cells_can_be_allowed(tmp_path: Path) -> None:
    path = tmp_path / "s.csv"
    path.write_text("speaker,text\nT," + "x" * 150_000)
    settings = ReadSettings(max_utterance_chars=150_000)
    assert len(read_transcript(path, None, settings).utterances[0].text) == 150_000
