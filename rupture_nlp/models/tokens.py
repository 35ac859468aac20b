"""Utterances to token ids. Text never makes a special token, whatever is written in it."""

from pathlib import Path

from tokenizers import Tokenizer

from rupture_nlp.errors import BundleError
from rupture_nlp.models.config import SpecialTokens
from rupture_nlp.schema import Speaker, Utterance

_MARKERS = {
    Speaker.THERAPIST: "<|therapist|>",
    Speaker.PATIENT: "<|patient|>",
    Speaker.OTHER: "<|other|>",
}
_OPENING = ("[CLS]", "<s>")
_CLOSING = ("[SEP]", "</s>")
_PADDING = ("[PAD]", "<pad>")


def load_tokenizer(path: Path) -> Tokenizer:
    """Read a `tokenizer.json` and make it plain.

    Raises:
        BundleError: the file is missing or no tokenizer.
    """
    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception:  # noqa: BLE001  # the Rust library raises a bare Exception
        tokenizer = None
    if tokenizer is None:
        raise BundleError(f"{path}: not a readable tokenizer. Fetch or build the model again.")
    return as_plain(tokenizer)


def as_plain(tokenizer: Tokenizer) -> Tokenizer:
    """Switch off padding, truncation and special tokens in text, which published tokenizers set."""
    tokenizer.no_padding()
    tokenizer.no_truncation()
    # Without this a turn that holds "[SEP]" would close the window.
    tokenizer.encode_special_tokens = True
    return tokenizer


def special_tokens(tokenizer: Tokenizer) -> SpecialTokens:
    """Find the ids of the special tokens; vocabularies of BERT lend unused ones as markers.

    Raises:
        BundleError: the tokenizer has no opening, closing or padding token, or no room for markers.
    """
    markers = [_first(tokenizer, (name,)) for name in _MARKERS.values()]
    if None in markers:
        markers = [_first(tokenizer, (f"[unused{number}]",)) for number in (1, 2, 3)]
    fixed = [_first(tokenizer, names) for names in (_OPENING, _CLOSING, _PADDING)]
    ids = [token for token in (*fixed, *markers) if token is not None]
    if len(ids) != len(fixed) + len(markers):
        raise BundleError(
            "The tokenizer has no opening, closing, padding or marker tokens. "
            "Use an encoder with a BERT or RoBERTa vocabulary."
        )
    return SpecialTokens(*ids)


def add_markers(tokenizer: Tokenizer) -> int:
    """Give a vocabulary without unused tokens the three speaker markers; its new size."""
    if _first(tokenizer, ("[unused1]",)) is None:
        tokenizer.add_special_tokens(list(_MARKERS.values()))
    return int(tokenizer.get_vocab_size())


def encode_utterances(
    tokenizer: Tokenizer, tokens: SpecialTokens, utterances: tuple[Utterance, ...]
) -> list[list[int]]:
    """Token ids of each utterance, its speaker's marker first. At least that one token each."""
    # A vocabulary of the Unigram kind finds "<s>" in a text by itself, told to or not.
    special = tokens.all
    texts = [utterance.text for utterance in utterances]
    encodings = tokenizer.encode_batch(texts, add_special_tokens=False)
    return [
        [tokens.marker(utterance.speaker), *(i for i in encoding.ids if i not in special)]
        for utterance, encoding in zip(utterances, encodings, strict=True)
    ]


def _first(tokenizer: Tokenizer, names: tuple[str, ...]) -> int | None:
    found = (tokenizer.token_to_id(name) for name in names)
    return next((token for token in found if token is not None), None)
