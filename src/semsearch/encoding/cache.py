"""The cache of computed vectors: one SQLite database per model, which survives a kill at any moment.

A vector is stored in half precision (its cosine to the one in single precision is above 0.999999) under the SHA-256 of
what was encoded. Indexes may share a database, and several processes may use it at the same time.
"""

from __future__ import annotations

import errno
import functools
import hashlib
import logging
import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from filelock import FileLock
from numpy.typing import NDArray

from semsearch.encoding.encoder import Vectors, unit
from semsearch.system_errors import of_sqlite

log = logging.getLogger(__name__)

KEY_BYTES = 32
_READ_WRITE = os.R_OK | os.W_OK
KEPT_REBUILDS = 5
"""Rebuilds of each index whose vectors are kept."""
_KEYS_PER_QUERY = 1_000
"""Keys per SELECT. Each of 200,000 vectors is read in 7 µs; one at a time in 17, by a temporary table in 46."""
_TIMEOUT = 60.0
"""Seconds to wait for another process. A transaction takes milliseconds, VACUUM a few seconds."""
_MAX_FREE = 1 / 3
"""Share of the file that may be free space before VACUUM shrinks it."""
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR}
"""Error codes of a damaged file. A damaged table definition gives SQLITE_ERROR, since the statements here are valid."""

