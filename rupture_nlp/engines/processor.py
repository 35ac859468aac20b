"""What this machine's processor can do."""

import hashlib
import os
import platform
from pathlib import Path

_CPU = Path("/proc/cpuinfo")


def computes_bf16() -> bool:
    """Whether bfloat16 arithmetic is done in hardware, on the GPU or the CPU that will compute."""
    import torch  # noqa: PLC0415  # takes a second, which engines without torch need not wait for

    if torch.cuda.is_available():
        return bool(torch.cuda.is_bf16_supported())
    supported = getattr(torch.cpu, "_is_avx512_bf16_supported", None)
    return bool(supported and supported())


def usable_cores() -> int:
    """The processor cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):  # not on macOS and Windows
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def processor_id() -> str:
    """Names the kind of processor: what was found on another kind need not hold on this."""
    lines = _CPU.read_text(encoding="utf-8").splitlines() if _CPU.is_file() else []
    wanted = ("model name", "flags", "Features", "CPU part")
    found = sorted({line for line in lines if line.startswith(wanted)})
    told = found or [platform.machine(), platform.processor()]
    return hashlib.sha256("\n".join(told).encode()).hexdigest()[:16]
