"""A folder of HTML files → the pages that count, each with its address, by manifest, by sitemap, or by file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

from semsearch.errors import SourceUnreadable
from semsearch.ingest.built.sitemaps import read_sitemaps
from semsearch.ingest.entries import Note, Place, Severity
from semsearch.ingest.files import Files
from semsearch.ingest.parsing import json_values
from semsearch.ingest.parsing.dates import parse_date

MANIFEST = "semsearch-pages.json"
"""Written with pages that were fetched: ``{"pages": [{"file": …, "url": …, "lastmod": …, "charset": …}]}``.

``file`` is relative to the folder. ``lastmod`` (ISO 8601) and ``charset`` may be missing or null. Files that are not
named do not count.
"""
_SUFFIXES = (".html", ".htm", ".xhtml")
_LEAST_MATCHES = 0.1
"""A sitemap of which fewer pages are in the folder is that of another site."""
_MAX_PREFIX = 4
"""Folders of the address of a site, as in ``https://example.org/team/blog/``."""


@dataclass(frozen=True, slots=True)
class PageFile:
    """A page of a site, on disk."""

    file: str
    path: str
    """Below the site, beginning with ``/``: ``/a/`` for ``a/index.html``."""
    url: str = ""
    """Absolute, if the manifest or a sitemap says it."""
    lastmod: str | None = None
    """ISO 8601."""
    charset: str = ""
    """As the server said."""
    is_listed: bool = True
    """False for a file that the sitemap does not name: it is no post, but may be a redirect."""


def html_paths(files: Files) -> list[str]:
    """The HTML files of a source."""
    return files.paths() if files.is_file else files.paths(*_SUFFIXES)


def page_files(files: Files) -> tuple[list[PageFile], list[Note]]:
    """Return the pages of a source in a stable order, and notes. Raises SourceUnreadable for a broken manifest."""
    if files.exists(MANIFEST):
        return _of_manifest(files), []
    paths = html_paths(files)
    if files.is_file:
        return [PageFile(path, f"/{path}") for path in paths], []
    listed, notes = read_sitemaps(files)
    if listed:
        found, missing = _located(listed, set(paths))
        if len(found) >= _LEAST_MATCHES * len(listed):
            root = _root(next(iter(found.values())))
            pages = [found.get(path) or _unlisted(path, root) for path in paths]
            return pages, [*notes, *_missing_notes(missing)]
        detail = (
            f"{len(listed) - len(found):,} of {len(listed):,} pages in it are not in the folder; all files were read"
        )
        notes.append(Note(Place("sitemap.xml"), Severity.WARNING, "sitemap of another site", detail))
    return [PageFile(path, site_path(path)) for path in paths], notes


def site_path(file: str) -> str:
    """The path of a page by its file: ``/a/`` for ``a/index.html``."""
    name = PurePosixPath(file)
    if name.stem.lower() == "index":
        return "/" if name.parent == PurePosixPath(".") else f"/{name.parent}/"
    return f"/{file}"


def _of_manifest(files: Files) -> list[PageFile]:
    try:
        value = json_values.load_file(files, MANIFEST)
    except json_values.InvalidJson as error:
        raise SourceUnreadable(files.location, f"{MANIFEST}: {error}") from error
    entries = value.get("pages") if isinstance(value, Mapping) else None
    if not isinstance(entries, list):
        raise SourceUnreadable(files.location, f"{MANIFEST} has no list of pages")
    return [
        _of_entry(entry) for entry in entries if isinstance(entry, Mapping) and files.exists(str(entry.get("file")))
    ]


def _of_entry(entry: Mapping[str, Any]) -> PageFile:
    url = str(entry.get("url") or "")
    return PageFile(
        file=str(entry["file"]),
        path=urlsplit(url).path or "/",
        url=url,
        lastmod=parse_date(entry.get("lastmod")),
        charset=str(entry.get("charset") or ""),
    )


def _located(listed: Mapping[str, str | None], paths: set[str]) -> tuple[dict[str, PageFile], list[str]]:
    """Return the pages of a sitemap by file, and the addresses that have none."""
    prefix = max(
        range(_MAX_PREFIX), key=lambda count: sum(_file_of(url, count, paths) != "" for url in list(listed)[:200])
    )
    found: dict[str, PageFile] = {}
    missing = []
    for url, lastmod in listed.items():
        file = _file_of(url, prefix, paths)
        if file:
            found.setdefault(file, PageFile(file, site_path(file), url, lastmod))
        else:
            missing.append(url)
    return found, missing


def _file_of(url: str, prefix: int, paths: set[str]) -> str:
    """The file of an address whose first ``prefix`` folders are those of the site; empty if there is none."""
    try:
        path = unquote(urlsplit(url).path)
    except ValueError:
        return ""
    parts = [part for part in path.split("/") if part]
    if len(parts) < prefix:
        return ""
    name = "/".join(parts[prefix:])
    candidates = (f"{name}/index.html", f"{name}/index.htm", name, f"{name}.html", f"{name}.htm")
    return next((file for file in (candidate.lstrip("/") for candidate in candidates) if file in paths), "")


def _root(page: PageFile) -> str:
    """The address of the site by that of a page, without a trailing slash; empty if they do not end alike."""
    url = page.url.removesuffix("index.html")
    for path in (page.path, page.path.rstrip("/"), page.path.removesuffix(".html")):
        if url.endswith(path):
            return url[: len(url) - len(path)].rstrip("/")
    return ""


def _unlisted(file: str, root: str) -> PageFile:
    path = site_path(file)
    return PageFile(file, path, f"{root}{path}" if root else "", is_listed=False)


def _missing_notes(missing: list[str]) -> list[Note]:
    if not missing:
        return []
    detail = f"{len(missing):,} pages of the sitemap are not in the folder, as {missing[0]}; build the site again"
    return [Note(Place("sitemap.xml"), Severity.WARNING, "pages missing", detail)]
