"""How does one thread do what many requests need? In turn, and first what another thread waits for."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable
from queue import SimpleQueue

log = logging.getLogger(__name__)

Errand = Callable[[], object]


class Worker:
    """A thread, and what it is to do. May be handed errands from any thread."""

    def __init__(self, name: str) -> None:
        self._pressing: deque[Errand] = deque()
        self._others: deque[Errand] = deque()
        self._handed: SimpleQueue[bool] = SimpleQueue()
        """True for each errand, and False for the end."""
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def hand(self, errand: Errand, *, pressing: bool = False) -> None:
        """Has an errand done after those before it; one that is pressing, before all that are not. What it raises is
        logged. Raises RuntimeError after :meth:`stop`."""
        if self._stopped:
            raise RuntimeError(f"{self._thread.name} has ended")
        (self._pressing if pressing else self._others).append(errand)
        self._handed.put(True)

    def stop(self) -> None:
        """Ends after what was handed."""
        self._stopped = True
        self._handed.put(False)
        self._thread.join()

    def _run(self) -> None:
        while self._handed.get():
            errand = (self._pressing or self._others).popleft()
            try:
                errand()
            except BaseException:  # a panic of a library, too: the next errands are others'
                log.exception("an errand failed")
