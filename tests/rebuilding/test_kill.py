"""A rebuild that is killed, at whatever moment, leaves an index that answers, and nothing to clean by hand."""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import signal
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import semsearch
from semsearch.encoding import Encoder
from semsearch.index import IndexFolder
from semsearch.index.versions import KEPT
from semsearch.rebuilding.texts import TEMPLATE
from semsearch.search import Searcher
from tests.builders import raw_post, write_corpus
from tests.forked import UNKNOWN, Forked
from tests.rebuilding import killed, watched
from tests.rebuilding.fakes import open_cache, vector_of
from tests.rebuilding.killed import MOMENTS, STEPS
from tests.rebuilding.watched import BATCH, PAUSE

pytestmark = pytest.mark.skipif(os.name != "posix", reason="only POSIX systems kill in this way")

POSTS = 60
SEED = 20260131
KILLS = 2  # after each of the six moments that a rebuild tells


def corpus_of(turn: int, posts: int = POSTS) -> list[dict[str, Any]]:
    """Every post names its turn, and a third of all titles are new in it."""
    numbered = [
        raw_post(
            f"p{number}",
            title=f"Post {number} of turn {turn}" if number % 3 == 0 else f"Post {number}",
            teaser=f"It is about the number {number}. It says that {number * number} is its square.",
            turn=turn,
        )
        for number in range(posts)
    ]
    walrus = raw_post("walrus", title=f"The walrus of turn {turn}", teaser="A sea animal with tusks.", turn=turn)
    return [walrus, *numbered]


def wait_for(process: Forked, moment: str) -> float:
    """When a rebuild tells of a moment, or ends."""
    while (line := process.stdout.readline()) and line.strip() != moment:
        pass
    return time.perf_counter()


def durations(corpus: Path, index: Path) -> dict[str, float]:
    """The seconds between what an undisturbed rebuild tells and what it tells next."""
    process = Forked(killed.main, corpus, index)
    told = [wait_for(process, moment) for moment in MOMENTS]
    assert process.end() == ("", 0)
    return {moment: end - begin for moment, (begin, end) in zip(MOMENTS, pairwise(told), strict=False)}


def kill(process: Forked, moment: str, wait: float) -> bool:
    """Kills a rebuild some time after a moment; whether it was still running then."""
    wait_for(process, moment)
    time.sleep(wait)
    process.kill()
    _, code = process.end()
    assert code in (-signal.SIGKILL, 0)
    return code != 0


def turn_served(index: Path, encoder: Encoder) -> int:
    """Which corpus the version in use was made of, after a look at all of it: every file, every post, and an answer."""
    with closing(IndexFolder(index).open()) as snapshot:
        posts = snapshot.documents.get(range(len(snapshot)))
        turn = int(posts[0].extra["turn"])
        assert [(one.id, one.title, one.extra["turn"]) for one in posts] == [
            (one["id"], one["title"], turn) for one in corpus_of(turn, len(posts) - 1)
        ]
        searcher = Searcher(snapshot, encoder)
        best = searcher.search("an animal of the sea", limit=1).hits[0]
        assert (best.id, best.title) == ("walrus", f"The walrus of turn {turn}")
        assert searcher.search("number 16", limit=1, mode="lexical").hits[0].id in ("p4", "p16")
    return turn


def mended(corpus: Path, index: Path) -> semsearch.Report:
    """The next rebuild, after which nothing reminds of those that were killed."""
    report = semsearch.rebuild(corpus, index)
    folder = IndexFolder(index)
    assert folder.current() == report.version == folder.names()[-1]
    assert len(folder.names()) <= KEPT
    for name in folder.names():
        folder.open(name).close()
    assert {path.name for path in index.iterdir()} == {".lock", "CURRENT", "cache", "versions"}
    return report


def test_an_index_survives_kills_at_twelve_moments(index: Path, tmp_path: Path, encoder: Encoder) -> None:
    semsearch.rebuild(write_corpus(tmp_path / "0", corpus_of(0)), index)
    long = durations(write_corpus(tmp_path / "1", corpus_of(1)), index)
    moments, random_waits = list(long) * KILLS, random.Random(SEED)
    print(f"seed {SEED}; seconds by moment: {long}")  # noqa: T201  (shown where it fails)
    turns, stopped = [1], 0
    for turn, moment in enumerate(moments, start=2):
        corpus = write_corpus(tmp_path / f"{turn}", corpus_of(turn))
        stopped += kill(Forked(killed.main, corpus, index), moment, random_waits.uniform(0, long[moment]))
        turns.append(turn_served(index, encoder))
        assert turns[-1] in (turns[-2], turn)
    print(f"turns served: {turns}")  # noqa: T201
    assert len(moments) == 12
    assert stopped >= 4  # one that was quicker than its kill is no test of it
    mended(corpus, index)
    assert turn_served(index, encoder) == turn


@pytest.fixture(scope="module")
def full(build: Callable[[Iterable[Mapping[str, Any] | str]], Path]) -> Path:
    """An index that has as many versions as stay, so that the next rebuild removes one."""
    index = build(corpus_of(0, posts=20))
    for _ in range(KEPT - 1):
        semsearch.rebuild(index.parent / "corpus", index)
    return index


