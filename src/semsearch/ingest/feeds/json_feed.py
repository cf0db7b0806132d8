"""Objects of JSON Feed 1.0 and 1.1 → items."""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import Any

from semsearch.ingest.entries import Place
from semsearch.ingest.feeds import rss, texts
from semsearch.ingest.feeds.item import Channel, Item
from semsearch.ingest.short_texts import person, plain_title
from semsearch.ingest.web_addresses import is_absolute


def is_json_feed(value: Any) -> bool:
    """Whether a JSON value is a feed by its ``version``."""
    return isinstance(value, Mapping) and "jsonfeed.org/version/" in str(value.get("version", ""))[:200]


def channel(feed: Mapping[str, Any]) -> Channel:
    """Return what a feed says about itself."""
    return Channel(
        title=plain_title(_text(feed, "title")),
        link=_text(feed, "home_page_url"),
        base=_text(feed, "home_page_url") or _text(feed, "feed_url"),
        language=_text(feed, "language"),
        authors=_people(feed),
    )


def item(value: Mapping[str, Any], place: Place) -> Item:
    """Return the item of an object in ``items``."""
    guid = _text(value, "id")
    attachments = [entry for entry in _list(value, "attachments") if isinstance(entry, Mapping)]
    audio = (_text(entry, "url") for entry in attachments if _text(entry, "mime_type").startswith(("audio/", "video/")))
    return Item(
        place=place,
        title=plain_title(_text(value, "title")),
        link=_text(value, "url") or (guid if is_absolute(guid) else ""),
        guid=guid,
        content=_text(value, "content_html") or texts.as_html(html.escape(_text(value, "content_text"), quote=False)),
        summary=html.escape(html.unescape(_text(value, "summary")), quote=False),
        dates=tuple(filter(None, [_text(value, "date_published")])),
        updates=tuple(filter(None, [_text(value, "date_modified")])),
        tags=rss.cleaned_tags([plain_title(tag) for tag in _list(value, "tags") if isinstance(tag, str)]),
        authors=_people(value),
        language=_text(value, "language"),
        image=_text(value, "image") or _text(value, "banner_image"),
        audio=next(filter(None, audio), ""),
        fields=value,
    )


def _people(value: Mapping[str, Any]) -> tuple[str, ...]:
    people = _list(value, "authors") or [value.get("author")]
    names = [person(entry if isinstance(entry, str) else _text(entry, "name")) for entry in people if entry]
    return tuple(dict.fromkeys(filter(None, names)))


def _text(value: Any, key: str) -> str:
    """A text or number of an object, as text; empty if it is missing or of another type."""
    entry = value.get(key) if isinstance(value, Mapping) else None
    if isinstance(entry, bool) or not isinstance(entry, str | int | float):
        return ""
    return str(entry).strip()


def _list(value: Mapping[str, Any], key: str) -> list[Any]:
    entry = value.get(key)
    return entry if isinstance(entry, list) else []
