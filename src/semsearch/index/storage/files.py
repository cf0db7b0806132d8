"""Digests, fsync and atomic replacement of files and folders."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from semsearch.errors import DamagedVersion
from semsearch.index.storage.manifest import FileDigest, unreadable

FolderStamp = frozenset[tuple[str, int, int, int]]
"""Path, size, time of change and inode of each file: shows at little cost that one was truncated or written over."""
NO_FILES: FolderStamp = frozenset()


def digest_folder(folder: Path) -> dict[str, FileDigest]:
    """Return the size and SHA-256 of every file below a folder, by relative path."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    with ThreadPoolExecutor() as pool:
        digests = pool.map(_digest, files)
        return {file.relative_to(folder).as_posix(): digest for file, digest in zip(files, digests, strict=True)}


def check_folder(version: str, folder: Path, files: Mapping[str, FileDigest]) -> None:
    """Raise DamagedVersion, which names the file, if a file is missing or differs from its digest.

    All sizes are compared before the first file is read. Raises IndexNotReadable if a file cannot be read for another
    reason, such as a lack of permission.
    """

    def check_size(name: str) -> None:
        size = (folder / name).stat().st_size
        if size != files[name].size:
            raise DamagedVersion(version, name, f"{size} bytes, not {files[name].size}")

    def check_digest(name: str) -> None:
        if _digest(folder / name) != files[name]:
            raise DamagedVersion(version, name, "changed since it was written")

    def check(check_file: Callable[[str], None], name: str) -> None:
        try:
            check_file(name)
        except FileNotFoundError as error:
            raise DamagedVersion(version, name, "missing") from error
        except OSError as error:
            raise unreadable(version, folder, name, error) from error

    for name in files:
        check(check_size, name)
    with ThreadPoolExecutor() as pool:
        for _ in pool.map(partial(check, check_digest), files):
            pass


def stamp_of(folder: Path) -> FolderStamp:
    """Return the stamp of a folder; empty if there is none."""
    files = (Path(parent, name) for parent, _, names in os.walk(folder) for name in names)
    return frozenset((str(file), *_stamp(file)) for file in files)


def sync_folder(folder: Path) -> None:
    """Flush a folder and everything below it to disk, so that it survives a power failure."""
    for path in folder.rglob("*"):
        sync(path)
    sync(folder)


def sync(path: Path) -> None:
    """Flush one file or folder to disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def replace_text(file: Path, text: str) -> None:
    """Replace a file atomically: after a crash, and for any reader, it has the old text or the new one."""
    temporary = file.with_name(f".{file.name}.new")
    try:
        with temporary.open("w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(file)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    sync(file.parent)


def _stamp(file: Path) -> tuple[int, int, int]:
    try:
        found = file.stat()
    except OSError:
        return (-1, -1, -1)
    return found.st_size, found.st_ctime_ns, found.st_ino  # tools restore the time of the last write


def _digest(file: Path) -> FileDigest:
    with file.open("rb") as stream:
        sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
        return FileDigest(size=stream.tell(), sha256=sha256)
