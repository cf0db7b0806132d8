"""What is asked? semsearch and the closest peer, each in a process of its own, over the same posts."""

from __future__ import annotations

import multiprocessing
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

import psutil

from semsearch.encoding.models import resolve_model
from semsearch.index import IndexFolder
from semsearch.model_card import BUILT_IN
from semsearch.rebuilding.texts import whole_text

T = TypeVar("T")

HOST = "127.0.0.1"
_SECONDS_TO_START = 300


@dataclass(frozen=True, slots=True)
class Server:
    """A service that answers."""

    port: int
    pid: int
    search: str
    """The path of a search for ten hits, but for the question."""
    seconds: float
    """From the start of its process to its first answer."""

    def question(self, text: str) -> str:
        """The path that asks a question."""
        return self.search + quote(text, safe="")

    def memory_mb(self) -> float:
        """What is resident, of all workers."""
        return round(float(sum(process.memory_info().rss for process in self._processes())) / 1e6, 1)

    def rest(self) -> None:
        """Returns when it has nothing to do: what clients that left had asked for would slow down the next run."""
        busy = 1.0
        while busy > 0.02:
            before = self._cpu_seconds()
            time.sleep(0.3)
            busy = self._cpu_seconds() - before

    def _processes(self) -> list[psutil.Process]:
        process = psutil.Process(self.pid)
        return [process, *process.children(recursive=True)]

    def _cpu_seconds(self) -> float:
        return float(sum(sum(process.cpu_times()[:2]) for process in self._processes()))


def related(post_id: str) -> str:
    """The path of the list of a post; semsearch only."""
    return f"/v1/posts/{quote(post_id, safe='')}/related"


@contextmanager
def semsearch_server(index: Path, cache: Path, *, poll_seconds: float = 1.0) -> Iterator[Server]:
    """``semsearch serve`` of an index."""
    words = ["-m", "semsearch", "serve", "--index", str(index), "--port"]
    settings = {"SEMSEARCH_CACHE": str(cache), "SEMSEARCH_POLL_SECONDS": str(poll_seconds)}
    with _running(words, index, settings, ready="/readyz", search="/v1/search?limit=10&q=") as server:
        yield server


@contextmanager
def txtai_server(index: Path, folder: Path) -> Iterator[Server]:
    """txtai's own API over a hybrid index of the same posts, which is made first."""
    in_a_process(index_of_txtai, index, folder / "index")
    settings = folder / "app.yml"
    settings.write_text(f"path: {folder / 'index'}\nembeddings:\n", encoding="utf-8")
    words = ["-m", "uvicorn", "txtai.api:app", "--log-level", "warning", "--no-access-log", "--port"]
    ready = "/search?query=ready"
    with _running(words, folder, {"CONFIG": str(settings)}, ready=ready, search="/search?limit=10&query=") as server:
        yield server


def index_of_txtai(index: Path, to: Path) -> None:
    """Saves txtai's hybrid index of the texts that semsearch embeds as the whole of a post."""
    from txtai import Embeddings

    snapshot = IndexFolder(index).open()
    posts = snapshot.documents.get(range(len(snapshot)))
    peer = Embeddings(path=str(resolve_model(BUILT_IN).path), hybrid=True, content=True)
    peer.index((post.id, whole_text(post), None) for post in posts)
    peer.save(str(to))


def in_a_process(work: Callable[..., T], *arguments: object) -> T:
    """Does something in a process of its own, whose threads and memory end with it."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as executor:
        return executor.submit(work, *arguments).result()


def got(port: int, path: str) -> tuple[int, bytes]:
    """The status and the body of one answer; status 0 where nothing answers."""
    connection = HTTPConnection(HOST, port, timeout=30)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.read()
    except (OSError, HTTPException):
        return 0, b""
    finally:
        connection.close()


@contextmanager
def _running(
    words: Sequence[str], folder: Path, settings: Mapping[str, str], *, ready: str, search: str
) -> Iterator[Server]:
    """A server on a free port, from when it is ready. It runs in a folder that has nothing else to read."""
    with socket.create_server((HOST, 0)) as free:
        port = free.getsockname()[1]
    log = folder / f"{port}.log"
    started = time.perf_counter()
    with log.open("w", encoding="utf-8") as stream:
        process = subprocess.Popen(
            [sys.executable, *words, str(port)], stdout=stream, stderr=stream, cwd=folder, env=os.environ | settings
        )
    try:
        _wait_until_ready(process, port, ready)
        yield Server(port, process.pid, search, time.perf_counter() - started)
    except Exception as error:
        if (status := process.poll()) is None:
            raise
        said = log.read_text(encoding="utf-8")[-2_000:]
        raise SystemExit(f"{' '.join(words)} ended with status {status}: {said}") from error
    finally:
        process.terminate()
        process.wait(timeout=60)


def _wait_until_ready(process: subprocess.Popen[bytes], port: int, ready: str) -> None:
    deadline = time.monotonic() + _SECONDS_TO_START
    while got(port, ready)[0] != 200:
        if process.poll() is not None or time.monotonic() > deadline:
            raise TimeoutError(f"port {port} does not answer")
        time.sleep(0.005)
