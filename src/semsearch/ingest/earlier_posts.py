"""What a process that watches a site read before: posts by file, and the posts that were made of its entries."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from semsearch.ingest.assembly import AssembledPost
from semsearch.ingest.entries import Entry, Note, Place
from semsearch.ingest.sources import Source

Assembled = tuple[AssembledPost | Note, ...]


class EarlierPosts:
    """What was read of each file of a source before. All posts are held in memory."""

    def __init__(self) -> None:
        self._posts: dict[tuple[str, str], list[AssembledPost]] = {}
        self._assembled: dict[tuple[str, Place], tuple[Entry, Assembled]] = {}
        self._assembled_now: dict[tuple[str, Place], tuple[Entry, Assembled]] = {}

    def of(self, source: Source, file: str) -> list[AssembledPost]:
        return self._posts.get((source.location, file), [])

    def assembled(
        self, source: Source, entry: Entry, assemble: Callable[[], Iterable[AssembledPost | Note]]
    ) -> Assembled:
        """Return what is made of an entry: as before if an equal entry was in its place, else by ``assemble()``."""
        place = (source.location, entry.place)
        before = self._assembled.get(place)
        found = before if before and before[0] == entry else (entry, tuple(assemble()))
        self._assembled_now[place] = found
        return found[1]

    def replace(self, source: Source, posts: dict[str, list[AssembledPost]]) -> None:
        """End a reading of a source: keep the posts of all its files, by file, and forget all that was read before."""
        kept = {key: value for key, value in self._posts.items() if key[0] != source.location}
        self._posts = kept | {(source.location, file): found for file, found in posts.items()}
        others = {key: value for key, value in self._assembled.items() if key[0] != source.location}
        self._assembled, self._assembled_now = others | self._assembled_now, {}
