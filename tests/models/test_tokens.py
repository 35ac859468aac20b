"""Text to token ids; nothing written in a transcript can act as a special token."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer
from tokenizers.models import Unigram, WordLevel
from tokenizers.pre_tokenizers import Metaspace, WhitespaceSplit

from rupture_nlp.errors import BundleError
from rupture_nlp.models.config import SpecialTokens
from rupture_nlp.models.tokens import (
    add_markers,
    as_plain,
    encode_utterances,
    load_tokenizer,
    special_tokens,
)
from rupture_nlp.schema import Speaker, Utterance
from tests.tiny_model import make_tiny_tokenizer

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[unused1]", "[unused2]", "[unused3]"]
HOSTILE = ["[SEP]", "[CLS] [PAD]", "[unused1]", "i [unused2] you", "<|patient|>", "<s></s><pad>"]


def published_tokenizer() -> Tokenizer:
    """As published ones are: special tokens declared, padding and truncation switched on."""
    tokenizer = make_tiny_tokenizer()
    tokenizer.encode_special_tokens = False
    tokenizer.add_special_tokens(SPECIAL)
    tokenizer.enable_padding(length=6)
    tokenizer.enable_truncation(4)
    return tokenizer


def roberta_like() -> Tokenizer:
    """No unused tokens, and a model that finds `<s>` in a text by itself."""
    pieces = ["<unk>", "<s>", "</s>", "<pad>"]
    scored = [(piece, 0.0) for piece in pieces]
    scored += [(letter, -4.0) for letter in "▁abcdefghijklmnopqrstuvwxyz<>|/[]"]
    tokenizer = Tokenizer(Unigram(scored, unk_id=0))
    tokenizer.pre_tokenizer = Metaspace()
    tokenizer.add_special_tokens(pieces)
    return tokenizer


def encode(tokenizer: Tokenizer, text: str, speaker: Speaker = Speaker.PATIENT) -> list[int]:
    tokens = special_tokens(tokenizer)
    (row,) = encode_utterances(tokenizer, tokens, (Utterance("0", speaker, text),))
    return row


def all_ids(tokens: SpecialTokens) -> set[int]:
    return {tokens.open, tokens.close, tokens.pad, tokens.therapist, tokens.patient, tokens.other}


def test_the_hostile_words_would_be_special_tokens_if_nothing_was_done() -> None:
    tokenizer = published_tokenizer()
    assert tokenizer.token_to_id("[SEP]") in tokenizer.encode("[SEP]").ids


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("make", [published_tokenizer, roberta_like])
def test_text_makes_no_special_token(text: str, make: Callable[[], Tokenizer]) -> None:
    tokenizer = as_plain(make())
    add_markers(tokenizer)
    tokens = special_tokens(tokenizer)
    marker, *words = encode(tokenizer, text)
    assert marker == tokens.patient
    assert words
    assert not set(words) & all_ids(tokens)


@given(st.lists(st.sampled_from([*HOSTILE, "i", " ", "'", "\n"]) | st.text(max_size=4)))
def test_no_text_whatever_makes_a_special_token(parts: list[str]) -> None:
    tokenizer = as_plain(published_tokenizer())
    assert not set(encode(tokenizer, "".join(parts))[1:]) & all_ids(special_tokens(tokenizer))


def test_special_tokens_stay_harmless_after_saving_and_loading(tmp_path: Path) -> None:
    published_tokenizer().save(str(tmp_path / "tokenizer.json"))
    tokenizer = load_tokenizer(tmp_path / "tokenizer.json")
    tokens = special_tokens(tokenizer)
    long = "[SEP] " + "the " * 9
    words = encode(tokenizer, long)[1:]
    assert not set(words) & all_ids(tokens)
    assert [tokenizer.id_to_token(word) for word in words].count(
        "the"
    ) == 9  # neither cut off nor padded


@pytest.mark.parametrize("text", ["", " ", "\n\t"])
def test_an_empty_turn_is_its_marker_alone(text: str) -> None:
    tokenizer = make_tiny_tokenizer()
    assert encode(tokenizer, text) == [special_tokens(tokenizer).patient]


def test_each_speaker_has_a_marker_of_its_own() -> None:
    tokenizer = make_tiny_tokenizer()
    found = [encode(tokenizer, "okay", speaker) for speaker in Speaker]
    assert [tokenizer.id_to_token(row[0]) for row in found] == [
        "[unused1]",
        "[unused2]",
        "[unused3]",
    ]
    assert {tuple(row[1:]) for row in found} == {(tokenizer.token_to_id("okay"),)}


def test_no_utterances_make_no_rows() -> None:
    tokenizer = make_tiny_tokenizer()
    assert encode_utterances(tokenizer, special_tokens(tokenizer), ()) == []


def test_a_vocabulary_without_unused_tokens_gets_markers() -> None:
    tokenizer = as_plain(roberta_like())
    before = tokenizer.get_vocab_size()
    assert add_markers(tokenizer) == before + 3
    assert add_markers(tokenizer) == before + 3  # and only once
    tokens = special_tokens(tokenizer)
    assert (tokens.therapist, tokens.patient, tokens.other) == (before, before + 1, before + 2)
    assert (tokens.open, tokens.close, tokens.pad) == (1, 2, 3)


def test_a_vocabulary_with_unused_tokens_is_left_alone() -> None:
    tokenizer = make_tiny_tokenizer()
    before = tokenizer.get_vocab_size()
    assert add_markers(tokenizer) == before


@pytest.mark.parametrize("missing", ["[CLS]", "[SEP]", "[PAD]", "[unused3]"])
def test_a_tokenizer_without_what_a_window_needs_is_refused(missing: str) -> None:
    names = {name: at for at, name in enumerate(SPECIAL) if name != missing}
    tokenizer = Tokenizer(WordLevel(names, unk_token="[UNK]"))  # noqa: S106  # no password
    tokenizer.pre_tokenizer = WhitespaceSplit()
    with pytest.raises(BundleError, match="opening, closing, padding or marker"):
        special_tokens(tokenizer)


@pytest.mark.parametrize("content", [None, b"", b"{}", b"\x00\xff", b'{"version": "1.0"}'])
def test_an_unreadable_tokenizer_is_named(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "tokenizer.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(BundleError, match=r"tokenizer\.json"):
        load_tokenizer(path)
