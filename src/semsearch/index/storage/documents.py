"""Stored posts in SQLite, by ordinal and by id."""

from __future__ import annotations

import json
import sqlite3
import threading
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from semsearch.index.filters import AUTHORS, TAGS, KeywordColumn
from semsearch.posts import Post, Section
from semsearch.system_errors import of_sqlite

FILE = "posts.sqlite"
MAX_CACHED_CHARACTERS = 16_000_000
"""The size of the cache of posts, in characters of their ids, stored records (JSON) and bodies."""
_INSERT_ROWS = 2_000
_SELECT_ROWS = 500

_encode = json.JSONEncoder(ensure_ascii=False).encode


class DocumentsWriter:
    """Writes posts; the first gets ordinal 0. Raises OSError if the disk is full or fails."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / FILE
        with self._disk_errors():
            self._connection = sqlite3.connect(self._file, isolation_level=None)
            # Nothing reads this file before it is complete, and publishing a version flushes it: no journal is needed.
            self._connection.executescript(
                "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;"
                "CREATE TABLE post"
                " (ordinal INTEGER PRIMARY KEY, id TEXT NOT NULL, record TEXT NOT NULL, body TEXT NOT NULL);"
            )
            self._connection.execute("BEGIN")
        self._pending: list[tuple[int, str, str, str]] = []
        self._count = 0

    def add(self, post: Post) -> str:
        """Store a post and return its record: all fields except id and body, as JSON."""
        record = _encode(
            {
                "title": post.title,
                "teaser": post.teaser,
                "url": post.url,
                "date": post.date,
                "updated": post.updated,
                "image": post.image,
                "tags": post.tags,
                "authors": post.authors,
                "language": post.language,
                "series": post.series,
                "translation_of": post.translation_of,
                "sections": [(part.title, part.anchor, part.start, part.end) for part in post.sections],
                "extra": dict(post.extra),
            }
        )
        self._pending.append((self._count, post.id, record, post.body))
        self._count += 1
        if len(self._pending) >= _INSERT_ROWS:
            self._flush()
        return record

    def close(self) -> None:
        self._flush()
        with self._disk_errors():
            self._connection.execute("CREATE UNIQUE INDEX post_id ON post (id)")
            self._connection.execute("COMMIT")
        self._connection.close()

    def abandon(self) -> None:
        """Stop writing; the file is then of no use."""
        self._connection.close()

    def _flush(self) -> None:
        with self._disk_errors():
            self._connection.executemany("INSERT INTO post VALUES (?, ?, ?, ?)", self._pending)
        self._pending.clear()

    @contextmanager
    def _disk_errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:  # the disk is full or fails
            raise of_sqlite(error, self._file) from error


Spelled = Callable[[KeywordColumn, str], str]
"""From a column and a value to the value as it is shown."""


def _as_stored(_: KeywordColumn, value: str) -> str:
    return value


class Documents:
    """The posts of a version, read-only. Thread-safe."""

    def __init__(self, file: Path, spelled: Spelled = _as_stored) -> None:
        """``spelled``: the spelling in which posts get the values of a column."""
        self._spelled = spelled
        uri = f"{file.resolve().as_uri()}?mode=ro&immutable=1"
        self._connection = sqlite3.connect(uri, uri=True, check_same_thread=False)
        # A connection is part of a reference cycle (its cache of statements): it would stay open until a collection.
        weakref.finalize(self, self._connection.close)
        self._lock = threading.Lock()
        self._cache: dict[int, tuple[Post, int]] = {}
        """Posts and their sizes in characters, by ordinal, in the order they were read."""
        self._cached_characters = 0

    @classmethod
    def open(cls, folder: Path, spelled: Spelled = _as_stored) -> Documents:
        return cls(folder / FILE, spelled)

    def __len__(self) -> int:
        return int(self._select("SELECT count(*) FROM post")[0][0])

    def ordinal(self, post_id: str) -> int | None:
        """Return the ordinal of a post; None if no post has this id."""
        try:
            rows = self._select("SELECT ordinal FROM post WHERE id = ?", post_id)
        except UnicodeEncodeError:  # a lone surrogate, as in a command line argument that is not UTF-8; no id has one
            return None
        return int(rows[0][0]) if rows else None

    def get(self, ordinals: Sequence[int]) -> list[Post]:
        """Return posts in the order of ``ordinals``. They are cached and shared: do not change them.

        Raises IndexError for an ordinal that does not exist.
        """
        found = {ordinal: cached[0] for ordinal in ordinals if (cached := self._cache.get(ordinal)) is not None}
        missing = [int(ordinal) for ordinal in ordinals if ordinal not in found]
        for start in range(0, len(missing), _SELECT_ROWS):
            chunk = missing[start : start + _SELECT_ROWS]
            marks = ",".join("?" * len(chunk))
            select = f"SELECT ordinal, id, record, body FROM post WHERE ordinal IN ({marks})"  # noqa: S608  (marks only)
            for ordinal, post_id, record, body in self._select(select, *chunk):
                post = found[ordinal] = _post(post_id, record, body, self._spelled)
                self._add_to_cache(ordinal, post, len(post_id) + len(record) + len(body))
        if unknown := [ordinal for ordinal in ordinals if ordinal not in found]:
            raise IndexError(f"no post has ordinal {unknown[0]}")
        return [found[int(ordinal)] for ordinal in ordinals]

    def ids(self) -> list[str]:
        """Return all ids, by ordinal."""
        return [row[0] for row in self._select("SELECT id FROM post ORDER BY ordinal")]

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    def _add_to_cache(self, ordinal: int, post: Post, characters: int) -> None:
        """Cache a post, then evict the posts that were read first until the rest fits."""
        with self._lock:
            if ordinal not in self._cache and characters <= MAX_CACHED_CHARACTERS:
                self._cache[ordinal] = post, characters
                self._cached_characters += characters
            while self._cached_characters > MAX_CACHED_CHARACTERS:
                self._cached_characters -= self._cache.pop(next(iter(self._cache)))[1]

    def _select(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._connection.execute(statement, values).fetchall()


def _post(post_id: str, record: str, body: str, spelled: Spelled) -> Post:
    fields = json.loads(record)
    return Post(
        id=post_id,
        title=fields["title"],
        teaser=fields["teaser"],
        url=fields["url"],
        date=fields["date"],
        updated=fields["updated"],
        image=fields["image"],
        tags=tuple(spelled(TAGS, tag) for tag in fields["tags"]),
        authors=tuple(spelled(AUTHORS, author) for author in fields["authors"]),
        language=fields["language"],
        series=fields["series"],
        translation_of=fields["translation_of"],
        body=body,
        sections=tuple(Section(*part) for part in fields["sections"]),
        extra=fields["extra"],
    )
