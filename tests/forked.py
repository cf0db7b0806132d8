"""Processes that tests kill. They are forked from a process with all modules loaded, so they start in milliseconds."""

from __future__ import annotations

import functools
import multiprocessing
import os
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext

PRELOADED = (
    "__main__",
    "openvino",
    "pytest",
    "scipy.sparse",
    "tests.encoding.named_vectors",
    "tests.encoding.tiny",
    "tests.faults.indexes",
    "tests.faults.traced",
    "tests.preloaded",
    "tests.rebuilding.killed_rebuild",
    "tests.rebuilding.logged_rebuild",
)


@functools.cache
def _context() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(PRELOADED))
    return context


UNKNOWN_EXIT_STATUS = 255
"""The exit status of a killed process where the fork server could not determine how it ended."""


class ForkedProcess:
    """Runs a module-level function in a new process, whose standard output can be read."""

    def __init__(self, function: Callable[..., None], *arguments: object) -> None:
        read, write = _context().Pipe(duplex=False)
        self._process = _context().Process(target=_run, args=(write, function, *arguments))
        self._process.start()
        write.close()
        self.stdout = os.fdopen(os.dup(read.fileno()), encoding="utf-8")
        read.close()

    def kill(self) -> None:
        self._process.kill()

    def end(self) -> tuple[str, int | None]:
        """Wait for the end. Returns the output that was not read yet, and the exit status."""
        with self.stdout:
            rest = self.stdout.read()
        self._process.join()
        return rest, self._process.exitcode


def _run(out: Connection, function: Callable[..., None], *arguments: object) -> None:
    os.dup2(out.fileno(), 1)
    out.close()
    function(*arguments)
