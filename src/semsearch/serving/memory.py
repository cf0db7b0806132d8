"""Keeps memory small and garbage collection short in a process that runs for long."""

from __future__ import annotations

import contextlib
import ctypes
import gc
from collections.abc import Iterator

_COLLECTION_THRESHOLD = 10_000
"""New objects after which Python collects cyclic garbage. The default is 700 (Python 3.11), which a dozen searches
reach, though nearly all of their objects are in use."""


@contextlib.contextmanager
def exclude_from_gc() -> Iterator[None]:
    """Exclude from garbage collection all objects that exist at the end of the block, and raise the threshold.

    A full collection of them takes a tenth of a second, in which all threads wait. An excluded object, such as an old
    version, is still freed once nothing refers to it, unless it is part of a reference cycle.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.set_threshold(_COLLECTION_THRESHOLD)
        gc.enable()


def release_free_memory() -> None:
    """Return free memory to the operating system (malloc_trim(3)); only the GNU C library can.

    Otherwise, memory used for opening a version, and by the version before it, would stay with the process. Takes some
    milliseconds and does not hold the interpreter lock.
    """
    try:
        trim = ctypes.CDLL(None).malloc_trim
    except (OSError, AttributeError):  # another C library
        return
    trim(0)
