"""The files of a source: a folder, one file, or a ZIP archive, behind one interface that never leaves the source."""

from __future__ import annotations

import itertools
import os
import posixpath
import stat
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Protocol

from semsearch.errors import SourceUnreadable

MAX_TEXT_BYTES = 16 * 1024 * 1024
"""A larger Markdown, HTML or configuration file is no text that a person wrote."""
MAX_UNPACKED_BYTES = 4 * 1024**3
"""Of an archive: all of its members together."""
MAX_COMPRESSION = 200
"""Of a member of an archive larger than 1 MiB; text is compressed to a third or a tenth, a bomb to a thousandth."""
_FIRST_READ = 65_536
"""Bytes. Most posts are shorter."""
MAX_FILES = 2_000_000
SKIPPED_FOLDERS = frozenset(
    ("node_modules", "bower_components", "vendor", "__pycache__", "__macosx", "venv", "site-packages")
)
"""Folders, in lower case, that hold other people's files. Hidden folders are skipped as well."""


class TooLarge(Exception):
    """A file is larger than the limit for what it is read as. The message has both numbers."""


class Files(Protocol):
    """The files of one source. Paths are relative, with ``/``."""

    @property
    def location(self) -> Path:
        """The folder, file or archive on disk."""
        ...

    @property
    def is_file(self) -> bool:
        """Whether the source is one file, which is then the only path."""
        ...

    def paths(self, *suffixes: str, under: str = "") -> list[str]:
        """List the files with one of these suffixes (in lower case, with the dot; none: all), sorted.

        ``under``: only files in this folder. Hidden files and :data:`SKIPPED_FOLDERS` are left out.
        """
        ...

    def exists(self, path: str) -> bool:
        """Tell whether there is a file of this path, hidden or not."""
        ...

    def size(self, path: str) -> int:
        """Return the size in bytes, unpacked."""
        ...

    def open(self, path: str) -> BinaryIO:
        """Open a file for reading. Raises OSError, KeyError for a path that :meth:`exists` does not know."""
        ...


def read_bytes(files: Files, path: str, limit: int = MAX_TEXT_BYTES) -> bytes:
    """Read a whole file. Raises TooLarge, OSError."""
    with files.open(path) as stream:
        content = stream.read(min(_FIRST_READ, limit + 1))  # a stream makes room for as much as it is asked for
        if len(content) == _FIRST_READ:
            content += stream.read(limit + 1 - _FIRST_READ)
    if len(content) > limit:
        raise TooLarge(f"{path} is larger than {limit / 1e6:,.0f} MB")
    return content


def open_files(location: Path) -> Files:
    """Open the files of a source. Raises SourceUnreadable where there is nothing, or no readable archive."""
    try:
        if location.is_dir():
            return FolderFiles(location)
        if not location.exists():
            raise SourceUnreadable(location, "it does not exist")
        if not location.is_file():
            raise SourceUnreadable(location, "it is neither a folder nor a file")
        with location.open("rb") as stream:
            is_archive = stream.read(4) == b"PK\x03\x04"
        return ArchiveFiles(location) if is_archive else SingleFile(location)
    except OSError as error:
        raise SourceUnreadable(location, error.strerror or str(error)) from error


class FolderFiles:
    """The files of a folder. Links that lead out of it do not exist."""

    is_file = False

    def __init__(self, location: Path) -> None:
        self.location = location
        self._root = location.resolve()
        self._listing: _Listing | None = None
        self._plain: set[str] = set()
        """Listed files that are no links: they are inside without a check, which takes as long as reading them."""

    def paths(self, *suffixes: str, under: str = "") -> list[str]:
        if self._listing is None:
            self._listing = _Listing(self._walk())
        return self._listing.selected(suffixes, under)

    def exists(self, path: str) -> bool:
        return path in self._plain or self._inside(path) is not None

    def size(self, path: str) -> int:
        return os.stat(self._known(path)).st_size  # noqa: PTH116  (see below)

    def open(self, path: str) -> BinaryIO:
        return open(self._known(path), "rb")  # noqa: PTH123  (a Path adds a third to the time)

    def _known(self, path: str) -> str | Path:
        if path in self._plain:
            return f"{self._root}/{path}"
        inside = self._inside(path)
        if inside is None:
            raise KeyError(path)
        return inside

    def _inside(self, path: str) -> Path | None:
        """The file on disk, with links resolved; None for a missing or special file, or one outside of the folder."""
        try:
            file = (self._root / path).resolve()
            is_inside = file.is_relative_to(self._root) and stat.S_ISREG(file.stat().st_mode)
        except (OSError, ValueError, RuntimeError):  # missing, a NUL in the path, a loop of links
            return None
        return file if is_inside else None

    def _walk(self) -> Iterator[str]:
        """Yield the files. Links to folders are not followed, so that no loop is endless."""
        count = 0
        folders = [""]
        while folders:
            folder = folders.pop()
            for entry in _entries(self._root / folder):
                path = folder + entry.name
                if entry.is_dir(follow_symlinks=False):
                    if not is_skipped(entry.name):
                        folders.append(f"{path}/")
                    continue
                if entry.name.startswith("."):
                    continue
                if entry.is_file(follow_symlinks=False):
                    self._plain.add(path)
                elif self._inside(path) is None:  # a special file, or a link that leads nowhere or out of the folder
                    continue
                count += 1
                if count > MAX_FILES:
                    raise SourceUnreadable(self.location, f"it has more than {MAX_FILES:,} files")
                yield path


