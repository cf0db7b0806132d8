"""The current version of an index → a file."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from semsearch.errors import BackupFailed, DamagedVersion
from semsearch.index.backups.archive import MAX_CHUNK, ArchiveWriter
from semsearch.index.storage.files import sync
from semsearch.index.storage.manifest import FILE, Manifest, unreadable
from semsearch.index.versions import IndexFolder
from semsearch.system_errors import explain

_ATTEMPTS = 3
"""How many versions may be removed, each by a rebuild, before its files could be opened."""


@dataclass(frozen=True, slots=True)
class Backup:
    """What a backup contains."""

    index_version: str
    posts: int
    files: int
    bytes: int
    """The size of the archive."""


def write_backup(index: Path, file: Path) -> Backup:
    """Write the current version to a new file, while the index may be used and rebuilt.

    The file is there only when it is complete and flushed. Raises IndexNotFound and other errors of the version, such
    as DamagedVersion if a file is not as it was published, and BackupFailed.
    """
    with _opened(IndexFolder(index)) as (manifest, text, files), _new_file(file) as stream:
        archive = _Member(ArchiveWriter(stream), file)
        archive.copy(f"{manifest.version}/{FILE}", len(text), iter((text,)))
        for name, source in sorted(files.items()):
            content = _checked(manifest, name, source)
            archive.copy(f"{manifest.version}/{name}", manifest.files[name].size, content)
        archive.close()
        size = stream.tell()
    return Backup(manifest.version, manifest.posts, len(files) + 1, size)


class _Member:
    """Writes members; what fails is the file, not the index."""

    def __init__(self, archive: ArchiveWriter, file: Path) -> None:
        self._archive, self._file = archive, file

    def copy(self, name: str, size: int, content: Iterator[bytes]) -> None:
        with _disk_errors(self._file):
            self._archive.start(name, size)
        for part in content:
            with _disk_errors(self._file):
                self._archive.write(part)
        with _disk_errors(self._file):
            self._archive.finish()

    def close(self) -> None:
        with _disk_errors(self._file):
            self._archive.close()


@contextmanager
def _opened(folder: IndexFolder) -> Iterator[tuple[Manifest, bytes, Mapping[str, BinaryIO]]]:
    """Yield the manifest of the current version, its text, and all files, opened: a rebuild may then remove them."""
    for attempt in range(1, _ATTEMPTS + 1):
        version = folder.current()
        with ExitStack() as stack:
            try:
                manifest, text, files = _open_files(folder.folder_of(version), stack)
            except DamagedVersion:
                folder.manifest()  # it says more if the whole version is missing
                if attempt < _ATTEMPTS and folder.current() != version:  # it was removed
                    continue
                raise
            yield manifest, text, files
            return


def _open_files(folder: Path, stack: ExitStack) -> tuple[Manifest, bytes, Mapping[str, BinaryIO]]:
    manifest = Manifest.load(folder)
    name = FILE
    files: dict[str, BinaryIO] = {}
    try:
        text = (folder / FILE).read_bytes()
        for name in manifest.files:
            files[name] = stack.enter_context((folder / name).open("rb"))
    except FileNotFoundError as error:
        raise DamagedVersion(manifest.version, name, "missing") from error
    except OSError as error:
        raise unreadable(manifest.version, folder, name, error) from error
    return manifest, text, files


def _checked(manifest: Manifest, name: str, source: BinaryIO) -> Iterator[bytes]:
    """Yield the content of a file. Raises DamagedVersion if it is not as it was published."""
    expected, digest, size = manifest.files[name], hashlib.sha256(), 0
    while size < expected.size:
        try:
            part = source.read(min(MAX_CHUNK, expected.size - size))
        except OSError as error:
            raise unreadable(manifest.version, Path(name), name, error) from error
        if not part:
            raise DamagedVersion(manifest.version, name, f"{size} bytes, not {expected.size}")
        digest.update(part)
        size += len(part)
        yield part
    if source.read(1) or digest.hexdigest() != expected.sha256:
        raise DamagedVersion(manifest.version, name, "changed since it was written")


@contextmanager
def _new_file(file: Path) -> Iterator[BinaryIO]:
    """Yield a stream whose content becomes that of the file at the end; after an error, there is no file.

    Raises BackupFailed, also if the file exists.
    """
    if os.path.lexists(file):
        raise BackupFailed(file, "it exists; name another file, or remove it")
    new = file.with_name(f".{file.name}.{os.getpid()}.new")
    with _disk_errors(file):
        stream = new.open("xb")
    try:
        with _disk_errors(file), stream:  # to close it may fail, too
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        with _disk_errors(file):
            _name_finally(new, file)
            sync(file.parent)
    finally:
        new.unlink(missing_ok=True)


def _name_finally(new: Path, file: Path) -> None:
    """Give a file its name. Raises BackupFailed if another has it by now."""
    try:
        file.hardlink_to(new)  # unlike a rename, it replaces nothing
    except FileExistsError as error:
        raise BackupFailed(file, "it exists; name another file, or remove it") from error
    except OSError:  # a file system without hard links
        new.rename(file)


@contextmanager
def _disk_errors(file: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        is_named = error.errno is not None  # but by the temporary name
        raise BackupFailed(file, explain(OSError(error.errno, error.strerror) if is_named else error)) from error