# In WAL mode a commit is a write to the operating system, which a killed process cannot take back. Only a checkpoint
# waits for the disk: a power failure loses the commits since the last one, and damages nothing. With a rollback journal
# every commit would wait for the disk, or (synchronous = OFF) a power failure could damage the whole database.
_SETTINGS = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
PRAGMA cache_size = -16000;
"""
# Numbered rows keep the vectors of one rebuild side by side. In a table WITHOUT ROWID they would lie in the order of
# their hashes: adding 200,000 took 38 s instead of 12.
_SCHEMA = """
CREATE TABLE IF NOT EXISTS vectors (id INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, vector BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS users (id INTEGER PRIMARY KEY, folder BLOB NOT NULL UNIQUE, rebuilds INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS last_uses
    (vector INTEGER, user INTEGER, rebuild INTEGER NOT NULL, PRIMARY KEY (vector, user)) WITHOUT ROWID;
"""


class VectorCache:
    """Vectors of one model by content, opened for one rebuild. Used by one thread at a time.

    A vector that the rebuild looks up with :meth:`contains` or adds is kept until :meth:`prune` has ended this rebuild
    and five more of the same user. Every method raises OSError where the disk is full or cannot be written, or where
    another process keeps the database locked for a minute.
    """

    def __init__(self, folder: Path, *, user: Path, fingerprint: str, dimension: int) -> None:
        """``user``: the folder of the index, or of the test collection, that this rebuild is for. Vectors are kept for
        it as long as the folder exists."""
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / f"{fingerprint[:32]}.sqlite"
        self._user = os.fsencode(user.resolve())
        self._fingerprint, self._dimension = fingerprint, dimension
        with self._errors(), FileLock(self._path.with_suffix(".lock")):
            self._connection = _open(self._path, dimension)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def key(self, text: str, template: str) -> bytes:
        """Return the key of a vector: SHA-256 of the text, the model and the template that made the text."""
        return hashlib.sha256("\x00".join((self._fingerprint, template, text)).encode()).digest()

    def contains(self, keys: Sequence[bytes]) -> NDArray[np.bool_]:
        """Return which vectors are cached, shape (keys,), and note that this rebuild uses them."""
        found: set[bytes] = set()
        with self._transaction() as connection:
            rebuild = self._rebuild(connection)
            for batch in _batches(keys):
                rows = _select(connection, "id, key", batch)
                _use(connection, (number for number, _ in rows), rebuild)
                found.update(key for _, key in rows)
        return np.fromiter((key in found for key in keys), dtype=np.bool_, count=len(keys))

    def add(self, keys: Sequence[bytes], vectors: Vectors) -> None:
        """Store vectors, shape (keys, dimension), and replace those with equal keys.

        When this returns, killing the process loses none of them.
        """
        if vectors.shape != (len(keys), self._dimension):
            raise ValueError(f"vectors of shape {vectors.shape} for {len(keys)} keys of {self._dimension} dimensions")
        blobs = (row.tobytes() for row in vectors.astype("<f2"))
        with self._transaction() as connection:
            connection.executemany(
                "INSERT INTO vectors (key, vector) VALUES (?, ?)"
                " ON CONFLICT (key) DO UPDATE SET vector = excluded.vector",
                zip(keys, blobs, strict=True),
            )
            rebuild = self._rebuild(connection)
            for batch in _batches(keys):
                _use(connection, (number for (number,) in _select(connection, "id", batch)), rebuild)

    def get(self, keys: Sequence[bytes]) -> Vectors:
        """Return the unit vectors of cached keys, shape (keys, dimension). Raises KeyError for any other key."""
        found: dict[bytes, bytes] = {}
        with self._errors():
            for batch in _batches(keys):
                found.update(_select(self._connection, "key, vector", batch))
        joined = b"".join(found[key] for key in keys)
        return unit(np.frombuffer(joined, dtype="<f2").reshape(len(keys), self._dimension))

    def prune(self) -> None:
        """End the rebuild, and remove every vector that none of the last five rebuilds of any user used.

        Users whose folder no longer exists are removed first.
        """
        with self._transaction() as connection:
            user, rebuild = self._rebuild(connection)
            connection.execute("UPDATE users SET rebuilds = ? WHERE id = ?", (rebuild, user))
            gone = [(number,) for number, folder in connection.execute("SELECT id, folder FROM users") if _gone(folder)]
            connection.executemany("DELETE FROM users WHERE id = ?", gone)
            connection.execute(
                "DELETE FROM last_uses WHERE user NOT IN (SELECT id FROM users)"
                " OR rebuild <= (SELECT rebuilds FROM users WHERE id = user) - ?",
                (KEPT_REBUILDS,),
            )
            connection.execute("DELETE FROM vectors WHERE id NOT IN (SELECT vector FROM last_uses)")
        with self._errors():
            [(pages,)] = self._connection.execute("PRAGMA page_count")
            [(free,)] = self._connection.execute("PRAGMA freelist_count")
            if free > _MAX_FREE * pages:
                self._connection.execute("VACUUM")

    def sync(self) -> None:
        """Write everything to the disk, so that it survives a power failure too."""
        with self._errors():
            [(busy, _, _)] = self._connection.execute("PRAGMA wal_checkpoint(FULL)")
        if busy:
            raise OSError(f"{self._path}: another process keeps the database locked")

    def close(self) -> None:
        self._connection.close()

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._errors(), self._connection as connection:
            # Plain BEGIN takes the write lock at the first write, and SQLite then fails at once instead of waiting.
            connection.execute("BEGIN IMMEDIATE")
            yield connection

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.DatabaseError as error:
            raise of_sqlite(error, self._path) from error

    def _rebuild(self, connection: sqlite3.Connection) -> tuple[int, int]:
        """Return the number of the user and of its running rebuild. After a killed rebuild, the next has its number."""
        connection.execute("INSERT INTO users (folder, rebuilds) VALUES (?, 0) ON CONFLICT DO NOTHING", (self._user,))
        [(user, ended)] = connection.execute("SELECT id, rebuilds FROM users WHERE folder = ?", (self._user,))
        return user, ended + 1


def _batches(keys: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    for start in range(0, len(keys), _KEYS_PER_QUERY):
        yield keys[start : start + _KEYS_PER_QUERY]


def _select(connection: sqlite3.Connection, columns: str, keys: Sequence[bytes]) -> list[tuple[Any, ...]]:
    marks = ",".join("?" * len(keys))
    return connection.execute(f"SELECT {columns} FROM vectors WHERE key IN ({marks})", keys).fetchall()  # noqa: S608


def _use(connection: sqlite3.Connection, vectors: Iterable[int], rebuild: tuple[int, int]) -> None:
    connection.executemany("REPLACE INTO last_uses VALUES (?, ?, ?)", ((vector, *rebuild) for vector in vectors))


def _open(path: Path, dimension: int) -> sqlite3.Connection:
    """Open a database, after moving a damaged one aside.

    The caller must hold the file lock, or another process could move the new database aside.
    """
    _check_writable(path)
    connection = sqlite3.connect(path, timeout=_TIMEOUT, isolation_level=None, check_same_thread=False)
    connection.text_factory = functools.partial(str, encoding="utf-8", errors="replace")
    try:
        connection.executescript(_SETTINGS + _SCHEMA)
        [(problem,)] = connection.execute("PRAGMA integrity_check(1)")
        if _tables(connection) != _expected_tables():
            problem = "it has other tables"
        if problem == "ok":
            connection.execute(
                "DELETE FROM vectors WHERE typeof(vector) <> 'blob' OR length(vector) <> ?", (2 * dimension,)
            )
            return connection
    except UnicodeDecodeError:  # in an error message of SQLite
        problem = "a name is not UTF-8"
    except sqlite3.DatabaseError as error:
        if not _is_damage(error):
            connection.close()
            raise
        problem = str(error)
    connection.close()
    aside = path.with_suffix(".damaged")
    reason = " ".join(problem.splitlines())
    log.warning("%s is damaged (%s); it is kept as %s, and a new one is started", path, reason, aside.name)
    for end in ("-wal", "-shm", ""):  # the database last: a new one would take the old log for its own
        if (file := Path(f"{path}{end}")).exists():
            file.replace(f"{aside}{end}")
    return _open(path, dimension)


def _check_writable(path: Path) -> None:
    """Raise OSError if a file of the database exists and is protected: SQLite would report it as damaged."""
    for end in ("", "-wal", "-shm"):
        file = Path(f"{path}{end}")
        if file.is_dir():
            raise OSError(errno.EISDIR, os.strerror(errno.EISDIR), str(file))
        # Not by opening it: closing a file releases all locks of this process on it, those of SQLite included. Another
        # process may delete its log at any moment, so a file counts as protected only if it is still there afterwards.
        if not os.access(file, _READ_WRITE) and os.access(file, os.F_OK) and not os.access(file, _READ_WRITE):
            raise OSError(errno.EACCES, os.strerror(errno.EACCES), str(file))


def _is_damage(error: sqlite3.DatabaseError) -> bool:
    """Return whether an error means a damaged file, not one of permissions, of the disk, or of a lock."""
    # A file whose header has an unknown format version is opened read-only, and gives plain SQLITE_READONLY. Missing
    # permissions give one of its extended codes.
    return error.sqlite_errorcode & 0xFF in _DAMAGED or error.sqlite_errorcode == sqlite3.SQLITE_READONLY


def _tables(connection: sqlite3.Connection) -> list[tuple[str, str]]:
    return connection.execute("SELECT name, sql FROM sqlite_master ORDER BY name").fetchall()


@functools.cache
def _expected_tables() -> list[tuple[str, str]]:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(_SCHEMA)
        return _tables(connection)


def _gone(folder: bytes) -> bool:
    """Return whether a folder no longer exists; one that may not be accessed counts as existing."""
    try:
        Path(os.fsdecode(folder)).stat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False
