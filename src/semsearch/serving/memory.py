"""How is memory looked after? What is free goes back to the system, and what stays is not looked at again and again."""

from __future__ import annotations

import contextlib
import ctypes
import gc
from collections.abc import Iterator

_NEW_OBJECTS = 10_000
"""After which Python looks for objects that only refer to each other. By default it is 700 (Python 3.11), and there are
as many after a dozen searches, nearly all of which are kept."""


@contextlib.contextmanager
def settling() -> Iterator[None]:
    """What is made within, and what there is already, is there to stay: Python's garbage collector passes over it.

    It would look at all of it whenever a quarter as many objects have come, and all threads would wait for a tenth of a
    second. What goes all the same, such as a version, goes once nothing refers to it, unless it refers to itself.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.set_threshold(_NEW_OBJECTS)
        gc.enable()


def give_back() -> None:
    """Has the C library give back what it keeps to use again, where it can: that of GNU (malloc_trim(3)).

    What was read to open a version, and the version before it, would else stay with the process. It takes some
    milliseconds, in which Python goes on.
    """
    try:
        trim = ctypes.CDLL(None).malloc_trim
    except (OSError, AttributeError, TypeError):  # another library; Windows has none by the name of None
        return
    trim(0)
