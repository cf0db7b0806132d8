"""An MkDocs site → the posts of the blog plugin of its theme, Material, and the other documents as pages.

A site without a blog has documentation only: its documents are what it publishes, and are read as posts.
https://squidfunk.github.io/mkdocs-material/plugins/blog/
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any

from semsearch.ingest.entries import Entry, Note, Place, Record, Severity, Status
from semsearch.ingest.files import Files
from semsearch.ingest.generators.mkdocs_config import Blog, MkdocsConfig, matches, read_config, without_config
from semsearch.ingest.kind import Certainty, Evidence, Options
from semsearch.ingest.markup.anchors import Anchors
from semsearch.ingest.parsing.data_texts import InvalidData
from semsearch.ingest.sites import addresses
from semsearch.ingest.sites.data_files import load_mapping
from semsearch.ingest.sites.dating import is_after
from semsearch.ingest.sites.documents import SiteDocument, read_document
from semsearch.ingest.sites.headings import first_heading
from semsearch.ingest.sites.posts import Rules, entry_of, with_base
from semsearch.ingest.sites.public_files import public_address
from semsearch.ingest.sites.site import Site, find_site, without_configuration
from semsearch.ingest.sites.values import text_of
from semsearch.ingest.templates import mkdocs as extensions
from semsearch.ingest.templates.admonitions import without_alerts, without_indented_blocks

CONFIGS = ("mkdocs.yml", "mkdocs.yaml")
_SUFFIXES = (".md", ".markdown", ".mdown", ".mkdn", ".mkd")
_BLOG_FOLDERS = ("", "blog/", "docs/", "docs/blog/")
"""Where the file of authors lies if the configuration has another name or is not in the source."""


class Mkdocs:
    """Posts of the blog plugin, or the documentation."""

    name = "mkdocs"
    anchors = Anchors.PYTHON_MARKDOWN

    def detect(self, files: Files) -> Evidence | None:
        """Look for the configuration in, around and just below the source; else for the authors of a blog."""
        site = find_site(files, CONFIGS)
        if site is not None:
            config = _config_of(site)[0]
            what = "" if config.blogs else "; it has no blog, so its pages are the posts"
            return Evidence(site.certainty, f"{site.path_in_source(site.config)} is there{what}")
        folder = _blog_without_config(files)
        return (
            None if folder is None else Evidence(Certainty.LIKELY, f"{folder}.authors.yml and {folder}posts/ are there")
        )

    def read(self, files: Files, options: Options) -> Iterator[Record]:
        """Yield posts and pages in the order of their paths."""
        site = find_site(files, CONFIGS) or without_configuration(files)
        config, notes = _config_of(site)
        yield from notes
        yield from _Reader(site, config, options).read()


def _config_of(site: Site) -> tuple[MkdocsConfig, list[Note]]:
    if not site.config:
        return without_config(site.base, _blog_without_config(site.source) or ""), []
    try:
        return read_config(site.base, site.config), []
    except InvalidData as error:
        place = Place(site.path_in_source(site.config), error.line)
        return MkdocsConfig(), [Note(place, Severity.WARNING, "unreadable configuration", str(error))]


def _blog_without_config(files: Files) -> str | None:
    """Return the folder with the authors of a blog and its posts."""
    for folder in _BLOG_FOLDERS:
        if files.exists(f"{folder}.authors.yml") and files.paths(*_SUFFIXES, under=f"{folder}posts"):
            return folder
    return None


class _Reader:
    """Reads the documents of one site."""

    def __init__(self, site: Site, config: MkdocsConfig, options: Options) -> None:
        self._site, self._config, self._options = site, config, options
        self._base = addresses.base_of(options.site_url, config.url)
        self._defaults: dict[str, Mapping[str, Any]] = {}
        self._documents = [
            (path, path_in_site.removeprefix(config.folder))
            for path, path_in_site in site.documents(*_SUFFIXES)
            if path_in_site.startswith(config.folder)
        ]
        self._has_posts = any(self._blog_of(path) for _, path in self._documents)

    def read(self) -> Iterator[Record]:
        for path, path_in_docs in self._documents:
            if matches(self._config.excluded, path_in_docs):
                yield Note(Place(path), Severity.LEFT_OUT, "excluded", "by exclude_docs in the configuration")
                continue
            document, notes = read_document(self._site, path)
            yield from notes
            if document is None:
                continue
            document = document.with_fields({**self._defaults_of(path_in_docs), **document.fields})
            blog = self._blog_of(path_in_docs)
            entry, notes = entry_of(
                document, self._options, Rules(people=blog.people if blog else {}), None if blog else ()
            )
            yield from notes
            entry = self._post(entry, document, blog) if blog else self._page(entry, path_in_docs)
            is_draft = entry.status is Status.PUBLISHED and matches(self._config.drafts, path_in_docs)
            text = _as_markdown(entry.body.text, has_macros=self._config.has_macros)
            yield replace(
                entry,
                body=replace(document.body, text=text),
                language=entry.language or self._config.language or None,
                image=public_address(entry.image, self._base),
                aliases=with_base(entry.aliases, self._base),
                status=Status.DRAFT if is_draft else entry.status,
            )

    def _blog_of(self, path: str) -> Blog | None:
        return next((blog for blog in self._config.blogs if path.startswith(blog.posts)), None)

    def _post(self, entry: Entry, document: SiteDocument, blog: Blog) -> Entry:
        name = PurePosixPath(document.path).stem
        title = entry.title or first_heading(entry.body.text)
        values = {
            "date": _formatted(entry.date, blog.date_format),
            "slug": text_of(document.fields, "slug") or _slug(title or name),
            "file": name,
            "categories": "/".join(map(_slug, _categories(document))),
        }
        path = blog.folder + re.sub(r"\{(\w+)\}", lambda match: values.get(match[1], ""), blog.url_format)
        is_hidden = blog.hides_future and is_after(entry.date, self._options.now)
        return replace(
            entry,
            title=entry.title if title else _title(name),
            address=self._address(entry, re.sub("/{2,}", "/", path).strip("/")),
            status=Status.FUTURE if is_hidden and entry.status is Status.PUBLISHED else entry.status,
        )

    def _page(self, entry: Entry, path: str) -> Entry:
        name = PurePosixPath(path)
        is_index = name.stem.lower() in ("index", "readme")
        address = addresses.of_file(name.parent.as_posix() if is_index else name.with_suffix("").as_posix())
        has_title = entry.title or first_heading(entry.body.text)
        named = self._config.titles.get(path, "")
        is_page = self._has_posts and entry.status is Status.PUBLISHED
        return replace(
            entry,
            title=entry.title if has_title else named or _title(name.parent.name if is_index else name.stem),
            address=self._address(entry, "" if address == "." else address, is_index=is_index),
            status=Status.PAGE if is_page else entry.status,
        )

    def _address(self, entry: Entry, path: str, *, is_index: bool = False) -> str:
        return addresses.join(self._base, entry.address or self._with_ending(path, is_index=is_index))

    def _with_ending(self, path: str, *, is_index: bool = False) -> str:
        if not path:
            return ""
        return f"{path}/" if self._config.has_folder_urls or is_index else f"{path}.html"

    def _defaults_of(self, path: str) -> Mapping[str, Any]:
        """Return the fields that ``.meta.yml`` gives all documents of a folder; the nearest file counts most."""
        folder = path.rpartition("/")[0]
        if folder not in self._defaults:
            above = self._defaults_of(folder) if folder else {}
            file = f"{self._config.folder}{folder}/.meta.yml" if folder else f"{self._config.folder}.meta.yml"
            try:
                own = load_mapping(self._site.base, file) if self._site.base.exists(file) else {}
            except InvalidData:
                own = {}
            self._defaults[folder] = {**above, **{key.lower(): value for key, value in own.items()}}
        return self._defaults[folder]


def _as_markdown(text: str, *, has_macros: bool) -> str:
    return without_alerts(without_indented_blocks(extensions.plain_markdown(text, has_macros=has_macros)))


def _categories(document: SiteDocument) -> list[str]:
    value = document.fields.get("categories")
    return [text for text in value if isinstance(text, str)] if isinstance(value, list) else []


def _formatted(date: str | None, pattern: str) -> str:
    """Write a date in a pattern of Unicode: ``yyyy/MM/dd``."""
    if date is None:
        return ""
    year, month, day = date[:10].split("-")
    parts = {"yyyy": year, "yy": year[2:], "y": year, "MM": month, "M": str(int(month)), "dd": day, "d": str(int(day))}
    return re.sub(r"y+|M+|d+", lambda match: parts.get(match[0], match[0]), pattern)


def _slug(text: str) -> str:
    """Return what the slug function of Material's blog makes of a title."""
    return re.sub(r"[^\w\- ]", "", unicodedata.normalize("NFC", text)).strip().lower().replace(" ", "-")


def _title(name: str) -> str:
    """Return what MkDocs makes of the name of a file without a title."""
    title = re.sub("[-_]", " ", name) or "Home"
    return title.capitalize() if title.islower() else title


KIND = Mkdocs()
