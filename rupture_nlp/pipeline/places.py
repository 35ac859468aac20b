"""Where in a file the latest line of each key stands, in 16 bytes a key."""

import numpy as np
from numpy.typing import NDArray

_FEW = 4096
"""So many new keys stay in a dictionary before they are sorted in with the others."""


class Places:
    """The latest place by key; a key is 64 bits of a hash."""

    def __init__(self) -> None:
        self._keys: NDArray[np.uint64] = np.empty(0, np.uint64)
        self._places: NDArray[np.uint64] = np.empty(0, np.uint64)
        self._new: dict[int, int] = {}

    def put(self, key: int, place: int) -> None:
        """Set the place of a key, also of one that has one."""
        self._new[key] = place
        if len(self._new) == _FEW:
            self._sort_in()

    def get(self, key: int) -> int | None:
        """The place that was put last."""
        if key in self._new:
            return self._new[key]
        at = int(np.searchsorted(self._keys, np.uint64(key)))
        if at < len(self._keys) and int(self._keys[at]) == key:
            return int(self._places[at])
        return None

    def _sort_in(self) -> None:
        new = np.array(list(self._new.items()), np.uint64)
        # `unique` takes the first of equal keys: the new ones stand in front.
        keys = np.concatenate([new[:, 0], self._keys])
        places = np.concatenate([new[:, 1], self._places])
        self._keys, first = np.unique(keys, return_index=True)
        self._places = places[first]
        self._new.clear()
