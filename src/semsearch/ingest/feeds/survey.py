"""The items of a feed → what holds for the feed as a whole, by which single items are judged."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from semsearch.ingest.feeds import texts
from semsearch.ingest.feeds.item import Item

WHOLE_TEXT = 1_500
"""Characters that a reader sees. A longer description is no summary."""
_SHARE_OF_WHOLE = 0.1
"""Of descriptions longer than that. From this share on, all descriptions of the feed are whole texts."""


@dataclass(frozen=True, slots=True)
class Survey:
    """What holds for all items of a feed."""

    count: int = 0
    are_dated: bool = False
    """Whether more than half of the items have a date, so that an item without one is no post."""
    are_descriptions_whole: bool = False
    shared_links: frozenset[str] = frozenset()
    """Links, without fragment, that several items with different titles have: the home page of a podcast."""


def survey(items: Iterable[Item]) -> Survey:
    """Return what holds for all items."""
    count = dated = descriptions = whole = 0
    titles: dict[str, tuple[str, str]] = {}
    shared: set[str] = set()
    for item in items:
        count += 1
        dated += item.date is not None or item.updated is not None
        if item.description:
            descriptions += 1
            whole += is_whole(item.description)
        if link := link_key(item.link):
            title, guid = titles.setdefault(link, (item.title, item.guid))
            if title != item.title and not (guid and guid == item.guid):
                shared.add(link)
    return Survey(
        count=count,
        are_dated=dated > count / 2,
        are_descriptions_whole=descriptions > 0 and whole >= descriptions * _SHARE_OF_WHOLE,
        shared_links=frozenset(shared),
    )


def is_whole(description: str) -> bool:
    """Whether a text is longer than a summary, and not cut."""
    return len(description) >= WHOLE_TEXT <= texts.visible_length(description) and not texts.is_cut(description)


def link_key(link: str) -> str:
    """A link without its fragment."""
    return link.partition("#")[0]
