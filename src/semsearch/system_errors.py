"""What an error of the operating system means to a user: what failed, where, and how to mend it."""

from __future__ import annotations

import errno
import os
import re
import sqlite3
from pathlib import Path

_MENDS = {
    errno.EACCES: "give this user permission",
    errno.EPERM: "give this user permission",
    errno.EROFS: "use another folder, or mount this one for writing",
    errno.ENOSPC: "free disk space",
    errno.EDQUOT: "free disk space, or raise the quota of this user",
    errno.EFBIG: "raise the file size limit (ulimit -f)",
    errno.EMFILE: "raise the limit of open files (ulimit -n)",
    errno.ENFILE: "close other programs: the system has too many open files",
    errno.ENOMEM: "free memory, or raise its limit (ulimit -v)",
    errno.EAGAIN: "raise the limit of processes (ulimit -u) or of memory (ulimit -v)",
    errno.EIO: "check the disk",
    errno.ENOENT: "check the path",
    errno.ENOTDIR: "check the path",
    errno.EISDIR: "remove the folder, or name another path",
    errno.EEXIST: "remove it, or name another path",
    errno.ELOOP: "check the symbolic links on the path",
    errno.ENAMETOOLONG: "choose a shorter path",
    errno.ESTALE: "check the network file system, and run again",
    errno.ETIMEDOUT: "check the network file system, and run again",
}
_DAMAGE = frozenset((errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.ELOOP, errno.EIO))
_SQLITE_ERRNOS = {
    sqlite3.SQLITE_FULL: errno.ENOSPC,
    sqlite3.SQLITE_READONLY: errno.EACCES,
    sqlite3.SQLITE_CANTOPEN: errno.EACCES,
    sqlite3.SQLITE_PERM: errno.EACCES,
    sqlite3.SQLITE_IOERR: errno.EIO,
    sqlite3.SQLITE_NOMEM: errno.ENOMEM,
}
"""Error codes of SQLite, and the errno of the same meaning."""
_RUST_ERRNO = re.compile(r"(?:\(os error |Os \{ code: )(\d+)")
_LACK_OF_MEMORY = re.compile(
    r"(cannot|unable to|can't|failed to) alloc|out of memory|not enough memory|bad_alloc|failed to map segment"
    r"|can't start new thread",
    re.IGNORECASE,
)
"""What libraries say, in errors of many types."""


def explain(error: OSError | MemoryError) -> str:
    """Return ``/index/CURRENT: Permission denied; give this user permission``.

    The path and the mend are left out where they are not known.
    """
    if isinstance(error, MemoryError):
        return f"out of memory; {_MENDS[errno.ENOMEM]}"
    if error.errno is None:
        return str(error)
    where = f"{os.fsdecode(error.filename)}: " if isinstance(error.filename, (str, bytes)) else ""
    mend = _MENDS.get(error.errno)
    return f"{where}{error.strerror or os.strerror(error.errno)}{f'; {mend}' if mend else ''}"


def of_sqlite(error: sqlite3.Error, file: Path) -> OSError:
    """Return the error of the operating system that made SQLite fail to read or write a database."""
    if (code := _SQLITE_ERRNOS.get(error.sqlite_errorcode & 0xFF)) is not None:
        return OSError(code, str(error), str(file))
    return OSError(f"{file}: {error}")


def of_rust(error: Exception, path: Path) -> OSError:
    """Return the error of the operating system that made a library in Rust fail to read or write a path."""
    if match := _RUST_ERRNO.search(str(error)):
        return OSError(int(match[1]), os.strerror(int(match[1])), str(path))
    return OSError(f"{path}: {error}")


def is_damage(error: OSError) -> bool:
    """Return whether a file that cannot be read is missing or damaged, not protected or short of resources."""
    return error.errno in _DAMAGE


def is_lack_of_memory(error: BaseException) -> bool:
    """Return whether an error, of whatever library, means that memory or address space is used up."""
    is_known = isinstance(error, MemoryError) or (isinstance(error, OSError) and error.errno == errno.ENOMEM)
    return is_known or _LACK_OF_MEMORY.search(str(error)) is not None
