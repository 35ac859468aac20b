"""What keeps transcripts on this machine: no telemetry, no network, no text in a crash message."""

import os
import sys
import traceback
from collections.abc import MutableMapping

DEBUG_VARIABLE = "RUPTURE_NLP_DEBUG"
"""Set to 1 by someone who accepts that a traceback may quote a transcript."""

_TELEMETRY_OFF = {
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "DO_NOT_TRACK": "1",
    "RAY_USAGE_STATS_ENABLED": "0",
}
# Left alone where set already: a user who asks for a hub model says HF_HUB_OFFLINE=0.
_DEFAULTS = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "TOKENIZERS_PARALLELISM": "false",
}


_TELEMETRY_MODULES = ("openvino_telemetry",)
"""Would report every import of the library they came with. None in their place makes them absent,
which that library allows for."""


def keep_silent(environment: MutableMapping[str, str] | None = None) -> None:
    """Switch off what phones home. Call it before torch, transformers or ray are imported."""
    variables = os.environ if environment is None else environment
    variables.update(_TELEMETRY_OFF)
    for name, value in _DEFAULTS.items():
        variables.setdefault(name, value)
    for name in _TELEMETRY_MODULES:
        sys.modules[name] = None  # type: ignore[assignment]  # how Python marks a module as absent


def describe_crash(error: BaseException) -> str:
    """Type and place of an unexpected exception, as `ValueError at rupture_nlp.schema:104`.

    Never its message, which may quote a transcript. The place is the innermost frame inside this
    package, since that is what a bug report needs, or the innermost of all.
    """
    place = "unknown place"
    for frame, line in traceback.walk_tb(error.__traceback__):
        module = str(frame.f_globals.get("__name__", "?"))
        if module.startswith("rupture_nlp") or not place.startswith("rupture_nlp"):
            place = f"{module}:{line}"
    return f"{type(error).__name__} at {place}"
