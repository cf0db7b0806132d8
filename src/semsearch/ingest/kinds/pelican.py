"""A Pelican site → its articles, and its pages. https://docs.getpelican.com/en/latest/content.html"""

from __future__ import annotations

import datetime as dt
import html
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from pathlib import PurePosixPath

from semsearch.ingest.entries import Entry, Format, Note, Record, Severity, Status
from semsearch.ingest.files import Files
from semsearch.ingest.generators import pelican_documents
from semsearch.ingest.generators.pelican_config import PelicanConfig, read_config
from semsearch.ingest.kind import Evidence, Options
from semsearch.ingest.markup.anchors import Anchors
from semsearch.ingest.sites import addresses
from semsearch.ingest.sites.dating import is_after
from semsearch.ingest.sites.documents import SiteDocument
from semsearch.ingest.sites.posts import TITLES, Rules, entry_of, names_of, with_base
from semsearch.ingest.sites.public_files import public_address
from semsearch.ingest.sites.site import Site, find_site, without_configuration
from semsearch.ingest.sites.values import as_text, lookup, text_of

CONFIGS = ("pelicanconf.py",)
_SUFFIXES = (".md", ".markdown", ".mkd", ".mdown", ".rst", ".html", ".htm")
_RULES = Rules(tag_names=("tags", "category"), published=("date",), updated=("modified",))
_PLACEHOLDER = re.compile(r"\{(\w+)(?::([^{}]*))?\}")


class Pelican:
    """Articles in Markdown, reStructuredText and HTML."""

    name = "pelican"
    anchors = Anchors.NONE

    def detect(self, files: Files) -> Evidence | None:
        """Look for the settings in, around and just below the source."""
        site = find_site(files, CONFIGS)
        if site is None:
            return None
        return Evidence(site.certainty, f"{site.path_in_source(site.config)} is there")

    def read(self, files: Files, options: Options) -> Iterator[Record]:
        """Yield articles and pages in the order of their paths."""
        site = find_site(files, CONFIGS) or without_configuration(files)
        config = read_config(site.base, site.config) if site.config else PelicanConfig()
        yield from _Reader(site, config, options).read()


class _Reader:
    """Reads the documents of one site."""

    def __init__(self, site: Site, config: PelicanConfig, options: Options) -> None:
        self._site, self._config, self._options = site, config, options
        self._base = addresses.base_of(options.site_url, config.url)

    def read(self) -> Iterator[Record]:
        for path, path_in_site in self._site.documents(*_SUFFIXES):
            path_in_content = path_in_site.removeprefix(self._config.content)
            is_page = self._is_page(path_in_content)
            if path_in_site.startswith(self._config.content) and (is_page or self._is_article(path_in_content)):
                yield from self._document(path, path_in_content, is_page=is_page)

    def _is_page(self, path: str) -> bool:
        return path.startswith(self._config.page_folders)

    def _is_article(self, path: str) -> bool:
        config = self._config
        return path.startswith(config.article_folders) and not path.startswith(config.excluded_folders or "\0")

    def _document(self, path: str, path_in_content: str, *, is_page: bool) -> Iterator[Record]:
        document, notes = pelican_documents.read(self._site, self._config, path, path_in_content)
        yield from notes
        if document is None:
            return
        if problem := self._problem(document, is_page=is_page):
            yield problem
            return
        entry, notes = entry_of(document, self._options, _RULES, date_paths=())
        yield from notes
        yield self._entry(entry, document, is_page=is_page)

    def _problem(self, document: SiteDocument, *, is_page: bool) -> Note | None:
        """Return why Pelican does not publish a document."""
        place = document.place
        if text_of(document.fields, "status").lower() == "skip":
            return Note(place, Severity.LEFT_OUT, "skipped", "its status is skip")
        title = text_of(document.fields, *names_of(self._options, "title", TITLES))
        if not document.body.text.strip() and not title:
            return Note(place, Severity.LEFT_OUT, "empty file")
        if not title:
            return Note(place, Severity.BROKEN, "no title", "Pelican leaves it out; begin it with a line Title: …")
        date = text_of(document.fields, *names_of(self._options, "date", ("date",)))
        if not is_page and not date and not self._config.has_default_date:
            detail = "Pelican leaves out articles without one; add a line Date: 2024-01-31, or set DEFAULT_DATE"
            return Note(place, Severity.BROKEN, "no date", detail)
        return None

    def _entry(self, entry: Entry, document: SiteDocument, *, is_page: bool) -> Entry:
        config, fields = self._config, document.fields
        source = PurePosixPath(document.path).stem if config.slug_source == "basename" else entry.title
        slug = text_of(fields, "slug") or slug_of(source)
        language = entry.language or config.language
        is_original = language.lower() == config.language.lower() and text_of(fields, "translation").lower() != "true"
        if is_page:
            pattern = config.page_url if is_original else config.page_lang_url
        else:
            pattern = config.article_url if is_original else config.article_lang_url
        values = {
            "slug": slug,
            "lang": language,
            "category": slug_of(as_text(lookup(fields, "category")) or "misc"),
            "author": slug_of(entry.authors[0] if entry.authors else config.author),
        }
        path = entry.address or text_of(fields, "url") or _expanded(pattern, values, entry.date)
        is_hidden = config.hides_future and is_after(entry.date, self._options.now)
        status = Status.FUTURE if is_hidden and entry.status is Status.PUBLISHED else entry.status
        return replace(
            entry,
            title=html.escape(entry.title, quote=False) if entry.body.format is Format.HTML else entry.title,
            address=addresses.join(self._base, path),
            authors=entry.authors or ((config.author,) if config.author else ()),
            language=language,
            image=public_address(entry.image, self._base),
            aliases=with_base(entry.aliases, self._base),
            translation_key=f"{'page' if is_page else 'article'}/{slug}",
            is_original=is_original,
            status=Status.PAGE if is_page and status is Status.PUBLISHED else status,
        )


def slug_of(text: str) -> str:
    """Return what Pelican makes of a title for its address; letters that have no form in ASCII stay."""
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    kept = re.sub(r"[^\w\s-]", "", ascii_text if re.search(r"\w", ascii_text) else text).strip().lower()
    return re.sub(r"[-\s]+", "-", kept)


def _expanded(pattern: str, values: dict[str, str], date: str | None) -> str:
    """Fill a pattern such as ``{date:%Y}/{slug}/``."""
    moment = dt.datetime.fromisoformat(date) if date else None

    def value(match: re.Match[str]) -> str:
        if match[1] == "date":
            return moment.strftime((match[2] or "%Y-%m-%d")[:50]) if moment else ""
        return values.get(match[1], "")

    return re.sub("/{2,}", "/", _PLACEHOLDER.sub(value, pattern))


KIND = Pelican()
