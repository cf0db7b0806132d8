"""A temporary file of posts, so that a corpus is read once although a rebuild needs its posts twice."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from dataclasses import fields
from operator import attrgetter
from pathlib import Path
from tempfile import TemporaryFile
from types import TracebackType
from typing import Any, Self

from semsearch.posts import Post

_BATCH = 256
_values = attrgetter(*(field.name for field in fields(Post)))
"""The fields of a post as a tuple, which is pickled five times as fast as the post."""


class PostSpool:
    """Posts on disk, in the order they were added. A context manager that deletes them."""

    def __init__(self, folder: Path) -> None:
        """``folder``: the disk on which the posts are; the file has no name there."""
        self._file = TemporaryFile(dir=folder)  # noqa: SIM115  (closed by __exit__)
        self._batch: list[tuple[Any, ...]] = []
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
        """Add a post. All posts are added before any is read."""
        self._batch.append(_values(post))
        self._count += 1
        if len(self._batch) == _BATCH:
            self._write()

    def __iter__(self) -> Iterator[Post]:
        self._write()
        self._file.seek(0)
        for _ in range(0, self._count, _BATCH):
            for values in pickle.load(self._file):  # noqa: S301  (written by this process)
                yield Post(*values)

    def _write(self) -> None:
        if self._batch:
            pickle.dump(self._batch, self._file, pickle.HIGHEST_PROTOCOL)
            self._batch = []
