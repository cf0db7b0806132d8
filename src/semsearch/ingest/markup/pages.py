"""A page of a built site → its post: the HTML of the main part, and what the page says about it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser

from semsearch.ingest.markup.html_tree import text_of
from semsearch.ingest.markup.json_ld import article_in, texts_of
from semsearch.ingest.markup.main_part import main_part
from semsearch.ingest.markup.nesting import flattened
from semsearch.ingest.markup.page_title import post_title
from semsearch.ingest.markup.spaces import collapsed, without_controls
from semsearch.ingest.parsing.dates import parse_date
from semsearch.text import clean

_PUBLISHED = ("article:published_time", "og:article:published_time", "date", "pubdate", "dc.date", "dc.date.issued",
              "dcterms.created", "dcterms.date", "dcterms.issued", "publish_date", "datepublished")  # fmt: skip
_UPDATED = ("article:modified_time", "og:updated_time", "last-modified", "dcterms.modified", "datemodified")
_AUTHORS = ("author", "article:author", "dc.creator", "dcterms.creator", "parsely-author")
_TIMES = (
    "time[datetime], [itemprop='datePublished'], [itemprop='dateModified'], "
    "abbr.published[title], abbr.updated[title], abbr.modified[title]"
)
_REFRESH = re.compile(r"\s*[\d.]*\s*[;,]?\s*url\s*=\s*[\"']?(?P<target>[^\"'\s]+)", re.IGNORECASE)
_IS_ADDRESS = re.compile(r"https?://|/|mailto:")


@dataclass(frozen=True, slots=True)
class MainContent:
    """A page in parts. Texts are plain and in one line, addresses as written."""

    html: str
    """The main part, without navigation, header, footer, comments and the like; empty if there is none."""
    title: str
    """Without the name of the site."""
    canonical: str
    """The address that the page gives itself."""
    date: str | None
    """ISO 8601."""
    updated: str | None
    """ISO 8601."""
    authors: tuple[str, ...]
    tags: tuple[str, ...]
    description: str
    language: str | None
    """As written."""
    image: str
    is_noindex: bool
    """Whether search engines are asked not to list the page."""
    refresh: str
    """The page that browsers are sent to; empty for a page of its own."""


def main_content(html: str, selector: str = "") -> MainContent:
    """Read a page. ``selector``: a CSS selector of the main part; without it, the main part is found.

    Raises InvalidRequest if it is no selector.
    """
    page = _Page(LexborHTMLParser(flattened(without_controls(html))))
    heading, times, tags = page.heading(), page.times(), page.texts('a[rel~="tag"]')
    authors = page.texts('a[rel~="author"], .p-author, .vcard .fn')
    main = main_part(page.tree, selector)  # removes other parts
    article = page.article
    return MainContent(
        html="" if main is None else main.html or "",
        title=post_title(page.meta("og:title", "twitter:title"), heading, page.head_title(), page.meta("og:site_name")),
        canonical=page.link("canonical") or page.meta("og:url"),
        date=_first_date([page.meta(*_PUBLISHED), *texts_of(article.get("datePublished")), times[0]]),
        updated=_first_date([page.meta(*_UPDATED), *texts_of(article.get("dateModified")), times[1]]),
        authors=_names(texts_of(article.get("author")) or page.metas(*_AUTHORS) or authors),
        tags=_names(page.metas("article:tag", "og:article:tag") or tags or _keywords(article.get("keywords"))),
        description=page.meta("og:description", "description", "twitter:description"),
        language=page.language(),
        image=page.meta("og:image", "og:image:url", "twitter:image") or next(iter(texts_of(article.get("image"))), ""),
        is_noindex=any(
            re.search(r"\b(?:noindex|none)\b", content.lower()) for content in page.metas("robots", "googlebot")
        ),
        refresh=page.refresh(),
    )


class _Page:
    """What the head of a page and its marked elements say."""

    def __init__(self, tree: LexborHTMLParser) -> None:
        self.tree = tree
        self.article = article_in([text_of(script) for script in tree.css('script[type="application/ld+json"]')])
        self._metas: dict[str, list[str]] = {}
        for node in tree.css("meta[content]"):
            attributes = node.attributes
            name = attributes.get("property") or attributes.get("name") or attributes.get("itemprop") or ""
            content = _line(attributes.get("content") or "")
            if name and content:
                self._metas.setdefault(name.strip().lower(), []).append(content)

    def metas(self, *names: str) -> list[str]:
        """The contents of the first of these names that is there."""
        return next((self._metas[name] for name in names if name in self._metas), [])

    def meta(self, *names: str) -> str:
        return next(iter(self.metas(*names)), "")

    def link(self, relation: str) -> str:
        for node in self.tree.css("link[rel][href]"):
            if relation in (node.attributes.get("rel") or "").lower().split():
                return (node.attributes.get("href") or "").strip()
        return ""

    def texts(self, selector: str) -> list[str]:
        """The texts of the selected elements, without a hash before a tag."""
        return [text.lstrip("#") for node in self.tree.css(selector) if (text := _line(text_of(node)))]

    def heading(self) -> str:
        """The ``<h1>`` of the main part, else the first one of the page."""
        for selector in ("article h1", "main h1", '[role="main"] h1', "h1"):
            for node in self.tree.css(selector):
                if text := _line(text_of(node)).rstrip("¶#").strip():
                    return text
        return ""

    def head_title(self) -> str:
        node = self.tree.css_first("head > title")
        return "" if node is None else _line(text_of(node))

    def times(self) -> tuple[str, str]:
        """When the page says it was published and changed, by ``<time>`` and classes; empty if it does not."""
        published, updated = "", ""
        for node in self.tree.css(_TIMES):
            attributes = node.attributes
            value = next(filter(None, map(attributes.get, ("datetime", "content", "title"))), "") or text_of(node)
            marks = f"{attributes.get('itemprop') or ''} {attributes.get('class') or ''}".lower()
            if "modified" in marks or "updated" in marks:
                updated = updated or value
            else:
                published = published or value
        return published, updated

    def language(self) -> str | None:
        root = self.tree.root
        lang = (root.attributes.get("lang") or root.attributes.get("xml:lang") or "") if root is not None else ""
        return lang.strip() or self.meta("og:locale", "content-language") or None

    def refresh(self) -> str:
        for node in self.tree.css("meta[http-equiv][content]"):
            if (node.attributes.get("http-equiv") or "").strip().lower() == "refresh":
                match = _REFRESH.match(node.attributes.get("content") or "")
                return match["target"] if match else ""
        return ""


def _line(text: str) -> str:
    return clean(collapsed(text))


def _first_date(values: Iterable[str]) -> str | None:
    return next(filter(None, map(parse_date, values)), None)


def _names(values: Iterable[str]) -> tuple[str, ...]:
    """Names without repetitions; addresses of profiles are none."""
    lines = (_line(value) for value in values)
    return tuple(dict.fromkeys(line for line in lines if line and not _IS_ADDRESS.match(line)))


def _keywords(value: object) -> list[str]:
    """Keywords of JSON-LD: a list, or one text with commas."""
    texts = texts_of(value)
    return texts[0].split(",") if len(texts) == 1 else texts
