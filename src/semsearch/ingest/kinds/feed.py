"""Feeds: RSS 0.9 to 2.0, RDF, Atom, JSON Feed and podcasts, as one file or a folder of feeds."""

from __future__ import annotations

from collections.abc import Iterator

from semsearch.errors import SourceUnreadable
from semsearch.ingest.contents import holds_only
from semsearch.ingest.entries import Record
from semsearch.ingest.feeds.reader import Seen, format_of, read_feed
from semsearch.ingest.files import Files
from semsearch.ingest.kind import Certainty, Evidence, Options
from semsearch.ingest.markup.anchors import Anchors

_SUFFIXES = (".xml", ".rss", ".atom", ".rdf", ".json", ".jsonfeed", ".feed")
_LOOKED_AT = 20
"""Files of a folder that detection opens."""


class FeedKind:
    """A feed, or a folder that holds nothing but feeds."""

    name = "feed"
    anchors = Anchors.NONE

    def detect(self, files: Files) -> Evidence | None:
        paths = files.paths()
        if files.is_file:
            found = format_of(files, paths[0])
            return Evidence(Certainty.CERTAIN, f"{paths[0]} is {_with_article(found)}") if found else None
        paths = files.paths(*_SUFFIXES)
        if not holds_only(files, *_SUFFIXES):
            return None
        formats = [format_of(files, path) for path in paths[:_LOOKED_AT]]
        return Evidence(Certainty.LIKELY, f"it holds only feeds, as {paths[0]}") if all(formats) else None

    def read(self, files: Files, options: Options) -> Iterator[Record]:
        paths = files.paths() if files.is_file else [p for p in files.paths(*_SUFFIXES) if format_of(files, p)]
        if not paths or not format_of(files, paths[0]):
            raise SourceUnreadable(files.location, "it is no feed: no RSS, Atom, RDF or JSON Feed")
        seen = Seen()
        for path in paths:
            yield from read_feed(files, path, options, seen)


def _with_article(found: str) -> str:
    return f"an {found} feed" if found != "JSON Feed" else "a JSON Feed"


KIND = FeedKind()
