"""An Astro site → the documents of its collections and pages. https://docs.astro.build/en/guides/content-collections/

Folders with dated documents hold posts, others pages; where nothing is dated (Starlight), all documents are posts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from semsearch.ingest.entries import Entry, Note, Place, Record, Severity, Status
from semsearch.ingest.files import Files
from semsearch.ingest.generators.astro_config import AstroConfig, read_config
from semsearch.ingest.generators.astro_people import people_of_site
from semsearch.ingest.kind import Evidence, Options
from semsearch.ingest.markup.anchors import Anchors
from semsearch.ingest.sites import addresses, dating, languages
from semsearch.ingest.sites.documents import SiteDocument, read_document
from semsearch.ingest.sites.headings import leading_heading
from semsearch.ingest.sites.posts import Rules, entry_of, names_of, with_base
from semsearch.ingest.sites.public_files import public_address
from semsearch.ingest.sites.sections import sections_with_posts
from semsearch.ingest.sites.site import Site, find_site, without_configuration
from semsearch.ingest.sites.values import text_of
from semsearch.ingest.templates import mdx
from semsearch.ingest.templates.admonitions import without_directives
from semsearch.ingest.templates.plugin_tags import without_tags

CONFIGS = tuple(f"astro.config.{suffix}" for suffix in ("mjs", "ts", "js", "mts", "cjs"))
_SUFFIXES = (".md", ".mdx", ".mdoc", ".markdown")
_PUBLISHED = ("pubdate", "pubdatetime", *dating.PUBLISHED)
_UPDATED = ("moddatetime", *dating.UPDATED)


class Astro:
    """Documents in collections, and Markdown pages."""

    name = "astro"
    anchors = Anchors.GITHUB

    def detect(self, files: Files) -> Evidence | None:
        """Look for the configuration in, around and just below the source."""
        site = find_site(files, CONFIGS)
        if site is None:
            return None
        return Evidence(site.certainty, f"{site.path_in_source(site.config)} is there")

    def read(self, files: Files, options: Options) -> Iterator[Record]:
        """Yield posts and pages in the order of their paths."""
        site = find_site(files, CONFIGS) or without_configuration(files)
        yield from _Reader(site, read_config(site.base, site.config), options).read()


@dataclass(frozen=True, slots=True)
class _Found:
    """A document in a collection or among the pages."""

    path: str
    """In the source."""
    collection: str
    """Empty: a page."""
    relative: str
    """The path in the collection, without suffix and language."""
    locale: str

    @property
    def section(self) -> str:
        """The folder of which all documents are posts, or none."""
        folder = PurePosixPath(self.relative).parent.as_posix()
        if not self.collection:
            return f"pages/{folder}"
        return f"docs/{self.relative.partition('/')[0]}" if self.collection == "docs" else self.collection


class _Reader:
    """Reads the documents of one site."""

    def __init__(self, site: Site, config: AstroConfig, options: Options) -> None:
        self._site, self._config, self._options = site, config, options
        self._base = addresses.base_of(options.site_url, config.url, config.base)
        self._rules = Rules(published=_PUBLISHED, updated=_UPDATED, people=people_of_site(site.base, config))
        self._found = [
            found for path, in_site in site.documents(*_SUFFIXES) if (found := self._place(path, in_site)) is not None
        ]
        documents = ((found.section, found.path) for found in self._found)
        self._sections = sections_with_posts(documents, self._is_dated)
        self._translated = {(found.collection, found.relative) for found in self._found if found.locale}

    def read(self) -> Iterator[Record]:
        for found in self._found:
            if "/_" in f"/{found.relative}":
                yield Note(Place(found.path), Severity.LEFT_OUT, "partial", "Astro leaves out names that begin with _")
                continue
            document, notes = read_document(self._site, found.path)
            yield from notes
            if document is not None:
                document = _as_markdown(document, PurePosixPath(found.path).suffix.lower())
                entry, notes = entry_of(document, self._options, self._rules)
                yield from notes
                yield self._entry(entry, document, found)

    def _place(self, path: str, in_site: str) -> _Found | None:
        config = self._config
        if not self._site.config and not in_site.startswith((config.pages, config.content)):
            return _Found(path, "blog", PurePosixPath(in_site).with_suffix("").as_posix(), "")
        for collection in config.collections:
            if in_site.startswith(collection.folder) and not collection.data_file:
                return self._located(path, collection.name, in_site.removeprefix(collection.folder))
        if in_site.startswith(config.pages):
            return self._located(path, "", in_site.removeprefix(config.pages))
        if in_site.startswith(config.content):
            name, _, relative = in_site.removeprefix(config.content).partition("/")
            return self._located(path, name, relative) if relative else None
        return None

    def _located(self, path: str, collection: str, relative: str) -> _Found:
        name = PurePosixPath(relative).with_suffix("").as_posix()
        rest, locale = languages.split_folder(name, self._config.locales) if self._config.locales else (name, "")
        return _Found(path, collection, rest, locale)

    def _is_dated(self, path: str) -> bool:
        document, _ = read_document(self._site, path)
        if document is None:
            return False
        published = names_of(self._options, "date", _PUBLISHED)
        return dating.dates_of(document.fields, document.place, published=published).date is not None

    def _entry(self, entry: Entry, document: SiteDocument, found: _Found) -> Entry:
        is_page = entry.status is Status.PUBLISHED and (found.section not in self._sections or found.relative == "404")
        is_future = entry.status is Status.PUBLISHED and dating.is_after(entry.date, self._options.now)
        name = PurePosixPath(found.relative)
        title = entry.title or leading_heading(entry.body.text)
        key = (found.collection, found.relative)
        is_translated = key in self._translated
        default = self._config.default_locale.lower()
        return replace(
            entry,
            title=entry.title if title else (name.parent.name if name.name == "index" else name.name).replace("-", " "),
            address=addresses.join(self._base, entry.address) if entry.address else self._address(document, found),
            language=entry.language or found.locale or self._default_language(),
            image=public_address(entry.image, self._base),
            aliases=with_base(entry.aliases, self._base),
            status=Status.FUTURE if is_future else Status.PAGE if is_page else entry.status,
            translation_key="/".join(key) if is_translated else entry.translation_key,
            is_original=is_translated and found.locale.lower() in ("", default),
        )

    def _default_language(self) -> str | None:
        locale = self._config.default_locale
        return locale if locale and languages.is_language(locale) else None

    def _address(self, document: SiteDocument, found: _Found) -> str:
        slug = text_of(document.fields, "slug", "permalink")
        identifier = slug.strip("/") or "/".join(map(_slug, found.relative.split("/"))).removesuffix("index").strip("/")
        prefix = self._config.prefix_of(found.collection) if found.collection else ""
        locale = found.locale
        if "[" in prefix:
            prefix = re.sub(r"\[[^\]]*\]", locale or self._config.default_locale, prefix)
            locale = ""
        path = "/".join(part for part in (locale.lower(), prefix.strip("/"), identifier) if part)
        ending = "/" if path and self._config.has_slash else ""
        return addresses.join(self._base, f"{path}{ending}")


def _as_markdown(document: SiteDocument, suffix: str) -> SiteDocument:
    text = without_directives(document.body.text)
    if suffix == ".mdoc":
        return document.with_text(without_tags(text))
    if suffix != ".mdx":
        return document.with_text(text)
    if "export const" in text:
        document = document.with_fields({**mdx.exported_metadata(text), **document.fields})
    return document.with_text(mdx.plain_markdown(text))


def _slug(name: str) -> str:
    """Return what Astro makes of a folder or file name (github-slugger)."""
    return re.sub(r"[^\w\- ]", "", name.lower()).replace(" ", "-")


KIND = Astro()
