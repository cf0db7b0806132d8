"""How does a corpus become posts? Finds its files, reads each with the loader of its format, and keeps ids unique."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from semsearch.corpus.jsonl import read_jsonl
from semsearch.corpus.rejection import Rejection
from semsearch.errors import CorpusNotFound, CorpusUnreadable
from semsearch.posts import Post

Loader = Callable[[BinaryIO, Path], Iterator[tuple[int, Post | Rejection]]]

LOADERS: dict[str, Loader] = {".jsonl": read_jsonl}
"""File suffix → a function from an open file and its path to ``(line, post or rejection)`` in the order of the file."""
_BUFFER_BYTES = 65_536


def load(corpus: Path) -> Loading:
    """Every post of a folder (its files in order of name) or of one file, one at a time, and every rejected line.

    Raises CorpusNotFound, at once, where there is no file to read, and CorpusUnreadable.
    """
    files = _files(corpus)
    with _reading(corpus):
        return Loading(files)


def digest(corpus: Path) -> str:
    """What :attr:`Loading.sha256` would be after all of it was read. Raises as :func:`load` does."""
    digests = []
    for file in _files(corpus):
        with _reading(file), file.open("rb") as stream:
            digests.append((file.name, hashlib.file_digest(stream, "sha256").hexdigest()))
    return _joined(digests)


class Loading(Iterator[Post | Rejection]):
    """The records of some files, in order; an id that was used before is a rejection."""

    def __init__(self, files: list[Path]) -> None:
        self._bytes = sum(file.stat().st_size for file in files if file.exists())
        self._before = 0
        self._stream: _HashingStream | None = None
        self._digests: list[tuple[str, str]] = []
        self._records = self._unique(files)

    def __next__(self) -> Post | Rejection:
        return next(self._records)

    @property
    def share_read(self) -> float:
        """How much of the files was read so far, from 0 to 1."""
        read = self._before + (self._stream.count if self._stream else 0)
        return min(1.0, read / self._bytes) if self._bytes else 1.0

    @property
    def sha256(self) -> str:
        """Over the names and the bytes of the files that were read to their end."""
        return _joined(self._digests)

    def _unique(self, files: list[Path]) -> Iterator[Post | Rejection]:
        taken: dict[str, tuple[Path, int]] = {}
        for file in files:
            for line, record in self._read(file):
                if isinstance(record, Rejection):
                    yield record
                elif record.id in taken:
                    first_file, first_line = taken[record.id]
                    reason = f"the id {record.id!r} was used before, at {first_file}:{first_line}"
                    yield Rejection(file, line, reason, duplicate=True)
                else:
                    taken[record.id] = (file, line)
                    yield record

    def _read(self, file: Path) -> Iterator[tuple[int, Post | Rejection]]:
        with _reading(file), file.open("rb", buffering=0) as raw:
            self._stream = _HashingStream(raw)
            yield from LOADERS[file.suffix](io.BufferedReader(self._stream, _BUFFER_BYTES), file)
            self._digests.append((file.name, self._stream.sha256.hexdigest()))
            self._before += self._stream.count
            self._stream = None


class _HashingStream(io.RawIOBase):
    """A file that remembers how much of it was read, and the SHA-256 of that."""

    def __init__(self, raw: io.FileIO) -> None:
        self._raw = raw
        self.count = 0
        self.sha256 = hashlib.sha256()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        count = self._raw.readinto(buffer) or 0
        self.sha256.update(memoryview(buffer)[:count])
        self.count += count
        return count


def _joined(digests: list[tuple[str, str]]) -> str:
    joined = "".join(f"{name}\0{digest}\0" for name, digest in digests)
    return hashlib.sha256(joined.encode(errors="surrogateescape")).hexdigest()  # a name may be of any bytes


def _files(corpus: Path) -> list[Path]:
    with _reading(corpus):
        if not corpus.exists():
            raise CorpusNotFound(corpus, "it does not exist")
        if corpus.is_file():
            if corpus.suffix not in LOADERS:
                raise CorpusNotFound(corpus, f"a file is one of {', '.join(LOADERS)}")
            return [corpus]
        files = sorted(path for path in corpus.iterdir() if path.suffix in LOADERS and _holds_posts(path))
        if not files:
            raise CorpusNotFound(corpus, f"no file there ends in {', '.join(LOADERS)}")
        return files


def _holds_posts(path: Path) -> bool:
    """Hidden files are an editor's or a system's own. A link to nothing is read, and fails: posts are missing."""
    return not path.name.startswith(".") and (path.is_file() or not path.exists())


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise CorpusUnreadable(path, error.strerror or str(error)) from error
