"""How does memory that is free go back to the system?"""

from __future__ import annotations

import ctypes


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
