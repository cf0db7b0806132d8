"""Which version is in use, which were before, and how does the next one take over? Nothing published ever changes."""

from __future__ import annotations

import datetime as dt
import logging
import re
import shutil
from collections.abc import Container, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from semsearch.errors import (
    DamagedVersion,
    IndexBusy,
    IndexNotFound,
    IndexNotWritable,
    SemsearchError,
    VersionNotFound,
)
from semsearch.index.snapshot import Snapshot
from semsearch.index.storage.files import check_folder, replace_text, sync, sync_folder
from semsearch.index.storage.manifest import Manifest

log = logging.getLogger(__name__)

KEPT = 3
"""Versions that stay on disk, the one in use among them."""
_NAME = re.compile(r"\d{6}-\d{8}T\d{6}Z")


@dataclass(frozen=True, slots=True)
class VersionInfo:
    """A version on disk, in one line."""

    version: str
    current: bool
    created_at: str | None
    posts: int | None
    model: str | None
    problem: str | None = None
    """Why its manifest cannot be read; then the fields before are None."""


class IndexFolder:
    """An index on disk: ``versions/<name>/``, the pointer ``CURRENT``, and ``cache/``.

    A version is written in ``building/``, renamed into ``versions/``, and only then is CURRENT replaced. Killed at any
    point, the process leaves the old version in use; what it left in ``building/`` goes with the next rebuild.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._versions = path / "versions"
        self._building = path / "building"
        self._pointer = path / "CURRENT"

    @property
    def cache(self) -> Path:
        """What may be deleted and is then made again: vectors and exported models."""
        return self.path / "cache"

    # --- reading ----------------------------------------------------------------------------------------------------

    def names(self) -> list[str]:
        """The published versions, oldest first."""
        if not self._versions.is_dir():
            return []
        return sorted(path.name for path in self._versions.iterdir() if _NAME.fullmatch(path.name))

    def current(self) -> str:
        """The version in use. Raises IndexNotFound where nothing was published, DamagedVersion for a broken pointer."""
        try:
            name = self._pointer.read_text(encoding="utf-8").strip()
        except FileNotFoundError as error:
            raise IndexNotFound(self.path) from error
        except (OSError, UnicodeDecodeError) as error:
            raise DamagedVersion("in use", str(self._pointer), f"cannot be read ({type(error).__name__})") from error
        if not _NAME.fullmatch(name):
            raise DamagedVersion("in use", str(self._pointer), "it does not name a version")
        return name

    def manifest(self) -> Manifest:
        """The manifest of the version in use."""
        return Manifest.load(self._versions / self.current())

    def open(self, version: str | None = None) -> Snapshot:
        """Opens and checks a version, the one in use unless another is named."""
        name = self.current() if version is None else self._known(version)
        return Snapshot.open(self._versions / name)

    def open_newest_valid(self) -> Snapshot:
        """Opens the version in use or, where that is damaged, the newest older one that is whole.

        Raises the first version's error where none can be opened.
        """
        first: SemsearchError | None = None
        names = self.names()[::-1]
        try:
            current = self.current()
        except DamagedVersion as error:
            log.error("%s", error)  # noqa: TRY400  (the message says it all)
            first = error
        else:
            names = [current, *(older for older in names if older < current)]
        for name in names:
            try:
                snapshot = Snapshot.open(self._versions / name)
            except SemsearchError as error:
                log.error("%s", error)  # noqa: TRY400
                first = first or error
            else:
                if first:
                    log.error("version %s is served instead", name)
                return snapshot
        raise first or IndexNotFound(self.path)

    def infos(self) -> list[VersionInfo]:
        """All versions, newest first. Raises IndexNotFound where there is none."""
        names = self.names()
        if not names:
            raise IndexNotFound(self.path)
        current = self._in_use()
        return [self._info(name, current) for name in reversed(names)]

    def _in_use(self) -> str | None:
        """The version in use; None where there is none, or the pointer is broken."""
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

    def _known(self, version: str) -> str:
        if version not in self.names():
            raise VersionNotFound(version, self.names())
        return version

    # --- changing (under the lock) ----------------------------------------------------------------------------------

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Only one process changes an index at a time; a killed one leaves no lock behind.

        Raises IndexBusy, and IndexNotWritable for whatever the disk refuses while the lock is held.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            with FileLock(self.path / ".lock", blocking=False):
                yield
        except Timeout as error:
            raise IndexBusy(self.path) from error
        except BrokenPipeError:  # whoever watched the progress has gone; the disk is well
            raise
        except OSError as error:
            raise IndexNotWritable(self.path, str(error)) from error

    def new_building(self) -> Path:
        """An empty folder for the next version, named as it will be. What a killed rebuild left is removed."""
        self.clear_building()
        last = max((int(name[:6]) for name in self.names()), default=0)
        folder = self._building / f"{last + 1:06}-{dt.datetime.now(dt.UTC):%Y%m%dT%H%M%SZ}"
        folder.mkdir(parents=True)
        return folder

    def clear_building(self) -> None:
        """Removes what is not published and never will be."""
        shutil.rmtree(self._building, ignore_errors=True)

    def copy(self, manifest: Manifest, building: Path) -> None:
        """Copies the files of a version but for its manifest. Raises DamagedVersion where one is not what it was."""
        source = self._versions / manifest.version
        check_folder(manifest.version, source, manifest.files)
        for name in manifest.files:
            (building / name).parent.mkdir(exist_ok=True)
            shutil.copyfile(source / name, building / name)

    def publish(self, building: Path) -> None:
        """Puts a finished version into use, then removes all but the last versions. The pointer moves last.

        The version in use until now stays too, even if a rollback had made it an old one: it is just being served.
        """
        before = self._in_use()
        sync_folder(building)
        self._versions.mkdir(exist_ok=True)
        published = building.rename(self._versions / building.name)
        try:
            sync(self._versions)
            replace_text(self._pointer, f"{building.name}\n")
        except OSError:  # perhaps there is no room even for the pointer: a version that is not in use only takes room
            if self._in_use() != building.name:
                published.rename(building)
            raise
        self._prune({before, building.name})

    def rollback(self, version: str | None = None) -> str:
        """Puts another version into use, the one before unless one is named, and returns its name.

        Raises VersionNotFound where there is none, DamagedVersion where it is not whole.
        """
        if not self.names():
            raise IndexNotFound(self.path)
        with self.lock():
            name = self._before() if version is None else self._known(version)
            Snapshot.open(self._versions / name).close()
            replace_text(self._pointer, f"{name}\n")
            return name

    def _before(self) -> str:
        names = self.names()
        try:
            current = self.current()
        except DamagedVersion:
            return names[-1]
        older = [name for name in names if name < current]
        if not older:
            raise VersionNotFound(f"before {current}", names)
        return older[-1]

    def _prune(self, used: Container[str | None]) -> None:
        """Old versions leave ``versions/`` in one step, so that a kill leaves no half of one there."""
        names = self.names()
        unused = [name for name in names if name not in used]
        try:
            for name in unused[: max(0, len(names) - KEPT)]:
                (self._versions / name).rename(self._building / name)
        except OSError as error:  # the new version is in use all the same
            log.warning("an old version could not be removed: %s", error)
        self.clear_building()
