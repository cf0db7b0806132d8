"""A Docusaurus site → its blog posts, and its documentation as pages.

https://docusaurus.io/docs/api/plugins/@docusaurus/plugin-content-blog
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from posixpath import normpath

from semsearch.ingest.entries import Entry, Note, Place, Record, Severity, Status
from semsearch.ingest.files import Files
from semsearch.ingest.generators.docusaurus_config import Section, read_config
from semsearch.ingest.kind import Evidence, Options
from semsearch.ingest.markup.anchors import Anchors
from semsearch.ingest.parsing.dates import parse_date
from semsearch.ingest.sites import addresses
from semsearch.ingest.sites.documents import SiteDocument, read_document
from semsearch.ingest.sites.headings import leading_heading
from semsearch.ingest.sites.posts import Rules, entry_of, with_base
from semsearch.ingest.sites.public_files import public_address
from semsearch.ingest.sites.site import Site, find_site, without_configuration
from semsearch.ingest.sites.values import text_of
from semsearch.ingest.templates import mdx
from semsearch.ingest.templates.admonitions import without_alerts, without_directives

CONFIGS = tuple(f"docusaurus.config.{suffix}" for suffix in ("js", "ts", "mjs", "cjs", "mts", "cts"))
_DATED = re.compile(r"(?P<folder>.*)(?P<date>\d{4}[-/]\d{1,2}[-/]\d{1,2})[-/]?(?P<text>.*)", re.DOTALL)
_NUMBER_PREFIX = re.compile(r"(?:^|(?<=/))\d+\s*[-_.]+\s*(?=[^\s\d/-])")
_PARTIAL = re.compile(r"(?:^|/)_|(?:^|/)__tests__/|\.test\.")
_OLDER_VERSION = re.compile(r"(?:\w+_)?versioned_docs/")


@dataclass(frozen=True, slots=True)
class _Found:
    """A document in a section of the site."""

    path: str
    """In the source."""
    section: Section
    relative: str
    """The path in the section."""

    @property
    def key(self) -> tuple[str, str]:
        """What all translations of a document share."""
        return self.section.id, self.relative


class Docusaurus:
    """Posts of the blog plugin, also of several and in several languages."""

    name = "docusaurus"
    anchors = Anchors.GITHUB

    def detect(self, files: Files) -> Evidence | None:
        """Look for the configuration in, around and just below the source."""
        site = find_site(files, CONFIGS)
        if site is None:
            return None
        return Evidence(site.certainty, f"{site.path_in_source(site.config)} is there")

    def read(self, files: Files, options: Options) -> Iterator[Record]:
        """Yield posts, then pages. Where the site has no posts, its documentation is published as posts."""
        site = find_site(files, CONFIGS) or without_configuration(files)
        yield from _Reader(site, options).read()


class _Reader:
    """Reads the documents of one site."""

    def __init__(self, site: Site, options: Options) -> None:
        self._site, self._options = site, options
        self._config = read_config(site.base, site.config)
        self._base = addresses.base_of(options.site_url, self._config.url, self._config.base_url)
        self._found = [
            _Found(path, section, section.relative(path_in_site))
            for path, path_in_site in (*site.documents(".md", ".mdx"), *self._outside_of_site())
            if (section := next((section for section in self._config.sections if section.has(path_in_site)), None))
        ]
        self._has_posts = any(found.section.is_blog for found in self._found)
        counts = Counter(found.key for found in self._found)
        self._translated = {key for key, count in counts.items() if count > 1}

    def read(self) -> Iterator[Record]:
        for found in self._found:
            if _PARTIAL.search(found.relative):
                yield Note(Place(found.path), Severity.LEFT_OUT, "partial", "other documents include it")
                continue
            document, notes = read_document(self._site, found.path)
            yield from notes
            if document is not None:
                document = _as_markdown(document)
                rules = Rules(tag_names=("tags",), people=found.section.people)
                entry, notes = entry_of(document, self._options, rules, date_paths=())
                yield from notes
                yield self._entry(entry, document, found)
        yield from self._older_versions()

    def _outside_of_site(self) -> Iterator[tuple[str, str]]:
        """Yield the documents of sections such as ``../docs``, if the source has them."""
        for section in self._config.sections:
            folder = normpath(self._site.inner + section.folder) + "/"
            if section.folder.startswith("../") and self._site.inner and not folder.startswith("../"):
                for path in self._site.source.paths(".md", ".mdx", under=folder):
                    yield path, section.folder + path.removeprefix(folder)

    def _entry(self, entry: Entry, document: SiteDocument, found: _Found) -> Entry:
        """Add what depends on where the document lies."""
        section = found.section
        slug, name, date = (_of_post if section.is_blog else _of_page)(document, found.relative)
        base = addresses.join(self._base, section.locale) if section.locale else self._base
        is_page = not section.is_blog and self._has_posts and entry.status is Status.PUBLISHED
        has_title = entry.title or leading_heading(entry.body.text)
        is_translated = found.key in self._translated
        return replace(
            entry,
            title=entry.title if has_title else name.replace("-", " "),
            address=addresses.join(
                self._base if entry.address else base,
                entry.address or "/".join(part for part in (section.route, slug.strip("/")) if part),
            ),
            date=entry.date or date,
            tags=tuple(dict.fromkeys(section.tags.get(tag.lower(), tag) for tag in entry.tags)),
            language=entry.language or section.locale or self._config.default_locale or None,
            image=public_address(entry.image, self._base),
            aliases=with_base(entry.aliases, base),
            status=Status.PAGE if is_page else entry.status,
            translation_key="/".join(found.key) if is_translated else "",
            is_original=is_translated and not section.locale,
        )

    def _older_versions(self) -> Iterator[Note]:
        count = sum(_OLDER_VERSION.match(path) is not None for _, path in self._site.documents(".md", ".mdx"))
        if count:
            place = Place(self._site.path_in_source("versioned_docs"))
            detail = f"files: {count:,}; only the current version is read"
            yield Note(place, Severity.LEFT_OUT, "older version of the documentation", detail)


def _as_markdown(document: SiteDocument) -> SiteDocument:
    """Docusaurus reads ``.md`` as MDX, too. Fields of the front matter win over exported ones."""
    text = document.body.text
    if "export const" in text:
        document = document.with_fields({**mdx.exported_metadata(text), **document.fields})
    return document.with_text(mdx.plain_markdown(without_alerts(without_directives(text))))


def _of_post(document: SiteDocument, relative: str) -> tuple[str, str, str | None]:
    """Return slug, name and date. The date is in the name of the file or in those of folders."""
    stem = addresses.of_file(re.sub(r"(?:(?:^|/)index)?\.mdx?$", "", relative))
    dated = _DATED.fullmatch(stem)
    slug, name, date = stem, stem, None
    if dated:
        date = parse_date(dated["date"])
        name = dated["text"]
        slug = f"{dated['date'].replace('-', '/')}/{dated['folder']}{name}"
    return text_of(document.fields, "slug") or slug, PurePosixPath(name).name, date


def _of_page(document: SiteDocument, relative: str) -> tuple[str, str, None]:
    """Return slug, name and no date. Numbers before names only order them."""
    path = PurePosixPath(addresses.of_file(_NUMBER_PREFIX.sub("", relative))).with_suffix("")
    folder = "" if path.parent.name == "" else path.parent.as_posix()
    slug = text_of(document.fields, "slug")
    if slug:
        return (slug if slug.startswith("/") else f"{folder}/{slug}"), path.name, None
    if path.name.lower() in ("index", "readme", path.parent.name.lower()):
        return folder, path.parent.name or path.name, None
    return f"{folder}/{text_of(document.fields, 'id') or path.name}", path.name, None


KIND = Docusaurus()
