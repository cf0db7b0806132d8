"""The versions of an index: listing, opening, publishing, rollback and removal.

A published version never changes.
"""

from __future__ import annotations

import datetime as dt
import logging
import re
import shutil
import sys
from collections.abc import Container, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from semsearch.errors import (
    DamagedVersion,
    IndexBusy,
    IndexNotFound,
    IndexNotReadable,
    IndexNotWritable,
    NotFlushed,
    PointerMissing,
    SemsearchError,
    UnsupportedPlatform,
    VersionNotFound,
)
from semsearch.index.snapshot import Snapshot
from semsearch.index.storage.files import check_folder, replace_text, sync, sync_folder
from semsearch.index.storage.manifest import Manifest
from semsearch.system_errors import explain, is_damage

log = logging.getLogger(__name__)

_PLATFORMS = ("linux", "darwin")
"""Opening a version needs symbolic links, and publishing one needs atomic renames of folders."""
MAX_VERSIONS = 3
"""How many versions stay on disk, including the current one."""
_NAME = re.compile(r"\d{6}-\d{8}T\d{6}Z")
_POINTER_ERRORS = (DamagedVersion, IndexNotReadable, PointerMissing)
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
        if sys.platform not in _PLATFORMS:
            raise UnsupportedPlatform(sys.platform)
        self.path = path
        self._versions = path / "versions"
        self._building = path / "building"
        self._pointer = path / "CURRENT"

    @property
    def cache(self) -> Path:
        """The folder of cached vectors and exported models. It may be deleted; a rebuild makes it again."""
        return self.path / "cache"

    # --- reading ----------------------------------------------------------------------------------------------------

    def names(self) -> list[str]:
        """Return the names of the published versions, oldest first. Raises IndexNotReadable."""
        try:
            return sorted(path.name for path in self._versions.iterdir() if _NAME.fullmatch(path.name))
        except (FileNotFoundError, NotADirectoryError):
            return []
        except OSError as error:
            raise IndexNotReadable(self.path, explain(error)) from error

    def current(self) -> str:
        """Return the name of the current version.

        Raises IndexNotFound if nothing was published, PointerMissing if only CURRENT is missing, DamagedVersion if it
        names no version, and IndexNotReadable.
        """
        try:
            name = self._pointer.read_text(encoding="utf-8").strip()
        except FileNotFoundError as error:
            if names := self.names():
                raise PointerMissing(self.path, names[-1]) from error
            raise IndexNotFound(self.path) from error
        except UnicodeDecodeError as error:
            raise DamagedVersion("in use", str(self._pointer), "it does not name a version") from error
        except OSError as error:
            if not is_damage(error):
                raise IndexNotReadable(self.path, explain(error)) from error
            raise DamagedVersion("in use", str(self._pointer), f"cannot be read ({error.strerror})") from error
        if not _NAME.fullmatch(name):
            raise DamagedVersion("in use", str(self._pointer), "it does not name a version")
        return name

    def manifest(self) -> Manifest:
        """Return the manifest of the current version."""
        return Manifest.load(self._versions / self.current())

    def open(self, version: str | None = None) -> Snapshot:
        """Open and check a version; the current one by default."""
        name = self.current() if version is None else self._checked_name(version)
        return Snapshot.open(self._versions / name)

    def open_newest_valid(self) -> Snapshot:
        """Open the current version or, if it is damaged, the newest older one that is not.

        If none can be opened, raises the error of the current version.
        """
        first_error: SemsearchError | None = None
        names = self.names()[::-1]
        try:
            current = self.current()
        except _POINTER_ERRORS as error:
            log.error("%s", error)  # noqa: TRY400  (a traceback would add nothing)
            first_error = error
        else:
            names = [current, *(older for older in names if older < current)]
        for name in names:
            try:
                snapshot = Snapshot.open(self._versions / name)
            except SemsearchError as error:
                if self._current_or_none() not in (None, names[0]):  # others were published, and this one was removed
                    return self.open_newest_valid()
                log.error("%s", error)  # noqa: TRY400
                first_error = first_error or error
            else:
                if first_error:
                    log.error("version %s is served instead", name)
                return snapshot
        raise first_error or IndexNotFound(self.path)

    def infos(self) -> list[VersionInfo]:
        """Return a summary of each version, newest first. Raises IndexNotFound if there is none."""
        names = self.names()
        if not names:
            raise IndexNotFound(self.path)
        current = self._current_or_none()
        return [self._info(name, current) for name in reversed(names)]

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
        source = self._versions / manifest.version
        check_folder(manifest.version, source, manifest.files)
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
        """Make another version current, by default the one before the current one, and return its name.

        Raises VersionNotFound if it does not exist, and DamagedVersion if it is damaged.
        """
        if not self.names():
            raise IndexNotFound(self.path)
        with self.lock():
            name = self._previous() if version is None else self._checked_name(version)
            Snapshot.open(self._versions / name).close()
            replace_text(self._pointer, f"{name}\n")
            return name

    def _previous(self) -> str:
        """Return the newest version older than the current one.

        If the pointer is damaged or missing, return the newest version that is intact.
        """
        names = self.names()
        try:
            current = self.current()
        except _POINTER_ERRORS:
            with closing(self.open_newest_valid()) as snapshot:
                return snapshot.version
        older = [name for name in names if name < current]
        if not older:
            raise VersionNotFound(f"before {current}", names)
        return older[-1]

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
