"""What the numbers were measured on, and how much of it others used."""

import os
import platform
import time
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = (
    "rupture-nlp",
    "torch",
    "transformers",
    "tokenizers",
    "openvino",
    "onnxruntime",
    "numpy",
)
FLAGS = ("avx2", "avx512f", "avx512_vnni", "avx512_bf16", "amx_bf16", "amx_int8")
BUSY = 0.5
"""Of a core for each core: from so much work of others on, times are not to be trusted."""

_CPU, _STAT, _MEMORY = Path("/proc/cpuinfo"), Path("/proc/stat"), Path("/proc/meminfo")
_NOT_BUSY = (3, 4)  # idle, and waiting for a disk
_KB_A_GB = 1e6


def describe_machine(threads: int) -> dict[str, object]:
    """Processor, what it can do, memory, system and versions."""
    models = _fields("model name")
    flags = set((_fields("flags") or [""])[0].split())
    return {
        "processor": models[0] if models else platform.processor(),
        "can": [name for name in FLAGS if name in flags],
        "cores": os.cpu_count(),
        "threads": threads,
        "memory_gb": _memory_gb(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "versions": {name: one for name in PACKAGES if (one := _version(name))},
    }


def _fields(name: str) -> list[str]:
    lines = _CPU.read_text(encoding="utf-8").splitlines() if _CPU.exists() else []
    return [line.partition(":")[2].strip() for line in lines if line.startswith(name)]


def _memory_gb() -> float | None:
    if not _MEMORY.exists():
        return None
    total = _MEMORY.read_text(encoding="utf-8").splitlines()[0].split()[1]
    return round(int(total) / _KB_A_GB, 1)


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


@dataclass(frozen=True, slots=True)
class Watch:
    """When watching began: the clock, and seconds of processor, of all and of this process."""

    wall: float
    everybody: float | None
    own: float

    @classmethod
    def begin(cls) -> "Watch":
        """Start watching."""
        return cls(time.perf_counter(), _busy_s(), _own_s())

    def others(self) -> float | None:
        """Cores that other processes kept busy since then, on average; None: not known here."""
        now = _busy_s()
        if now is None or self.everybody is None:
            return None
        used = (now - self.everybody) - (_own_s() - self.own)
        return max(used, 0.0) / (time.perf_counter() - self.wall)


def is_busy(cores_of_others: float) -> bool:
    """Whether others use more than half of the cores."""
    return cores_of_others > BUSY * (os.cpu_count() or 1)


def _busy_s() -> float | None:
    if not _STAT.exists():
        return None
    # user, nice, system, idle, iowait, irq, softirq, steal; what follows stands in user already.
    ticks = [int(n) for n in _STAT.read_text(encoding="utf-8").splitlines()[0].split()[1:9]]
    busy = sum(n for at, n in enumerate(ticks) if at not in _NOT_BUSY)
    return busy / os.sysconf("SC_CLK_TCK")


def _own_s() -> float:
    """With children that have ended."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system
