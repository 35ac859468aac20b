"""What this machine's processor can do."""

import os


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
