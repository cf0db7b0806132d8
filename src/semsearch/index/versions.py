"""The versions of an index: listing, opening, publishing, rollback and removal.

A published version never changes.
"""

from __future__ import annotations

import datetime as dt
import errno
import logging
import os
import re
import shutil
from collections.abc import Container, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from semsearch.errors import (
    CurrentVersionMissing,
    DamagedVersion,
    IndexBusy,
    IndexNotFound,
    IndexNotReadable,
    IndexNotWritable,
    NoIntactVersion,
    NotFlushed,
    PointerDamaged,
    PointerMissing,
    SemsearchError,
    UnsupportedFormat,
    VersionNotFound,
)
from semsearch.index.snapshot import Snapshot
from semsearch.index.storage.files import FolderStamp, check_folder, replace_text, stamp_of, sync, sync_folder
from semsearch.index.storage.manifest import Manifest
from semsearch.index.storage.plain_files import read_plain_file
from semsearch.platforms import check_platform
from semsearch.system_errors import explain, is_damage

log = logging.getLogger(__name__)

MAX_VERSIONS = 3
"""How many versions stay on disk, including the current one."""
_NAME = re.compile(r"\d{6}-\d{8}T\d{6}Z")
_POINTER_ERRORS = (PointerDamaged, CurrentVersionMissing, IndexNotReadable, PointerMissing)
"""What :meth:`IndexFolder.current` raises although there may be versions."""


@dataclass(frozen=True, slots=True)
class VersionInfo:
    """A summary of a version on disk."""

    version: str
    current: bool
    created_at: str | None
    posts: int | None
    model: str | None
    problem: str | None = None
    """Why its manifest cannot be read; ``created_at``, ``posts`` and ``model`` are then None."""


