"""A temporary file of posts, so that a corpus is read once although a rebuild needs its posts twice."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryFile
from types import TracebackType
from typing import Self

from semsearch.posts import Post


class PostSpool:
    """Posts on disk, in the order they were added. A context manager that deletes them."""

    def __init__(self, folder: Path) -> None:
        """``folder``: the disk on which the posts are; the file has no name there."""
        self._file = TemporaryFile(dir=folder)  # noqa: SIM115  (closed by __exit__)
        self._count = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def __len__(self) -> int:
        return self._count

    def add(self, post: Post) -> None:
        pickle.dump(post, self._file, pickle.HIGHEST_PROTOCOL)
        self._count += 1

    def __iter__(self) -> Iterator[Post]:
        self._file.seek(0)
        for _ in range(self._count):
            yield pickle.load(self._file)  # noqa: S301  (written by this process)
