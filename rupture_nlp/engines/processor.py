"""What this machine's processor can do. Loads torch only where nothing else can tell."""

import hashlib
import os
import platform
import sys
from contextlib import suppress
from pathlib import Path


def computes_bf16() -> bool:
    """Whether torch does bfloat16 arithmetic in hardware, on the device that will compute."""
    import torch  # noqa: PLC0415  # takes a second, which engines without torch need not wait for

    if torch.cuda.is_available():
        return bool(torch.cuda.is_bf16_supported())
    supported = getattr(torch.cpu, "_is_avx512_bf16_supported", None)
    return bool(supported and supported())


def has_graphics_card() -> bool:
    """Whether torch computes on a graphics card. Loads torch only where a driver shows one."""
    if sys.platform == "win32":
        system = os.environ.get("SYSTEMROOT", "C:/Windows")
        seen = (Path(system) / "System32" / "nvcuda.dll").is_file()
    else:
        devices = ("/dev/nvidiactl", "/dev/kfd", "/dev/dxg")  # Nvidia, AMD, Windows' Linux
        seen = any(Path(device).exists() for device in devices)
    if not seen:
        return False
    import torch  # noqa: PLC0415  # see above

    return bool(torch.cuda.is_available())


def processor_name() -> str:
    """Eight hex digits that tell kinds of processors apart, by what they are able to do."""
    told = [platform.system(), platform.machine(), platform.processor()]
    with suppress(OSError):  # Linux alone has it
        one = Path("/proc/cpuinfo").read_text(encoding="utf-8").split("\n\n", maxsplit=1)[0]
        told += [line for line in one.splitlines() if line.startswith(("model name", "flags"))]
    return hashlib.sha256("\n".join(told).encode()).hexdigest()[:8]


def usable_cores() -> int:
    """The processor cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):  # not on macOS and Windows
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
