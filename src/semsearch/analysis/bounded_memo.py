"""What was made of something before? A dictionary that makes what it does not have, and forgets all when it is full."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sized
from typing import TypeVar

K = TypeVar("K", bound=Sized)
T = TypeVar("T")


def _one(_: object) -> int:
    return 1


class Remembered(dict[K, T]):
    """What is made of texts, or of several of them, remembered: most come again and again. May be used from many
    threads."""

    def __init__(
        self, make: Callable[[K], T], most: int, longest: int = sys.maxsize, size: Callable[[T], int] = _one
    ) -> None:
        """``most``: what is remembered at most, each counted as one, or as what ``size`` says; ``longest``: the length
        of a key that is."""
        super().__init__()
        self._make, self._most, self._longest, self._size = make, most, longest, size
        self._held = 0

    def __missing__(self, key: K) -> T:
        made = self._make(key)
        size = self._size(made)
        if key not in self and len(key) <= self._longest and size <= self._most:
            if self._held + size > self._most:
                self.clear()
                self._held = 0
            self[key] = made
            self._held += size
        return made
