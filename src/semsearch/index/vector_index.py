"""The interface of a vector index: search by cosine similarity, and vectors by row."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class VectorIndex(Protocol):
    """Unit vectors, numbered by row from 0. Read-only and thread-safe.

    An implementation may be approximate: it may miss some of the most similar rows, and store vectors in reduced
    precision. It never returns fewer rows than were asked for while more rows pass the mask.
    """

    @property
    def dimension(self) -> int:
        """The length of each vector."""
        ...

    def __len__(self) -> int:
        """Return the number of vectors."""
        ...

    def search(
        self, vector: NDArray[np.float32], limit: int, mask: NDArray[np.bool_] | None = None
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Return the rows most similar to a unit vector, and their cosine similarities.

        ``vector`` has shape (dimension,). ``mask`` has shape (len(self),): only rows for which it is true are
        returned; None stands for all.

        Both results have shape (n,), where n is ``limit`` or, if fewer rows pass the mask, their number. They are
        ordered by similarity, highest first; rows of equal similarity may come in any order. Each row occurs once.
        """
        ...

    def vectors(self, rows: NDArray[np.integer]) -> NDArray[np.float32]:
        """Return the vectors of some rows, in the order of ``rows``, as a new array of shape (len(rows), dimension).

        ``rows`` may repeat a row and may be empty. Raises IndexError for a row beyond the last.
        """
        ...
