"""Cut spans out of a text, and map the offsets of the old text to those of the new one."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cuts:
    """Spans of a text that are removed."""

    spans: tuple[tuple[int, int], ...] = ()
    """``[start, end)`` in code points, ascending, apart from each other."""

    @classmethod
    def around(cls, text: str, spans: Sequence[tuple[int, int]]) -> Cuts:
        """Make cuts of spans, ascending, each with the white space before it or after it.

        What stays of the white space is the part with more line ends; at the ends of the text, none.
        """
        joined: list[tuple[int, int]] = []
        for start, end in spans:
            is_next = joined and not text[joined[-1][1] : start].strip()
            joined.append((joined.pop()[0] if is_next else start, end))
        return cls(tuple(_with_space(text, start, end) for start, end in joined))

    def apply(self, text: str) -> str:
        """Return the text without the spans."""
        ends = [0, *(end for _, end in self.spans)]
        starts = [*(start for start, _ in self.spans), len(text)]
        return "".join(text[end:start] for end, start in zip(ends, starts, strict=True))

    def shift(self, offset: int) -> int:
        """Return where the character at an offset of the old text is in the new one; of a removed one, what follows."""
        before = self.spans[: bisect_right(self.spans, offset, key=lambda span: span[0])]
        return offset - sum(min(end, offset) - start for start, end in before)


def _with_space(text: str, start: int, end: int) -> tuple[int, int]:
    first = len(text[:start].rstrip())
    last = len(text) - len(text[end:].lstrip())
    if last == len(text):
        return first, last
    if first and text.count("\n", first, start) < text.count("\n", end, last):
        return first, end
    return start if first else 0, last
