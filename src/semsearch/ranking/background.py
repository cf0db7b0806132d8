"""What can be done at the same time? A few threads, for work in libraries that do not hold Python up meanwhile."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class _Threads:
    """The pool; a process that was forked begins with a new one, since threads are not copied."""

    def __init__(self) -> None:
        self.renew()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self.renew)

    def renew(self) -> None:
        self.pool = ThreadPoolExecutor(thread_name_prefix="semsearch-beside")


_THREADS = _Threads()


def beside(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Future[T]:
    """Begins some work beside what the caller does next; where no thread begins any more, does it now.

    The work itself may begin none: all threads could wait.
    """
    try:
        return _THREADS.pool.submit(work, *args, **kwargs)
    except RuntimeError:  # the main thread has ended, or the system has no thread left
        done: Future[T] = Future()
        done.set_result(work(*args, **kwargs))
        return done
