"""Zola sites → posts. https://www.getzola.org/documentation/content/"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Any

from semsearch.ingest.entries import Entry, Note, Place, Record, Severity, Status
from semsearch.ingest.files import Files
from semsearch.ingest.generators import zola_marks
from semsearch.ingest.kind import Certainty, Evidence, Options
from semsearch.ingest.markup.anchors import Anchors
from semsearch.ingest.parsing.data_texts import InvalidData
from semsearch.ingest.sites import addresses, data_files, dating, languages, one_off, posts, values
from semsearch.ingest.sites.documents import SiteDocument, read_document
from semsearch.ingest.sites.sections import has_date, sections_with_posts
from semsearch.ingest.sites.site import Site, find_site, without_configuration
from semsearch.ingest.templates.shortcodes import without_call_shortcodes

_DATED_NAME = re.compile(r"\d{4}-\d{2}-\d{2}(?:T[\d:.Z+-]+)?[-_](?P<name>.+)")
_SAMPLE = 20


class Zola:
    """The kind."""

    name = "zola"
    anchors = Anchors.ZOLA

    def detect(self, files: Files) -> Evidence | None:
        """A configuration file with ``base_url``, or front matter with keys of Zola."""
        if site := find_site(files, zola_marks.CONFIG_NAMES, zola_marks.is_config):
            return Evidence(site.certainty, f"{site.path_in_source(site.config)} has base_url")
        site = without_configuration(files)
        for path in () if files.is_file else files.paths(".md")[:_SAMPLE]:
            document, _ = read_document(site, path)
            if document is not None and zola_marks.are_in(document.fields) and _is_toml(document):
                return Evidence(Certainty.LIKELY, f"{path} has front matter of Zola")
        return None

    def read(self, files: Files, options: Options) -> Iterator[Record]:
        """Yield the entries of a site, or of a folder of its content."""
        site = find_site(files, zola_marks.CONFIG_NAMES, zola_marks.is_config) or without_configuration(files)
        raw: Mapping[str, Any] = {}
        if site.config:
            try:
                raw = data_files.load_mapping(site.base, site.config)
            except InvalidData as error:
                place = Place(site.path_in_source(site.config), error.line)
                yield Note(place, Severity.WARNING, "invalid configuration", f"{error}; correct this line")
        yield from _Reader(site, raw, options).records()


@dataclass(frozen=True, slots=True)
class _Page:
    """A document file below the content folder."""

    source_path: str
    sections: tuple[str, ...]
    """The folders above it; the folder of an ``index`` file is not among them."""
    name: str
    """The file name without suffix and language, or the folder of an ``index`` file."""
    language: str
    """Empty: the default."""
    is_index: bool

    @property
    def section(self) -> str:
        return self.sections[0] if self.sections else ""


class _Reader:
    """Reads one site."""

    def __init__(self, site: Site, raw: Mapping[str, Any], options: Options) -> None:
        self._site, self._options = site, options
        self._base = addresses.base_of(options.site_url, values.text_of(raw, "base_url"))
        others = values.lookup(raw, "languages")
        self._languages = frozenset(str(key).lower() for key in others) if isinstance(others, Mapping) else frozenset()
        self._default_language = values.text_of(raw, "default_language") or ("en" if self._languages else "")
        paths = values.text_of(raw, "slugify.paths") or values.text_of(raw, "slugify_paths")
        self._slug = _as_is if paths in ("off", "safe", "false") else addresses.ascii_slug
        self._keeps_dates = values.flag(raw, "slugify.paths_keep_dates")
        self._pages = [page for source, path in site.documents(".md") if (page := self._place(source, path))]
        self._bundles = {(*page.sections, page.name) for page in self._pages if page.is_index}
        self._is_part = site.outer.startswith("content/") and site.outer != "content/"
        self._sections: frozenset[str] | None = None

    def records(self) -> Iterator[Record]:
        for page in self._pages:
            yield from self._read(page)

    def _place(self, source_path: str, path: str) -> _Page | None:
        """Find what a file is. None: it is not in the content folder."""
        if self._site.config:
            if not path.startswith("content/"):
                return None
            path = path.removeprefix("content/")
        else:
            path = _below_content(self._site, path)
        language = ""
        if self._languages or not self._site.config:
            path, language = languages.split_suffix(path, self._languages)
        name = PurePosixPath(path)
        is_index = name.stem == "index" and len(name.parts) > 1
        parts = name.parent.parts if is_index else (*name.parent.parts, name.stem)
        return _Page(source_path, parts[:-1], parts[-1], language, is_index)

    def _read(self, page: _Page) -> Iterator[Record]:
        place = Place(page.source_path)
        if page.name == "_index":
            yield Note(place, Severity.LEFT_OUT, "section page")
        elif one_off.is_repository_file(page.source_path):
            yield Note(place, Severity.LEFT_OUT, "file of the repository")
        elif not page.is_index and page.sections in self._bundles:
            detail = "a folder with index.md is one post"
            yield Note(place, Severity.LEFT_OUT, "part of another post", detail)
        else:
            document, notes = read_document(self._site, page.source_path)
            yield from notes
            if document is not None:
                yield from self._of_document(document, page)

    def _of_document(self, document: SiteDocument, page: _Page) -> Iterator[Record]:
        if one_off.is_template(document.fields):
            yield Note(document.place, Severity.LEFT_OUT, "template")
            return
        if values.is_true(values.lookup(document.fields, "render")) is False:
            yield Note(document.place, Severity.LEFT_OUT, "not rendered")
            return
        document = document.with_text(without_call_shortcodes(document.body.text))
        entry, notes = posts.entry_of(document, self._options, posts.Rules())
        yield from notes
        path = entry.address or self._address(document, page)
        yield replace(
            entry,
            address=addresses.join(self._base, path),
            aliases=posts.with_base(entry.aliases, self._base),
            redirect=addresses.join(self._base, entry.redirect) if entry.redirect else "",
            language=entry.language or page.language or self._default_language or None,
            status=self._status(entry, page),
            translation_key=entry.translation_key or self._translation_key(page),
            is_original=self._is_multilingual(page) and not page.language,
        )

    def _address(self, document: SiteDocument, page: _Page) -> str:
        if path := values.text_of(document.fields, "path"):
            return f"/{path.strip('/')}/"
        match = None if self._keeps_dates else _DATED_NAME.fullmatch(page.name)
        name = values.text_of(document.fields, "slug") or self._slug(match["name"] if match else page.name)
        folders = "".join(f"{self._slug(section)}/" for section in page.sections)
        language = f"{page.language}/" if page.language and page.language != self._default_language else ""
        return f"/{language}{folders}{name}/"

    def _status(self, entry: Entry, page: _Page) -> Status:
        if entry.status is not Status.PUBLISHED:
            return entry.status
        if self._is_part:
            return Status.PUBLISHED
        if not page.sections and one_off.is_page_name(f"{page.name}.md"):
            return Status.PAGE
        if self._sections is None:
            found = [
                (other.section, other.source_path)
                for other in self._pages
                if other.name != "_index" and (other.sections or not one_off.is_page_name(f"{other.name}.md"))
            ]
            dates = posts.names_of(self._options, "date", dating.PUBLISHED)
            self._sections = sections_with_posts(found, lambda path: has_date(self._site, path, dates))
        return Status.PUBLISHED if page.section in self._sections else Status.PAGE

    def _is_multilingual(self, page: _Page) -> bool:
        return bool(self._languages) or bool(page.language)

    def _translation_key(self, page: _Page) -> str:
        is_multilingual = self._is_multilingual(page) or not self._site.config
        return "/".join((*page.sections, page.name)) if is_multilingual else ""


def _is_toml(document: SiteDocument) -> bool:
    """Tell whether the front matter is probably TOML: only there is it common to have tables such as ``[extra]``."""
    return any(isinstance(document.fields.get(name), Mapping) for name in ("extra", "taxonomies")) or (
        document.path.endswith("_index.md")
    )


def _below_content(site: Site, path: str) -> str:
    """Return the path below the content folder of a site whose configuration is not there."""
    location = site.source.location.resolve().parts
    if "content" in location:
        start = len(location) - location[::-1].index("content")
        end = len(location) - 1 if site.source.is_file else len(location)
        return "/".join((*location[start:end], path))
    return path.removeprefix("content/")


def _as_is(text: str) -> str:
    return text.replace(" ", "%20")


KIND = Zola()
