"""Which posts belong beside each? As a rebuild found them, to be looked up: nothing is compared when a page is read."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

FILE = "related.npy"
CENTRES_FILE = "centres.npy"
CANDIDATES = 60
"""Posts that are kept beside each, the most related: lists are chosen from them."""
LISTED = 10
"""Of those, the ones that are chosen already, for a list as it is by default."""
NONE = -1
ROW = np.dtype(
    [
        ("candidates", np.int32, CANDIDATES),
        ("scores", np.float32, CANDIDATES),
        ("listed", np.int8, LISTED),
        ("crowd", np.float32),
    ]
)
"""``candidates``: ordinals, the most related first, NONE where there are no more; ``listed``: places in them, in the
order in which they were chosen, NONE where there are no more; ``crowd``: how much more than usual is near a post."""


def new_rows(folder: Path, posts: int) -> np.memmap[Any, Any]:
    """A file of rows, empty, that is written by writing to the array."""
    rows: np.memmap[Any, Any] = np.lib.format.open_memmap(folder / FILE, mode="w+", dtype=ROW, shape=(posts,))
    _reserve(folder / FILE)
    rows["candidates"], rows["scores"], rows["listed"] = NONE, -np.inf, NONE
    return rows


def new_centres(folder: Path, posts: int, dimension: int) -> np.memmap[Any, Any]:
    """The same of the vectors of posts with all their sentences."""
    centres: np.memmap[Any, Any] = np.lib.format.open_memmap(
        folder / CENTRES_FILE, mode="w+", dtype=np.float16, shape=(posts, dimension)
    )
    _reserve(folder / CENTRES_FILE)
    return centres


def _reserve(file: Path) -> None:
    """Takes the room on the disk. Raises OSError where there is none; written by way of memory, a process would be
    killed for that."""
    size = file.stat().st_size
    with file.open("r+b") as stream:
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(stream.fileno(), 0, size)


def put(row: np.void, candidates: NDArray[np.int64], scores: NDArray[np.float64]) -> None:
    """Writes the candidates of a post, at most CANDIDATES, into its row."""
    count = len(candidates)
    row["candidates"][:count], row["scores"][:count] = candidates, scores
    row["candidates"][count:], row["scores"][count:] = NONE, -np.inf


class RelatedPosts:
    """What a rebuild knows of how the posts of a version are related; read from disk when it is asked for."""

    def __init__(self, rows: NDArray[np.void], centres: NDArray[np.float16]) -> None:
        self._rows = rows
        self.centres = centres
        """What posts mean with all their sentences: shape (posts, dimension), unit vectors."""

    @classmethod
    def open(cls, folder: Path) -> RelatedPosts | None:
        """None for a version from before there were any."""
        if not (folder / FILE).exists():
            return None
        return cls(np.load(folder / FILE, mmap_mode="r"), np.load(folder / CENTRES_FILE, mmap_mode="r"))

    def __len__(self) -> int:
        return len(self._rows)

    def candidates(self, post: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Posts that may be listed beside one, the most related first, and how related they are."""
        row = self._rows[post]
        count = int(np.count_nonzero(row["candidates"] != NONE))
        return row["candidates"][:count].astype(np.int64), row["scores"][:count].astype(np.float64)

    @property
    def rows(self) -> NDArray[np.void]:
        """All of it, shape (posts,), as in ROW."""
        return self._rows

    def listed(self, post: int) -> NDArray[np.intp]:
        """Places in the candidates of a post, in the order in which they are chosen by default; at most LISTED."""
        places = self._rows["listed"][post].astype(np.intp)
        listed: NDArray[np.intp] = places[places != NONE]
        return listed

    def lists(self, limit: int) -> NDArray[np.int32]:
        """The posts that are chosen for every post by default, shape (posts, ``limit``); NONE where there are no more.

        ``limit``: at most LISTED.
        """
        places = self._rows["listed"][:, :limit]
        chosen = np.take_along_axis(self._rows["candidates"], np.maximum(places, 0).astype(np.intp), axis=1)
        return np.where(places == NONE, NONE, chosen)

    def crowd(self, posts: NDArray[np.int64]) -> NDArray[np.float32]:
        """How much more than usual is close to some posts."""
        crowd: NDArray[np.float32] = self._rows["crowd"][posts]
        return crowd
