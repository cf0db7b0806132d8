"""Eleventy sites → posts. https://www.11ty.dev/docs/"""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Any

from semsearch.ingest.entries import Entry, Format, Markup, Note, Place, Record, Severity, Status
from semsearch.ingest.files import Files
from semsearch.ingest.generators import eleventy_addresses, eleventy_config
from semsearch.ingest.kind import Certainty, Evidence, Options
from semsearch.ingest.markup.anchors import Anchors
from semsearch.ingest.sites import addresses, authors, data_files, dating, languages, one_off, posts, values
from semsearch.ingest.sites.documents import FORMATS, SiteDocument, read_document
from semsearch.ingest.sites.sections import has_date, sections_with_posts
from semsearch.ingest.sites.site import Site, find_site, without_configuration
from semsearch.ingest.templates.liquid import LiquidRenderer

_TEMPLATES = (".njk", ".liquid")
_SUFFIXES = (*(suffix for suffix in FORMATS if suffix not in (".txt", ".rst", ".mdx")), *_TEMPLATES)
_COLLECTIONS_OF_POSTS = frozenset(("post", "posts", "blog", "article", "articles", "news", "blogpost", "blogposts"))
_NO_TAGS = _COLLECTIONS_OF_POSTS | {"all", "nav", "page", "pages", "main"}
"""Collections that have no meaning to readers."""
_PEOPLE = ("authors", "author", "people", "team", "members", "contributors")


class Eleventy:
    """The kind."""

    name = "eleventy"
    anchors = Anchors.NONE

    def detect(self, files: Files) -> Evidence | None:
        """A configuration file of Eleventy, a dependency on it, or its data files."""
        if site := find_site(files, eleventy_config.CONFIG_NAMES, eleventy_config.is_config):
            is_package = site.config == "package.json"
            because = "names @11ty/eleventy" if is_package else "is there"
            certainty = Certainty.LIKELY if is_package else site.certainty
            return Evidence(certainty, f"{site.path_in_source(site.config)} {because}")
        if files.is_file:
            return None
        data = next((path for path in files.paths(".js", ".json") if ".11tydata." in path), "")
        return Evidence(Certainty.LIKELY, f"{data} is there") if data else None

    def read(self, files: Files, options: Options) -> Iterator[Record]:
        """Yield the entries of a site, or of a folder of it."""
        site = find_site(files, eleventy_config.CONFIG_NAMES, eleventy_config.is_config)
        yield from _Reader(site or without_configuration(files), options).records()


@dataclass(frozen=True, slots=True)
class _Page:
    """A document with the data of its folders."""

    document: SiteDocument
    path: str
    """Below the input folder."""
    permalink: Any
    tags: tuple[str, ...]
    """All, also those that only name collections."""


