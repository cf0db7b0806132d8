"""A memo of bounded size: a dictionary that computes missing values, and is cleared when it is full."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sized
from typing import TypeVar

K = TypeVar("K", bound=Sized)
T = TypeVar("T")


def _unit_size(_: object) -> int:
    return 1


class BoundedMemo(dict[K, T]):
    """Memoises a function of one argument, a text or a tuple of texts. Thread-safe.

    Clearing everything at once is cheaper than tracking use, and the frequent keys are soon back.
    """

    def __init__(
        self,
        compute: Callable[[K], T],
        max_size: int,
        max_key_length: int = sys.maxsize,
        size: Callable[[T], int] = _unit_size,
    ) -> None:
        """``max_size``: the total ``size`` of the values; by default each counts as 1. Keys longer than
        ``max_key_length`` and values larger than ``max_size`` are computed each time."""
        super().__init__()
        self._compute, self._size = compute, size
        self._max_size, self._max_key_length = max_size, max_key_length
        self._total_size = 0

    def __missing__(self, key: K) -> T:
        value = self._compute(key)
        size = self._size(value)
        if key not in self and len(key) <= self._max_key_length and size <= self._max_size:
            if self._total_size + size > self._max_size:
                self.clear()
                self._total_size = 0
            self[key] = value
            self._total_size += size
        return value
