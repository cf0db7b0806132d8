"""A source and the file names of a configuration → the folder of the site, and the paths of documents in it.

A source may be the site, hold it in a folder (``docs/``), or be a folder inside it (``content/posts``). Configuration
and data are then looked for around the source; documents are read from the source alone.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from semsearch.errors import SourceUnreadable
from semsearch.ingest.files import Files, FolderFiles, SingleFile
from semsearch.ingest.kind import Certainty

MAX_LEVELS_UP = 6
MAX_LEVELS_DOWN = 2
_NOT_THE_SITE = frozenset(
    ("themes", "theme", "examples", "example", "examplesite", "test", "tests", "fixtures", "features", "spec")
)
"""Folders whose configuration is that of another site."""


@dataclass(frozen=True, slots=True)
class Site:
    """A site and the part of it that is read. Two kinds of paths: in the source, and in the site."""

    source: Files
    base: Files
    """Opens files by their path in the site."""
    inner: str = ""
    """The folder of the site in the source, ``docs/``; empty if the source is the site or in it."""
    outer: str = ""
    """The folder of the source in the site, ``content/posts/``; empty if the source is the site or holds it."""
    config: str = ""
    """The configuration file, by its path in the site; empty if there is none."""

    @property
    def certainty(self) -> Certainty:
        """How sure the configuration makes a kind: one above or below the source may be that of another site."""
        is_at_top = not self.inner and not self.outer and not self.source.is_file
        return Certainty.CERTAIN if is_at_top else Certainty.LIKELY

    def documents(self, *suffixes: str) -> list[tuple[str, str]]:
        """List the documents of the source that are in the site: path in the source, path in the site."""
        return [(path, self.path_in_site(path)) for path in self.source.paths(*suffixes, under=self.inner)]

    def files_in(self, folder: str, *suffixes: str) -> list[str]:
        """List the files of a folder of the site, by their path in the site. The rest of the site is not walked."""
        if self.base is self.source or not isinstance(self.base, FolderFiles):
            return self.base.paths(*suffixes, under=folder)
        root = self.base.location.resolve()
        inside = (root / folder).resolve()
        if not inside.is_dir() or not inside.is_relative_to(root):
            return []
        return [f"{folder.strip('/')}/{path}" for path in FolderFiles(inside).paths(*suffixes)]

    def path_in_site(self, path: str) -> str:
        """Return the path in the site of a path in the source."""
        return self.outer + path.removeprefix(self.inner)

    def path_in_source(self, path: str) -> str:
        """Return how to name a file of the site in a note: by its path in the source, with ``../`` where above it."""
        if not self.outer:
            return self.inner + path
        if path.startswith(self.outer):
            return path.removeprefix(self.outer)
        return "../" * self.outer.count("/") + path


class InnerFiles:
    """A folder of the files of a source, as files of their own."""

    is_file = False

    def __init__(self, files: Files, folder: str) -> None:
        self.location = files.location / folder
        self._files, self._folder = files, folder

    def paths(self, *suffixes: str, under: str = "") -> list[str]:
        found = self._files.paths(*suffixes, under=self._folder + under)
        return [path.removeprefix(self._folder) for path in found]

    def exists(self, path: str) -> bool:
        return self._files.exists(self._folder + path)

    def size(self, path: str) -> int:
        return self._files.size(self._folder + path)

    def open(self, path: str) -> BinaryIO:
        return self._files.open(self._folder + path)


def find_site(files: Files, names: Sequence[str], is_config: Callable[[Files, str], bool] | None = None) -> Site | None:
    """Find the site that a source is, holds or is part of, by its configuration file. None: there is none.

    ``names``: paths of configuration files in a site, the preferred first. ``is_config`` tells whether such a file is
    one of this generator. Of several sites in a source the one nearest to its top is taken.
    """

    def config_of(base: Files) -> str:
        return next(
            (name for name in names if base.exists(name) and (is_config is None or is_config(base, name))),
            "",
        )

    if not files.is_file and (config := config_of(files)):
        return Site(files, files, config=config)
    return _site_above(files, config_of) or _site_below(files, names, config_of)


def without_configuration(files: Files) -> Site:
    """Return a source as a site of which the configuration is not known."""
    return Site(files, files)


def _site_above(files: Files, config_of: Callable[[Files], str]) -> Site | None:
    if not isinstance(files, FolderFiles | SingleFile):
        return None
    here = files.location.resolve()
    folder, outer = (here.parent, "") if files.is_file else (here, "")
    for _ in range(MAX_LEVELS_UP):
        if folder != here or files.is_file:
            base = FolderFiles(folder)
            with contextlib.suppress(OSError):
                if config := config_of(base):
                    return Site(files, base, outer=outer, config=config)
        if _is_repository(folder) or folder.parent == folder:
            return None
        outer = f"{folder.name}/{outer}"
        folder = folder.parent
    return None


def _is_repository(folder: Path) -> bool:
    """Whether no site of the source reaches beyond this folder."""
    return (folder / ".git").exists()


def _site_below(files: Files, names: Sequence[str], config_of: Callable[[Files], str]) -> Site | None:
    if files.is_file:
        return None
    suffixes = tuple({PurePosixPath(name).suffix for name in names})
    tails = tuple(f"/{name}" for name in names)
    folders = set()
    for path in files.paths(*suffixes):
        tail = next((tail for tail in tails if path.endswith(tail)), None)
        if tail is not None:
            parts = path.removesuffix(tail).split("/")
            if len(parts) <= MAX_LEVELS_DOWN and not _NOT_THE_SITE.intersection(map(str.lower, parts)):
                folders.add("/".join(parts) + "/")
    for folder in sorted(folders, key=lambda folder: (folder.count("/"), folder)):
        inner = InnerFiles(files, folder)
        with contextlib.suppress(OSError, SourceUnreadable):
            if config := config_of(inner):
                return Site(files, inner, inner=folder, config=config)
    return None
