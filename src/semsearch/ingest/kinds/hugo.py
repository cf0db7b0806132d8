"""Hugo sites → posts. https://gohugo.io/content-management/"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Any

from semsearch.ingest.entries import Entry, Note, Place, Record, Severity, Status
from semsearch.ingest.files import Files
from semsearch.ingest.generators import hugo_config, zola_marks
from semsearch.ingest.generators.hugo_addresses import Location, address_of, language_prefix
from semsearch.ingest.generators.hugo_cascade import Cascades
from semsearch.ingest.generators.hugo_config import ContentFolder, HugoConfig
from semsearch.ingest.kind import Certainty, Evidence, Options
from semsearch.ingest.markup.anchors import Anchors
from semsearch.ingest.sites import addresses, dating, languages, one_off, posts, sections, tags, values
from semsearch.ingest.sites.documents import FORMATS, UNREAD, SiteDocument, read_document
from semsearch.ingest.sites.site import Site, find_site, without_configuration
from semsearch.ingest.templates.shortcodes import without_angle_shortcodes

_SUFFIXES = tuple(suffix for suffix in (*FORMATS, *UNREAD) if suffix != ".txt")
_DATE_FIELDS = ("date", "publishdate", "pubdate", "published", *dating.PUBLISHED)
_UPDATED_FIELDS = ("lastmod", "modified", *dating.UPDATED)
_PUBLISH_FIELDS = ("publishdate", "pubdate", "published", "date")
_EXPIRY_FIELDS = ("expirydate", "unpublishdate")
_SAMPLE = 20
_OUTSIDE = frozenset(("themes", "archetypes", "layouts", "static", "public", "resources", "assets", "data", "i18n"))
"""Folders of a site that hold no content."""


class Hugo:
    """The kind."""

    name = "hugo"
    anchors = Anchors.HUGO

    def detect(self, files: Files) -> Evidence | None:
        """A configuration file of Hugo, or what only its documents have."""
        if site := find_site(files, hugo_config.CONFIG_NAMES, hugo_config.is_config):
            return Evidence(site.certainty, f"{site.path_in_source(site.config)} is there")
        if files.is_file:
            return None
        if find_site(files, zola_marks.CONFIG_NAMES, zola_marks.is_config):
            return None
        section_pages = [path for path in files.paths(".md") if PurePosixPath(path).name.startswith("_index.")]
        site = without_configuration(files)
        for path in section_pages[:_SAMPLE]:
            document, _ = read_document(site, path)
            if document is not None and zola_marks.are_in(document.fields):
                return None
        return Evidence(Certainty.LIKELY, f"{section_pages[0]} is a section page") if section_pages else None

    def read(self, files: Files, options: Options) -> Iterator[Record]:
        """Yield the entries of a site, or of a folder of its content."""
        site = find_site(files, hugo_config.CONFIG_NAMES, hugo_config.is_config) or without_configuration(files)
        config, notes = hugo_config.read_config(site)
        yield from notes
        yield from _Reader(site, config, options).records()


@dataclass(frozen=True, slots=True)
class _Content:
    """A document file among the content."""

    source_path: str
    folder: ContentFolder
    path: str
    """Below the content folder."""
    stem: str
    """The file name without suffix and language."""
    location: Location


class _Reader:
    """Reads one site."""

    def __init__(self, site: Site, config: HugoConfig, options: Options) -> None:
        self._site, self._config, self._options = site, config, options
        self._folders = sorted(config.folders, key=lambda folder: -len(folder.path))
        self._base = addresses.base_of(options.site_url, config.base_url)
        self._rules = posts.Rules(
            tag_names=tags.TAGS if config.taxonomies is None else (*config.taxonomies, "tag", "category"),
            published=posts.names_of(
                options, "date", tuple(name for name in config.date_fields if name[0] != ":") + _DATE_FIELDS
            ),
            updated=_UPDATED_FIELDS,
        )
        self._file_name_first = next(iter(config.date_fields), "") == ":filename"
        self._content = [
            content for path, in_site in site.documents(*_SUFFIXES) if (content := self._place(path, in_site))
        ]
        self._cascades = self._read_cascades()
        self._bundles = {content.path.rpartition("/")[0] for content in self._content if content.stem == "index"}
        self._is_part = bool(site.outer) and self._is_inside_content(site.outer)
        self._main_sections: frozenset[str] | None = None

    def records(self) -> Iterator[Record]:
        for content in self._content:
            yield from self._read(content)

    def _place(self, source_path: str, path: str) -> _Content | None:
        """Find the content folder of a document. None: it is no content."""
        for folder in self._folders:
            if path.startswith(folder.path):
                return self._located(source_path, folder, path.removeprefix(folder.path))
        if self._config.is_known:
            return None
        parts = path.split("/")
        if _OUTSIDE.intersection(parts[:-1]):
            return None
        location = self._site.source.location.resolve().parts
        if "content" in location:  # the source is a folder in the content of a site that is not there
            above = location[len(location) - location[::-1].index("content") :]
            path = "/".join((*(above[:-1] if self._site.source.is_file else above), path))
        return self._located(source_path, ContentFolder(""), path)

    def _read_cascades(self) -> Cascades:
        """Read the section pages, which may give fields to all documents below them."""
        cascades = Cascades(self._config.cascade)
        for content in self._content:
            if content.stem == "_index":
                document, _ = read_document(self._site, content.source_path)
                if document is not None and "cascade" in document.fields:
                    folder = content.path.rpartition("/")[0]
                    cascades.add(folder, content.location.language, document.fields["cascade"])
        return cascades

    def _is_inside_content(self, outer: str) -> bool:
        """Whether the source is a section, so that its owner means all that is in it."""
        return any(len(outer) > len(folder.path) and outer.startswith(folder.path) for folder in self._folders)

    def _read(self, content: _Content) -> Iterator[Record]:
        place = Place(content.source_path)
        if content.stem == "_index":
            yield Note(place, Severity.LEFT_OUT, "section page")
            return
        if one_off.is_repository_file(content.path):
            yield Note(place, Severity.LEFT_OUT, "file of the repository")
            return
        if content.stem != "index" and self._is_in_bundle(content):
            yield Note(place, Severity.LEFT_OUT, "part of another post", "a page bundle shows only its index file")
            return
        document, notes = read_document(self._site, content.source_path)
        yield from notes
        if document is not None:
            yield from self._of_document(document, content)

    def _of_document(self, document: SiteDocument, content: _Content) -> Iterator[Record]:
        name = content.path.rpartition("/")[0] if content.stem == "index" else _folder_and(content.path, content.stem)
        document = document.with_fields(
            {**self._cascades.fields_of(name, content.location.language), **document.fields}
        )
        fields = document.fields
        if reason := self._left_out(document, content):
            yield Note(document.place, Severity.LEFT_OUT, reason)
            return
        location = content.location
        document = document.with_text(
            without_angle_shortcodes(document.body.text, lambda name: self._param(fields, name))
        )
        if self._file_name_first and (day := dating.file_name_date(content.path)):
            document = document.with_fields({**fields, self._rules.published[0]: day})
            location = replace(location, name=_without_date(location.name))
        entry, notes = posts.entry_of(document, self._options, self._rules)
        yield from notes
        path = entry.address or address_of(location, fields, entry.title, entry.date, self._config)
        yield replace(
            entry,
            address=addresses.join(self._base, path),
            aliases=tuple(self._alias(alias, path, location) for alias in entry.aliases),
            language=self._language(entry, location),
            status=self._status(entry, fields, content),
            **self._translation(entry, location),
        )

    def _left_out(self, document: SiteDocument, content: _Content) -> str:
        """Say why Hugo renders no page, or no translated one; empty if it does."""
        fields = document.fields
        if one_off.is_template(fields):
            return "template"
        if values.flag(fields, "headless") or values.text_of(fields, "_build.render", "build.render").lower() in (
            "never", "false", "link",
        ):  # fmt: skip
            return "not rendered"
        if values.flag(fields, "untranslated"):
            return "untranslated"
        title = values.text_of(fields, *posts.names_of(self._options, "title", posts.TITLES))
        is_stub = not title and not document.body.text.strip()
        if is_stub and content.location.language not in ("", self._config.default_language):
            return "untranslated"
        return ""

    def _status(self, entry: Entry, fields: Mapping[str, Any], content: _Content) -> Status:
        config, now = self._config, self._options.now
        if entry.status is Status.DRAFT:
            return Status.PUBLISHED if config.build_drafts else Status.DRAFT
        if entry.status is not Status.PUBLISHED:
            return entry.status
        published, expires = (
            dating.dates_of(fields, entry.place, (), names, ()).date
            for names in (posts.names_of(self._options, "date", _PUBLISH_FIELDS), _EXPIRY_FIELDS)
        )
        if dating.is_after(published, now) and not config.build_future:
            return Status.FUTURE
        if expires and not dating.is_after(expires, now) and not config.build_expired:
            return Status.EXPIRED
        if values.text_of(fields, "_build.list", "build.list").lower() in ("never", "false"):
            return Status.PRIVATE
        return Status.PAGE if self._is_page(fields, content) else Status.PUBLISHED

    def _is_page(self, fields: Mapping[str, Any], content: _Content) -> bool:
        """Hugo has no pages beside posts but by ``mainSections``; see :mod:`semsearch.ingest.sites.sections`."""
        if one_off.has_page_layout(fields):
            return True
        if self._is_part:
            return False
        location = content.location
        if self._config.main_sections:
            return location.section not in self._config.main_sections
        if not location.sections and one_off.is_page_name(content.path):
            return True
        if self._main_sections is None:
            self._main_sections = sections.sections_with_posts(
                ((other.location.section, other.source_path) for other in self._candidates()), self._is_dated
            )
        return location.section not in self._main_sections

    def _candidates(self) -> Iterator[_Content]:
        for content in self._content:
            is_one_off = not content.location.sections and one_off.is_page_name(content.path)
            if content.stem != "_index" and not self._is_in_bundle(content) and not is_one_off:
                yield content

    def _is_dated(self, source_path: str) -> bool:
        return sections.has_date(self._site, source_path, self._rules.published)

    def _is_in_bundle(self, content: _Content) -> bool:
        """Whether a folder above is a page bundle; the own folder of an ``index`` file does not count."""
        folder, _, _ = content.path.rpartition("/")
        if content.stem == "index":
            folder, _, _ = folder.rpartition("/")
        while folder:
            if folder in self._bundles:
                return True
            folder, _, _ = folder.rpartition("/")
        return False

    def _located(self, source_path: str, folder: ContentFolder, below: str) -> _Content:
        path, language = languages.split_suffix(below, self._languages())
        if folder.language:
            language = folder.language
        elif not language and not self._config.is_known:
            path, language = languages.split_folder(path)
        name = PurePosixPath(folder.target + path)
        is_bundle = name.stem == "index" and len(name.parts) > 1
        parts = name.parent.parts if is_bundle else (*name.parent.parts, name.stem)
        is_multilingual = bool(self._config.languages) or not self._config.is_known
        default = self._config.default_language if self._config.languages else ""
        language = (language.lower() or default) if is_multilingual else ""
        return _Content(source_path, folder, below, name.stem, Location(parts[:-1], parts[-1], language, is_bundle))

    def _languages(self) -> tuple[str, ...]:
        if self._config.is_known:
            return self._config.languages or (self._config.default_language,)
        return ()

    def _language(self, entry: Entry, location: Location) -> str | None:
        return entry.language or location.language or self._config.language_code or None

    def _translation(self, entry: Entry, location: Location) -> dict[str, Any]:
        if not location.language:
            return {"translation_key": "", "is_original": False}
        return {
            "translation_key": entry.translation_key or location.path,
            "is_original": location.language == self._config.default_language,
        }

    def _alias(self, alias: str, path: str, location: Location) -> str:
        """An alias without a leading slash is relative to the folder of the address."""
        if "://" in alias:
            return alias
        if not alias.startswith("/"):
            alias = f"{path.rstrip('/').rpartition('/')[0]}/{alias}"
        else:
            prefix = language_prefix(location.language, self._config)
            alias = alias if alias.startswith(f"{prefix}/") else prefix + alias
        return addresses.join(self._base, alias)

    def _param(self, fields: Mapping[str, Any], name: str) -> str | None:
        value = values.first(fields, name, f"params.{name}")
        value = values.lookup(self._config.params, name) if value is None else value
        return None if value is None else values.as_text(value)


def _folder_and(path: str, stem: str) -> str:
    """The path with another name of the file."""
    folder, slash, _ = path.rpartition("/")
    return f"{folder}{slash}{stem}"


def _without_date(name: str) -> str:
    """Take the day off a file name, as Hugo does where the file name has the date: ``2020-01-31-title`` → ``title``."""
    head = name[: len("2020-01-31")]
    rest = name[len(head) :].lstrip("-_")
    return rest if rest and dating.file_name_date(f"{head}.md") else name


KIND = Hugo()
