"""A rebuild that is killed, at whatever moment, leaves an index that answers, and nothing to clean by hand."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

import semsearch
from semsearch.encoding import Encoder
from semsearch.index import IndexFolder
from semsearch.index.versions import KEPT
from semsearch.search import Searcher
from tests.builders import ROOT, raw_post, write_corpus
from tests.rebuilding.killed import MOMENTS, STEPS

pytestmark = pytest.mark.skipif(os.name != "posix", reason="only POSIX systems kill in this way")

POSTS = 200
SEED = 20260131
KILLS = 4  # after each of the five moments that a rebuild tells


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


def start(corpus: Path, index: Path, step: str = "") -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.rebuilding.killed", str(corpus), str(index), *([step] if step else [])]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def wait_for(process: subprocess.Popen[str], moment: str) -> float:
    """When a rebuild tells of a moment, or ends."""
    assert process.stdout is not None
    while (line := process.stdout.readline()) and line.strip() != moment:
        pass
    return time.perf_counter()


def durations(corpus: Path, index: Path) -> dict[str, float]:
    """The seconds between what an undisturbed rebuild tells and what it tells next."""
    process = start(corpus, index)
    told = [wait_for(process, moment) for moment in MOMENTS]
    process.communicate()
    assert process.returncode == 0
    return {moment: end - begin for moment, (begin, end) in zip(MOMENTS, pairwise(told), strict=False)}


def kill(process: subprocess.Popen[str], moment: str, wait: float) -> bool:
    """Kills a rebuild some time after a moment; whether it was still running then."""
    wait_for(process, moment)
    time.sleep(wait)
    process.kill()
    process.communicate()
    assert process.returncode in (-signal.SIGKILL, 0)
    return process.returncode != 0


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


def test_an_index_survives_kills_at_twenty_moments(index: Path, tmp_path: Path, encoder: Encoder) -> None:
    semsearch.rebuild(write_corpus(tmp_path / "0", corpus_of(0)), index)
    long = durations(write_corpus(tmp_path / "1", corpus_of(1)), index)
    moments, random_waits = list(long) * KILLS, random.Random(SEED)
    print(f"seed {SEED}; seconds by moment: {long}")  # noqa: T201  (shown where it fails)
    turns, killed = [1], 0
    for turn, moment in enumerate(moments, start=2):
        corpus = write_corpus(tmp_path / f"{turn}", corpus_of(turn))
        killed += kill(start(corpus, index), moment, random_waits.uniform(0, long[moment]))
        turns.append(turn_served(index, encoder))
        assert turns[-1] in (turns[-2], turn)
    print(f"turns served: {turns}")  # noqa: T201
    assert len(moments) == 20
    assert killed >= 5  # one that was quicker than its kill is no test of it
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
    process = start(corpus, index, step)
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    published = step in ("pointer moved", "old versions moved out")
    assert turn_served(index, encoder) == published
    assert (IndexFolder(index).current() == before[-1]) is not published
    added, removed = step != "written", step == "old versions moved out"
    assert len(IndexFolder(index).names()) == KEPT + added - removed
    assert mended(corpus, index).embedded == 0  # what the killed one embedded is not lost
