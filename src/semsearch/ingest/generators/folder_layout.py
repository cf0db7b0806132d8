"""A folder of Markdown → whether it is a Hexo or Gatsby site, an Obsidian vault or a book, and where its posts lie."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from semsearch.ingest.files import Files
from semsearch.ingest.generators.config_text import read_text
from semsearch.ingest.parsing.data_texts import InvalidData
from semsearch.ingest.sites.data_files import load_mapping
from semsearch.ingest.sites.languages import is_language
from semsearch.ingest.sites.values import as_text, lookup, text_of
from semsearch.ingest.templates import javascript

_GATSBY = ("gatsby-config.js", "gatsby-config.ts", "gatsby-config.mjs")
_BOOKS = ("SUMMARY.md", "src/SUMMARY.md", "book.json")
_ROOTS = ("content/", "src/content/", "src/pages/", "pages/", "src/", "docs/", "public/", "data/", "_posts/")
"""Folders that are no part of an address."""


@dataclass(frozen=True, slots=True)
class FolderLayout:
    """Where the documents of a folder lie, and how addresses are made."""

    name: str = ""
    """What the folder is, for people: ``a Hexo site``; empty: just a folder."""
    folder: str = ""
    """The folder of all documents, with a slash at the end."""
    posts: str = ""
    """The folder of the posts if there is one, with a slash at the end."""
    drafts: str = ""
    url: str = ""
    permalink: str = ""
    """A pattern such as ``:year/:title/``; empty: the address is the path."""
    language: str = ""
    is_vault: bool = False
    locales: frozenset[str] = frozenset()
    """Folders at the top that are languages, in lower case; none unless there are two."""

    def in_address(self, path: str) -> str:
        """Return the part of a path that is in the address."""
        if self.posts and path.startswith((self.posts, self.drafts)):
            return path.removeprefix(self.posts).removeprefix(self.drafts)
        root = next((root for root in _ROOTS if path.startswith(root)), "")
        return path.removeprefix(self.folder or root)


def layout_of(files: Files, paths: list[str]) -> FolderLayout:
    """Tell what a folder is. ``paths``: its documents."""
    if files.exists("_config.yml") and any(path.startswith("source/_posts/") for path in paths):
        return _hexo(files)
    if config := next((name for name in _GATSBY if files.exists(name)), ""):
        urls = javascript.properties(read_text(files, config), "siteUrl")
        return FolderLayout("a Gatsby site", url=next((url for url in urls if isinstance(url, str)), ""))
    tops = {path.partition("/")[0].lower() for path in paths if "/" in path}
    locales = frozenset(top for top in tops if is_language(top))
    is_vault = files.exists(".obsidian/app.json") or files.exists(".obsidian/workspace.json")
    is_book = any(files.exists(name) for name in _BOOKS)
    name = "an Obsidian vault" if is_vault else "a book" if is_book else ""
    return FolderLayout(name, is_vault=is_vault, locales=locales if len(locales) > 1 else frozenset())


def _hexo(files: Files) -> FolderLayout:
    try:
        values: Mapping[str, Any] = load_mapping(files, "_config.yml")
    except InvalidData:
        values = {}
    language = lookup(values, "language")
    return FolderLayout(
        "a Hexo site",
        folder="source/",
        posts="source/_posts/",
        drafts="source/_drafts/",
        url=text_of(values, "url"),
        permalink=text_of(values, "permalink") or ":year/:month/:day/:title/",
        language=as_text(language[0] if isinstance(language, list) and language else language),
    )
