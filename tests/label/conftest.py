"""One thread: tensors this small are not worth two, which wait for each other on a busy machine."""

from collections.abc import Generator

import pytest
import torch


@pytest.fixture(autouse=True, scope="module")
def _one_thread() -> Generator[None, None, None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
