"""Which posts are served, and what is asked about them? An index to work on, its posts, and questions without end."""

from __future__ import annotations

import itertools
import json
import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from common import lines_of, prepare_model, questions_of, write_corpus
from servers import got

import semsearch
from semsearch.index import IndexFolder, Snapshot

_SECONDS_TO_TAKE_OVER = 120


@dataclass(frozen=True, slots=True)
class Site:
    """What one benchmark works on."""

    folder: Path
    """For whatever it writes."""
    index: Path
    cache: Path
    snapshot: Snapshot
    lines: Sequence[str]
    """The posts as lines of JSON."""


def prepare(folder: Path, *, posts: int, corpus: Path | None, index: Path | None, cache: Path | None) -> Site:
    """An index in ``folder``: built of a corpus, or a copy of the version that an index has in use.

    An index that has none yet is built first, and stays.
    """
    kept = index or folder / "index"
    cache = (cache or kept / "cache").resolve()
    if not (kept / "CURRENT").exists():
        prepare_model(cache)
        rebuilt(write_corpus(folder / "corpus.jsonl", lines_of(corpus, posts)), kept, cache)
    if index:
        kept, version = folder / "index", IndexFolder(index).current()
        shutil.copytree(index / "versions" / version, kept / "versions" / version)
        shutil.copyfile(index / "CURRENT", kept / "CURRENT")
    snapshot = IndexFolder(kept).open()
    return Site(folder, kept, cache, snapshot, lines_in(snapshot))


def lines_in(snapshot: Snapshot) -> list[str]:
    """The posts of a version as the lines of a corpus."""
    fields = (asdict(post) for post in snapshot.documents.get(range(len(snapshot))))
    return [json.dumps({**one.pop("extra"), **{name: value for name, value in one.items() if value}}) for one in fields]


def rebuilt(corpus: Path, index: Path, cache: Path) -> str:
    """Makes a corpus the version in use, and returns its name."""
    return semsearch.rebuild(corpus, index, cache=cache).version


def answering(port: int) -> str:
    """The version that a service answers from."""
    return str(json.loads(got(port, "/readyz")[1])["index_version"])


def wait_for(version: str, port: int) -> None:
    """Returns when a service answers from a version."""
    deadline = time.monotonic() + _SECONDS_TO_TAKE_OVER
    while answering(port) != version:
        if time.monotonic() > deadline:
            raise SystemExit(f"version {version} did not take over: {got(port, '/readyz')[1].decode()}")
        time.sleep(0.02)


class Questions:
    """Questions that were not asked yet."""

    def __init__(self, site: Site, seed: int) -> None:
        self._more = questions_of(site.snapshot, seed)
        self._next: list[str] = []

    def upcoming(self, count: int) -> list[str]:
        """The next so many, or fewer where the posts have no more. They stay the next, until they are passed."""
        self._next += itertools.islice(self._more, max(0, count - len(self._next)))
        if not self._next:
            raise SystemExit("every question that these posts give was asked; take more --posts, or fewer --seconds")
        return self._next[:count]

    def passed(self, count: int) -> None:
        """So many of the next were asked."""
        del self._next[:count]

    def take(self, count: int) -> list[str]:
        """The next so many, which are asked now."""
        taken = self.upcoming(count)
        self.passed(count)
        return taken

    def one_by_one(self) -> Iterator[str]:
        """Each of the next as it is needed."""
        while True:
            yield from self.take(100)
