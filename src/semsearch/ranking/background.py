"""A small thread pool for work in libraries that release the GIL."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class _ThreadPool:
    """A thread pool that is replaced in a forked process, since a fork does not copy threads."""

    def __init__(self) -> None:
        self.renew()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self.renew)

    def renew(self) -> None:
        self.executor = ThreadPoolExecutor(thread_name_prefix="semsearch-background")


_POOL = _ThreadPool()


def run_in_background(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Future[T]:
    """Run a function on another thread, or on this one if no thread can be started.

    The function must not call this one: with all threads waiting for others, none would finish.
    """
    try:
        return _POOL.executor.submit(function, *args, **kwargs)
    except RuntimeError:  # the interpreter is shutting down, or the system refuses another thread
        done: Future[T] = Future()
        done.set_result(function(*args, **kwargs))
        return done
