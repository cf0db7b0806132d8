"""How does a corpus become posts? Finds its files, reads each with the loader of its format, and keeps ids unique."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from semsearch.corpus.jsonl import read_jsonl
from semsearch.corpus.rejection import Rejection
from semsearch.errors import CorpusNotFound, CorpusUnreadable
from semsearch.posts import Post

Loader = Callable[[Path], Iterator[tuple[int, Post | Rejection]]]

LOADERS: dict[str, Loader] = {".jsonl": read_jsonl}
"""File suffix → a function that yields ``(line, post or rejection)`` in the order of the file."""


def load(corpus: Path) -> Iterator[Post | Rejection]:
    """Every post of a folder (its files in order of name) or of one file, one at a time, and every rejected line.

    Raises CorpusNotFound, at once, where there is no file to read, and CorpusUnreadable.
    """
    return _unique(_files(corpus))


def _unique(files: list[Path]) -> Iterator[Post | Rejection]:
    """The records of all files; an id that was used before is a rejection."""
    taken: dict[str, tuple[Path, int]] = {}
    for file in files:
        for line, record in _records(file):
            if isinstance(record, Rejection):
                yield record
            elif record.id in taken:
                first_file, first_line = taken[record.id]
                reason = f"the id {record.id!r} was used before, at {first_file}:{first_line}"
                yield Rejection(file, line, reason, duplicate=True)
            else:
                taken[record.id] = (file, line)
                yield record


def _records(file: Path) -> Iterator[tuple[int, Post | Rejection]]:
    with _reading(file):
        yield from LOADERS[file.suffix](file)


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
