"""Related posts as computed by a rebuild: candidates, default lists and hubness of each post."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

FILE = "related.npy"
CENTRES_FILE = "centres.npy"
CANDIDATES = 60
"""How many candidates are stored for each post: the most related ones."""
LISTED = 10
"""The length of the stored default list, which is chosen from the candidates."""
NONE = -1
"""Fills unused places."""
ROW = np.dtype(
    [
        ("candidates", np.int32, CANDIDATES),
        ("scores", np.float32, CANDIDATES),
        ("listed", np.int8, LISTED),
        ("crowd", np.float32),
    ]
)
"""The row of a post.

``candidates``: ordinals, the most related first, then NONE. ``scores``: their scores, then -inf. ``listed``: the
default list as indexes into ``candidates``, then NONE. ``crowd``: the hubness of the post, how much closer than usual
it is to other posts.
"""


def create_rows(folder: Path, posts: int) -> np.memmap[Any, Any]:
    """Create the file of rows without candidates, and return it as a writable array of shape (posts,).

    Raises OSError.
    """
    rows: np.memmap[Any, Any] = np.lib.format.open_memmap(folder / FILE, mode="w+", dtype=ROW, shape=(posts,))
    _reserve(folder / FILE)
    rows["candidates"], rows["scores"], rows["listed"] = NONE, -np.inf, NONE
    return rows


def create_centres(folder: Path, posts: int, dimension: int) -> np.memmap[Any, Any]:
    """Create the file of centres, and return it as a writable array of shape (posts, dimension). Raises OSError."""
    centres: np.memmap[Any, Any] = np.lib.format.open_memmap(
        folder / CENTRES_FILE, mode="w+", dtype=np.float16, shape=(posts, dimension)
    )
    _reserve(folder / CENTRES_FILE)
    return centres


def _reserve(file: Path) -> None:
    """Allocate the disk blocks of a file. Raises OSError if the disk is full.

    Without this, writing to a memory map on a full disk would kill the process.
    """
    size = file.stat().st_size
    with file.open("r+b") as stream:
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(stream.fileno(), 0, size)


def write_candidates(row: np.void, candidates: NDArray[np.int64], scores: NDArray[np.float64]) -> None:
    """Write the candidates of a post, at most CANDIDATES, and their scores into its row."""
    count = len(candidates)
    row["candidates"][:count], row["scores"][:count] = candidates, scores
    row["candidates"][count:], row["scores"][count:] = NONE, -np.inf


class RelatedPosts:
    """The related posts of all posts of a version, memory-mapped. Thread-safe."""

    def __init__(self, rows: NDArray[np.void], centres: NDArray[np.float16]) -> None:
        self._rows = rows
        self.centres = centres
        """Shape (posts, dimension): for each post the unit vector between its post vector and its passage vectors."""

    @classmethod
    def open(cls, folder: Path) -> RelatedPosts:
        rows, centres = (np.load(folder / name, mmap_mode="r", allow_pickle=False) for name in (FILE, CENTRES_FILE))
        return cls(rows, centres)

    @classmethod
    def empty(cls, posts: int, dimension: int) -> RelatedPosts:
        """Return related posts without any candidates, and with centres of zeros; they take no memory."""
        row = np.zeros((), dtype=ROW)
        row["candidates"], row["scores"], row["listed"] = NONE, -np.inf, NONE
        return cls(np.broadcast_to(row, (posts,)), np.broadcast_to(np.float16(0), (posts, dimension)))

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def rows(self) -> NDArray[np.void]:
        """All rows, shape (posts,), dtype ROW."""
        return self._rows

    def candidates(self, post: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return the candidates of a post, the most related first, and their scores."""
        row = self._rows[post]
        count = int(np.count_nonzero(row["candidates"] != NONE))
        return row["candidates"][:count].astype(np.int64), row["scores"][:count].astype(np.float64)

    def listed(self, post: int) -> NDArray[np.intp]:
        """Return the default list of a post, as at most LISTED indexes into its candidates, in order."""
        places = self._rows["listed"][post].astype(np.intp)
        listed: NDArray[np.intp] = places[places != NONE]
        return listed

    def lists(self, limit: int) -> NDArray[np.int32]:
        """Return the default lists of all posts as ordinals, shape (posts, ``limit``), filled up with NONE.

        ``limit``: at most LISTED.
        """
        places = self._rows["listed"][:, :limit]
        chosen = np.take_along_axis(self._rows["candidates"], np.maximum(places, 0).astype(np.intp), axis=1)
        return np.where(places == NONE, NONE, chosen)

    def hubness(self, posts: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return how much closer than usual each of some posts is to other posts, in units of score."""
        hubness: NDArray[np.float32] = self._rows["crowd"][posts]
        return hubness
