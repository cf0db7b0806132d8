"""What does a post say? Posts by ordinal and by id, in SQLite."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from semsearch.posts import Post

FILE = "posts.sqlite"
_BATCH = 2_000
MOST_CHARACTERS = 16_000_000
"""Of posts that are kept once they were read."""

_encode = json.JSONEncoder(ensure_ascii=False).encode


class DocumentsWriter:
    """Writes posts; the first gets ordinal 0."""

    def __init__(self, folder: Path) -> None:
        with _disk_errors():
            self._connection = sqlite3.connect(folder / FILE, isolation_level=None)
            # Nobody reads this file before it is whole, and it is fsynced with its version: no journal is needed.
            self._connection.executescript(
                "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;"
                "CREATE TABLE post"
                " (ordinal INTEGER PRIMARY KEY, id TEXT NOT NULL, record TEXT NOT NULL, body TEXT NOT NULL);"
            )
            self._connection.execute("BEGIN")
        self._waiting: list[tuple[int, str, str, str]] = []
        self._count = 0

    def add(self, post: Post) -> str:
        """Stores a post and returns the record that was stored, body left out, as JSON."""
        record = _encode(
            {
                "title": post.title,
                "teaser": post.teaser,
                "url": post.url,
                "date": post.date,
                "tags": post.tags,
                "authors": post.authors,
                "language": post.language,
                "extra": dict(post.extra),
            }
        )
        self._waiting.append((self._count, post.id, record, post.body))
        self._count += 1
        if len(self._waiting) >= _BATCH:
            self._flush()
        return record

    def close(self) -> None:
        self._flush()
        with _disk_errors():
            self._connection.execute("CREATE UNIQUE INDEX post_id ON post (id)")
            self._connection.execute("COMMIT")
        self._connection.close()

    def abandon(self) -> None:
        """Stops writing before the end."""
        self._connection.close()

    def _flush(self) -> None:
        with _disk_errors():
            self._connection.executemany("INSERT INTO post VALUES (?, ?, ?, ?)", self._waiting)
        self._waiting.clear()


@contextmanager
def _disk_errors() -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:  # no room, or a disk that fails
        raise OSError(f"{FILE}: {error}") from error


class Documents:
    """Posts of a version, read-only. May be used from many threads."""

    def __init__(self, file: Path) -> None:
        uri = f"{file.resolve().as_uri()}?mode=ro&immutable=1"
        self._connection = sqlite3.connect(uri, uri=True, check_same_thread=False)
        self._lock = threading.Lock()
        self._kept: dict[int, Post] = {}
        """Posts that were read, by ordinal: what is found is often found again."""
        self._characters = 0

    @classmethod
    def open(cls, folder: Path) -> Documents:
        return cls(folder / FILE)

    def __len__(self) -> int:
        return int(self._rows("SELECT count(*) FROM post")[0][0])

    def ordinal(self, post_id: str) -> int | None:
        """The ordinal of a post, None where no post has this id."""
        try:
            rows = self._rows("SELECT ordinal FROM post WHERE id = ?", post_id)
        except UnicodeEncodeError:  # half of a surrogate pair, as in an argument that is not UTF-8: no id has one
            return None
        return int(rows[0][0]) if rows else None

    def get(self, ordinals: Sequence[int]) -> list[Post]:
        """Posts by ordinal, in the order asked for; all who ask get the same, and must not change them. Raises
        IndexError for an ordinal that is not there."""
        found = {ordinal: post for ordinal in ordinals if (post := self._kept.get(ordinal)) is not None}
        wanted = [int(ordinal) for ordinal in ordinals if ordinal not in found]
        for start in range(0, len(wanted), 500):
            chunk = wanted[start : start + 500]
            marks = ",".join("?" * len(chunk))
            select = f"SELECT ordinal, id, record, body FROM post WHERE ordinal IN ({marks})"  # noqa: S608  (marks only)
            for row in self._rows(select, *chunk):
                found[row[0]] = self._keep(*row)
        if missing := [ordinal for ordinal in ordinals if ordinal not in found]:
            raise IndexError(f"no post has ordinal {missing[0]}")
        return [found[int(ordinal)] for ordinal in ordinals]

    def ids(self) -> list[str]:
        """All ids, by ordinal."""
        return [row[0] for row in self._rows("SELECT id FROM post ORDER BY ordinal")]

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    def _keep(self, ordinal: int, post_id: str, record: str, body: str) -> Post:
        post = _post(post_id, record, body)
        with self._lock:
            if ordinal not in self._kept:
                self._kept[ordinal] = post
                self._characters += _characters(post)
            while self._characters > MOST_CHARACTERS:
                self._characters -= _characters(self._kept.pop(next(iter(self._kept))))
        return post

    def _rows(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._connection.execute(statement, values).fetchall()


def _characters(post: Post) -> int:
    return len(post.title) + len(post.teaser) + len(post.body)


def _post(post_id: str, record: str, body: str) -> Post:
    fields = json.loads(record)
    return Post(
        id=post_id,
        title=fields["title"],
        teaser=fields["teaser"],
        url=fields["url"],
        date=fields["date"],
        tags=tuple(fields["tags"]),
        authors=tuple(fields["authors"]),
        language=fields["language"],
        body=body,
        extra=fields["extra"],
    )