class IndexFolder:
    """An index on disk: ``versions/<name>/``, the pointer ``CURRENT``, and ``cache/``.

    A version is written in ``building/`` and renamed into ``versions/``; then CURRENT is replaced. A process killed at
    any point leaves the old version current. The next rebuild removes what it left in ``building/``.
    """

    def __init__(self, path: Path) -> None:
        """Raises UnsupportedPlatform."""
        check_platform()
        self.path = path
        self._versions = path / "versions"
        self._building = path / "building"
        self._pointer = path / "CURRENT"

    @property
    def cache(self) -> Path:
        """The folder of cached vectors and exported models. It may be deleted; a rebuild makes it again."""
        return self.path / "cache"

    @property
    def trusted_exports(self) -> Path:
        """The file with the digests of the exported models that this index relies on."""
        return self.path / "exports.json"

    # --- reading ----------------------------------------------------------------------------------------------------

    @staticmethod
    def is_version(name: str) -> bool:
        """Return whether a text has the form of the name of a version."""
        return _NAME.fullmatch(name) is not None

    def folder_of(self, version: str) -> Path:
        """Return the folder of a version."""
        return self._versions / version

    def names(self) -> list[str]:
        """Return the names of the published versions, oldest first. Raises IndexNotReadable."""
        try:
            return sorted(path.name for path in self._versions.iterdir() if _NAME.fullmatch(path.name))
        except FileNotFoundError:
            return []
        except OSError as error:
            raise IndexNotReadable(self.path, explain(error)) from error

    def current(self) -> str:
        """Return the name of the current version.

        Raises IndexNotFound if nothing was published, PointerMissing if only CURRENT is missing, PointerDamaged if it
        names no version, and IndexNotReadable.
        """
        try:
            name = read_plain_file(self._pointer).decode().strip()
        except FileNotFoundError as error:
            if names := self.names():
                raise PointerMissing(self.path, names[-1]) from error
            raise IndexNotFound(self.path) from error
        except UnicodeDecodeError as error:
            raise PointerDamaged(self.path, "names no version") from error
        except NotADirectoryError as error:
            raise IndexNotReadable(self.path, "it is not a folder; check the path") from error
        except IsADirectoryError as error:
            raise PointerDamaged(self.path, "is a folder and must be removed first") from error
        except OSError as error:
            if not is_damage(error):
                raise IndexNotReadable(self.path, explain(error)) from error
            raise PointerDamaged(self.path, f"cannot be read ({error.strerror})") from error
        if not _NAME.fullmatch(name):
            raise PointerDamaged(self.path, "names no version")
        return name

    def manifest(self) -> Manifest:
        """Return the manifest of the current version."""
        return Manifest.load(self._versions / self._existing_current())

    def open(self, version: str | None = None) -> Snapshot:
        """Open and check a version; the current one by default."""
        name = self._existing_current() if version is None else self._checked_name(version)
        return Snapshot.open(self._versions / name)

    def open_newest_valid(self) -> Snapshot:
        """Open the current version or, if it is damaged, the newest older one that is not.

        If none can be opened, raises the error of the current version.
        """
        first_error: SemsearchError | None = None
        pointed_to = self._current_or_none()
        names = self.names()[::-1]
        try:
            current = self._existing_current()
        except _POINTER_ERRORS as error:
            log.error("%s", error)  # noqa: TRY400  (a traceback would add nothing)
            first_error = error
        else:
            names = [current, *(older for older in names if older < current)]
        for name in names:
            try:
                snapshot = Snapshot.open(self._versions / name)
            except SemsearchError as error:
                if self._current_or_none() != pointed_to:  # others were published, and this one was removed
                    return self.open_newest_valid()
                log.error("%s", error)  # noqa: TRY400
                first_error = first_error or error
            else:
                if first_error:
                    log.error("version %s is used instead", name)
                return snapshot
        raise first_error or IndexNotFound(self.path)

    def check(self, manifest: Manifest) -> None:
        """Raise DamagedVersion or IndexNotReadable if a file of a version is not as its manifest says."""
        check_folder(manifest.version, self._versions / manifest.version, manifest.files)

    def stamp(self, version: str) -> FolderStamp:
        """Return the stamp of the folder of a version; it differs from that of its snapshot if a file was changed."""
        return stamp_of(self._versions / version)

    def infos(self) -> list[VersionInfo]:
        """Return a summary of each version, newest first. Raises IndexNotFound if there is none."""
        names = self.names()
        if not names:
            raise self.problem() or IndexNotFound(self.path)
        current = self._current_or_none()
        return [self._info(name, current) for name in reversed(names)]

    def problem(self) -> SemsearchError | None:
        """Return why no version is current, although there are versions; None if one is."""
        try:
            self._existing_current()
        except SemsearchError as error:
            return error
        return None

    def _existing_current(self) -> str:
        """Return the name of the current version. Raises what :meth:`current` raises, and CurrentVersionMissing."""
        name = self.current()
        if not os.path.lexists(self._versions / name):
            raise CurrentVersionMissing(self.path, name, self.names())
        return name

    def _current_or_none(self) -> str | None:
        """Return the name of the current version; None if there is none or the pointer is damaged."""
        try:
            return self.current()
        except SemsearchError:
            return None

    def _info(self, name: str, current: str | None) -> VersionInfo:
        try:
            manifest = Manifest.load(self._versions / name)
        except SemsearchError as error:
            return VersionInfo(name, name == current, None, None, None, problem=str(error))
        return VersionInfo(name, name == current, manifest.created_at, manifest.posts, manifest.model.name)

    def _checked_name(self, version: str) -> str:
        if version not in self.names():
            raise VersionNotFound(version, self.names())
        return version

    # --- writing (under the lock) -----------------------------------------------------------------------------------

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the lock of the index: one process may write at a time. A killed process leaves no lock behind.

        Raises IndexBusy if another process holds it. An OSError raised while it is held becomes IndexNotWritable or, if
        another version is current by then, NotFlushed.
        """
        before: str | None = None
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            with FileLock(self.path / ".lock", blocking=False):
                before = self._current_or_none()
                self._check_places()
                yield
        except Timeout as error:
            raise IndexBusy(self.path) from error
        except BrokenPipeError:  # from printing progress to a closed pipe, not from the disk
            raise
        except OSError as error:
            now = self._current_or_none()
            if now not in (None, before):
                raise NotFlushed(self.path, now, explain(error)) from error
            raise IndexNotWritable(self.path, explain(error)) from error

    def _check_places(self) -> None:
        """Raise an OSError, before any work is done, if a version could not be published."""
        if self._pointer.is_dir() and not self._pointer.is_symlink():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(self._pointer))
        if self._versions.exists() and not self._versions.is_dir():
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(self._versions))

    def new_building(self) -> Path:
        """Create an empty folder for the next version, with its final name. Removes what a killed rebuild left."""
        self.clear_building()
        last_number = max((int(name[:6]) for name in self.names()), default=0)
        folder = self._building / f"{last_number + 1:06}-{dt.datetime.now(dt.UTC):%Y%m%dT%H%M%SZ}"
        folder.mkdir(parents=True)
        return folder

    def clear_building(self) -> None:
        """Remove unpublished files."""
        shutil.rmtree(self._building, ignore_errors=True)

    def copy(self, manifest: Manifest, building: Path) -> None:
        """Copy the files of a version, except its manifest, into ``building``.

        Raises DamagedVersion if a file is not as the manifest says.
        """
        self.check(manifest)
        source = self._versions / manifest.version
        for name in manifest.files:
            (building / name).parent.mkdir(exist_ok=True)
            shutil.copyfile(source / name, building / name)

    def publish(self, building: Path) -> None:
        """Make a finished version the current one, then remove old versions. The pointer is replaced last.

        The previous current version also stays, even if a rollback had made it an old one: services still use it.
        """
        previous = self._current_or_none()
        sync_folder(building)
        if not self._versions.exists():
            self._versions.mkdir()
            sync(self.path)  # or the pointer might be on disk before the folder that it leads to
        published = building.rename(self._versions / building.name)
        try:
            sync(self._versions)
            replace_text(self._pointer, f"{building.name}\n")
        except OSError:  # such as a full disk: do not leave a version that is not current
            if self._current_or_none() != building.name:
                published.rename(building)
            raise
        self._prune({previous, building.name})

    def rollback(self, version: str | None = None) -> str:
        """Make another version current, by default the newest intact one before the current one, and return its name.

        Raises VersionNotFound if it does not exist, DamagedVersion if it is damaged, and NoIntactVersion.
        """
        if not self.names():
            raise self.problem() or IndexNotFound(self.path)
        with self.lock():
            if version is None:
                name = self._previous()
            else:
                name = self._checked_name(version)
                Snapshot.open(self._versions / name).close()
            replace_text(self._pointer, f"{name}\n")
            return name

    def _previous(self) -> str:
        """Return the newest intact version older than the current one.

        If there is no current version, return the newest version that is intact.
        """
        names = self.names()
        try:
            current = self._existing_current()
        except _POINTER_ERRORS:
            with closing(self.open_newest_valid()) as snapshot:
                return snapshot.version
        older = [name for name in names if name < current]
        if not older:
            raise VersionNotFound(f"before {current}", names)
        for name in reversed(older):
            try:
                Snapshot.open(self._versions / name).close()
            except (DamagedVersion, UnsupportedFormat) as error:
                log.error("%s", error)  # noqa: TRY400
            else:
                return name
        raise NoIntactVersion(self.path, current)

    def _prune(self, used: Container[str | None]) -> None:
        """Remove the oldest versions that are not ``used``, down to ``MAX_VERSIONS``.

        Each is first renamed out of ``versions/``, so that neither a kill nor a power failure leaves a partly deleted
        version there.
        """
        names = self.names()
        unused = [name for name in names if name not in used]
        old = unused[: max(0, len(names) - MAX_VERSIONS)]
        try:
            for name in old:
                (self._versions / name).rename(self._building / name)
            if old:  # the renames must be on disk before the files are removed
                sync(self._building)
                sync(self._versions)
        except OSError as error:  # the new version is published all the same
            log.warning("an old version could not be removed: %s", error)
        self.clear_building()