@pytest.mark.parametrize("step", STEPS)
def test_a_kill_between_two_steps_of_publishing_leaves_the_old_version_or_the_new_one(
    full: Path, tmp_path: Path, encoder: Encoder, step: str
) -> None:
    index = Path(shutil.copytree(full, tmp_path / "index", symlinks=True))
    before = IndexFolder(index).names()
    corpus = write_corpus(tmp_path / "corpus", corpus_of(1, posts=20))
    assert Forked(killed.main, corpus, index, step).end()[1] == -signal.SIGKILL
    published = step in ("pointer moved", "old versions moved out")
    assert turn_served(index, encoder) == published
    assert (IndexFolder(index).current() == before[-1]) is not published
    added, removed = step != "written", step == "old versions moved out"
    assert len(IndexFolder(index).names()) == KEPT + added - removed
    assert mended(corpus, index).embedded == 0  # what the killed one embedded is not lost


# --- what was embedded ------------------------------------------------------------------------------------------------

INDEXES = 2  # side by side
KILLS_OF_EACH = 25
NEW = 40
"""Posts that a corpus grows by before each rebuild, each of one text."""


class Kept:
    """An index whose rebuilds are killed one after another, and what they said that they computed and kept."""

    def __init__(self, folder: Path) -> None:
        self._corpus, self._index = folder / "corpus", folder / "index"
        self._posts: list[dict[str, Any]] = []
        self._computed: set[str] = set()
        self._kept: set[str] = set()
        self._key = open_cache(folder / "none").key
        self._text_of: dict[str, str] = {}
        """By key, and by digest."""

    def grow(self) -> None:
        first = len(self._posts)
        self._posts += [raw_post(f"p{n}", title=f"Post {n}", teaser="") for n in range(first, first + NEW)]
        write_corpus(self._corpus, self._posts)
        for post in self._posts[first:]:
            text: str = post["title"]
            self._text_of[self._key(text, TEMPLATE).hex()] = text
            self._text_of[hashlib.sha256(text.encode()).hexdigest()] = text

    @property
    def left(self) -> int:
        """Texts that no rebuild has embedded yet."""
        return len(self._posts) - len(self._kept)

    def rebuild(self, kill_after: float | None, *, once_embedding: bool = True) -> bool:
        """Rebuilds; kills it some seconds after its start, or after it has begun to embed. Whether it was killed."""
        process = Forked(watched.main, self._corpus, self._index)
        told = process.stdout.readline() if once_embedding else ""
        if kill_after is not None:
            time.sleep(kill_after)
            process.kill()
        rest, code = process.end()
        told += rest
        assert code in (-signal.SIGKILL, UNKNOWN, 0)
        self._take([line.split() for line in told.splitlines()])
        self._look()
        return code != 0

    def _take(self, told: list[list[str]]) -> None:
        computed = [self._text_of[name] for what, *names in told if what == "computes" for name in names]
        assert len(computed) == len(set(computed))
        assert not self._kept.intersection(computed)
        assert len(self._computed.intersection(computed)) <= BATCH  # the one batch that a kill interrupted
        self._computed.update(computed)
        keys = [name for what, *names in told if what == "kept" for name in names]
        self._kept.update(self._text_of[key] for key in keys if key in self._text_of)  # the others are of questions

    def _look(self) -> None:
        """Every vector that was kept is here, and a whole version is in use."""
        texts = sorted(self._kept)
        with open_cache(self._index / "cache" / "vectors") as cache:
            found = cache.get([self._key(text, TEMPLATE) for text in texts])
        if texts:
            assert np.einsum("ij,ij->i", found, np.stack([vector_of(text) for text in texts])).min() > 0.999
        with closing(IndexFolder(self._index).open()) as snapshot:
            ids = snapshot.documents.ids()
        assert len(ids) % NEW == 0
        assert ids == [post["id"] for post in self._posts[: len(ids)]]

    def all_is_here(self) -> bool:
        with closing(IndexFolder(self._index).open()) as snapshot:
            return len(snapshot) == len(self._posts) == len(self._computed)


def test_fifty_kills_lose_no_vector_that_was_kept_and_no_more_than_a_batch_is_embedded_twice(tmp_path: Path) -> None:
    print(f"seed {SEED}")  # noqa: T201  (shown where it fails)

    def survive(number: int) -> int:
        kept, moments = Kept(tmp_path / f"{number}"), random.Random(SEED + number)
        kept.grow()
        assert not kept.rebuild(None)
        stopped = 0
        for turn in range(KILLS_OF_EACH):
            kept.grow()
            embedding = turn % 8 != 0  # else perhaps before
            longest = 1.2 * PAUSE * kept.left / BATCH if embedding else 0.2
            stopped += kept.rebuild(moments.uniform(0, longest), once_embedding=embedding)
        kept.grow()
        assert not kept.rebuild(None)
        assert kept.all_is_here()
        return stopped

    with ThreadPoolExecutor(INDEXES) as pool:
        stopped = list(pool.map(survive, range(INDEXES)))
    print(f"killed: {stopped}")  # noqa: T201
    assert sum(stopped) >= INDEXES * KILLS_OF_EACH // 2  # one that was quicker than its kill is no test of it
