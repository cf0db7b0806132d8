"""Elements of Atom 0.3 and 1.0 → items."""

from __future__ import annotations

import base64
import binascii
import html

from semsearch.ingest.entries import Place
from semsearch.ingest.feeds import rss, texts
from semsearch.ingest.feeds.item import Channel, Item
from semsearch.ingest.feeds.names import Children, attribute, children_of
from semsearch.ingest.parsing.xml_stream import Element, text_of
from semsearch.ingest.short_texts import plain_title
from semsearch.ingest.web_addresses import is_absolute, joined

_SCHEME_KIND = "#kind"
"""Ends the scheme of the category by which Blogger tells posts from comments, settings and templates."""


def channel(children: Children, base: str, language: str) -> Channel:
    """Return what the children of ``feed`` say about it."""
    return Channel(
        title=_title(children),
        link=_links(children, base).get("alternate", ""),
        base=base,
        language=language,
        authors=rss.people(children, "author", "dc:creator"),
    )


def item(element: Element, place: Place, base: str) -> Item:
    """Return the item of an element ``entry``. ``base``: the ``xml:base`` that holds for it."""
    children = children_of(element)
    links = _links(children, base)
    guid = children.text("id")
    link = children.text("feedburner:origLink", "feedburner:origlink") or links.get("alternate", "")
    content = children.first("content")
    return Item(
        place=place,
        title=_title(children),
        link=link or (guid if is_absolute(guid) else ""),
        guid=guid,
        content=_construct(content) or _media_description(children),
        summary=_construct(children.first("summary", "subtitle")),
        dates=children.texts("published", "issued", "created", "dc:date", "dcterms:issued", "pubDate"),
        updates=children.texts("updated", "modified", "dcterms:modified"),
        tags=_tags(children),
        authors=rss.people(children, "author", "dc:creator") or _source_authors(children),
        language=attribute(element, "lang") or ("" if content is None else attribute(content, "lang")),
        image=joined(base, rss.image_of(children)) or links.get("image", ""),
        audio=links.get("audio", ""),
        is_draft=_is_draft(children),
        not_a_post=_not_a_post(children),
    )


def _title(children: Children) -> str:
    element = children.first("title")
    return "" if element is None else plain_title(_decoded(element) or texts.inner_html(element))


def _construct(element: Element | None) -> str:
    """Return a text construct (RFC 4287, 3.1) as HTML. Content that is elsewhere (``src``), or no text, is empty."""
    if element is None:
        return ""
    kind = attribute(element, "type").lower() or "text"
    decoded = _decoded(element)
    if decoded:
        return decoded
    if kind in ("xhtml", "application/xhtml+xml") or len(element):
        return texts.inner_html(element)
    text = text_of(element)
    if kind in ("text", "text/plain"):
        # Many feeds omit the type of HTML.
        return text if texts.has_tags(text) else texts.as_html(html.escape(html.unescape(text), quote=False))
    return texts.as_html(text) if kind.startswith(("html", "text/")) or kind.endswith(("+xml", "/xml")) else ""


def _decoded(element: Element) -> str:
    """The text of an element in Base64 (Atom 0.3); empty for any other element."""
    if attribute(element, "mode").lower() != "base64":
        return ""
    try:
        return base64.b64decode(text_of(element), validate=False).decode("utf-8", "replace").strip()
    except (binascii.Error, ValueError):
        return ""


def _links(children: Children, base: str) -> dict[str, str]:
    """``alternate``, ``image`` and ``audio`` → the first address of that relation; joined with ``xml:base``."""
    found: dict[str, str] = {}
    for element in children.all("link"):
        relation = attribute(element, "rel") or "alternate"
        kind = attribute(element, "type")
        own_base = joined(base, attribute(element, "base")) or base
        address = attribute(element, "href") or text_of(element)
        if relation == "enclosure":
            relation = {"image": "image", "audio": "audio", "video": "audio"}.get(kind.partition("/")[0], "")
        elif relation.endswith("/alternate"):
            relation = "alternate"
        if relation and address:
            found.setdefault(relation, joined(own_base, address))
    return found


def _tags(children: Children) -> tuple[str, ...]:
    tags = [
        plain_title(attribute(element, "label") or attribute(element, "term") or text_of(element))
        for element in children.all("category")
        if not attribute(element, "scheme").endswith(_SCHEME_KIND)
    ]
    tags += [plain_title(text_of(element)) for element in children.all("dc:subject")]
    return rss.cleaned_tags(tags)


def _source_authors(children: Children) -> tuple[str, ...]:
    source = children.first("source")
    return () if source is None else rss.people(children_of(source), "author")


def _media_description(children: Children) -> str:
    """The description in ``media:group``, as in feeds of videos."""
    group = children.first("media:group")
    return (
        "" if group is None else texts.as_html(html.escape(children_of(group).text("media:description"), quote=False))
    )


def _is_draft(children: Children) -> bool:
    controls = children.all("app:control", "control")
    return any(children_of(control).text("app:draft", "draft", "atom:draft").lower() == "yes" for control in controls)


def _not_a_post(children: Children) -> str:
    if children.all("thr:in-reply-to"):
        return "comment"
    for element in children.all("category"):
        kind = attribute(element, "term").rpartition("#")[2]
        if attribute(element, "scheme").endswith(_SCHEME_KIND) and kind and kind != "post":
            return kind
    return ""
