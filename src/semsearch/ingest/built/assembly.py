"""A page, by what holds for its site → an entry, or a note why it is no post."""

from __future__ import annotations

import html as html_escapes
import re
from collections.abc import Iterator, Mapping

from semsearch.ingest.built.addresses import address_of, page_key
from semsearch.ingest.built.page_files import PageFile
from semsearch.ingest.built.selectors import Selectors
from semsearch.ingest.built.signs import Signs
from semsearch.ingest.built.site import Site, suffixes_of
from semsearch.ingest.entries import Entry, Format, Markup, Note, Place, Record, Severity, Status
from semsearch.ingest.markup import MainContent
from semsearch.ingest.page_names import is_page_name
from semsearch.ingest.parsing.dates import date_in_path, parse_date
from semsearch.ingest.short_texts import person
from semsearch.ingest.web_addresses import bounded_id, joined

_CUT = re.compile(r"(?:…|\.\.\.)\W*$")
_STUB = 300
"""Letters of a page that may be nothing but a hint to another."""
_TAG = re.compile(r"<[^<>]*>")


class PageAssembler:
    """Makes entries of the pages of one site."""

    def __init__(self, site: Site, selectors: Selectors, site_url: str) -> None:
        self._site, self._selectors, self._site_url = site, selectors, site_url

    def records(self, page: PageFile, html: str, content: MainContent, signs: Signs) -> Iterator[Record]:
        """Yield the entry of a page; only a note if it is no post; nothing for files outside the sitemap."""
        place = Place(page.file)
        address = address_of(page, content.canonical, self._site_url)
        target = self._redirect(page, content)
        if target:
            yield Entry(
                place=place, body=Markup("", Format.HTML), title=content.title, address=address, redirect=target
            )
            return
        if not page.is_listed:
            return
        if reason := self._not_a_post(content, signs):
            yield Note(place, Severity.LEFT_OUT, reason, content.title)
            return
        chosen = self._selectors.values(html)
        yield self._entry(page, content, signs, address, chosen)

    def _entry(
        self, page: PageFile, content: MainContent, signs: Signs, address: str, chosen: Mapping[str, list[str]]
    ) -> Entry:
        title = _first(chosen, "title") or self._title(content.title)
        date = parse_date(_first(chosen, "date")) or content.date or signs.date or date_in_path(page.path)
        key, is_original = _translation(signs, joined(page.url, content.canonical) or address)
        return Entry(
            place=Place(page.file),
            body=Markup(content.html, Format.HTML),
            title=html_escapes.escape(title, quote=False),
            teaser=self._teaser(content, chosen),
            address=_first(chosen, "url") or address,
            date=date,
            updated=parse_date(_first(chosen, "updated")) or content.updated or page.lastmod,
            tags=tuple(dict.fromkeys(chosen.get("tags") or content.tags)),
            authors=tuple(dict.fromkeys(filter(None, map(person, chosen.get("authors") or content.authors)))),
            language=_first(chosen, "language") or content.language,
            image=_first(chosen, "image") or content.image,
            series=_first(chosen, "series"),
            id=bounded_id(_first(chosen, "id")),
            named=self._selectors.named(chosen),
            translation_key=key,
            is_original=is_original,
            status=self._status(page, date, signs),
        )

    def _redirect(self, page: PageFile, content: MainContent) -> str:
        """Where a page only leads to: by refresh, or as its canonical address is another page of the site."""
        own = page_key(page.path)
        if content.refresh and page_key(joined(page.url or page.path, content.refresh)) != own:
            return joined(page.url or page.path, content.refresh)
        canonical = joined(page.url or page.path, content.canonical)
        key = page_key(canonical)
        is_other = bool(content.canonical) and key != own and not key.endswith(f"/{own}")
        is_stub = key in self._site.paths or _letters(content.html) < _STUB
        is_own_word = bool(own) and content.canonical not in self._site.repeated
        return canonical if is_other and is_stub and is_own_word else ""

    def _not_a_post(self, content: MainContent, signs: Signs) -> str:
        if signs.is_error:
            return "error page"
        if content.is_noindex and not self._site.is_noindex_ignored:
            return "noindex"
        if signs.is_listing(content.date):
            return "listing page"
        if not _letters(content.html):
            return "nothing at the selector of the body" if self._selectors.body else "empty page"
        return ""

    def _title(self, title: str) -> str:
        """Without the name of the site; empty for the title of the site itself, so that a heading is taken."""
        if title in self._site.repeated:
            return ""
        suffix = next(iter(suffixes_of(title)), "")
        return title.removesuffix(suffix) if suffix in self._site.suffixes else title

    def _teaser(self, content: MainContent, chosen: Mapping[str, list[str]]) -> Markup | None:
        """The description, unless it is that of the site, or cut."""
        if selected := _first(chosen, "teaser"):
            return Markup(selected, Format.PLAIN)
        text = content.description
        is_own = bool(text) and text not in self._site.repeated and not _CUT.search(text)
        return Markup(text, Format.PLAIN) if is_own else None

    def _status(self, page: PageFile, date: str | None, signs: Signs) -> Status:
        if "/drafts/" in page.path:
            return Status.DRAFT
        is_page = is_page_name(page.path) or page_key(page.path) == ""
        is_undated = self._site.are_dated and not signs.is_article
        return Status.PAGE if date is None and (is_undated or is_page) else Status.PUBLISHED


def _translation(signs: Signs, own: str) -> tuple[str, bool]:
    """The key of the translations of a page, and whether it is the one that others are translations of."""
    addresses = sorted(set(signs.alternates.values()))
    if len(addresses) < 2:
        return "", False
    default = signs.alternates.get("x-default", "")
    return default or addresses[0], bool(default) and page_key(default) == page_key(own)


def _first(chosen: Mapping[str, list[str]], name: str) -> str:
    return next(iter(chosen.get(name, ())), "")


def _letters(html: str) -> int:
    return sum(map(str.isalnum, _TAG.sub("", html[:20_000])))
