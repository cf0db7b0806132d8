"""Did what was written reach the disk, and is it still what was written? Digests and fsync for whole folders."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from semsearch.errors import DamagedVersion
from semsearch.index.storage.manifest import FileDigest


def digest_folder(folder: Path) -> dict[str, FileDigest]:
    """Size and SHA-256 of every file below a folder, by its path in it."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    with ThreadPoolExecutor() as pool:
        digests = pool.map(_digest, files)
        return {file.relative_to(folder).as_posix(): digest for file, digest in zip(files, digests, strict=True)}


def check_folder(version: str, folder: Path, files: Mapping[str, FileDigest]) -> None:
    """Raises DamagedVersion, naming the file, unless every file is there and is what it was."""

    def check(name: str) -> None:
        try:
            size = (folder / name).stat().st_size
            if size != files[name].size:
                raise DamagedVersion(version, name, f"{size} bytes, not {files[name].size}")
            if _digest(folder / name) != files[name]:
                raise DamagedVersion(version, name, "changed since it was written")
        except FileNotFoundError as error:
            raise DamagedVersion(version, name, "missing") from error
        except OSError as error:
            raise DamagedVersion(version, name, f"cannot be read ({error.strerror})") from error

    with ThreadPoolExecutor() as pool:
        for _ in pool.map(check, files):
            pass


def sync_folder(folder: Path) -> None:
    """Returns when every file and folder below, and the folder, would survive a power failure."""
    for path in folder.rglob("*"):
        sync(path)
    sync(folder)


def sync(path: Path) -> None:
    """fsync of one file or folder."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def replace_text(file: Path, text: str) -> None:
    """Replaces a small file so that a reader, or a crash, sees the old text or the new one and nothing between."""
    scratch = file.with_name(f".{file.name}.new")
    try:
        with scratch.open("w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        scratch.replace(file)
    except OSError:
        scratch.unlink(missing_ok=True)
        raise
    sync(file.parent)


def _digest(file: Path) -> FileDigest:
    with file.open("rb") as stream:
        sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
        return FileDigest(size=stream.tell(), sha256=sha256)
