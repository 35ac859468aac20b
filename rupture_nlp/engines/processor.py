"""What this machine's processor can do."""

import torch


def computes_bf16() -> bool:
    """Whether bfloat16 arithmetic is done in hardware, on the GPU or the CPU that will compute."""
    if torch.cuda.is_available():
        return bool(torch.cuda.is_bf16_supported())
    supported = getattr(torch.cpu, "_is_avx512_bf16_supported", None)
    return bool(supported and supported())
