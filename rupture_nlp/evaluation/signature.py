"""What a number depends on, printed with it: two figures compare only where signatures agree."""

import re
from dataclasses import dataclass, fields

from rupture_nlp import __version__


@dataclass(frozen=True, slots=True)
class Signature:
    """Every setting that changes a figure. An empty string is "does not apply" and is not shown.

    `coders` are those compared, the reference first; hashes are shown by their first 12 letters.
    """

    metric: str
    unit: str  # utterance, segment, episode, session, treatment, with counting rule and threshold
    coders: tuple[str, ...]
    codebook_hash: str
    split: str = ""
    draws: int = 0  # 0: no interval from a bootstrap
    seed: int = 0
    engine: str = ""
    precision: str = ""
    model: str = ""
    preset: str = ""  # of the system's decisions
    predicted_hash: str = ""  # of all that the system gave
    label_map: str = ""  # with the hash of its content
    ratings_hash: str = ""  # of a segment sheet or of criteria
    data_hash: str = ""
    in_sample: bool = False
    version: str = __version__

    def line(self) -> str:
        """One line, parts by `|`, each `name:value`; blanks and separators in values become `_`."""
        shown = [f"metric:{_plain(self.metric)}"]
        if self.in_sample:
            shown.append("IN-SAMPLE")
        for name in (field.name for field in fields(self) if field.name not in _SPECIAL):
            value = _show(name, getattr(self, name))
            if value and not (name == "seed" and not self.draws):
                shown.append(f"{_SHORT.get(name, name)}:{value}")
        return "|".join(shown)


_SPECIAL = frozenset({"metric", "in_sample"})
_SHORT = {
    "codebook_hash": "codebook",
    "predicted_hash": "predicted",
    "ratings_hash": "ratings",
    "data_hash": "data",
}
_HASH_LETTERS = 12


def _show(name: str, value: object) -> str:
    if isinstance(value, tuple):
        return "+".join(_plain(str(one)) for one in value)
    if name == "draws" and not value:
        return ""
    text = _plain(str(value))
    return text[:_HASH_LETTERS] if name.endswith("_hash") else text


def _plain(text: str) -> str:
    return re.sub(r"[\s|:+]+", "_", text)
