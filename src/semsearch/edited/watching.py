"""What does a file say now? Read again when it changes; where it became wrong, what it said before holds."""

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
State = tuple[int, int, int, int] | None
"""Of a file, another whenever it was changed; None where it is not there."""

SECONDS_BETWEEN = 0.05
"""In which a file is not looked at again: many ask in a second, and none could tell."""


class Watched(Generic[T]):
    """A file that people change while it is in use. May be asked from many threads."""

    def __init__(self, file: Path, read: Callable[[Path], T]) -> None:
        """Raises what ``read`` raises."""
        self._file, self._read, self._lock = file, read, threading.Lock()
        self._seen, self._again = self._state(), 0.0
        self.problem: str | None = None
        """Why what the file says now does not hold; None where it does."""
        self.latest, self.held = read(file), self._seen
        """What holds as far as is known, and its name: the state of the file when it was last read well, which is the
        same for all who read it. Neither looks at the file, which may take a moment."""

    def current(self) -> T:
        """What the file says now or, where it became wrong, what it said before; :attr:`problem` and the log have the
        reason then."""
        if (now := time.monotonic()) < self._again:
            return self.latest
        self._again = now + SECONDS_BETWEEN
        state = self._state()
        if state != self._seen:
            with self._lock:
                if state != self._seen:
                    self._seen = state
                    try:
                        self.latest = self._read(self._file)
                        self.held, self.problem = state, None
                    except SemsearchError as error:
                        self.problem = str(error)
                        log.error("%s; what it said before holds", error)  # noqa: TRY400  (the reason says it all)
        return self.latest

    def _state(self) -> State:
        try:
            status = self._file.stat()
        except OSError:
            return None
        return status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino  # the second: who may read it
