"""Prepare the index that a server benchmark uses, and generate queries for its posts."""

from __future__ import annotations

import itertools
import json
import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from common import corpus_lines, export_model, generate_queries, write_corpus
from servers import http_get

import semsearch
from semsearch.index import IndexFolder, Snapshot

_RELOAD_TIMEOUT_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Site:
    """An index, and a folder to work in."""

    folder: Path
    """For temporary files."""
    index: Path
    cache: Path
    snapshot: Snapshot
    lines: Sequence[str]
    """The posts as lines of JSON."""


def prepare(folder: Path, *, posts: int, corpus: Path | None, index: Path | None, cache: Path | None) -> Site:
    """Build an index in ``folder``, or copy the current version of ``index`` there.

    If ``index`` has no version yet, it is built first, and kept.
    """
    built = index or folder / "index"
    cache = (cache or built / "cache").resolve()
    if not (built / "CURRENT").exists():
        export_model(cache)
        rebuild_version(write_corpus(folder / "corpus.jsonl", corpus_lines(corpus, posts)), built, cache)
    if index:
        built, version = folder / "index", IndexFolder(index).current()
        shutil.copytree(index / "versions" / version, built / "versions" / version)
        shutil.copyfile(index / "CURRENT", built / "CURRENT")
    snapshot = IndexFolder(built).open()
    return Site(folder, built, cache, snapshot, snapshot_lines(snapshot))


def snapshot_lines(snapshot: Snapshot) -> list[str]:
    """Return the posts of a version as the lines of a corpus."""
    posts = [asdict(post) for post in snapshot.documents.get(range(len(snapshot)))]
    return [
        json.dumps({**post.pop("extra"), **{name: value for name, value in post.items() if value}}) for post in posts
    ]


def rebuild_version(corpus: Path, index: Path, cache: Path) -> str:
    """Rebuild an index, and return the new version."""
    return semsearch.rebuild(corpus, index, cache=cache).version


def served_version(port: int) -> str:
    """Return the version that a service uses."""
    return str(json.loads(http_get(port, "/readyz")[1])["index_version"])


def wait_for_version(version: str, port: int) -> None:
    """Wait until a service uses a version."""
    deadline = time.monotonic() + _RELOAD_TIMEOUT_SECONDS
    while served_version(port) != version:
        if time.monotonic() > deadline:
            raise SystemExit(f"the service did not load version {version}: {http_get(port, '/readyz')[1].decode()}")
        time.sleep(0.02)


class QueryStream:
    """Distinct queries, each of which is used once."""

    def __init__(self, site: Site, seed: int) -> None:
        self._queries = generate_queries(site.snapshot, seed)
        self._peeked: list[str] = []

    def peek(self, count: int) -> list[str]:
        """Return the next queries, ``count`` or all that are left, without removing them from the stream."""
        self._peeked += itertools.islice(self._queries, max(0, count - len(self._peeked)))
        if not self._peeked:
            raise SystemExit("these posts give no more distinct queries; take more --posts, or fewer --seconds")
        return self._peeked[:count]

    def skip(self, count: int) -> None:
        """Remove the next queries from the stream."""
        del self._peeked[:count]

    def take(self, count: int) -> list[str]:
        """Remove the next queries from the stream and return them, ``count`` or all that are left."""
        taken = self.peek(count)
        self.skip(count)
        return taken

    def __iter__(self) -> Iterator[str]:
        while True:
            yield from self.take(100)
