"""Start semsearch and txtai as servers, each in a process of its own, over the same posts."""

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
from semsearch.rebuilding.texts import post_text

T = TypeVar("T")

HOST = "127.0.0.1"
_START_TIMEOUT_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Server:
    """A running server."""

    port: int
    pid: int
    search_prefix: str
    """The path of a search for ten hits, to which the query is appended."""
    start_seconds: float
    """From the start of its process to its first response."""

    def search_path(self, query: str) -> str:
        """Return the path of a search."""
        return self.search_prefix + quote(query, safe="")

    def memory_mb(self) -> float:
        """Return the resident memory of all its processes."""
        return round(float(sum(process.memory_info().rss for process in self._processes())) / 1e6, 1)

    def wait_until_idle(self) -> None:
        """Wait until it works on no requests of clients that are gone: they would slow down the next run."""
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


def related_path(post_id: str) -> str:
    """Return the path of the related posts of a post; semsearch only."""
    return f"/v1/posts/{quote(post_id, safe='')}/related"


@contextmanager
def semsearch_server(index: Path, cache: Path, *, poll_seconds: float = 1.0) -> Iterator[Server]:
    """Run ``semsearch serve``."""
    arguments = ["-m", "semsearch", "serve", "--index", str(index), "--port"]
    environment = {"SEMSEARCH_CACHE": str(cache), "SEMSEARCH_POLL_SECONDS": str(poll_seconds)}
    with _running(
        arguments, index, environment, ready_path="/readyz", search_prefix="/v1/search?limit=10&q="
    ) as server:
        yield server


@contextmanager
def txtai_server(index: Path, folder: Path) -> Iterator[Server]:
    """Build a hybrid txtai index of the same posts, and run txtai's own API over it."""
    run_in_process(build_txtai_index, index, folder / "index")
    settings = folder / "app.yml"
    settings.write_text(f"path: {folder / 'index'}\nembeddings:\n", encoding="utf-8")
    arguments = ["-m", "uvicorn", "txtai.api:app", "--log-level", "warning", "--no-access-log", "--port"]
    with _running(
        arguments,
        folder,
        {"CONFIG": str(settings)},
        ready_path="/search?query=ready",
        search_prefix="/search?limit=10&query=",
    ) as server:
        yield server


def build_txtai_index(index: Path, target: Path) -> None:
    """Save a hybrid txtai index of the posts of a semsearch index, with the text of their post vectors."""
    from txtai import Embeddings

    snapshot = IndexFolder(index).open()
    posts = snapshot.documents.get(range(len(snapshot)))
    embeddings = Embeddings(path=str(resolve_model(BUILT_IN).path), hybrid=True, content=True)
    embeddings.index((post.id, post_text(post), None) for post in posts)
    embeddings.save(str(target))


def run_in_process(function: Callable[..., T], *arguments: object) -> T:
    """Call a function in a process of its own, so that its threads and memory end with it."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as executor:
        return executor.submit(function, *arguments).result()


def http_get(port: int, path: str) -> tuple[int, bytes]:
    """Return the status and the body of a response; status 0 if there is none."""
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
    arguments: Sequence[str], folder: Path, environment: Mapping[str, str], *, ready_path: str, search_prefix: str
) -> Iterator[Server]:
    """Run a server on a free port, and yield it when it is ready. Its log is a file in ``folder``."""
    with socket.create_server((HOST, 0)) as free:
        port = free.getsockname()[1]
    log = folder / f"{port}.log"
    started = time.perf_counter()
    with log.open("w", encoding="utf-8") as stream:
        process = subprocess.Popen(
            [sys.executable, *arguments, str(port)],
            stdout=stream,
            stderr=stream,
            cwd=folder,  # no configuration files are there
            env=os.environ | environment,
        )
    try:
        _wait_until_ready(process, port, ready_path)
        yield Server(port, process.pid, search_prefix, time.perf_counter() - started)
    except Exception as error:
        if (status := process.poll()) is None:
            raise
        output = log.read_text(encoding="utf-8")[-2_000:]
        raise SystemExit(f"{' '.join(arguments)} ended with status {status}: {output}") from error
    finally:
        process.terminate()
        process.wait(timeout=60)


def _wait_until_ready(process: subprocess.Popen[bytes], port: int, path: str) -> None:
    deadline = time.monotonic() + _START_TIMEOUT_SECONDS
    while http_get(port, path)[0] != 200:
        if process.poll() is not None or time.monotonic() > deadline:
            raise TimeoutError(f"no response on port {port}")
        time.sleep(0.005)
