"""Which element of a page holds the post? And what in it is not of the post?"""

from __future__ import annotations

import re

from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

from semsearch.errors import InvalidRequest
from semsearch.ingest.markup.html_tree import text_of

_NO_CONTENT = (
    "script, style, template, noscript, nav, footer, aside, form, button, iframe, dialog, "
    '[role="navigation"], [role="complementary"], [role="contentinfo"], [role="banner"], [role="search"]'
)
_BODIES = (
    '[itemprop="articleBody"], .e-content, .entry-content, .post-content, .article-content, .post-body, .article-body'
)
_BLOCKS = ("div", "section", "ul", "ol", "p", "details", "figure", "table", "dl", "a")
_FOREIGN = re.compile(
    r"(?:^|[\s_-])(?:share|sharing|sharedaddy|addtoany|social|related|jp-relatedposts|recommend(?:ed|ations)|comments?|"
    r"comment-?list|disqus(?:_thread)?|respond|utterances|giscus|newsletter|subscribe|subscription|cookies?|consent|gdpr|"
    r"breadcrumbs?|pagination|pager|sidebar|byline|toc|table-of-contents|(?:post|entry|article)-(?:meta|tags|footer|nav|"
    r"navigation|info|date|author|categories)|tag-?list|author-(?:bio|box|card|info|profile)|prev-?next|read-?next|popup|"
    r"modal|advert(?:isement|s)?|ads|promo|skip-(?:link|to)|reading-time|edit-(?:link|page)|back-to-top)(?:$|[\s_-])",
    re.IGNORECASE,
)
"""Classes and ids of what stands around a post."""
_MAX_FOREIGN_SHARE = 0.4
"""An element with more of the text is the post, whatever its class."""
_MIN_SHARE = 0.6
"""Of the text of an element, for an element in it to take its place."""


def main_part(tree: LexborHTMLParser, selector: str = "") -> LexborNode | None:
    """Return the element with the post, after removing what is not of it; None for a page without content.

    ``selector``: a CSS selector of the element. Raises InvalidRequest if it is none; None if it selects nothing.
    """
    chosen = _selected(tree, selector) if selector else None
    if selector and chosen is None:
        return None
    for node in tree.css(_NO_CONTENT):
        node.decompose()
    main = chosen or _narrowed(_main(tree))
    if main is not None:
        _remove_foreign(main)
    return main


def _selected(tree: LexborHTMLParser, selector: str) -> LexborNode | None:
    try:
        return tree.css_first(selector)
    except (SelectolaxError, ValueError) as error:
        raise InvalidRequest("selector", f"{selector!r} is not a CSS selector") from error


def _main(tree: LexborHTMLParser) -> LexborNode | None:
    for candidates in ("main", '[role="main"]', "article", '[itemprop="articleBody"]'):
        if nodes := tree.css(candidates):
            return max(nodes, key=_letters)
    return _densest(tree) or tree.body


def _narrowed(main: LexborNode | None) -> LexborNode | None:
    """The article in a main element, and the body in an article, if they have most of its text."""
    for candidates in ("article", _BODIES):
        if main is None:
            return None
        inner = max((node for node in main.css(candidates) if node.mem_id != main.mem_id), key=_letters, default=None)
        if inner is not None and _letters(inner) >= _MIN_SHARE * _letters(main):
            main = inner
    return main


def _densest(tree: LexborHTMLParser) -> LexborNode | None:
    """The element whose paragraphs have the most text outside of links."""
    scores: dict[int, float] = {}
    nodes: dict[int, LexborNode] = {}
    for paragraph in tree.css("p, pre, blockquote, h2, h3, li"):
        score = _letters(paragraph) - 2.0 * sum(map(_letters, paragraph.css("a")))
        node, weight = paragraph.parent, 1.0
        while node is not None and weight > 0.1 and node.tag not in ("html", "-undef"):
            nodes[node.mem_id] = node
            scores[node.mem_id] = scores.get(node.mem_id, 0.0) + score * weight
            node, weight = node.parent, weight / 2
    best = max(scores, key=scores.__getitem__, default=None)
    return nodes[best] if best is not None and scores[best] > 0 else None


def _remove_foreign(main: LexborNode) -> None:
    limit = _MAX_FOREIGN_SHARE * _letters(main)
    for header in main.css("header"):
        if header.css_first("h1") is not None or header.css_first("h2, h3, h4, h5, h6") is None:
            header.decompose()
    foreign = [node for node in main.css("[class], [id]") if node.tag in _BLOCKS and _is_foreign(node)]
    for node in foreign:
        if node.mem_id != main.mem_id and _letters(node) <= limit:
            node.decompose()


def _is_foreign(node: LexborNode) -> bool:
    attributes = node.attributes
    return any(_FOREIGN.search(attributes.get(name) or "") is not None for name in ("class", "id"))


def _letters(node: LexborNode) -> int:
    return len("".join(text_of(node).split()))
