"""From the name of an engine and a precision to an engine for a model."""

import logging

from rupture_nlp.engines.base import Engine
from rupture_nlp.engines.cache import OnStep
from rupture_nlp.engines.exported_engine import LIBRARIES, is_installed, make_exported
from rupture_nlp.engines.gate import has_passed
from rupture_nlp.engines.processor import computes_bf16, has_graphics_card, usable_cores
from rupture_nlp.errors import EngineError
from rupture_nlp.models.bundle import Bundle

AUTO, TORCH = "auto", "torch"
ENGINES = (AUTO, TORCH, *LIBRARIES)
PRECISIONS = (AUTO, "fp32", "bf16")
_TORCH_PRECISIONS = ("fp32", "bf16")

log = logging.getLogger(__name__)


def make_engine(
    bundle: Bundle,
    name: str = AUTO,
    precision: str = AUTO,
    threads: int | None = None,
    on_step: OnStep = log.info,
) -> Engine:
    """An engine for a model.

    `auto` takes torch where it has a graphics card, else the fastest engine that is installed and
    answers as torch does on this machine. The precision `auto` is fp32, or bf16 where this model
    gives the same codes in it (see `gate`) and the processor computes it. `threads`: None for all
    cores that this process may use. `on_step` is told what takes long, and what was passed over.

    Raises:
        ValueError: an unknown engine or precision, or a precision that the engine does not have.
        EngineError: the engine asked for is not installed, cannot take the model, or answers wrong.
    """
    if name not in ENGINES:
        raise ValueError(f"unknown engine; there are {', '.join(ENGINES)}")
    if precision not in PRECISIONS:
        raise ValueError(f"unknown precision; there are {', '.join(PRECISIONS)}")
    names = _fastest_first(bundle, precision) if name == AUTO else (name,)
    able = [one for one in names if precision in (AUTO, *_precisions_of(one))]
    if not able:
        which = "no installed engine computes" if name == AUTO else f"{name} does not compute"
        raise ValueError(f"{which} in {precision}")
    cores = threads or usable_cores()
    for one in able[:-1]:
        try:
            return _make(bundle, one, precision, cores, on_step)
        except EngineError as error:
            problem = str(error)
        on_step(f"{problem} Passed over.")
    return _make(bundle, able[-1], precision, cores, on_step)


def _fastest_first(bundle: Bundle, precision: str) -> list[str]:
    """By eval/results/benchmark_speed.md: bf16 in any engine is faster than fp32 in another."""
    if has_graphics_card():
        return [TORCH]
    installed = (name for name, library in LIBRARIES.items() if is_installed(library))
    names = [*installed, TORCH]
    if precision == AUTO:
        names.sort(key=lambda name: _precision_for(bundle, name) != "bf16")
    return names


def _precisions_of(name: str) -> tuple[str, ...]:
    return _TORCH_PRECISIONS if name == TORCH else LIBRARIES[name].PRECISIONS


def _make(bundle: Bundle, name: str, precision: str, threads: int, on_step: OnStep) -> Engine:
    if precision == AUTO:
        precision = _precision_for(bundle, name)
    if name != TORCH:
        return make_exported(bundle, LIBRARIES[name], precision, threads, on_step)
    from rupture_nlp.engines.torch_engine import TorchEngine, use_threads  # noqa: PLC0415  # slow

    use_threads(threads)
    device = "cuda" if has_graphics_card() else "cpu"
    bf16 = precision == "bf16"
    return TorchEngine(bundle.network, bundle.tokenizer, bf16=bf16, device=device)


def _precision_for(bundle: Bundle, name: str) -> str:
    if not has_passed(bundle.sha256, name, "bf16"):
        return "fp32"
    if name == TORCH:  # the gate knows processors alone
        able = not has_graphics_card() and computes_bf16()
    else:
        able = LIBRARIES[name].computes_bf16()
    return "bf16" if able else "fp32"
