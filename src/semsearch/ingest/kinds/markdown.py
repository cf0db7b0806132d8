"""A plain folder of Markdown → posts: notes, books, and sites of generators without a kind of their own.

Folders with dates in the front matter hold posts, and others pages; where nothing is dated, all documents are posts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from semsearch.ingest.entries import Entry, Format, Note, Place, Record, Severity, Status
from semsearch.ingest.files import Files
from semsearch.ingest.generators.folder_layout import FolderLayout, layout_of
from semsearch.ingest.kind import Certainty, Evidence, Options
from semsearch.ingest.markup.anchors import Anchors
from semsearch.ingest.parsing import front_matter, header_lines
from semsearch.ingest.parsing.dates import date_in_path
from semsearch.ingest.parsing.header_lines import HeadedText
from semsearch.ingest.paths import folder_of, name_of, stem_of, suffix_of
from semsearch.ingest.sites import addresses, dating, languages, one_off
from semsearch.ingest.sites.documents import FORMATS, UNREAD, SiteDocument, read_document
from semsearch.ingest.sites.headings import first_heading
from semsearch.ingest.sites.posts import Rules, entry_of, names_of, with_base
from semsearch.ingest.sites.read_ahead import ReadAhead
from semsearch.ingest.sites.sections import sections_with_posts
from semsearch.ingest.sites.site import without_configuration
from semsearch.ingest.sites.values import text_of
from semsearch.ingest.templates import mdx, wiki_links
from semsearch.ingest.templates.admonitions import without_alerts, without_directives
from semsearch.ingest.templates.plugin_tags import without_tags

_MARKDOWN = tuple(suffix for suffix, markup in FORMATS.items() if markup is Format.MARKDOWN)
_SUFFIXES = (*_MARKDOWN, ".rst")
_BESIDE = (".html", ".htm")
"""Read only where Markdown lies in the same folder; elsewhere they are templates or a built site."""
_NAVIGATION = frozenset(("SUMMARY.md", "_sidebar.md", "_navbar.md", "_coverpage.md"))
_TITLE_LINE = re.compile(r"(?:[A-Za-z0-9_-]+:[^\n]*\n){0,20}title:", re.IGNORECASE)
_INDEX = ("index", "readme")
_NO_POSTS = frozenset(("index", "404", "500", "offline"))
_MACHINE_TEXTS = frozenset(("robots.txt", "humans.txt", "ads.txt", "llms.txt", "requirements.txt", "security.txt"))


class Markdown:
    """Any folder with documents in Markdown or reStructuredText."""

    name = "markdown"
    anchors = Anchors.GITHUB

    def detect(self, files: Files) -> Evidence | None:
        """Count the documents."""
        paths = files.paths(*_SUFFIXES, *UNREAD)
        if not paths:
            return None
        layout = layout_of(files, paths)
        if layout.posts:
            return Evidence(Certainty.LIKELY, f"it is {layout.name}: {layout.posts} is there")
        what = f"it is {layout.name} with" if layout.name else "it has"
        return Evidence(Certainty.POSSIBLE, f"{what} {len(paths):,} documents such as {paths[0]}")

    def read(self, files: Files, options: Options) -> Iterator[Record]:
        """Yield posts and pages in the order of their paths, then what was not read."""
        yield from _Reader(files, options).read()


@dataclass(frozen=True, slots=True)
class _Name:
    """The path of a document in parts."""

    path: str
    """Without language."""
    locale: str

    @property
    def section(self) -> str:
        """The folder of which all documents are posts, or none."""
        return folder_of(self.path)


class _Reader:
    """Reads the documents of one folder."""

    def __init__(self, files: Files, options: Options) -> None:
        self._files, self._options = files, options
        self._site = without_configuration(files)
        self._documents = ReadAhead(self._document)
        documents = files.paths(*_SUFFIXES, *UNREAD)
        self._layout = layout_of(files, documents)
        beside, self._not_read = _beside(files, documents)
        self._paths = sorted(path for path in (*documents, *beside) if path.startswith(self._layout.folder))
        self._names = {path: _name(path, self._layout) for path in self._paths}
        self._base = addresses.base_of(options.site_url, self._layout.url)
        self._no_posts = {path: reason for path in self._paths if (reason := self._reason(path))}
        found = ((name.section, path) for path, name in self._names.items() if path not in self._no_posts)
        self._sections = sections_with_posts(found, self._is_dated)
        self._translated = {name.path for name in self._names.values() if name.locale}

    def read(self) -> Iterator[Record]:
        has_posts = len(self._no_posts) < len(self._paths)
        for path in self._paths:
            if has_posts and path in self._no_posts:
                yield Note(Place(path), Severity.LEFT_OUT, self._no_posts[path])
                continue
            document, notes = self._documents.take(path)
            yield from notes
            if document is None:
                continue
            if not document.has_front_matter and not document.fields and not document.body.text.strip():
                yield Note(Place(path), Severity.LEFT_OUT, "empty file")
                continue
            if one_off.is_template(document.fields):
                yield Note(Place(path), Severity.LEFT_OUT, "template", "its title or date is filled in by a tool")
                continue
            entry, notes = entry_of(document, self._options, _RULES)
            yield from notes
            yield self._entry(entry, document, self._names[path])
        yield from self._not_read

    def _reason(self, path: str) -> str | None:
        """Return why a document is no post by its path; None if it may be one."""
        if name_of(path) in _NAVIGATION:
            return "navigation"
        if "/" not in path and one_off.is_repository_file(path):
            return "file of the repository"
        in_site = self._layout.in_address(path)
        if "/_" in f"/{in_site}" and not in_site.startswith(("_posts/", "_drafts/")):
            return "partial"
        return None

    def _document(self, path: str) -> tuple[SiteDocument | None, list[Note]]:
        document, notes = read_document(self._site, path)
        if document is not None and not document.has_front_matter and self._layout.posts:
            # Hexo needs no line --- before the front matter
            anew = front_matter.split(f"---\n{document.body.text}")
            if anew.has_front_matter and not anew.problem:
                document = document.with_fields(anew.fields).with_text(anew.body)
        if document is not None and not document.has_front_matter and not document.fields:
            headed = _HEADERS[document.body.format](document.body.text)
            fields = {key: values[0] for key, values in headed.fields.items()}
            document = document.with_fields(fields).with_text(headed.body)
        return (None if document is None else self._as_markdown(document)), notes

    def _as_markdown(self, document: SiteDocument) -> SiteDocument:
        if document.body.format is not Format.MARKDOWN:
            return document
        text = without_alerts(without_directives(document.body.text))
        if document.path.lower().endswith(".mdx"):
            document = document.with_fields({**mdx.exported_metadata(text), **document.fields})
            text = mdx.plain_markdown(text)
        if self._layout.posts:
            text = without_tags(text)
        return document.with_text(wiki_links.plain_markdown(text, is_vault=self._layout.is_vault))

    def _is_dated(self, path: str) -> bool:
        if self._layout.is_vault or self._layout.posts:
            return path.startswith(self._layout.posts)
        document = self._documents.look_into(path)
        published = names_of(self._options, "date", dating.PUBLISHED)
        return (
            document is not None
            and dating.dates_of(document.fields, document.place, published=published).date is not None
        )

    def _entry(self, entry: Entry, document: SiteDocument, name: _Name) -> Entry:
        fields, layout = document.fields, self._layout
        stem = stem_of(name.path)
        if stem.lower() in _INDEX:
            stem = name_of(folder_of(name.path)) or stem
        title = entry.title or first_heading(entry.body.text)
        is_translated = name.path in self._translated
        return replace(
            entry,
            title=entry.title if title else stem if layout.is_vault else stem.replace("-", " ").replace("_", " "),
            address=self._address(
                entry, entry.address or text_of(fields, "permalink", "url"), text_of(fields, "slug"), name
            ),
            language=entry.language or name.locale or layout.language or None,
            aliases=() if layout.is_vault else with_base(entry.aliases, self._base),
            image=addresses.join(self._base, entry.image) if entry.image.startswith("/") else entry.image,
            status=self._status(entry, document, name),
            translation_key=name.path if is_translated else entry.translation_key,
            is_original=is_translated and not name.locale,
        )

    def _status(self, entry: Entry, document: SiteDocument, name: _Name) -> Status:
        if entry.status is not Status.PUBLISHED:
            return entry.status
        if self._layout.drafts and document.path.startswith(self._layout.drafts):
            return Status.DRAFT
        is_page = one_off.is_page_name(name.path) and entry.date is None and not self._layout.is_vault
        if name.section not in self._sections or is_page:
            return Status.PAGE
        return Status.FUTURE if dating.is_after(entry.date, self._options.now) else Status.PUBLISHED

    def _address(self, entry: Entry, permalink: str, slug: str, name: _Name) -> str:
        """Return the address that the front matter names; else the one by the pattern of the site; else the path."""
        layout = self._layout
        if entry.address or permalink.startswith("/") or "://" in permalink[:12]:
            return addresses.join(self._base, permalink)
        in_site = layout.in_address(name.path)
        path = addresses.of_file(in_site.removesuffix(suffix_of(in_site)))
        if name_of(path).lower() in _INDEX:
            path = folder_of(path)
        if layout.permalink and name.path.startswith(layout.posts):
            title = slug or _without_date(path)
            values = {**addresses.date_values(entry.date), "title": title, "name": name_of(title.rstrip("/"))}
            expanded = addresses.expand(layout.permalink, values)
            if expanded is not None:
                return addresses.join(self._base, expanded)
        if path and slug.strip("/"):
            path = path.removesuffix(name_of(path)) + slug.strip("/")
        address = f"{path}/" if path else ""
        return addresses.join(self._base, f"{name.locale.lower()}/{address}" if name.locale else address)


def _name(path: str, layout: FolderLayout) -> _Name:
    rest, locale = languages.split_folder(path, layout.locales) if layout.locales else (path, "")
    if not locale:
        rest, locale = languages.split_suffix(path)
    return _Name(rest, locale)


def _without_date(path: str) -> str:
    """Take the date off the beginning of a file name."""
    name = name_of(path)
    return name[11:] if date_in_path(name[:10]) and len(name) > 11 else path


def _beside(files: Files, documents: list[str]) -> tuple[list[str], list[Note]]:
    """Return the HTML files beside the documents, and notes on files that are not read."""
    folders = {folder_of(path) for path in documents}
    pages = files.paths(*_BESIDE)
    beside = [path for path in pages if folder_of(path) in folders and stem_of(path).lower() not in _NO_POSTS]
    texts = [
        path
        for path in files.paths(".txt")
        if folder_of(path) in folders and name_of(path).lower() not in _MACHINE_TEXTS
    ]
    others = sorted(set(pages).difference(beside))
    notes = []
    if others:
        detail = f"files without Markdown beside them: {len(others):,}; ingest the folder of a built site by itself"
        notes.append(Note(Place(others[0]), Severity.LEFT_OUT, "HTML file", detail))
    if texts:
        detail = f"files: {len(texts):,}; rename them to .md if they are posts"
        notes.append(Note(Place(texts[0]), Severity.LEFT_OUT, "text file", detail))
    return beside, notes


def _of_markdown(text: str) -> HeadedText:
    """Split lines ``Title: …`` off a text, as MultiMarkdown has them. A paragraph may begin with a word and a colon."""
    if not _TITLE_LINE.match(text):
        return HeadedText({}, text)
    headed = header_lines.of_markdown(text)
    return headed if "title" in headed.fields and not headed.body.partition("\n")[0].strip() else HeadedText({}, text)


def _split_tags(text: str) -> list[str]:
    return [part.strip().removeprefix("#") for part in text.split(",")]


_HEADERS: dict[Format, Callable[[str], HeadedText]] = {
    Format.MARKDOWN: _of_markdown,
    Format.RST: header_lines.of_rst,
    Format.HTML: header_lines.of_html,
    Format.PLAIN: lambda text: HeadedText({}, text),
}
_RULES = Rules(split_tags=_split_tags)
KIND = Markdown()
