"""Embed the texts whose vectors are not cached, on a thread, while the next texts are read."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait

from semsearch.encoding import Encoder, VectorCache
from semsearch.rebuilding.texts import TEMPLATE

_WINDOW = 4_096
"""Texts that are collected before they are embedded: enough to sort by length, few enough to keep memory flat."""
_POLL_SECONDS = 0.2
"""Between two calls of ``on_wait``."""


class Embedder:
    """Puts the vector of every text it is given into the cache.

    One window of texts is embedded on a thread while the next is collected, so that all cores are busy. To be used from
    one thread only, which ends with :meth:`stop`.
    """

    def __init__(self, encoder: Encoder, cache: VectorCache, *, full: bool, on_wait: Callable[[], None]) -> None:
        """``full`` embeds cached texts again. ``on_wait`` is called a few times a second while the caller waits."""
        self._encoder, self._cache, self._full, self._on_wait = encoder, cache, full, on_wait
        self._window: list[tuple[bytes, str]] = []
        self._renewed: set[bytes] = set()
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="semsearch-embedding")
        self._running: Future[None] | None = None
        self._stopped = threading.Event()
        self.added = 0
        self.embedded = 0
        self.reused = 0

    def add(self, text: str, key: bytes | None = None) -> bytes:
        """Add a text and return its key; its vector is in the cache after the next flush.

        ``key``: its cache key, if that is known.
        """
        key = key or self._cache.key(text, TEMPLATE)
        self._window.append((key, text))
        self.added += 1
        if len(self._window) >= _WINDOW:
            self._start()
        return key

    def flush(self) -> None:
        """Wait until the vectors of all added texts are in the cache. Raises the error of any of them."""
        self._start()
        self._wait()

    def stop(self) -> None:
        """Stop after the current batch; vectors of earlier batches stay in the cache."""
        self._stopped.set()
        self._worker.shutdown()

    def _start(self) -> None:
        self._wait()
        window, self._window = self._window, []
        if window:
            self._running = self._worker.submit(self._embed, window)

    def _wait(self) -> None:
        if running := self._running:
            while not wait((running,), timeout=_POLL_SECONDS).done:
                self._on_wait()
            self._running = None
            running.result()

    def _embed(self, window: list[tuple[bytes, str]]) -> None:
        """Embed the new texts of a window; each batch is cached as soon as it is computed."""
        texts = dict(window)
        keys = list(texts)
        if self._full:
            new = [key for key in keys if key not in self._renewed]
            self._renewed.update(new)
        else:
            new = [key for key, known in zip(keys, self._cache.contains(keys), strict=True) if not known]
        self.reused += len(window) - len(new)
        for positions, vectors in self._encoder.encode_documents([texts[key] for key in new]):
            self._cache.add([new[position] for position in positions], vectors)
            self.embedded += len(positions)
            if self._stopped.is_set():
                return
        if new:
            self._cache.sync()
