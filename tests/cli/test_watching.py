"""The process that reads posts again and rebuilds the index while somebody writes."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from semsearch.cli.processes import Report
from semsearch.cli.watching import rebuild_on_changes
from semsearch.encoding import Encoder
from semsearch.errors import IndexNotFound
from semsearch.index import IndexFolder
from semsearch.ingest.run import Request
from semsearch.ingest.sources import parse_source
from semsearch.settings import Settings

PATIENCE_SECONDS = 120


DYING_PARENT = """
import functools, os, pathlib, signal, sys
from semsearch.cli.processes import ChildProcess, Lifeline
from semsearch.cli.watching import rebuild_on_changes
from semsearch.settings import Settings
folder = pathlib.Path(sys.argv[1])
settings = Settings(corpus=folder / "corpus", index=folder / "index", cache=folder / "cache")
child = ChildProcess("watch", functools.partial(rebuild_on_changes, [], settings), Lifeline())
print(child.pid, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""
"""A service that is killed before the process that watches has begun."""


def write_post(blog: Path, name: str, text: str) -> None:
    (blog / f"{name}.md").write_text(f"---\ntitle: {name}\ndate: 2024-01-01\n---\n\n{text}\n", encoding="utf-8")


def bodies(index: Path) -> dict[str, str]:
    """The posts of the current version; none if there is no version."""
    try:
        with closing(IndexFolder(index).open()) as snapshot:
            return {post.title: post.body for post in snapshot.documents.get(range(len(snapshot)))}
    except IndexNotFound:
        return {}


@contextmanager
def rebuilding(requests: list[Request], settings: Settings) -> Iterator[None]:
    """Rebuild on changes in a process of its own."""
    context = multiprocessing.get_context("spawn")
    process = context.Process(target=rebuild_on_changes, args=(requests, settings, Report(-1)))
    process.start()
    try:
        yield
    finally:
        process.terminate()
        process.join()


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "nothing happened"
        time.sleep(0.1)


def test_posts_are_read_at_the_start_and_whenever_a_file_is_saved(
    encoder: Encoder, cache: Path, tmp_path: Path
) -> None:
    blog, corpus, index = tmp_path / "blog", tmp_path / "corpus", tmp_path / "index"
    blog.mkdir()
    expected = {name: f"The {name} text." for name in ("one", "two", "three", "four", "five", "six")}
    for name, text in expected.items():
        write_post(blog, name, text)
    settings = Settings(corpus=corpus, index=index, cache=cache)
    with rebuilding([Request(parse_source(str(blog)))], settings):
        wait_until(lambda: bodies(index) == expected)
        expected |= {"one": "A better text.", "seven": "The seventh text."}
        for name in ("one", "seven"):
            write_post(blog, name, expected[name])
        wait_until(lambda: bodies(index) == expected)
        (blog / "seven.md").write_text("---\ntitle: sev", encoding="utf-8")  # half saved
        (blog / "two.md").unlink()
        del expected["two"]
        wait_until(lambda: bodies(index) == expected)


def test_the_process_ends_with_a_service_that_was_killed(tmp_path: Path) -> None:
    (tmp_path / "corpus").mkdir()
    script = tmp_path / "dying_parent.py"
    script.write_text(DYING_PARENT, encoding="utf-8")
    with (tmp_path / "output").open("w+", encoding="utf-8") as output:
        subprocess.run([sys.executable, str(script), str(tmp_path)], stdout=output, stderr=output, check=False)
        output.seek(0)
        child = int(output.readline())

    def has_ended() -> bool:
        try:
            os.kill(child, 0)
        except ProcessLookupError:
            return True
        return False

    try:
        wait_until(has_ended)
    finally:
        if not has_ended():
            os.kill(child, signal.SIGKILL)
