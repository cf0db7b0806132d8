"""Arrange tokens as model inputs: padded (one text per row) or packed (several texts per row).

Sequence packing: Krell et al., "Efficient Sequence Packing without Cross-contamination", 2021.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Tokens = Sequence[int]
"""The token ids of one text."""
Inputs = dict[str, NDArray[np.int64] | NDArray[np.float32]]
"""Arrays by input name."""

PADDED_INPUTS = ("input_ids", "attention_mask")
"""Inputs of a model that reads one text per row, padded to the longest."""
PACKED_INPUTS = ("input_ids", "position_ids", "segments", "members")
"""Inputs of a model that reads packed rows. With hardly any padding, a batch takes half the time."""

_MEMBERS_STEP = 8
"""The number of rows of ``members`` is a multiple of this, so that few shapes occur."""
_MIN_TOKENS_PER_ROW = 80
"""On average over the rows of a packed batch."""
_ATTENTION_BREAK_EVEN = 1_750
"""Row width in tokens at which attention, which is quadratic in the width, costs as much as all other layers; measured
with the built-in model."""


def padded_inputs(texts: Sequence[Tokens], pad_id: int, step: int = 1) -> Inputs:
    """Return PADDED_INPUTS: one text per row, shape (texts, longest text rounded up to a multiple of ``step``)."""
    width = _round_up(max(map(len, texts)), step)
    tokens = np.full((len(texts), width), pad_id, dtype=np.int64)
    mask = np.zeros_like(tokens)
    for row, text in enumerate(texts):
        tokens[row, : len(text)] = text
        mask[row, : len(text)] = 1
    return dict(zip(PADDED_INPUTS, (tokens, mask), strict=True))


def packed_inputs(texts: Sequence[Tokens], pad_id: int, *, one_text_per_row: bool = False, step: int = 1) -> Inputs:
    """Return PACKED_INPUTS, in as many rows as are read fastest or with ``one_text_per_row``.

    ``input_ids``, ``position_ids`` and ``segments`` have shape (rows, width); the width is a multiple of ``step``.
    Positions count from the first token of each text. Segments hold the number of the text, -1 for padding.
    ``members``, shape (texts rounded up, rows * width), is 1 where a token belongs to a text.
    """
    lengths = [len(text) for text in texts]
    if one_text_per_row:
        packing = _Packing(len(texts), _round_up(max(lengths), step), [(row, 0) for row in range(len(texts))])
    else:
        max_rows = max(1, sum(lengths) // max(_MIN_TOKENS_PER_ROW, *lengths))
        packing = min((_pack(lengths, rows, step) for rows in range(1, max_rows + 1)), key=_cost)
    rows, width, places = packing
    count = len(texts) if one_text_per_row or len(texts) == 1 else _round_up(len(texts), _MEMBERS_STEP)
    tokens = np.full(rows * width, pad_id, dtype=np.int64)
    positions, segments = np.zeros_like(tokens), np.full_like(tokens, -1)
    members = np.zeros((count, rows * width), dtype=np.float32)
    for number, (text, (row, column)) in enumerate(zip(texts, places, strict=True)):
        begin = row * width + column
        end = begin + len(text)
        tokens[begin:end], positions[begin:end], segments[begin:end] = text, np.arange(len(text)), number
        members[number, begin:end] = 1
    shaped = (array.reshape(rows, width) for array in (tokens, positions, segments))
    return dict(zip(PACKED_INPUTS, (*shaped, members), strict=True))


def split_by_tokens(texts: Sequence[Tokens], max_tokens: int) -> Iterator[list[Tokens]]:
    """Split texts into consecutive groups of at most ``max_tokens`` tokens; a longer text is a group of its own."""
    group: list[Tokens] = []
    for text in texts:
        if group and sum(map(len, group)) + len(text) > max_tokens:
            yield group
            group = []
        group.append(text)
    if group:
        yield group


class _Packing(NamedTuple):
    """Where each text stands in a batch."""

    rows: int
    width: int
    places: list[tuple[int, int]]
    """The row of each text, and the column of its first token."""


def _pack(lengths: Sequence[int], rows: int, step: int) -> _Packing:
    """Distribute texts over rows: each, the longest first, into the row with the most room (Graham, 1969)."""
    widths, places = [0] * rows, [(0, 0)] * len(lengths)
    for number in sorted(range(len(lengths)), key=lambda number: -lengths[number]):
        row = widths.index(min(widths))
        places[number] = row, widths[row]
        widths[row] += lengths[number]
    return _Packing(rows, _round_up(max(widths), step), places)


def _cost(packing: _Packing) -> float:
    """Estimate how long the model takes to read a batch, in units that only compare packings."""
    return packing.rows * packing.width * (1 + packing.width / _ATTENTION_BREAK_EVEN)


def _round_up(number: int, step: int) -> int:
    return number + -number % step
