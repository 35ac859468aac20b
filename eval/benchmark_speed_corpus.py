"""Made sessions for the speed benchmark, and fixed parts of them for options that are slow.

Who speaks and how many words a turn has is taken, turn by turn, from sessions of the authored
corpora; each word is drawn from all their words, so that no sentence of them is left.
"""

import csv
import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from rupture_nlp.io.atomic import write_text
from rupture_nlp.schema import Speaker, Transcript, Utterance

Ints = NDArray[np.int64]

DATA = Path(__file__).parents[1] / "data"
CORPORA = ("authored", "authored_mi", "authored_mi_second")
FEWEST_TURNS, MOST_TURNS = 40, 320
"""Turns of a session, from a short excerpt to a full hour; any factor of length is as likely as
any other."""

QUANTILES = (0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 1.0)
_DRAWS = 200  # of parts, of which the one that is most like the whole is kept


@dataclass(frozen=True, slots=True)
class Shape:
    """An authored session without its words: who speaks, and how many words."""

    turns: tuple[tuple[Speaker, int], ...]


@dataclass(frozen=True, slots=True)
class Source:
    """What sessions are made from."""

    shapes: tuple[Shape, ...]
    words: tuple[str, ...]  # as often as they are used


def read_source(data: Path = DATA) -> Source:
    """Read the authored corpora."""
    sessions: dict[str, list[tuple[Speaker, list[str]]]] = {}
    for name in CORPORA:
        for row in _rows(data / name / "utterances.csv"):
            turn = (Speaker(row["speaker"]), row["text"].split())
            sessions.setdefault(row["session_id"], []).append(turn)
    return Source(
        shapes=tuple(
            Shape(tuple((speaker, len(words)) for speaker, words in turns))
            for turns in sessions.values()
        ),
        words=tuple(word for turns in sessions.values() for _, words in turns for word in words),
    )


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def make_sessions(source: Source, utterances: int, seed: int) -> tuple[Transcript, ...]:
    """Sessions with so many utterances altogether; the last is cut off there."""
    random = np.random.default_rng(seed)
    made: list[Transcript] = []
    left = utterances
    while left > 0:
        drawn = np.exp(random.uniform(np.log(FEWEST_TURNS), np.log(MOST_TURNS)))
        turns = min(round(float(drawn)), left)
        made.append(_make_session(f"made-{len(made):05}", turns, source, random))
        left -= turns
    return tuple(made)


def _make_session(name: str, turns: int, source: Source, random: np.random.Generator) -> Transcript:
    shape: list[tuple[Speaker, int]] = []
    while len(shape) < turns:
        shape += source.shapes[int(random.integers(len(source.shapes)))].turns
    shape = shape[:turns]
    sizes = [size for _, size in shape]
    words = [source.words[at] for at in random.integers(len(source.words), size=sum(sizes))]
    ends = np.cumsum(sizes).tolist()
    return Transcript(
        name,
        tuple(
            Utterance(str(at), speaker, " ".join(words[end - size : end]))
            for at, ((speaker, size), end) in enumerate(zip(shape, ends, strict=True))
        ),
    )


def write_sessions(sessions: Sequence[Transcript], folder: Path) -> Path:
    """One JSON Lines file a session, as `rupture-nlp label` reads them."""
    for session in sessions:
        lines = (
            json.dumps({"utterance_id": u.utterance_id, "speaker": u.speaker.value, "text": u.text})
            for u in session.utterances
        )
        write_text(folder / f"{session.session_id}.jsonl", "\n".join(lines) + "\n")
    return folder


def describe(sessions: Sequence[Transcript], tokenizer: Tokenizer) -> dict[str, object]:
    """Sizes, and quantiles of utterances a session, words and tokens an utterance."""
    texts = [u.text for session in sessions for u in session.utterances]
    tokens = token_counts(texts, tokenizer)
    digest = hashlib.sha256("".join(session.text_hash() for session in sessions).encode())
    columns = {
        "utterances a session": np.array([len(session.utterances) for session in sessions]),
        "words an utterance": np.array([len(text.split()) for text in texts]),
        "tokens an utterance": tokens,
    }
    return {
        "sessions": len(sessions),
        "utterances": len(texts),
        "tokens": int(tokens.sum()),
        "sha256": digest.hexdigest(),
        "quantiles": {
            name: {
                f"{at:g}": float(value)
                for at, value in zip(QUANTILES, np.quantile(values, QUANTILES), strict=True)
            }
            for name, values in columns.items()
        },
    }


def token_counts(texts: Sequence[str], tokenizer: Tokenizer) -> Ints:
    """Tokens of each text, without special ones."""
    encoded = tokenizer.encode_batch(list(texts), add_special_tokens=False)
    return np.array([len(one.ids) for one in encoded], dtype=np.int64)


def draw_part(lengths: Ints, size: int, seed: int, together: int = 1) -> Ints:
    """Places of about `size` utterances that stand for all, in the order of the corpus.

    All are sorted by length and divided into runs of `together`, which are a sorted recipe's own
    batches over the whole corpus, and the runs into strata, from each of which one run is drawn.
    Of 200 such draws the one is kept whose mean length is nearest to that of all. With a `size` of
    all or more, all places are returned.
    """
    if size >= len(lengths):
        return np.arange(len(lengths))
    order = np.argsort(lengths, kind="stable")
    runs = [order[first : first + together] for first in range(0, len(order), together)]
    full = [run for run in runs if len(run) == together]
    strata = np.array_split(np.arange(len(full)), max(size // together, 1))
    random = np.random.default_rng(seed)
    whole = float(lengths.mean())
    draws = [
        np.concatenate([full[int(random.choice(stratum))] for stratum in strata])
        for _ in range(_DRAWS)
    ]
    return np.sort(min(draws, key=lambda drawn: abs(float(lengths[drawn].mean()) - whole)))
