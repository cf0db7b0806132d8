"""Cosine similarity of one vector to many rows, each computed from its row alone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def similarities(rows: NDArray[np.float32], vector: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the cosine similarity of each row to a vector, shape (rows,), -1 to 1 but for rounding.

    ``rows``: shape (rows, dimension); ``vector``: shape (dimension,), or one vector for each row. All are unit vectors.

    ``np.vecdot`` computes one dot product per row, so the result for a row is bit for bit the same whichever other rows
    are compared. The last digits of a matrix product (``rows @ vector``) depend on the number and the order of the
    rows, since BLAS multiplies several rows at once, how many being up to the processor. A post's score would then
    differ between pages, behind a filter, or in another list.
    """
    # A dot product over strided numbers is another BLAS kernel, with other last digits.
    found: NDArray[np.float32] = np.vecdot(np.ascontiguousarray(rows), np.ascontiguousarray(vector))
    return found.astype(np.float64)