class _Reader:
    """Reads one site."""

    def __init__(self, site: Site, options: Options) -> None:
        self._site, self._options = site, options
        self._config = eleventy_config.read_config(site)
        data = data_files.load_folder(site, self._config.data)
        address = eleventy_config.site_address(site, self._config.data, data)
        self._base = addresses.base_of(options.site_url, address, self._config.path_prefix)
        self._data = data
        self._people = {key: name for part in _PEOPLE for key, name in authors.people_of(data.get(part)).items()}
        self._liquid = LiquidRenderer(_mapping(data.get("site")), self._include)
        self._folders: dict[str, Mapping[str, Any]] = {}
        self._layouts: dict[str, Mapping[str, Any]] = {}
        self._files = [(source, path) for source, path in site.documents(*_SUFFIXES) if self._is_document(path)]
        self._is_part = bool(site.outer) and len(site.outer) > len(self._config.input)
        self._sections: frozenset[str] | None = None

    def records(self) -> Iterator[Record]:
        for source_path, path in self._files:
            yield from self._read(source_path, path)

    def _is_document(self, path: str) -> bool:
        config = self._config
        if not path.startswith(config.input):
            return False
        if any(folder and path.startswith(f"{folder}/") for folder in (config.data, config.includes, config.layouts)):
            return False
        return not any(
            path.startswith(f"{pattern.strip('/')}/") or fnmatch.fnmatch(path, pattern) for pattern in config.ignored
        )

    def _read(self, source_path: str, path: str) -> Iterator[Record]:
        place = Place(source_path)
        if one_off.is_repository_file(path):
            yield Note(place, Severity.LEFT_OUT, "file of the repository")
            return
        document, notes = read_document(self._site, source_path)
        if document is not None and (parts := eleventy_config.split_program(document.body.text)):
            fields, text = parts
            document = replace(document.with_fields(fields), has_front_matter=True).with_text(text)
        is_copied = PurePosixPath(path).suffix in (*_TEMPLATES, ".html", ".htm") and (
            document is None or not document.has_front_matter
        )
        if is_copied and document is not None and not self._folder_data(path):
            return  # a file for other programs, or a template of parts of pages
        yield from notes
        if document is not None:
            yield from self._of_document(self._page(document))

    def _page(self, document: SiteDocument) -> _Page:
        own = eleventy_config.merged(self._folder_data(document.path), document.fields)
        fields = eleventy_config.merged(self._layout_data(values.text_of(own, "layout")), own)
        tags = tuple(values.texts(fields.get("tags")))
        inherited = set(tags) - set(values.texts(document.fields.get("tags")))
        shown = [tag for tag in tags if tag not in inherited and tag.lower() not in _NO_TAGS]
        if document.path.endswith(_TEMPLATES):
            document = replace(document, body=Markup(document.body.text, Format.HTML))
        below = document.path.removeprefix(self._config.input)
        permalink = fields.pop("permalink", None)
        return _Page(document.with_fields({**fields, "tags": shown}), below, permalink, tags)

    def _layout_data(self, layout: str) -> Mapping[str, Any]:
        if layout not in self._layouts:
            self._layouts[layout] = eleventy_config.layout_data(self._site, self._config, layout)
        return self._layouts[layout]

    def _folder_data(self, path: str) -> Mapping[str, Any]:
        return eleventy_config.directory_data(self._site, path, self._folders, self._config.input)

    def _of_document(self, page: _Page) -> Iterator[Record]:
        document, fields = page.document, page.document.fields
        if reason := _left_out(page):
            yield Note(document.place, Severity.LEFT_OUT, reason)
            return
        titles = posts.names_of(self._options, "title", posts.TITLES)
        if document.path.endswith(_TEMPLATES) and not values.text_of(fields, *titles):
            yield Note(document.place, Severity.LEFT_OUT, "template")
            return
        rules = posts.Rules(people=self._people)
        paths = (page.permalink if isinstance(page.permalink, str) else "", document.path)
        entry, notes = posts.entry_of(document, self._options, rules, paths)
        yield from notes
        address = self._address(page, entry)
        if PurePosixPath(address).suffix not in ("", ".html", ".htm") and not address.endswith("/"):
            yield Note(document.place, Severity.LEFT_OUT, "not a page", f"its address is {address}")
            return
        if self._config.has_templates:
            text = self._liquid.render(entry.body.text, self._values(page, entry, address))
            entry = replace(entry, body=Markup(text, document.body.format))
        yield replace(
            entry,
            address=addresses.join(self._base, address),
            aliases=posts.with_base(entry.aliases, self._base),
            redirect=addresses.join(self._base, entry.redirect) if entry.redirect else "",
            status=self._status(page, entry),
            **self._language(page, entry),
        )

    def _address(self, page: _Page, entry: Entry) -> str:
        if entry.address:
            return entry.address
        permalink = values.lookup(page.permalink, "build") if isinstance(page.permalink, Mapping) else page.permalink
        if isinstance(permalink, str) and permalink:
            found = eleventy_addresses.by_permalink(
                permalink, entry.date, self._values(page, entry, ""), self._liquid.render
            )
            if found is not None:
                return found
        return eleventy_addresses.default_address(page.path)

    def _values(self, page: _Page, entry: Entry, address: str) -> dict[str, Any]:
        """What templates see: global data, the fields, and ``page``."""
        return {
            **self._data,
            **page.document.fields,
            "tags": list(page.tags),
            "page": {
                "url": address,
                "date": entry.date,
                "fileSlug": eleventy_addresses.file_slug(page.path),
                "filePathStem": eleventy_addresses.file_path_stem(page.path),
                "inputPath": f"./{page.document.path}",
                "outputFileExtension": "html",
            },
        }

    def _status(self, page: _Page, entry: Entry) -> Status:
        fields = page.document.fields
        if entry.status is not Status.PUBLISHED:
            return entry.status
        if values.flag(fields, "eleventyexcludefromcollections"):
            return Status.PAGE
        if _COLLECTIONS_OF_POSTS.intersection(tag.lower() for tag in page.tags):
            return Status.PUBLISHED
        if one_off.has_page_layout(fields) or (one_off.is_page_name(page.path) and "/" not in page.path):
            return Status.PAGE
        if self._is_part:
            return Status.PUBLISHED
        if self._sections is None:
            found = [(_section(path), source) for source, path in self._files if not path.endswith(_TEMPLATES)]
            dates = posts.names_of(self._options, "date", dating.PUBLISHED)
            self._sections = sections_with_posts(found, lambda path: has_date(self._site, path, dates))
        return Status.PUBLISHED if _section(page.document.path) in self._sections else Status.PAGE

    def _language(self, page: _Page, entry: Entry) -> dict[str, Any]:
        """The language and what translations share: the path without the folder of the language."""
        below, language = languages.split_folder(page.path)
        site_language = values.text_of(_mapping(self._data), "site.lang", "site.language", "metadata.language")
        return {
            "language": entry.language or language or site_language or None,
            "translation_key": entry.translation_key or (below if language else ""),
            "is_original": bool(language) and language == site_language,
        }

    def _include(self, name: str) -> str | None:
        found = eleventy_config.text_of(self._site.base, f"{self._config.includes}/{name}") if ".." not in name else ""
        return found or None


def _left_out(page: _Page) -> str:
    """Say why Eleventy makes no page of its own of a document; empty if it does."""
    fields = page.document.fields
    if one_off.is_template(fields):
        return "template"
    if values.is_true(page.permalink) is False:
        return "not rendered"
    return "list of pages" if fields.get("pagination") else ""


def _section(path: str) -> str:
    name = PurePosixPath(path)
    return (name.parent.parent if name.stem == "index" else name.parent).as_posix()


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


KIND = Eleventy()
