"""A file that is read again when it changes. Invalid content is reported, and the last valid content stays in use."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

from semsearch.errors import SemsearchError

log = logging.getLogger(__name__)

T = TypeVar("T")
FileState = tuple[int, int, int, int] | None
"""Differs after every change of the file; None where the file does not exist."""

MIN_CHECK_INTERVAL_SECONDS = 0.05
"""The file is checked at most this often, since :meth:`WatchedFile.current` may be called for every search."""


class WatchedFile(Generic[T]):
    """The content of a file that may change at any time. Thread-safe."""

    def __init__(self, file: Path, read: Callable[[Path], T], *, on_demand: bool = True) -> None:
        """Read the file with ``read``. Raises what ``read`` raises.

        ``on_demand``: whether :meth:`current` reads a changed file. A service does not let requests wait for that: a
        thread of its own calls :meth:`refresh`.
        """
        self._on_demand = on_demand
        self._file, self._read, self._lock = file, read, threading.Lock()
        self._checked_state, self._next_check = self._state(), 0.0
        self.problem: str | None = None
        """Why the current content of the file is not used; None where it is."""
        self.latest = read(file)
        """The last valid content that was read. Unlike :meth:`current`, it does not access the file."""
        self.fingerprint: FileState = self._checked_state
        """The state of the file when :attr:`latest` was read; the same in all processes that read it."""

    def current(self) -> T:
        """Return the content of the file, as it is now or, unless it is read on demand, as of the last refresh."""
        if self._on_demand:
            self.refresh()
        return self.latest

    def refresh(self) -> None:
        """Read the file if it changed.

        Where the new content is invalid, the last valid content stays; :attr:`problem` and the log give the reason.
        """
        if (now := time.monotonic()) < self._next_check:
            return
        self._next_check = now + MIN_CHECK_INTERVAL_SECONDS
        state = self._state()
        if state != self._checked_state:
            with self._lock:
                if state != self._checked_state:
                    self._checked_state = state
                    try:
                        self.latest = self._read(self._file)
                        self.fingerprint, self.problem = state, None
                    except SemsearchError as error:
                        self.problem = str(error)
                        log.error("%s; the previous content stays in use", error)  # noqa: TRY400  (no traceback needed)

    def _state(self) -> FileState:
        try:
            status = self._file.stat()
        except OSError:
            return None
        return status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino  # ctime: permissions
