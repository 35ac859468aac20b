"""A model of the real shape with random weights: two layers, 32 wide, a few dozen words."""

from pathlib import Path

import torch
from tokenizers import Tokenizer
from tokenizers.models import WordPiece
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer

from rupture_nlp.codebook import load_codebook
from rupture_nlp.models.bundle import BundleInfo, write_bundle
from rupture_nlp.models.config import LabelSets, Lookahead, NetworkConfig, WindowConfig
from rupture_nlp.models.network import LabelNetwork
from rupture_nlp.models.tokens import as_plain, special_tokens

_SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[unused1]", "[unused2]", "[unused3]")
_WORDS = tuple(
    "the i you it is to and a of that not so we me what do feel think fine okay yes no "  # noqa: SIM905
    "session week help want know well really sorry angry mother work time talk why".split()
)


def make_tiny_tokenizer() -> Tokenizer:
    """A WordPiece tokenizer that knows a few words and every letter."""
    letters = [chr(code) for code in range(ord("a"), ord("z") + 1)]
    pieces = [*_SPECIAL, *_WORDS, *letters, *(f"##{letter}" for letter in letters), *".,?!'-[]<>|"]
    vocabulary = {piece: at for at, piece in enumerate(dict.fromkeys(pieces))}
    tokenizer = Tokenizer(WordPiece(vocabulary, unk_token="[UNK]"))  # noqa: S106  # no password
    tokenizer.normalizer = BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = BertPreTokenizer()
    return as_plain(tokenizer)


def make_tiny_network(
    lookahead: Lookahead = "window", window_tokens: int = 96, model_type: str = "bert"
) -> tuple[LabelNetwork, Tokenizer]:
    """Always the same network."""
    tokenizer = make_tiny_tokenizer()
    config = NetworkConfig(
        encoder={
            "model_type": model_type,
            "hidden_size": 32,
            "num_hidden_layers": 2,
            "num_attention_heads": 4,
            "intermediate_size": 64,
            "max_position_embeddings": 128,
            "vocab_size": tokenizer.get_vocab_size(),
            "attention_probs_dropout_prob": 0.0,
        },
        labels=LabelSets.of(load_codebook()),
        windows=WindowConfig(window_tokens, 8, window_tokens // 2, lookahead),
        tokens=special_tokens(tokenizer),
    )
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = LabelNetwork(config)
        # Fresh heads answer almost the same to everything; spread them out.
        for parameter in network.heads.parameters():
            torch.nn.init.normal_(parameter, std=0.6)
    return network.eval(), tokenizer


def make_tiny_bundle(folder: Path) -> Path:
    """Write that network as a bundle named after the folder."""
    network, tokenizer = make_tiny_network()
    codebook = load_codebook()
    info = BundleInfo(
        name="tiny",
        version="0",
        codebook_version=codebook.version,
        codebook_sha256=codebook.sha256,
    )
    return write_bundle(folder, network, tokenizer, info, {"sessions": {}}, "# tiny\n")
