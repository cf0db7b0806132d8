"""A rebuild that is killed at any time leaves a working index, and nothing to clean up by hand."""

from __future__ import annotations

import hashlib
import importlib
import os
import random
import shutil
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import semsearch
from semsearch.index import IndexFolder
from semsearch.index.versions import MAX_VERSIONS
from semsearch.rebuilding.texts import TEMPLATE
from semsearch.search import Searcher
from tests.builders import raw_post, write_corpus
from tests.forked import UNKNOWN_EXIT_STATUS, ForkedProcess
from tests.rebuilding import killed_rebuild, logged_rebuild
from tests.rebuilding.fakes import FakeEncoder, open_cache, vector_of
from tests.rebuilding.killed_rebuild import MARKS, STEPS
from tests.rebuilding.logged_rebuild import BATCH_SECONDS, BATCH_SIZE

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs SIGKILL, which only POSIX systems have")

POSTS = 60
SEED = 20260131


def make_corpus(generation: int, posts: int = POSTS) -> list[dict[str, Any]]:
    """Return posts that name their generation, a third of them with a title of their own in it."""
    numbered = [
        raw_post(
            f"p{number}",
            title=f"Post {number} of generation {generation}" if number % 3 == 0 else f"Post {number}",
            teaser=f"It is about the number {number}. It says that {number * number} is its square.",
            generation=generation,
        )
        for number in range(posts)
    ]
    walrus = raw_post("walrus", title=f"The walrus of generation {generation}", teaser="", generation=generation)
    return [walrus, *numbered]


@pytest.fixture(scope="module", autouse=True)
def no_model() -> Iterator[None]:
    """Let rebuilds use an encoder without a model, as those do that are killed."""
    module = importlib.import_module("semsearch.rebuilding.rebuild")  # the package's own "rebuild" is the function
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(module, "open_encoder", lambda *_, **__: FakeEncoder())
        yield


def wait_for(process: ForkedProcess, mark: str) -> float:
    """Wait until a rebuild prints a mark or ends, and return the time."""
    while (line := process.stdout.readline()) and line.strip() != mark:
        pass
    return time.perf_counter()


def durations(corpus: Path, index: Path) -> dict[str, float]:
    """Return the seconds from each mark of an undisturbed rebuild to the next."""
    process = ForkedProcess(killed_rebuild.main, corpus, index)
    times = [wait_for(process, mark) for mark in MARKS]
    assert process.end() == ("", 0)
    return {mark: end - begin for mark, (begin, end) in zip(MARKS, pairwise(times), strict=False)}


def kill(process: ForkedProcess, mark: str, wait: float) -> bool:
    """Kill a rebuild some time after a mark. Returns whether it was still running."""
    wait_for(process, mark)
    time.sleep(wait)
    process.kill()
    _, code = process.end()
    assert code in (-signal.SIGKILL, 0)
    return code != 0


def check_current(index: Path) -> int:
    """Check every file and every post of the current version, and searches in it. Returns its generation."""
    with closing(IndexFolder(index).open()) as snapshot:
        posts = snapshot.documents.get(range(len(snapshot)))
        generation = int(posts[0].extra["generation"])
        assert [(post.id, post.title, post.extra["generation"]) for post in posts] == [
            (post["id"], post["title"], generation) for post in make_corpus(generation, len(posts) - 1)
        ]
        searcher = Searcher(snapshot, FakeEncoder())
        walrus = f"The walrus of generation {generation}"
        for mode in ("semantic", "hybrid"):
            best = searcher.search(walrus, limit=1, mode=mode).hits[0]
            assert (best.id, best.title) == ("walrus", walrus)
        assert searcher.search("number 16", limit=1, mode="lexical").hits[0].id in ("p4", "p16")
    return generation


def rebuild_and_check(corpus: Path, index: Path) -> semsearch.Report:
    """Rebuild, and check that nothing is left of the rebuilds that were killed."""
    report = semsearch.rebuild(corpus, index)
    folder = IndexFolder(index)
    assert folder.current() == report.version == folder.names()[-1]
    assert len(folder.names()) <= MAX_VERSIONS
    for name in folder.names():
        folder.open(name).close()
    assert {path.name for path in index.iterdir()} == {".lock", "CURRENT", "cache", "versions"}
    return report


