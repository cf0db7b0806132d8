"""Resolve the tags ``link`` and ``post_url`` of Jekyll to addresses. https://jekyllrb.com/docs/liquid/tags/"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import PurePosixPath

_POSTS = "_posts/"


class JekyllLinks:
    """Addresses of the documents of one site, found when a text names them."""

    def __init__(self, paths: Iterable[str], address_of: Callable[[str], str | None]) -> None:
        """``paths``: of all documents, in the folder of the site. ``address_of``: the address of such a path, or of
        another file; None if there is none."""
        self._address_of = address_of
        self._addresses: dict[str, str | None] = {}
        self._posts: dict[str, str] = {}
        for path in paths:
            above, marker, name = path.rpartition(_POSTS)
            if marker:
                stem = PurePosixPath(name).with_suffix("").as_posix()
                for known in (stem, above + stem, PurePosixPath(stem).name):
                    self._posts.setdefault(known, path)

    def link(self, argument: str) -> str | None:
        """Return the address of a file by its path; None if it is not there."""
        return self._found(_unquoted(argument))

    def post_url(self, argument: str) -> str | None:
        """Return the address of a post by its file name without suffix, also with folders; None if none has it."""
        path = self._posts.get(_unquoted(argument))
        return None if path is None else self._found(path)

    def _found(self, path: str) -> str | None:
        if path not in self._addresses:
            self._addresses[path] = self._address_of(path)
        return self._addresses[path]


def _unquoted(argument: str) -> str:
    return argument.strip().strip("\"'").strip("/")
