"""Sessions to windows of tokens: what every engine does before its arithmetic begins."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from rupture_nlp.models.config import NetworkConfig
from rupture_nlp.models.tokens import encode_utterances
from rupture_nlp.models.windows import Window, cut_pieces, pack_windows
from rupture_nlp.schema import Speaker, Utterance


@dataclass(frozen=True, slots=True)
class PackedSession:
    """A session as an engine reads it.

    Shapes: `patients` (utterances,), whether the patient speaks.
    """

    windows: tuple[Window, ...]
    patients: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Packer:
    """A model's tokenizer and the way it cuts windows."""

    tokenizer: Tokenizer
    config: NetworkConfig

    def pack(self, utterances: tuple[Utterance, ...]) -> PackedSession:
        """Cut one session into windows. No utterances, no windows."""
        config = self.config
        encoded = encode_utterances(self.tokenizer, config.tokens, utterances)
        pieces = cut_pieces(encoded, config.windows.piece_tokens)
        return PackedSession(
            windows=tuple(pack_windows(pieces, config.windows)),
            patients=np.array([u.speaker is Speaker.PATIENT for u in utterances], dtype=bool),
        )