def test_an_index_survives_a_kill_after_each_mark(tmp_path: Path) -> None:
    index = tmp_path / "index"
    semsearch.rebuild(write_corpus(tmp_path / "0", make_corpus(0)), index)
    seconds = durations(write_corpus(tmp_path / "1", make_corpus(1)), index)
    marks, rng = list(seconds), random.Random(SEED)
    print(f"seed {SEED}; seconds by mark: {seconds}")  # noqa: T201  (shown if the test fails)
    generations, killed = [1], 0
    for generation, mark in enumerate(marks, start=2):
        corpus = write_corpus(tmp_path / f"{generation}", make_corpus(generation))
        killed += kill(ForkedProcess(killed_rebuild.main, corpus, index), mark, rng.uniform(0, seconds[mark]))
        generations.append(check_current(index))
        assert generations[-1] in (generations[-2], generation)
    print(f"generations: {generations}")  # noqa: T201
    assert len(marks) == 7
    assert killed >= 2  # a rebuild that ended before its kill tests nothing
    rebuild_and_check(corpus, index)
    assert check_current(index) == generation


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index with the maximum of versions, so that the next rebuild removes one."""
    folder = tmp_path_factory.mktemp("full")
    corpus = write_corpus(folder / "corpus", make_corpus(0, posts=20))
    for _ in range(MAX_VERSIONS):
        semsearch.rebuild(corpus, folder / "index")
    return folder / "index"


@pytest.mark.parametrize("step", STEPS)
def test_a_kill_during_publishing_leaves_the_old_or_the_new_version(full: Path, tmp_path: Path, step: str) -> None:
    index = Path(shutil.copytree(full, tmp_path / "index", symlinks=True))
    before = IndexFolder(index).names()
    corpus = write_corpus(tmp_path / "corpus", make_corpus(1, posts=20))
    assert ForkedProcess(killed_rebuild.main, corpus, index, step).end()[1] == -signal.SIGKILL
    published = step in ("pointer moved", "old versions moved out")
    assert check_current(index) == published
    assert (IndexFolder(index).current() == before[-1]) is not published
    added, removed = step != "written", step == "old versions moved out"
    assert len(IndexFolder(index).names()) == MAX_VERSIONS + added - removed
    assert rebuild_and_check(corpus, index).embedded == 0  # the vectors of the killed rebuild are cached


# --- cached vectors ---------------------------------------------------------------------------------------------------

INDEXES = 2  # in parallel
KILLS_PER_INDEX = 6
NEW_POSTS = 40
"""Posts that are added before each rebuild, each of one text."""


class KilledIndex:
    """An index whose rebuilds are killed one after another, and the texts that they printed as encoded and cached."""

    def __init__(self, folder: Path) -> None:
        self._corpus, self._index = folder / "corpus", folder / "index"
        self._posts: list[dict[str, Any]] = []
        self._encoded: set[str] = set()
        self._cached: set[str] = set()
        self._key = open_cache(folder / "none").key
        self._text_of: dict[str, str] = {}
        """By cache key, and by digest of the text."""

    def grow(self) -> None:
        first = len(self._posts)
        self._posts += [raw_post(f"p{n}", title=f"Post {n}", teaser="") for n in range(first, first + NEW_POSTS)]
        write_corpus(self._corpus, self._posts)
        for post in self._posts[first:]:
            text: str = post["title"]
            self._text_of[self._key(text, TEMPLATE).hex()] = text
            self._text_of[hashlib.sha256(text.encode()).hexdigest()] = text

    @property
    def missing(self) -> int:
        """The number of texts that are not cached yet."""
        return len(self._posts) - len(self._cached)

    def rebuild(self, kill_after: float | None, *, after_first_batch: bool = True) -> bool:
        """Rebuild, and kill that some seconds after its start or first batch. Returns whether it was killed."""
        process = ForkedProcess(logged_rebuild.main, self._corpus, self._index)
        output = process.stdout.readline() if after_first_batch else ""
        if kill_after is not None:
            time.sleep(kill_after)
            process.kill()
        rest, code = process.end()
        output += rest
        assert code in (-signal.SIGKILL, UNKNOWN_EXIT_STATUS, 0)
        self._record([line.split() for line in output.splitlines()])
        self._check()
        return code != 0

    def _record(self, lines: list[list[str]]) -> None:
        encoded = [self._text_of[name] for event, *names in lines if event == "encoding" for name in names]
        assert len(encoded) == len(set(encoded))
        assert not self._cached.intersection(encoded)
        assert len(self._encoded.intersection(encoded)) <= BATCH_SIZE  # the batch that a kill interrupted
        self._encoded.update(encoded)
        keys = [name for event, *names in lines if event == "cached" for name in names]
        self._cached.update(
            self._text_of[key] for key in keys if key in self._text_of
        )  # the others belong to calibration queries

    def _check(self) -> None:
        """Check that every cached vector can be read, and that the current version is complete."""
        texts = sorted(self._cached)
        with open_cache(self._index / "cache" / "vectors") as cache:
            found = cache.get([self._key(text, TEMPLATE) for text in texts])
        if texts:
            assert np.einsum("ij,ij->i", found, np.stack([vector_of(text) for text in texts])).min() > 0.999
        with closing(IndexFolder(self._index).open()) as snapshot:
            ids = snapshot.documents.ids()
        assert len(ids) % NEW_POSTS == 0
        assert ids == [post["id"] for post in self._posts[: len(ids)]]

    def is_complete(self) -> bool:
        with closing(IndexFolder(self._index).open()) as snapshot:
            return len(snapshot) == len(self._posts) == len(self._encoded)


def test_twelve_kills_lose_no_cached_vector_and_at_most_a_batch_of_work_each(tmp_path: Path) -> None:
    print(f"seed {SEED}")  # noqa: T201  (shown if the test fails)

    def survive(number: int) -> int:
        index, rng = KilledIndex(tmp_path / f"{number}"), random.Random(SEED + number)
        index.grow()
        assert not index.rebuild(None)
        killed = 0
        for turn in range(KILLS_PER_INDEX):
            index.grow()
            while_encoding = turn % 5 != 0  # else it may also be killed before
            longest = 1.2 * BATCH_SECONDS * index.missing / BATCH_SIZE if while_encoding else 0.2
            killed += index.rebuild(rng.uniform(0, longest), after_first_batch=while_encoding)
        index.grow()
        assert not index.rebuild(None)
        assert index.is_complete()
        return killed

    with ThreadPoolExecutor(INDEXES) as pool:
        killed = list(pool.map(survive, range(INDEXES)))
    print(f"killed: {killed}")  # noqa: T201
    assert sum(killed) >= INDEXES * KILLS_PER_INDEX // 2  # a rebuild that ended before its kill tests nothing
