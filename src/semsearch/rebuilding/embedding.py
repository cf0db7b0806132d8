"""Which vectors must be computed? Texts in, their keys out; what the cache lacks is embedded meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait

from semsearch.encoding import Encoder, VectorCache
from semsearch.rebuilding.texts import TEMPLATE

_WINDOW = 4_096
"""Texts gathered before they are embedded: enough to sort by length, few enough to keep memory flat."""
_TICK = 0.2
"""Seconds between two looks at a window that is being embedded."""


class Embedder:
    """Sees to it that the cache holds the vector of every text it is given.

    One window of texts is embedded on a thread of its own while the next is gathered: then no core waits for another.
    Used from one thread, which alone knows when to :meth:`flush`, and must end with :meth:`stop`.
    """

    def __init__(self, encoder: Encoder, cache: VectorCache, *, full: bool, on_wait: Callable[[], None]) -> None:
        """``on_wait`` is called a few times a second while nothing can be done but wait."""
        self._encoder, self._cache, self._full, self._on_wait = encoder, cache, full, on_wait
        self._window: list[tuple[bytes, str]] = []
        self._renewed: set[bytes] = set()
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="semsearch-embedding")
        self._running: Future[None] | None = None
        self._stopped = threading.Event()
        self.added = 0
        self.embedded = 0
        self.reused = 0

    def add(self, text: str) -> bytes:
        """The key of a text, whose vector the cache holds after the next flush."""
        key = self._cache.key(text, TEMPLATE)
        self._window.append((key, text))
        self.added += 1
        if len(self._window) >= _WINDOW:
            self._start()
        return key

    def flush(self) -> None:
        """Returns when every text that was added has its vector. Raises what went wrong with any of them."""
        self._start()
        self._wait()

    def stop(self) -> None:
        """Ends after the batch that is being embedded; every batch before is kept."""
        self._stopped.set()
        self._worker.shutdown()

    def _start(self) -> None:
        self._wait()
        window, self._window = self._window, []
        if window:
            self._running = self._worker.submit(self._embed, window)

    def _wait(self) -> None:
        if running := self._running:
            while not wait((running,), timeout=_TICK).done:
                self._on_wait()
            self._running = None
            running.result()

    def _embed(self, window: list[tuple[bytes, str]]) -> None:
        """Embeds what is new in a window; every batch is in the cache as soon as it is computed."""
        texts = dict(window)
        keys = list(texts)
        if self._full:
            new = [key for key in keys if key not in self._renewed]
            self._renewed.update(new)
        else:
            new = [key for key, known in zip(keys, self._cache.known(keys), strict=True) if not known]
        self.reused += len(window) - len(new)
        for positions, vectors in self._encoder.encode_documents([texts[key] for key in new]):
            self._cache.add([new[position] for position in positions], vectors)
            self.embedded += len(positions)
            if self._stopped.is_set():
                return
        if new:
            self._cache.sync()
