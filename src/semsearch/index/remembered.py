"""What was made of a text before? A dictionary that makes what it does not have, and forgets all when it is full."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class Remembered(dict[str, T]):
    """What is made of some texts, remembered: most of them come again and again. May be used from many threads."""

    def __init__(self, make: Callable[[str], T], most: int, longest: int = sys.maxsize) -> None:
        """``most``: texts that are remembered; ``longest``: their characters."""
        super().__init__()
        self._make, self._most, self._longest = make, most, longest

    def __missing__(self, text: str) -> T:
        made = self._make(text)
        if len(text) <= self._longest:
            if len(self) >= self._most:
                self.clear()
            self[text] = made
        return made
