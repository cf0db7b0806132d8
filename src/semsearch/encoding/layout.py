"""How do texts stand in what a model reads? Their tokens in, the arrays of its inputs out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

Tokens = Sequence[int]
Inputs = dict[str, NDArray[np.int64] | NDArray[np.float32]]
"""By the name of an input."""

PLAIN = ("input_ids", "attention_mask")
"""The inputs of a model that reads one text a row, each filled up to the longest."""
SHARED = ("input_ids", "position_ids", "segments", "members")
"""Those of a model that lets texts share a row: with hardly any of it filled up, a batch takes half the time."""

_MEMBERS_STEP = 8
_ROW = 80
"""Tokens that there are for each row, on average at least."""
_AS_MUCH = 1_750
"""Tokens that a row has where attention, which grows with the square of it, takes as long as all else; measured with
the built-in model."""


def in_rows(texts: Sequence[Tokens], padding: int, step: int = 1) -> Inputs:
    """One text a row, as PLAIN: shape (texts, the longest, up to a multiple of ``step``)."""
    width = _up(max(map(len, texts)), step)
    tokens = np.full((len(texts), width), padding, dtype=np.int64)
    mask = np.zeros_like(tokens)
    for row, text in enumerate(texts):
        tokens[row, : len(text)] = text
        mask[row, : len(text)] = 1
    return dict(zip(PLAIN, (tokens, mask), strict=True))


def placed(texts: Sequence[Tokens], padding: int, *, side_by_side: bool, step: int = 1) -> Inputs:
    """As SHARED: one text a row, or ``side_by_side`` in however many rows are read the soonest; their width is a
    multiple of ``step``.

    Tokens have shape (rows, width), and so do their positions, each counted from the first of its text, and the number
    of their text, -1 for what only fills up. ``members``, shape (texts or somewhat more, rows * width), are 1 where a
    token belongs to a text.
    """
    lengths = [len(text) for text in texts]
    if side_by_side:
        most = max(1, sum(lengths) // max(_ROW, *lengths))
        rows, width, places = min((_spread(lengths, rows, step) for rows in range(1, most + 1)), key=_effort)
    else:
        rows, width, places = len(texts), _up(max(lengths), step), [(row, 0) for row in range(len(texts))]
    count = _up(len(texts), _MEMBERS_STEP) if side_by_side and len(texts) > 1 else len(texts)
    tokens = np.full(rows * width, padding, dtype=np.int64)
    positions, segments = np.zeros_like(tokens), np.full_like(tokens, -1)
    members = np.zeros((count, rows * width), dtype=np.float32)
    for number, (text, (row, place)) in enumerate(zip(texts, places, strict=True)):
        begin = row * width + place
        end = begin + len(text)
        tokens[begin:end], positions[begin:end], segments[begin:end] = text, np.arange(len(text)), number
        members[number, begin:end] = 1
    shaped = (array.reshape(rows, width) for array in (tokens, positions, segments))
    return dict(zip(SHARED, (*shaped, members), strict=True))


_Spread = tuple[int, int, list[tuple[int, int]]]
"""How many rows, their width, and for each text its row and where in it the text begins."""


def _spread(lengths: Sequence[int], rows: int, step: int) -> _Spread:
    """Texts in so many rows: each, the longest first, where most room is (Graham, 1969: no row is much longer than need
    be)."""
    widths, places = [0] * rows, [(0, 0)] * len(lengths)
    for number in sorted(range(len(lengths)), key=lambda number: -lengths[number]):
        row = widths.index(min(widths))
        places[number] = row, widths[row]
        widths[row] += lengths[number]
    return rows, _up(max(widths), step), places


def _effort(spread: _Spread) -> float:
    """How long it takes to read, beside others."""
    rows, width, _ = spread
    return rows * width * (1 + width / _AS_MUCH)


def packs(texts: Sequence[Tokens], most: int) -> Iterator[list[Tokens]]:
    """Texts in turn, as many together as have at most so many tokens, and at least one."""
    pack: list[Tokens] = []
    for text in texts:
        if pack and sum(map(len, pack)) + len(text) > most:
            yield pack
            pack = []
        pack.append(text)
    if pack:
        yield pack


def _up(number: int, step: int) -> int:
    return number + -number % step
