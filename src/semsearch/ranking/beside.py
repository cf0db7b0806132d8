"""What can be done at the same time? A few threads, for work in libraries that do not hold Python up meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

_THREADS = ThreadPoolExecutor(thread_name_prefix="semsearch-beside")


def beside(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Future[T]:
    """Begins some work beside what the caller does next. The work itself may begin none: all threads could wait."""
    return _THREADS.submit(work, *args, **kwargs)