class SingleFile:
    """A source that is one file."""

    is_file = True

    def __init__(self, location: Path) -> None:
        self.location = location

    def paths(self, *suffixes: str, under: str = "") -> list[str]:
        return _Listing([self.location.name]).selected(suffixes, under)

    def exists(self, path: str) -> bool:
        return path == self.location.name

    def size(self, path: str) -> int:
        self._check(path)
        return self.location.stat().st_size

    def open(self, path: str) -> BinaryIO:
        self._check(path)
        return self.location.open("rb")

    def _check(self, path: str) -> None:
        if path != self.location.name:
            raise KeyError(path)


class ArchiveFiles:
    """The members of a ZIP archive. Archives in it are files like others; they are not opened."""

    is_file = False

    def __init__(self, location: Path) -> None:
        self.location = location
        try:
            self._archive = zipfile.ZipFile(location)
        except (zipfile.BadZipFile, NotImplementedError) as error:
            raise SourceUnreadable(location, f"not a readable ZIP archive: {error}") from error
        self._members = {
            member.filename: member for member in self._archive.infolist() if not member.is_dir() and _is_inside(member)
        }
        self._check_sizes()
        self._listing = _Listing(path for path in self._members if not any(map(is_skipped, PurePosixPath(path).parts)))

    def paths(self, *suffixes: str, under: str = "") -> list[str]:
        return self._listing.selected(suffixes, under)

    def exists(self, path: str) -> bool:
        return path in self._members

    def size(self, path: str) -> int:
        return self._members[path].file_size

    def open(self, path: str) -> BinaryIO:
        try:
            return self._archive.open(self._members[path])  # type: ignore[return-value]  # typeshed: IO[bytes]
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:  # damaged, unknown method, encrypted
            raise OSError(f"{path}: {error}") from error

    def _check_sizes(self) -> None:
        members = self._members.values()
        if len(members) > MAX_FILES:
            raise SourceUnreadable(self.location, f"it has more than {MAX_FILES:,} files")
        if sum(member.file_size for member in members) > MAX_UNPACKED_BYTES:
            raise SourceUnreadable(self.location, f"its files unpack to more than {MAX_UNPACKED_BYTES / 1e9:,.1f} GB")
        for member in members:
            if member.file_size > 1024**2 and member.file_size > MAX_COMPRESSION * member.compress_size:
                raise SourceUnreadable(self.location, f"{member.filename} is compressed like a ZIP bomb")


class _Listing:
    """The paths of a source, by suffix: each kind asks for those of its own."""

    def __init__(self, paths: Iterable[str]) -> None:
        self._by_suffix: dict[str, list[str]] = {}
        for path in sorted(paths):
            self._by_suffix.setdefault(posixpath.splitext(path)[1].lower(), []).append(path)

    def selected(self, suffixes: tuple[str, ...], under: str) -> list[str]:
        """See :meth:`Files.paths`."""
        chosen = set(suffixes) or self._by_suffix.keys()
        found = sorted(itertools.chain.from_iterable(self._by_suffix.get(suffix, ()) for suffix in chosen))
        folder = f"{under.strip('/')}/" if under.strip("/") else ""
        return [path for path in found if path.startswith(folder)] if folder else found


def _is_inside(member: zipfile.ZipInfo) -> bool:
    """Whether a member is a plain file with a path that stays inside the archive."""
    parts = PurePosixPath(member.filename.replace("\\", "/")).parts
    is_link = stat.S_ISLNK(member.external_attr >> 16)
    return bool(parts) and not is_link and parts[0] != "/" and ".." not in parts and "\0" not in member.filename


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    """The entries of a folder; none if it cannot be listed."""
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError:
        return []


def is_skipped(name: str) -> bool:
    """Tell whether a name is that of a hidden file or folder, or of a folder in :data:`SKIPPED_FOLDERS`."""
    return name.startswith(".") or name.lower() in SKIPPED_FOLDERS
