"""Built sites: folders of HTML pages out of any generator, with their sitemap if there is one; or one page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from semsearch.errors import SourceUnreadable
from semsearch.ingest.built.addresses import page_key
from semsearch.ingest.built.assembly import PageAssembler
from semsearch.ingest.built.html_decoding import html_text
from semsearch.ingest.built.page_files import MANIFEST, PageFile, html_paths, page_files
from semsearch.ingest.built.selectors import Selectors
from semsearch.ingest.built.signs import Signs, signs_of
from semsearch.ingest.built.site import Site, SiteSurvey
from semsearch.ingest.built.sitemaps import sitemap_paths
from semsearch.ingest.entries import Note, Place, Record, Severity
from semsearch.ingest.files import Files, TooLarge, read_bytes
from semsearch.ingest.kind import Certainty, Evidence, Options
from semsearch.ingest.markup import MainContent, main_content
from semsearch.ingest.markup.anchors import Anchors

_TEXTS = (".md", ".markdown", ".mdx", ".rst", ".adoc")
_MAX_UNLISTED = 16 * 1024
"""Bytes of a file outside of the sitemap that may be a redirect."""


class HtmlKind:
    """Pages as a browser gets them."""

    name = "html"
    anchors = Anchors.NONE

    def detect(self, files: Files) -> Evidence | None:
        if files.is_file:
            return self._detect_file(files)
        if files.exists(MANIFEST):
            return Evidence(Certainty.CERTAIN, f"{MANIFEST} is there")
        pages = len(files.paths(".html", ".htm", ".xhtml"))
        texts = len(files.paths(*_TEXTS))
        if not pages or texts > pages:
            return None
        if sitemaps := sitemap_paths(files):
            return Evidence(Certainty.LIKELY, f"{sitemaps[0]} and HTML pages are there")
        if files.exists("index.html") and not texts:
            return Evidence(Certainty.LIKELY, "index.html and no text files are there")
        return Evidence(Certainty.POSSIBLE, "most of its texts are HTML pages")

    def read(self, files: Files, options: Options) -> Iterator[Record]:
        if not html_paths(files):
            raise SourceUnreadable(files.location, "no file there ends in .html")
        pages, notes = page_files(files)
        yield from notes
        if texts := files.paths(*_TEXTS):
            detail = f"files: {len(texts):,}; if these are posts, read the folder with --as markdown"
            yield Note(Place(texts[0]), Severity.LEFT_OUT, "Markdown file", detail)
        selectors = Selectors(options.fields)
        survey = SiteSurvey()
        for page in pages:
            read = _read(files, page, selectors) if page.is_listed else None
            if read is not None and not isinstance(read, Note):
                survey.add(page_key(page.path), read.content, read.signs)
        site = survey.site()
        yield from _site_notes(site, files, pages)
        assembler = PageAssembler(site, selectors, options.site_url)
        for page in pages:
            read = _read(files, page, selectors)
            if isinstance(read, Note):
                yield read
            elif read is not None:
                yield from assembler.records(page, read.html, read.content, read.signs)

    def _detect_file(self, files: Files) -> Evidence | None:
        path = files.paths()[0]
        is_html = path.lower().endswith((".html", ".htm", ".xhtml"))
        return Evidence(Certainty.LIKELY, f"{path} is an HTML page by its name") if is_html else None


@dataclass(frozen=True, slots=True)
class _ReadPage:
    html: str
    content: MainContent
    signs: Signs


def _read(files: Files, page: PageFile, selectors: Selectors) -> _ReadPage | Note | None:
    """Read a page; None for one that does not count."""
    try:
        if not page.is_listed and files.size(page.file) > _MAX_UNLISTED:
            return None
        html = html_text(read_bytes(files, page.file), page.charset)
    except (TooLarge, OSError) as error:
        return Note(Place(page.file), Severity.BROKEN, "unreadable page", str(error))
    return _ReadPage(html, main_content(html, selectors.body), signs_of(html, page.path, page.url))


def _site_notes(site: Site, files: Files, pages: list[PageFile]) -> Iterator[Note]:
    place = Place(files.location.name)
    if len(pages) > 1 and not site.are_dated:
        detail = "hardly any page has a date or says that it is an article, so that all pages are read as posts"
        yield Note(place, Severity.INFO, "pages without dates", detail)
    if site.is_noindex_ignored:
        detail = "nearly all pages ask search engines not to list them, as test builds do; they are read all the same"
        yield Note(place, Severity.WARNING, "noindex everywhere", detail)


KIND = HtmlKind()
