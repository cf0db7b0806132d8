from __future__ import annotations

import errno
import os
import sqlite3
from pathlib import Path

import pytest

from semsearch.system_errors import explain, is_damage, is_lack_of_memory, of_rust, of_sqlite


@pytest.mark.parametrize(
    ("code", "mend"),
    [
        (errno.EACCES, "give this user permission"),
        (errno.EPERM, "give this user permission"),
        (errno.ENOSPC, "free disk space"),
        (errno.EMFILE, "raise the limit of open files (ulimit -n)"),
        (errno.ENOMEM, "free memory, or raise its limit (ulimit -v)"),
        (errno.EIO, "check the disk"),
    ],
)
def test_an_error_is_told_with_its_path_and_its_mend_and_without_its_number(code: int, mend: str) -> None:
    told = explain(OSError(code, os.strerror(code), "/index/CURRENT"))
    assert told == f"/index/CURRENT: {os.strerror(code)}; {mend}"


def test_what_is_not_known_is_left_out() -> None:
    assert explain(OSError(errno.EACCES, "Permission denied")) == "Permission denied; give this user permission"
    assert explain(OSError(errno.EPIPE, "Broken pipe", b"/a")) == "/a: Broken pipe"
    assert explain(OSError("the cache is locked")) == "the cache is locked"
    assert explain(MemoryError()) == "out of memory; free memory, or raise its limit (ulimit -v)"


@pytest.mark.parametrize("code", [errno.EACCES, errno.EPERM, errno.EMFILE, errno.ENFILE, errno.ENOMEM])
def test_a_lack_of_permission_or_resources_is_no_damage(code: int) -> None:
    assert not is_damage(OSError(code, ""))


@pytest.mark.parametrize("code", [errno.ENOENT, errno.EIO, errno.EISDIR])
def test_a_missing_file_and_a_broken_disk_are_damage(code: int) -> None:
    assert is_damage(OSError(code, ""))


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        OSError(errno.ENOMEM, "Cannot allocate memory"),
        RuntimeError("can't start new thread"),
        RuntimeError("Can not create file mapping for 7, err=Cannot allocate memory"),
        RuntimeError("can't alloc"),
        RuntimeError("std::bad_alloc"),
        ImportError("libtorch_python.so: failed to map segment from shared object"),
    ],
)
def test_a_lack_of_memory_is_recognized_in_errors_of_many_types(error: Exception) -> None:
    assert is_lack_of_memory(error)


@pytest.mark.parametrize(
    "error", [RuntimeError("a defect"), OSError(errno.ENOSPC, "No space left"), KeyError("memory")]
)
def test_other_errors_are_no_lack_of_memory(error: Exception) -> None:
    assert not is_lack_of_memory(error)


def test_an_error_of_sqlite_is_told_with_its_file_and_its_mend() -> None:
    error = sqlite3.OperationalError("database or disk is full")
    error.sqlite_errorcode = sqlite3.SQLITE_FULL
    assert explain(of_sqlite(error, Path("/a/posts.sqlite"))) == (
        "/a/posts.sqlite: database or disk is full; free disk space"
    )
    error.sqlite_errorcode = sqlite3.SQLITE_IOERR | 3 << 8  # an extended code: reading failed
    assert of_sqlite(error, Path("/a")).errno == errno.EIO
    error.sqlite_errorcode = sqlite3.SQLITE_BUSY
    assert explain(of_sqlite(error, Path("/a"))) == "/a: database or disk is full"


@pytest.mark.parametrize(
    "message",
    [
        "An IO error occurred: 'No space left on device (os error 28)'",
        "Failed to open file for write: 'IoError { io_error: Os { code: 28, kind: StorageFull, message: \"…\" } }'",
    ],
)
def test_an_error_of_a_library_in_rust_is_told_with_its_path_and_its_mend(message: str) -> None:
    error = ValueError(message)
    assert explain(of_rust(error, Path("/a/lexical"))) == "/a/lexical: No space left on device; free disk space"
    assert explain(of_rust(ValueError("poisoned"), Path("/a/lexical"))) == "/a/lexical: poisoned"
