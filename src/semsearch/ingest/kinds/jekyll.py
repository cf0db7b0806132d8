"""Jekyll sites → posts. https://jekyllrb.com/docs/"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Any

from semsearch.ingest.entries import Entry, Markup, Note, Place, Record, Severity, Status
from semsearch.ingest.files import Files, TooLarge, read_bytes
from semsearch.ingest.generators import jekyll_addresses, jekyll_config
from semsearch.ingest.generators.jekyll_config import JekyllConfig
from semsearch.ingest.generators.jekyll_links import JekyllLinks
from semsearch.ingest.kind import Certainty, Evidence, Options
from semsearch.ingest.markup.anchors import Anchors
from semsearch.ingest.parsing.data_texts import InvalidData
from semsearch.ingest.parsing.decoding import decode
from semsearch.ingest.sites import addresses, authors, data_files, dating, languages, one_off, posts, values
from semsearch.ingest.sites.documents import FORMATS, UNREAD, SiteDocument, read_document
from semsearch.ingest.sites.sections import has_date, sections_with_posts
from semsearch.ingest.sites.site import Site, find_site, without_configuration
from semsearch.ingest.templates.liquid import LiquidRenderer

_SUFFIXES = tuple(suffix for suffix in (*FORMATS, *UNREAD) if suffix not in (".txt", ".rst"))
_POST_NAME = re.compile(r"\d{2,4}-\d{1,2}-\d{1,2}-(?P<name>.+)")
_HEADING = re.compile(r"^(?:#{1,6}\s+\S|=+\s*$)|<h[1-6]\b", re.MULTILINE | re.IGNORECASE)
_MAX_INCLUDE_BYTES = 256 * 1024
_OWN_FOLDERS = frozenset(("_posts", "_drafts"))


class Jekyll:
    """The kind."""

    name = "jekyll"
    anchors = Anchors.KRAMDOWN

    def detect(self, files: Files) -> Evidence | None:
        """A configuration file of Jekyll, or a folder ``_posts``."""
        if site := find_site(files, jekyll_config.CONFIG_NAMES, jekyll_config.is_config):
            return Evidence(site.certainty, f"{site.path_in_source(site.config)} is there")
        if _OWN_FOLDERS.intersection(files.location.resolve().parts[-2:]):
            return Evidence(Certainty.LIKELY, "the folder is one of posts by its name")
        if not files.is_file and any("/_posts/" in f"/{path}" for path in files.paths(*_SUFFIXES)):
            return Evidence(Certainty.LIKELY, "a folder _posts is there")
        return None

    def read(self, files: Files, options: Options) -> Iterator[Record]:
        """Yield the entries of a site, or of a folder of it."""
        site = find_site(files, jekyll_config.CONFIG_NAMES, jekyll_config.is_config) or without_configuration(files)
        config, notes = jekyll_config.read_config(site)
        yield from notes
        yield from _Reader(site, config, options).records()


@dataclass(frozen=True, slots=True)
class _File:
    """A document file."""

    source_path: str
    path: str
    """Below the folder of the documents."""
    type: str
    """``posts``, ``drafts``, ``pages`` or the name of a collection."""
    folders: tuple[str, ...] = ()
    """Above ``_posts``: categories. Below the folder of a collection."""
    is_in_collection: bool = False


class _Reader:
    """Reads one site."""

    def __init__(self, site: Site, config: JekyllConfig, options: Options) -> None:
        self._site, self._config, self._options = site, config, options
        self._base = addresses.base_of(options.site_url, config.url, config.baseurl)
        self._rules = posts.Rules(people=self._people())
        self._files = [file for source, path in site.documents(*_SUFFIXES) if (file := self._classified(source, path))]
        self._by_path = {file.path: file for file in self._files}
        links = JekyllLinks(self._by_path, self._link)
        tags = {"link": links.link, "post_url": links.post_url}
        self._liquid = LiquidRenderer(_SiteValues(site, config), self._include, tags)
        self._dated_collections: frozenset[str] | None = None

    def records(self) -> Iterator[Record]:
        for file in self._files:
            yield from self._read(file)

    def _classified(self, source_path: str, path: str) -> _File | None:
        """Tell what a file is to Jekyll. None: nothing."""
        if not path.startswith(self._config.source):
            return None
        path = self._without_config_prefix(path.removeprefix(self._config.source))
        folders = tuple(path.split("/")[:-1])
        below = path.removeprefix(self._config.collections_folder)
        own = tuple(below.split("/")[:-1])
        for name, kind in (("_posts", "posts"), ("_drafts", "drafts")):
            if name in own:
                above = own[: own.index(name)]
                return None if any(part[0] == "_" for part in above) else _File(source_path, path, kind, above)
        if own and own[0][0] == "_" and own[0][1:] in self._config.collections:
            return _File(source_path, path, own[0][1:], own[1:], is_in_collection=True)
        is_hidden = any(part[0] in "_." for part in path.split("/"))
        if is_hidden and not any(path == name or path.startswith(f"{name}/") for name in self._config.included):
            return None
        return None if self._is_excluded(path) else _File(source_path, path, "pages", folders)

    def _without_config_prefix(self, path: str) -> str:
        """A source that is ``_posts``, or in it, without the site around it: its path as it would be in the site."""
        if self._site.config:
            return path
        location = self._site.source.location.resolve().parts
        if self._site.source.is_file:
            location = location[:-1]
        start = next((index for index, part in enumerate(location) if part in _OWN_FOLDERS), None)
        return path if start is None else "/".join((*location[start:], path))

    def _is_excluded(self, path: str) -> bool:
        return any(
            path == pattern or path.startswith(f"{pattern}/") or fnmatch.fnmatch(path, pattern)
            for pattern in self._config.excluded
        )

    def _read(self, file: _File) -> Iterator[Record]:
        place = Place(file.source_path)
        stem = PurePosixPath(file.path).stem
        if file.type == "posts" and not _POST_NAME.fullmatch(stem):
            detail = "the name of a post begins with its date: 2024-01-31-title.md"
            yield Note(place, Severity.LEFT_OUT, "file name without date", detail)
            return
        if file.is_in_collection and not self._config.collections[file.type].is_output:
            yield Note(place, Severity.LEFT_OUT, "collection without pages", f"the collection is {file.type}")
            return
        document, notes = read_document(self._site, file.source_path)
        if self._is_page(file) and (document is None or not document.has_front_matter):
            if document is None and any(note.reason == "invalid front matter" for note in notes):
                yield from notes
            return  # a file that Jekyll copies
        yield from notes
        if document is not None:
            yield from self._of_document(document, file)

    def _of_document(self, document: SiteDocument, file: _File) -> Iterator[Record]:
        if one_off.is_template(document.fields):
            yield Note(document.place, Severity.LEFT_OUT, "template")
            return
        fields = self._fields(document.fields, file)
        named = values.text_of(fields, *posts.names_of(self._options, "language", posts.LANGUAGES))
        language = named or next(iter(self._folder_language(file)), "")
        categories = self._categories(fields, file)
        shown = [category for category in categories if category != language]
        document = document.with_fields({**fields, "categories": shown, "category": None})
        entry, notes = posts.entry_of(document, self._options, self._rules)
        yield from notes
        if file.type == "posts" and entry.date is None:
            detail = "the file name begins with a day that does not exist"
            yield Note(document.place, Severity.WARNING, "impossible date", detail)
        path = self._address(file, fields, entry, categories)
        text = self._liquid.render(entry.body.text, {"page": self._page(fields, entry, path, file)})
        entry = replace(entry, body=Markup(text, document.body.format))
        yield replace(
            entry,
            title=entry.title or self._title(entry, file),
            teaser=entry.teaser or self._before_separator(entry, fields),
            address=addresses.join(self._base, path),
            aliases=posts.with_base(entry.aliases, self._base),
            redirect=addresses.join(self._base, entry.redirect) if entry.redirect else "",
            language=language or self._config.language or None,
            status=self._status(entry, file),
            translation_key=entry.translation_key or self._translation_key(fields, file, language),
            is_original=bool(language) and language == self._config.language,
        )

    def _fields(self, own: Mapping[str, Any], file: _File) -> dict[str, Any]:
        """Add the defaults of the configuration, and split texts where Jekyll expects lists."""
        fields: dict[str, Any] = {}
        for default in self._config.defaults:
            if default.applies_to(file.path, file.type):
                fields.update(default.values)
        fields.update(own)
        for name in ("tags", "categories"):
            if isinstance(fields.get(name), str):
                fields[name] = [word.strip(",") for word in fields[name].split()]
        return fields

    def _categories(self, fields: Mapping[str, Any], file: _File) -> list[str]:
        """Categories of the folders above ``_posts``, then of the front matter."""
        folders = file.folders if file.type in ("posts", "drafts") else ()
        own = (value for name in ("category", "categories") for value in values.texts(values.lookup(fields, name)))
        return list(dict.fromkeys((*folders, *own)))

    def _address(self, file: _File, fields: Mapping[str, Any], entry: Entry, categories: list[str]) -> str:
        if entry.address:
            return entry.address
        path = PurePosixPath(file.path)
        if file.type in ("posts", "drafts"):
            return jekyll_addresses.of_post(_name(path.stem), fields, entry.date, categories, self._config)
        if self._is_page(file):
            return jekyll_addresses.of_page(path.with_suffix("").as_posix(), fields, self._config)
        below = "/".join((*file.folders, path.stem))
        return jekyll_addresses.of_collection(file.type, below, _name(path.stem), fields, entry.date, self._config)

    def _status(self, entry: Entry, file: _File) -> Status:
        config = self._config
        if file.type == "drafts" and not config.shows_drafts:
            return Status.DRAFT
        if entry.status is Status.DRAFT and config.shows_unpublished:
            entry = replace(entry, status=Status.PUBLISHED)
        if entry.status is not Status.PUBLISHED:
            return entry.status
        if self._is_page(file):
            return Status.PAGE
        if dating.is_after(entry.date, self._options.now) and not config.shows_future:
            return Status.FUTURE
        return Status.PUBLISHED if file.type in ("posts", "drafts") or self._is_dated(file) else Status.PAGE

    def _is_page(self, file: _File) -> bool:
        return file.type == "pages" and not file.is_in_collection

    def _is_dated(self, file: _File) -> bool:
        """Whether the documents of a collection are posts: most of them are dated."""
        if self._dated_collections is None:
            found = [(other.type, other.source_path) for other in self._files if other.is_in_collection]
            everything = [("", ""), *found]  # so that not all are taken if none is dated
            self._dated_collections = sections_with_posts(everything, self._has_date)
        return file.type in self._dated_collections

    def _has_date(self, source_path: str) -> bool:
        return not source_path or has_date(
            self._site, source_path, posts.names_of(self._options, "date", dating.PUBLISHED)
        )

    def _title(self, entry: Entry, file: _File) -> str:
        """Jekyll makes a title of the file name; a heading is a better one."""
        if _HEADING.search(entry.body.text):
            return ""
        words = re.split(r"[-_\s]+", _name(PurePosixPath(file.path).stem))
        return " ".join(word.capitalize() for word in words)

    def _before_separator(self, entry: Entry, fields: Mapping[str, Any]) -> Markup | None:
        separator = values.text_of(fields, "excerpt_separator") or self._config.excerpt_separator
        before, found, _ = entry.body.text.partition(separator) if separator else ("", "", "")
        return Markup(before, entry.body.format) if found and before.strip() else None

    def _folder_language(self, file: _File) -> Iterator[str]:
        return (folder for folder in file.folders[:1] if languages.is_language(folder))

    def _translation_key(self, fields: Mapping[str, Any], file: _File, language: str) -> str:
        """The path without the language, or ``ref`` beside ``lang``, as guides on languages in Jekyll have it."""
        if key := values.text_of(fields, "ref", "page_id"):
            return key if language else ""
        folder = next(self._folder_language(file), "")
        return file.path.replace(f"{folder}/", "", 1) if folder else ""

    def _page(self, fields: Mapping[str, Any], entry: Entry, path: str, file: _File) -> dict[str, Any]:
        return {
            **fields,
            "title": entry.title,
            "url": path,
            "date": entry.date,
            "path": file.path,
            "tags": list(entry.tags),
            "name": PurePosixPath(file.path).name,
            "collection": file.type,
        }

    def _link(self, path: str) -> str | None:
        """The address of a file that a text links to, without a host; None if it is not there."""
        file = self._by_path.get(path)
        if file is None:
            is_there = bool(path) and ".." not in path and self._site.base.exists(f"{self._config.source}{path}")
            return addresses.join(self._config.baseurl, path) if is_there else None
        document, _ = read_document(self._site, file.source_path)
        if document is None:
            return None
        fields = self._fields(document.fields, file)
        entry, _ = posts.entry_of(document.with_fields(fields), self._options, self._rules)
        return addresses.join(self._config.baseurl, self._address(file, fields, entry, self._categories(fields, file)))

    def _include(self, name: str) -> str | None:
        path = f"{self._config.source}{self._config.includes_folder}/{name}"
        try:
            return decode(read_bytes(self._site.base, path, _MAX_INCLUDE_BYTES))[0] if ".." not in name else None
        except (OSError, KeyError, TooLarge):
            return None

    def _people(self) -> dict[str, str]:
        """Keys of authors → names: of a data file, of the configuration, and of a collection ``_authors``."""
        people = authors.people_of(values.lookup(self._config.raw, "authors"))
        folder = f"{self._config.source}{self._config.data_folder}"
        for suffix in data_files.SUFFIXES:
            for name in ("authors", "members", "people", "team"):
                path = f"{folder}/{name}{suffix}"
                if self._site.base.exists(path):
                    try:
                        people |= authors.people_of(data_files.load(self._site.base, path))
                    except InvalidData:
                        continue
        return people


class _SiteValues(dict[str, Any]):
    """``site`` in templates: the configuration, and the data files, which are read when a template names them."""

    def __init__(self, site: Site, config: JekyllConfig) -> None:
        super().__init__(config.raw)
        self._site, self._folder = site, f"{config.source}{config.data_folder}"

    def __missing__(self, name: str) -> Any:
        if name != "data":
            raise KeyError(name)
        self["data"] = data_files.load_folder(self._site, self._folder)
        return self["data"]


def _name(stem: str) -> str:
    """Take the date off the name of a post."""
    match = _POST_NAME.fullmatch(stem)
    return match["name"] if match else stem


KIND = Jekyll()
