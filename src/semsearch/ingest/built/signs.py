"""A page → what tells posts from listings, redirects and other pages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser

from semsearch.ingest.markup.html_tree import text_of
from semsearch.ingest.markup.nesting import flattened
from semsearch.ingest.parsing.dates import parse_date
from semsearch.ingest.web_addresses import joined

_TYPE = r'"@type"\s*:\s*(?:\[[^\]]{0,200}?)?"(?:https?://schema\.org/)?'
_ARTICLE_LD = re.compile(_TYPE + r'(?:\w*Article|BlogPosting|PodcastEpisode)"')
_LISTING_LD = re.compile(_TYPE + r'(?:CollectionPage|Blog|ItemList|SearchResultsPage|ProfilePage)"')
_ARTICLE_MARKS = (
    '[itemtype$="/BlogPosting"], [itemtype$="Article"], [itemprop="articleBody"], [itemprop="datePublished"]'
)
_LISTING_FOLDERS = frozenset(
    ("tag", "tags", "category", "categories", "author", "authors", "archive", "archives", "label", "labels", "topic",
     "topics", "keyword", "keywords", "search")
)  # fmt: skip
_DATES = ".published, .dt-published, .post-date, .entry-date, .pubdate, .article-date, .post-meta .date"
_PAGE_NUMBER = re.compile(r"/(?:page|seite|index)[/-]?\d+(?:/|\.html?|/index\.html?)?$", re.IGNORECASE)
_DATE_FOLDER = re.compile(r"(?:/\d{4})(?:/\d{1,2}){0,2}/?(?:index\.html?)?$")
_ERROR_PAGE = re.compile(r"/(?:404|500|50x|403|offline)(?:\.html?|/)?$", re.IGNORECASE)
_LEAST_ARTICLES = 3
"""``<article>`` elements, or headings that are links, of a page that lists posts."""


@dataclass(frozen=True, slots=True)
class Signs:
    """What the head, the structure and the path of a page tell."""

    is_article: bool = False
    """It says that it is an article: ``og:type``, JSON-LD or microdata."""
    is_error: bool = False
    is_listing_by_path: bool = False
    """As ``/tags/sea/``, ``/page/2/``, ``/2023/``."""
    is_listing_by_structure: bool = False
    """It has many articles or linked headings."""
    alternates: Mapping[str, str] = field(default_factory=dict)
    """Language → address of the same page in it, joined with that of the page; ``x-default`` as well."""

    date: str | None = None
    """ISO 8601, of an element whose class says that it is the date, in a theme without ``<time>``."""

    def is_listing(self, date: str | None) -> bool:
        """Whether the page lists others. A post in a folder such as ``/topics/`` is an article with a date."""
        is_post = self.is_article and (date or self.date) is not None
        return self.is_listing_by_structure or (self.is_listing_by_path and not is_post)


def signs_of(html: str, path: str, url: str = "") -> Signs:
    """Return the signs of a page. ``path``: below the site. ``url``: what its links are relative to."""
    tree = LexborHTMLParser(flattened(html))
    types = [(node.attributes.get("content") or "").lower() for node in tree.css('meta[property="og:type"]')]
    scripts = " ".join(text_of(node)[:100_000] for node in tree.css('script[type="application/ld+json"]'))
    articles = tree.css("article")
    is_article = "article" in types or _ARTICLE_LD.search(scripts) is not None or _is_marked(tree, len(articles))
    return Signs(
        is_article=is_article,
        is_error=_ERROR_PAGE.search(path) is not None,
        is_listing_by_path=is_listing_path(path),
        is_listing_by_structure=not is_article and _lists(tree, len(articles), scripts),
        alternates=_alternates(tree, url),
        date=_date(tree),
    )


def is_listing_path(path: str) -> bool:
    """Whether a path is that of a list of posts by tag, author or time, or of its second and following pages."""
    parts = [part for part in urlsplit(path).path.lower().split("/") if part]
    names = {part.partition(".")[0] for part in parts}
    return not names.isdisjoint(_LISTING_FOLDERS) or any(
        pattern.search(path) for pattern in (_PAGE_NUMBER, _DATE_FOLDER)
    )


def _is_marked(tree: LexborHTMLParser, articles: int) -> bool:
    return articles < _LEAST_ARTICLES and 0 < len(tree.css(_ARTICLE_MARKS)) < _LEAST_ARTICLES


def _lists(tree: LexborHTMLParser, articles: int, scripts: str) -> bool:
    """Whether a page lists posts: several articles that have no others in them, or headings that are links."""
    if _LISTING_LD.search(scripts):
        return True
    if articles >= _LEAST_ARTICLES and len(tree.css("article article")) < articles - 1:
        linked = sum(node.css_first("a[href]") is not None for node in tree.css("article"))
        return linked >= _LEAST_ARTICLES
    headings = tree.css("main h2, main h3, [role=main] h2, [role=main] h3, .content h2, .content h3") or tree.css(
        "h2, h3"
    )
    links = sum(_is_linked(node) for node in headings)
    paragraphs = len(tree.css("main p, [role=main] p, .content p") or tree.css("p"))
    return links >= _LEAST_ARTICLES and links > len(headings) / 2 and paragraphs <= 3 * links


def _is_linked(heading: object) -> bool:
    """Whether a heading is a link to another page; links to ``#itself`` are none."""
    links = heading.css("a[href]")  # type: ignore[attr-defined]
    parent = heading.parent  # type: ignore[attr-defined]
    if parent is not None and parent.tag == "a":
        links = [*links, parent]
    return any(not (link.attributes.get("href") or "#").startswith("#") for link in links)


def _date(tree: LexborHTMLParser) -> str | None:
    for node in tree.css(_DATES):
        attributes = node.attributes
        for value in (attributes.get("title"), attributes.get("datetime"), attributes.get("content"), text_of(node)):
            if date := parse_date(value):
                return date
    return None


def _alternates(tree: LexborHTMLParser, url: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for node in tree.css("link[hreflang][href]"):
        language = (node.attributes.get("hreflang") or "").strip()
        if language and "alternate" in (node.attributes.get("rel") or "").lower():
            found.setdefault(language, joined(url, node.attributes.get("href") or ""))
    return found
