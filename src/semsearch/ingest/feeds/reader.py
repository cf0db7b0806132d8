"""A file that is a feed → its entries and notes, whatever its format."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator
from typing import Any

from semsearch.errors import SourceUnreadable
from semsearch.ingest.entries import Entry, Note, Place, Record, Severity
from semsearch.ingest.feeds import json_feed, xml_feed
from semsearch.ingest.feeds.assembly import FeedAssembler, same_twice, teasers_only
from semsearch.ingest.feeds.item import Channel, Item
from semsearch.ingest.feeds.survey import Survey, survey
from semsearch.ingest.files import Files
from semsearch.ingest.kind import Options
from semsearch.ingest.parsing import json_values

_JSON_VERSION = re.compile(rb"\"version\"\s*:\s*\"https?:\\?/\\?/(?:www\.)?jsonfeed\.org\\?/version\\?/")
_LEAST_TEASERS = 0.5
"""A feed of which this share has no body is said to hold teasers only."""


def format_of(files: Files, path: str) -> str:
    """Return ``RSS``, ``RDF``, ``Atom`` or ``JSON Feed``; empty for a file that is no feed."""
    with files.open(path) as stream:
        start = stream.read(64 * 1024)
    if start.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return "JSON Feed" if _JSON_VERSION.search(start) else ""
    return xml_feed.root_of(files, path)


class Seen:
    """The entries of a source so far, by address and title or guid."""

    def __init__(self) -> None:
        self._places: dict[tuple[str, str], Place] = {}

    def before(self, entry: Entry, item: Item) -> Place | None:
        """Return the place where the entry was before; None at its first time."""
        keys = [(entry.address, f"title {entry.title}")] if entry.address or entry.title else []
        keys += [(entry.address, f"guid {item.guid}")] if item.guid else []
        found = next((self._places[key] for key in keys if key in self._places), None)
        for key in keys:
            self._places.setdefault(key, item.place)
        return found


def read_feed(files: Files, path: str, options: Options, seen: Seen) -> Iterator[Record]:
    """Yield the entries of a feed in its order, and notes. Raises SourceUnreadable for what is no feed."""
    channel, items = _opened(files, path, with_fields=bool(options.fields))
    overview = survey(item for item in items() if isinstance(item, Item))
    yield from _records(items(), channel, overview, options, seen, path)


def _opened(files: Files, path: str, *, with_fields: bool) -> tuple[Channel, Callable[[], Iterator[Item | Note]]]:
    """What a feed says about itself, and a function that reads its items from the start."""
    if format_of(files, path) == "JSON Feed":
        feed = _json(files, path)
        return json_feed.channel(feed), functools.partial(_json_items, feed, path)
    items = functools.partial(xml_feed.read_items, files, path, with_fields=with_fields)
    return xml_feed.read_channel(files, path), items


def _records(
    items: Iterator[Item | Note], channel: Channel, overview: Survey, options: Options, seen: Seen, path: str
) -> Iterator[Record]:
    assembler = FeedAssembler(channel, overview, options)
    total = teasers = 0
    for item in items:
        if isinstance(item, Note):
            yield item
            continue
        for record in assembler.records(item):
            if isinstance(record, Entry):
                first = seen.before(record, item)
                if first is not None:
                    yield same_twice(item.place, first)
                    continue
                total += 1
                teasers += not record.body.text
            yield record
    if teasers and teasers >= total * _LEAST_TEASERS:
        yield teasers_only(path, teasers, total)


def _json(files: Files, path: str) -> dict[str, Any]:
    try:
        value = json_values.load_file(files, path)
    except json_values.InvalidJson as error:
        place = Place(path, error.line)
        raise SourceUnreadable(files.location, f"{place}: {error}") from error
    if not json_feed.is_json_feed(value):
        raise SourceUnreadable(files.location, f"{path} is no JSON Feed: its version does not say so")
    return dict(value)


def _json_items(feed: dict[str, Any], path: str) -> Iterator[Item | Note]:
    entries = feed.get("items")
    for number, value in enumerate(entries if isinstance(entries, list) else [], start=1):
        if isinstance(value, dict):
            yield json_feed.item(value, Place(path))
        else:
            yield Note(Place(path), Severity.BROKEN, "no object", f"item {number} of the feed is no JSON object")
