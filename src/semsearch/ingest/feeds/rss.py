"""Elements of RSS 0.9 to 2.0 and RSS 1.0 (RDF), with the extensions in use → items."""

from __future__ import annotations

from semsearch.ingest.entries import Place
from semsearch.ingest.feeds import texts
from semsearch.ingest.feeds.item import Channel, Item
from semsearch.ingest.feeds.names import Children, attribute, children_of, name_of
from semsearch.ingest.parsing.xml_stream import Element, text_of
from semsearch.ingest.short_texts import person, plain_title
from semsearch.ingest.web_addresses import is_absolute, joined

_DATES = ("pubDate", "dc:date", "dcterms:issued", "dcterms:created", "atom:published", "date", "pubdate")


def channel(children: Children, base: str, language: str) -> Channel:
    """Return what the children of ``channel`` say about the feed."""
    return Channel(
        title=plain_title(children.text("title", "dc:title")),
        link=children.text("link") or _alternate(children),
        base=base,
        language=children.text("language", "dc:language") or language,
        authors=people(children, "itunes:author"),
        is_podcast=bool(
            children.all("itunes:author", "itunes:category", "itunes:image", "itunes:explicit", "itunes:owner")
        ),
    )


def item(element: Element, place: Place, base: str) -> Item:
    """Return the item of an element ``item``."""
    children = children_of(element)
    guid_element = children.first("guid", "dc:identifier", "atom:id")
    guid = "" if guid_element is None else text_of(guid_element)
    audio, picture = _enclosures(children)
    description = _html(children, "description", "atom:summary")
    notes = _html(children, "itunes:summary", "googleplay:description")
    if texts.visible_length(notes) > texts.visible_length(description):
        description, notes = notes, description
    return Item(
        place=place,
        title=plain_title(children.text("title", "dc:title", "media:title", "itunes:title")),
        link=joined(base, _link(children, guid, guid_element)),
        guid=guid or attribute(element, "about"),
        content=_html(
            children, "content:encoded", "xhtml:body", "body", "xhtml:div", "fullitem", "content", "atom:content"
        ),
        description=description,
        summary=_html(children, "itunes:subtitle", "dcterms:abstract", "media:description") or notes,
        dates=children.texts(
            "pubDate", "dc:date", "dcterms:issued", "dcterms:created", "atom:published", "date", "pubdate"
        ),
        updates=children.texts("dcterms:modified", "atom:updated"),
        tags=_tags(children),
        authors=people(children, "dc:creator", "author", "atom:author", "itunes:author", "dc:author"),
        language=children.text("dc:language", "language") or attribute(element, "lang"),
        image=joined(base, picture),
        audio=joined(base, audio),
        not_a_post="comment" if children.all("thr:in-reply-to") else "",
    )


def people(children: Children, *names: str) -> tuple[str, ...]:
    """Return the names of people in the elements of the first of these names that has any, without addresses."""
    for name in names:
        found = [person(_person_text(element)) for element in children.all(name)]
        if kept := tuple(dict.fromkeys(filter(None, found))):
            return kept
    return ()


def image_of(children: Children) -> str:
    """Return the address of the picture that Media RSS or iTunes names, but not of a portrait of the author."""
    groups = children.all("media:group", "media:content")
    inside = [child for group in groups for child in group if name_of(child) in ("media:thumbnail", "media:content")]
    for element in [*children.all("media:thumbnail", "media:content"), *inside]:
        address = attribute(element, "url")
        medium, kind = attribute(element, "medium"), attribute(element, "type")
        is_thumbnail = name_of(element) == "media:thumbnail"
        is_picture = (
            medium == "image" or kind.startswith("image/") or (not medium and not kind and _has_picture_name(address))
        )
        if address and (is_thumbnail or is_picture) and "gravatar.com/" not in address:
            return address
    element_or_none = children.first("itunes:image", "googleplay:image")
    if element_or_none is not None and (address := attribute(element_or_none, "href")):
        return address
    image = children.first("image")
    return "" if image is None else children_of(image).text("url") or (text_of(image) if len(image) == 0 else "")


def _person_text(element: Element) -> str:
    """RSS: the text. Atom, also within RSS: the child ``name``."""
    return children_of(element).text("name") if len(element) else text_of(element)


def _link(children: Children, guid: str, guid_element: Element | None) -> str:
    original = children.text("feedburner:origLink", "feedburner:origlink", "pheedo:origLink")
    if original:
        return original
    link = children.text("link") or next(
        (attribute(e, "href") for e in children.all("link") if attribute(e, "href")), ""
    )
    if link or (link := _alternate(children)):
        return link
    is_permalink = guid_element is not None and attribute(guid_element, "isPermaLink").lower() != "false"
    return guid if is_permalink and is_absolute(guid) else ""


def _alternate(children: Children) -> str:
    """The address of a link as Atom writes them, also without its namespace."""
    links = [link for link in children.all("atom:link", "link") if attribute(link, "rel") in ("", "alternate")]
    return next(filter(None, (attribute(link, "href") for link in links)), "")


def _enclosures(children: Children) -> tuple[str, str]:
    """Return the addresses of the recording and of the picture."""
    audio = picture = ""
    for element in children.all("enclosure"):
        address = attribute(element, "url") or attribute(element, "resource")
        if attribute(element, "type").startswith("image/"):
            picture = picture or address
        elif attribute(element, "type").startswith(("audio/", "video/")):
            audio = audio or address
    return audio, image_of(children) or picture


def _tags(children: Children) -> tuple[str, ...]:
    elements = children.all("category", "dc:subject", "atom:category", "media:category", "itunes:category")
    tags = [plain_title(_category(element)) for element in elements]
    if not any(tags):
        tags = [tag.strip() for tag in plain_title(children.text("itunes:keywords")).split(",")]
    return cleaned_tags(tags)


def _category(element: Element) -> str:
    attributes = (attribute(element, name) for name in ("label", "term", "text"))
    return (element.text or "").strip() or next(filter(None, attributes), "")


def cleaned_tags(tags: list[str]) -> tuple[str, ...]:
    """Return each tag once, without empty ones and WordPress's word for "no category"."""
    return tuple(dict.fromkeys(tag for tag in tags if tag and tag.lower() not in ("uncategorized", "uncategorised")))


def _html(children: Children, *names: str) -> str:
    """The first text of these elements that is not blank, as HTML."""
    found = (texts.inner_html(element) for element in children.all(*names))
    return next((texts.as_html(text) for text in found if text), "")


def _has_picture_name(address: str) -> bool:
    return address.partition("?")[0].lower().endswith((".jpg", ".jpeg", ".png", ".gif", ".webp", ".avif"))
