"""The copies of a source on disk, with what is needed to ask for newer ones. Survives a kill at any moment.

A folder has a database and the copies. A copy is written to a temporary file, which is renamed before the database
refers to it.
"""

from __future__ import annotations

import hashlib
import os
import re
import sqlite3
from collections.abc import Iterator
from dataclasses import astuple, dataclass, fields, replace
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from filelock import FileLock, Timeout

from semsearch.errors import CacheNotWritable, SourceBusy

Role = Literal["page", "listing"]
"""A page of a site; or what lists pages or leads to them: feeds, sitemaps, robots.txt, the first address."""
RESUME_SECONDS = 24 * 3600.0
"""A run that was interrupted longer ago is not resumed: its copies are checked again."""
_DATABASE = "copies-1.sqlite"
"""The number is that of the format: a database of another one is not opened."""
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR}
_TEMPORARY = ".new"
_MAX_SLUG = 60
_SCHEMA = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
CREATE TABLE IF NOT EXISTS runs (run INTEGER PRIMARY KEY, started REAL NOT NULL, is_finished INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS copies (
    url TEXT NOT NULL, role TEXT NOT NULL, run INTEGER NOT NULL, changed INTEGER NOT NULL, status INTEGER NOT NULL,
    final_url TEXT NOT NULL, etag TEXT, last_modified TEXT, media_type TEXT NOT NULL, charset TEXT, file TEXT,
    PRIMARY KEY (url, role)
) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class Record:
    """What the database has on one address."""

    url: str
    """As it was asked for."""
    role: Role
    run: int
    """The last run that got a response for it."""
    changed: int
    """The last run in which its content changed, or its copy was removed."""
    status: int
    final_url: str
    """After redirects."""
    etag: str | None
    last_modified: str | None
    media_type: str
    charset: str | None
    file: str | None
    """The copy, relative to the folder; None if there is none."""


_COLUMNS = ", ".join(field.name for field in fields(Record))
_PLACES = ", ".join("?" for _ in fields(Record))


class Store:
    """The folder of one source, locked while it is open."""

    def __init__(self, folder: Path, now: float) -> None:
        """Open or create the folder, and start or resume a run. ``now``: seconds since 1970.

        Raises SourceBusy, CacheNotWritable.
        """
        self.folder = folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._lock = FileLock(folder / ".lock")
            self._lock.acquire(timeout=0)
        except Timeout as error:
            raise SourceBusy(folder) from error
        except OSError as error:
            raise CacheNotWritable(folder, error.strerror or str(error)) from error
        try:
            self._connection = self._open()
            self.run = self._begin(now)
        except BaseException:
            self._lock.release()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._connection.close()
        self._lock.release()

    def find(self, url: str, role: Role) -> Record | None:
        """The record of an address. Its ``file`` exists."""
        rows = self._connection.execute(f"SELECT {_COLUMNS} FROM copies WHERE url = ? AND role = ?", (url, role))  # noqa: S608
        return next(map(self._record, rows), None)

    def records(self, role: Role) -> list[Record]:
        """All records of a role, by address."""
        rows = self._connection.execute(f"SELECT {_COLUMNS} FROM copies WHERE role = ? ORDER BY url", (role,))  # noqa: S608
        return [self._record(row) for row in rows]

    def save(self, record: Record) -> None:
        """Save the record of an address, and remove the copy that it had, if it is another file now."""
        before = self.find(record.url, record.role)
        self._execute(f"REPLACE INTO copies ({_COLUMNS}) VALUES ({_PLACES})", astuple(record))  # noqa: S608
        if before is not None and before.file not in (None, record.file):
            self._remove(self.folder / str(before.file))

    def write(self, url: str, folder: str, suffix: str, content: bytes) -> str:
        """Write a copy atomically. Return its path relative to the folder of the store."""
        name = f"{folder}/{file_name(url)}{suffix}"
        file = self.folder / name
        temporary = file.with_name(file.name + _TEMPORARY)
        try:
            file.parent.mkdir(exist_ok=True)
            with temporary.open("wb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            temporary.replace(file)
        except OSError as error:
            raise CacheNotWritable(file, error.strerror or str(error)) from error
        return name

    def read(self, record: Record) -> bytes:
        """The content of a copy; empty if there is none."""
        return (self.folder / record.file).read_bytes() if record.file else b""

    def finish(self, kept: set[tuple[str, Role]]) -> list[str]:
        """End the run: remove the records that are not ``kept``, with their copies, and files that belong to none.

        Return the addresses of the pages that had a copy and were removed.
        """
        removed = [
            record
            for role in ("page", "listing")
            for record in self.records(role)
            if (record.url, record.role) not in kept
        ]
        for record in removed:
            self._execute("DELETE FROM copies WHERE url = ? AND role = ?", (record.url, record.role))
        self._execute("UPDATE runs SET is_finished = 1 WHERE run = ?", (self.run,))
        files = {record.file for role in ("page", "listing") for record in self.records(role)}
        for file in self._files():
            if file.relative_to(self.folder).as_posix() not in files:
                self._remove(file)
        return [record.url for record in removed if record.role == "page" and record.file]

    def abandon(self) -> None:
        """End the run without removing anything, so that the next one asks for everything again."""
        self._execute("UPDATE runs SET is_finished = 1 WHERE run = ?", (self.run,))

    def _open(self) -> sqlite3.Connection:
        path = self.folder / _DATABASE
        try:
            connection = _connect(path)
            if connection is None:  # it is a cache: a damaged one is built anew
                for file in self.folder.glob(f"{_DATABASE}*"):
                    self._remove(file)
                connection = _connect(path)
        except sqlite3.DatabaseError as error:
            raise CacheNotWritable(path, str(error)) from error
        if connection is None:
            raise CacheNotWritable(path, "SQLite finds it damaged as soon as it is made")
        return connection

    def _begin(self, now: float) -> int:
        row = self._connection.execute("SELECT run, started, is_finished FROM runs ORDER BY run DESC").fetchone()
        run, started, is_finished = row or (0, 0.0, 1)
        if not is_finished and 0 <= now - started < RESUME_SECONDS:
            return int(run)
        self._execute("INSERT INTO runs VALUES (?, ?, 0)", (run + 1, now))
        self._execute("DELETE FROM runs WHERE run <= ?", (run,))
        return int(run) + 1

    def _record(self, row: tuple[object, ...]) -> Record:
        record = Record(*row)  # type: ignore[arg-type]  # the columns are those of the class
        is_lost = record.file is not None and not (self.folder / record.file).is_file()
        # Without its file, the address is asked for again, and without a condition.
        return replace(record, file=None, run=0, etag=None, last_modified=None) if is_lost else record

    def _execute(self, statement: str, values: tuple[object, ...]) -> None:
        try:
            self._connection.execute(statement, values)
        except sqlite3.OperationalError as error:
            raise CacheNotWritable(self.folder / _DATABASE, str(error)) from error

    def _files(self) -> Iterator[Path]:
        return (file for file in self.folder.glob("*/*") if file.is_file())

    def _remove(self, file: Path) -> None:
        try:
            file.unlink(missing_ok=True)
        except OSError as error:
            raise CacheNotWritable(file, error.strerror or str(error)) from error


def file_name(url: str) -> str:
    """A file name for an address, without suffix: what can be read of its path, and a digest of it all.

    >>> file_name("https://example.org/2024/first-post/?page=2")
    '2024-first-post-9c5a3a2a94b2b0d6'
    """
    path = url.split("://", 1)[-1].split("?", 1)[0].partition("/")[2]
    slug = re.sub(r"[^A-Za-z0-9]+", "-", path)[:_MAX_SLUG].strip("-").lower() or "index"
    return f"{slug}-{hashlib.sha256(url.encode()).hexdigest()[:16]}"


def _connect(path: Path) -> sqlite3.Connection | None:
    """Open or create a database. Return None if it is damaged."""
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        connection.executescript(_SCHEMA)
        [result] = connection.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.DatabaseError as error:
        connection.close()
        if error.sqlite_errorcode in _DAMAGED:
            return None
        raise
    if result != "ok":
        connection.close()
        return None
    return connection
