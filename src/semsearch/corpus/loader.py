"""Read the posts of a corpus: find its files, read each with the loader of its format, and reject duplicate ids.

This package only reports rejections. The package rebuilding decides on them: it publishes nothing if there is a single
duplicate id, or if more than 10 % of the lines are rejected.
"""

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
"""File suffix → loader: takes an open file and its path, yields ``(line number, post or rejection)`` in file order."""
_BUFFER_BYTES = 65_536


def load(corpus: Path) -> CorpusReader:
    """Read a file, or all files of a folder in order of their names, lazily.

    Raises CorpusNotFound immediately where there is no file to read; CorpusUnreadable, also during iteration.
    """
    files = _files(corpus)
    with _converting_errors(corpus):
        return CorpusReader(files)


def digest(corpus: Path) -> str:
    """The value of :attr:`CorpusReader.sha256` after reading the whole corpus. Raises what :func:`load` raises."""
    digests = []
    for file in _files(corpus):
        with _converting_errors(file), file.open("rb") as stream:
            digests.append((file.name, hashlib.file_digest(stream, "sha256").hexdigest()))
    return _joined(digests)


class CorpusReader(Iterator[Post | Rejection]):
    """Iterates over the posts and rejections of some files, in order. Rejects posts with the id of an earlier post."""

    def __init__(self, files: list[Path]) -> None:
        self._bytes = sum(file.stat().st_size for file in files if file.exists())
        self._bytes_before = 0
        self._stream: _HashingStream | None = None
        self._digests: list[tuple[str, str]] = []
        self._records = self._unique(files)

    def __next__(self) -> Post | Rejection:
        return next(self._records)

    @property
    def share_read(self) -> float:
        """The share of the bytes of the files that was read so far, 0 to 1."""
        read = self._bytes_before + (self._stream.count if self._stream else 0)
        return min(1.0, read / self._bytes) if self._bytes else 1.0

    @property
    def sha256(self) -> str:
        """SHA-256, in hexadecimal, over the names and contents of the files that were read completely."""
        return _joined(self._digests)

    def _unique(self, files: list[Path]) -> Iterator[Post | Rejection]:
        places: dict[str, tuple[Path, int]] = {}
        for file in files:
            for line, record in self._read(file):
                if isinstance(record, Rejection):
                    yield record
                elif record.id in places:
                    first_file, first_line = places[record.id]
                    reason = f"duplicate id {record.id!r}, first used at {first_file}:{first_line}"
                    yield Rejection(file, line, reason, duplicate=True)
                else:
                    places[record.id] = (file, line)
                    yield record

    def _read(self, file: Path) -> Iterator[tuple[int, Post | Rejection]]:
        with _converting_errors(file), file.open("rb", buffering=0) as raw:
            self._stream = _HashingStream(raw)
            yield from LOADERS[file.suffix](io.BufferedReader(self._stream, _BUFFER_BYTES), file)
            self._digests.append((file.name, self._stream.sha256.hexdigest()))
            self._bytes_before += self._stream.count
            self._stream = None


class _HashingStream(io.RawIOBase):
    """A raw file that counts and hashes the bytes read from it."""

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
    return hashlib.sha256(joined.encode(errors="surrogateescape")).hexdigest()  # names may contain any bytes


def _files(corpus: Path) -> list[Path]:
    with _converting_errors(corpus):
        if not corpus.exists():
            raise CorpusNotFound(corpus, "it does not exist")
        if corpus.is_file():
            if corpus.suffix not in LOADERS:
                raise CorpusNotFound(corpus, f"a corpus file must end in {', '.join(LOADERS)}")
            return [corpus]
        files = sorted(path for path in corpus.iterdir() if path.suffix in LOADERS and _is_corpus_file(path))
        if not files:
            raise CorpusNotFound(corpus, f"no file there ends in {', '.join(LOADERS)}")
        return files


def _is_corpus_file(path: Path) -> bool:
    """Skip hidden files, which editors and systems create. A broken link counts, so that reading it fails visibly."""
    return not path.name.startswith(".") and (path.is_file() or not path.exists())


@contextmanager
def _converting_errors(path: Path) -> Iterator[None]:
    """Convert OSError to CorpusUnreadable."""
    try:
        yield
    except OSError as error:
        raise CorpusUnreadable(path, error.strerror or str(error)) from error
