"""A process for a test to kill. It is forked from one that has loaded everything, so it starts within milliseconds."""

from __future__ import annotations

import functools
import multiprocessing
import os
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext

LOADED = (
    "__main__",
    "openvino",
    "pytest",
    "scipy.sparse",
    "tests.encoding.named_vectors",
    "tests.encoding.tiny",
    "tests.rebuilding.killed",
    "tests.rebuilding.watched",
)


@functools.cache
def _forks() -> ForkServerContext:
    forks = multiprocessing.get_context("forkserver")
    forks.set_forkserver_preload(list(LOADED))
    return forks


UNKNOWN = 255
"""In place of an exit status, where the server of forks could not tell how a process ended that was killed."""


class Forked:
    """Runs a function of a module in a process of its own; what that prints can be read."""

    def __init__(self, function: Callable[..., None], *arguments: object) -> None:
        read, write = _forks().Pipe(duplex=False)
        self._process = _forks().Process(target=_run, args=(write, function, *arguments))
        self._process.start()
        write.close()
        self.stdout = os.fdopen(os.dup(read.fileno()), encoding="utf-8")
        read.close()

    def kill(self) -> None:
        self._process.kill()

    def end(self) -> tuple[str, int | None]:
        """What it printed that was not read yet, and its exit status, once it has ended."""
        with self.stdout:
            rest = self.stdout.read()
        self._process.join()
        return rest, self._process.exitcode


def _run(out: Connection, function: Callable[..., None], *arguments: object) -> None:
    os.dup2(out.fileno(), 1)
    out.close()
    function(*arguments)
