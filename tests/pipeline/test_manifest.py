from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rupture_nlp.pipeline.manifest import (
    Entry,
    Manifest,
    content_hash,
    mapping_hash,
    work_key,
)
from rupture_nlp.schema import Speaker, Transcript, Utterance

A = Entry("a" * 64, "c" * 64, "m" * 64, "s" * 64, "p" * 64, 3)
B = replace(A, key="b" * 64)
SESSION = Transcript("s1", (Utterance("0", Speaker.PATIENT, "Fine.", 1.0, 2.0),))


def test_a_manifest_opened_again_knows_what_was_appended(tmp_path: Path) -> None:
    path = tmp_path / "manifest.jsonl"
    manifest = Manifest(path)
    manifest.append(A)
    manifest.append(B)
    assert Manifest(path).get(A.key) == A
    assert Manifest(path).get(B.key) == B
    assert Manifest(path).get("x") is None


def test_of_two_lines_with_one_key_the_later_counts(tmp_path: Path) -> None:
    manifest = Manifest(tmp_path / "manifest.jsonl")
    manifest.append(A)
    manifest.append(replace(A, part="q" * 64))
    again = Manifest(tmp_path / "manifest.jsonl").get(A.key)
    assert again is not None
    assert again.part == "q" * 64


@pytest.mark.parametrize("cut", range(1, 400, 37))
def test_a_torn_last_line_is_cut_off_and_the_next_line_stays_whole(
    tmp_path: Path, cut: int
) -> None:
    path = tmp_path / "manifest.jsonl"
    manifest = Manifest(path)
    manifest.append(A)
    whole = path.read_bytes()
    manifest.append(B)
    line = path.read_bytes()[len(whole) :]
    path.write_bytes(whole + line[: min(cut, len(line) - 2)])
    mended = Manifest(path)
    assert mended.get(A.key) == A
    assert mended.get(B.key) is None
    mended.append(B)
    assert path.read_bytes() == whole + line


def test_a_last_line_that_lost_only_its_newline_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "manifest.jsonl"
    Manifest(path).append(A)
    path.write_bytes(path.read_bytes().rstrip(b"\n"))
    mended = Manifest(path)
    assert mended.get(A.key) == A
    mended.append(B)
    assert Manifest(path).get(A.key) == A
    assert Manifest(path).get(B.key) == B


@pytest.mark.parametrize(
    "damage", [b"\0" * 50, b"{}", b"[1]", b'{"key": 1', b"\xff\xfe", b'"text"', b"null"]
)
def test_a_damaged_line_costs_only_its_own_session(tmp_path: Path, damage: bytes) -> None:
    path = tmp_path / "manifest.jsonl"
    Manifest(path).append(A)
    path.write_bytes(damage + b"\n" + path.read_bytes() + damage + b"\n")
    assert Manifest(path).get(A.key) == A


def test_the_content_hash_ignores_the_session_id_and_nothing_else() -> None:
    turn = SESSION.utterances[0]
    others = [
        replace(turn, utterance_id="1"),
        replace(turn, speaker=Speaker.THERAPIST),
        replace(turn, text="fine."),
        replace(turn, start_s=None),
        replace(turn, end_s=2.5),
    ]
    assert content_hash(replace(SESSION, session_id="other")) == content_hash(SESSION)
    hashes = {content_hash(Transcript("s1", (other,))) for other in others}
    hashes |= {content_hash(SESSION), content_hash(Transcript("s1", ()))}
    assert len(hashes) == len(others) + 2


@given(st.lists(st.text(), max_size=4), st.lists(st.text(), max_size=4))
def test_turns_cut_elsewhere_have_another_hash(one: list[str], other: list[str]) -> None:
    def hashed(texts: list[str]) -> str:
        turns = (Utterance(str(i), Speaker.PATIENT, text) for i, text in enumerate(texts))
        return content_hash(Transcript("s", tuple(turns)))

    assert (hashed(one) == hashed(other)) == (one == other)


def test_work_is_keyed_by_input_model_and_settings() -> None:
    keys = {work_key("a", "b", "c"), work_key("x", "b", "c"), work_key("a", "x", "c")}
    assert len(keys | {work_key("a", "b", "x"), work_key("ab", "", "c")}) == 5
    assert mapping_hash({"a": 1, "b": 2}) == mapping_hash({"b": 2, "a": 1})
    assert mapping_hash({"a": 1}) != mapping_hash({"a": 2})


def test_two_that_have_it_open_see_each_other_s_lines(tmp_path: Path) -> None:
    path = tmp_path / "manifest.jsonl"
    one, other = Manifest(path), Manifest(path)
    one.append(A)
    assert other.get(A.key) is None
    end = other.end
    other.append(B)
    assert (other.get(A.key), other.get(B.key)) == (A, B)
    assert other.written_since(A.key, end)
    assert not other.written_since("x", end)
    assert not other.written_since(A.key, other.end)
    one.refresh()
    assert one.get(B.key) == B


def test_a_line_that_a_killed_run_tore_is_mended_by_the_next_to_write(tmp_path: Path) -> None:
    path = tmp_path / "manifest.jsonl"
    other = Manifest(path)
    other.append(A)
    with path.open("ab") as file:
        file.write(b'{"key": "to')
    other.append(B)
    assert len(path.read_bytes().splitlines()) == 2
    assert Manifest(path).get(B.key) == B
