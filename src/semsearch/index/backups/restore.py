"""A file that a backup wrote → the next version of an index."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from semsearch.errors import DamagedVersion, IndexNotReadable, InvalidBackup, SemsearchError, UnsupportedFormat
from semsearch.index.backups.archive import ArchiveReader
from semsearch.index.snapshot import Snapshot
from semsearch.index.storage.manifest import FILE, FileDigest, Manifest
from semsearch.index.versions import IndexFolder
from semsearch.system_errors import explain, is_lack_of_memory

_MAX_MANIFEST_BYTES = 1 << 24
_MAX_FILES = 1_000
_MAX_DEPTH = 2


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored."""

    index_version: str
    """The new version, which is the current one."""
    restored_version: str
    """The version that the backup was made of."""
    posts: int


def restore_backup(index: Path, file: Path) -> Restored:
    """Publish the version of a backup as the newest version of an index, which is created if there is none.

    All files are checked before the version becomes visible. Other versions stay, as after a rebuild, so that a
    rollback undoes this. Raises InvalidBackup, IndexBusy during a rebuild, and IndexNotWritable; the index is then
    unchanged.
    """
    folder = IndexFolder(index)
    with _opened(file) as archive:
        manifest = _read_manifest(archive, file)
        with folder.lock():
            name = _publish(folder, manifest, archive, file)
    return Restored(name, manifest.version, manifest.posts)


def _publish(folder: IndexFolder, manifest: Manifest, archive: ArchiveReader, file: Path) -> str:
    """Unpack, check and publish a version, and return its new name."""
    building = folder.new_building()
    try:
        _unpack(manifest, archive, file, building)
        replace(manifest, version=building.name).save(building)
        _check(building, file)
        folder.publish(building)
    finally:
        folder.clear_building()
    return building.name


@contextmanager
def _opened(file: Path) -> Iterator[ArchiveReader]:
    try:
        stream = file.open("rb")
    except OSError as error:
        raise InvalidBackup(file, explain(error)) from error
    with stream:
        yield ArchiveReader(stream, file)


def _unpack(manifest: Manifest, archive: ArchiveReader, file: Path, building: Path) -> None:
    """Write the files of the version, except the manifest, into an empty folder."""
    missing = dict(manifest.files)
    while (member := archive.next()) is not None:
        path, size = member
        version, _, name = path.partition("/")
        if version != manifest.version or name not in missing:
            raise InvalidBackup(file, f"it has {path!r}, which its manifest does not list, or has it twice")
        expected = missing.pop(name)
        if size != expected.size:
            raise InvalidBackup(file, f"{name} has {size} bytes, not {expected.size}")
        (building / name).parent.mkdir(exist_ok=True)
        with (building / name).open("xb") as stream:
            for part in archive.content(size):
                stream.write(part)
    if missing:
        raise InvalidBackup(file, f"{min(missing)} is missing")


def _read_manifest(archive: ArchiveReader, file: Path) -> Manifest:
    member = archive.next()
    if member is None:
        raise InvalidBackup(file, "it is empty")
    version, _, name = member[0].partition("/")
    if name != FILE or not IndexFolder.is_version(version) or member[1] > _MAX_MANIFEST_BYTES:
        raise InvalidBackup(file, "it does not begin with the manifest of a version")
    with _reported(file):
        manifest = Manifest.parse(b"".join(archive.content(member[1])), version)
    _check_names(manifest.files, file)
    if not all(_is_size(digest) for digest in manifest.files.values()):
        raise InvalidBackup(file, "its manifest has a size that is not a whole number of at least 0")
    return manifest


def _check_names(names: Iterable[str], file: Path) -> None:
    """Raise InvalidBackup if a file would be written anywhere but into the folder of the version, or over another."""
    paths = [PurePosixPath(name) for name in names]
    folders = {parent for path in paths for parent in path.parents}
    for name, path in zip(names, paths, strict=True):
        parts = path.parts
        is_inside = ".." not in parts and not path.is_absolute() and 0 < len(parts) <= _MAX_DEPTH
        if not is_inside or str(path) != name or "\\" in name or not name.isprintable() or path in folders:
            raise InvalidBackup(file, f"its manifest lists {name!r}, which is no file of a version")
    if len(paths) > _MAX_FILES or len({name.casefold() for name in names} | {FILE}) != len(paths) + 1:
        raise InvalidBackup(file, "its manifest lists more files than a version has, or one twice")


def _is_size(digest: FileDigest) -> bool:
    return type(digest.size) is int and digest.size >= 0


def _check(building: Path, file: Path) -> None:
    """Raise InvalidBackup if the unpacked version cannot be opened, as when the digest of a file differs."""
    with _reported(file):
        try:
            Snapshot.open(building).close()
        except IndexNotReadable as error:
            cause = error.__cause__
            if isinstance(cause, (OSError, type(None))) or is_lack_of_memory(cause):
                raise
            raise _unknown_content(file, cause) from error
        except (SemsearchError, OSError, MemoryError):
            raise
        except Exception as error:
            raise _unknown_content(file, error) from error


def _unknown_content(file: Path, error: BaseException) -> InvalidBackup:
    """The error for a file whose digest is right, but which no library can read."""
    return InvalidBackup(file, f"its version cannot be opened ({type(error).__name__}: {error})")


@contextmanager
def _reported(file: Path) -> Iterator[None]:
    try:
        yield
    except DamagedVersion as error:
        raise InvalidBackup(file, f"{error.file}: {error.reason}") from error
    except UnsupportedFormat as error:
        reason = f"it has format {error.found!r}, but this release reads format {error.supported}"
        raise InvalidBackup(file, f"{reason}; restore it with the release that wrote it") from error
