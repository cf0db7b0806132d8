"""Encodes queries in batches: one thread encodes all queries that arrived while it was busy."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from semsearch.encoding import Encoder
from semsearch.serving.panics import as_exception

MAX_BATCH_SIZE = 16
"""Queries per batch. Larger batches have no higher throughput on a CPU, and all wait for the longest query."""
MAX_CACHED_VECTORS = 10_000
"""Vectors of the queries used last: 15 MB for 384 dimensions."""

log = logging.getLogger(__name__)

_WARM_UP_LENGTHS = (1, 8, 16, 24, 40)
"""Words per query."""

Vector = NDArray[np.float32]
Callback = Callable[[Vector | None, Exception | None], None]
"""Called on the batching thread with a vector of shape (dimension,), or with an error."""


def warm(encoder: Encoder) -> None:
    """Compile the model for batches and for each usual query length. A failure is logged: the model is then compiled
    by the first queries."""
    try:
        encoder.encode_queries(["warm", "up"])
        for length in _WARM_UP_LENGTHS:
            encoder.encode_queries([" ".join(["warm"] * length)])
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException:  # a panic, too
        log.exception("warming up the model failed; the first queries will be slower")


@dataclass(frozen=True, slots=True)
class _PendingQuery:
    """A query and the functions of its caller, whose errors do not reach the batching thread."""

    encoder: Encoder
    text: str
    callback: Callback
    is_wanted: Callable[[], bool]
    key_name: str | None

    def should_be_encoded(self) -> bool:
        """What ``is_wanted`` returns. If it raises, the callback gets the error, and this returns False."""
        try:
            return self.is_wanted()
        except BaseException as error:  # noqa: BLE001
            self.finish(None, as_exception(error))
            return False

    def finish(self, vector: Vector | None, error: Exception | None) -> None:
        """Call the callback, and log what it raises."""
        try:
            self.callback(vector, error)
        except BaseException:
            log.exception("the callback of a query failed")


class Batcher:
    """Encodes queries on its own thread. A query that arrives while the thread is idle is encoded at once; those that
    arrive while a batch is encoded form the next batch. Thread-safe.

    Vectors are cached. Each API key finds only those of its own queries: the time that a search takes must not tell
    what others asked. Queries without a key share theirs.
    """

    def __init__(self, on_batch: Callable[[int], None] = lambda _: None) -> None:
        """``on_batch`` is called with the size of each batch, on the batching thread."""
        self._pending: deque[_PendingQuery] = deque()
        self._changed = threading.Condition()
        self._cache: OrderedDict[tuple[str, str, str | None], Vector] = OrderedDict()
        """Vectors by model fingerprint, query text and name of the API key."""
        self._on_batch, self._is_stopped = on_batch, False
        self._thread = threading.Thread(target=self._run, name="semsearch-inference", daemon=True)
        self._thread.start()

    def cached(self, encoder: Encoder, text: str, key_name: str | None = None) -> Vector | None:
        """The vector of a recent query of an API key, shape (dimension,); None if it is not in the cache."""
        key = (encoder.card.fingerprint, text, key_name)
        with self._changed:
            if (vector := self._cache.get(key)) is not None:
                self._cache.move_to_end(key)
            return vector

    def submit(
        self,
        encoder: Encoder,
        text: str,
        callback: Callback,
        is_wanted: Callable[[], bool] = lambda: True,
        *,
        key_name: str | None = None,
    ) -> None:
        """Encode a query of an API key, or of none, and pass its vector to ``callback``.

        ``is_wanted`` is called just before: where it returns False, the query is dropped and ``callback`` is not
        called. Raises RuntimeError after :meth:`stop`.
        """
        with self._changed:
            if self._is_stopped:
                raise RuntimeError(f"{self._thread.name} has ended")
            self._pending.append(_PendingQuery(encoder, text, callback, is_wanted, key_name))
            self._changed.notify()

    def stop(self) -> None:
        """Encode the queries that are waiting, then end the thread."""
        with self._changed:
            self._is_stopped = True
            self._changed.notify()
        self._thread.join()

    def _run(self) -> None:
        while batch := self._next_batch():
            try:
                vectors = self._encode(batch)
            except BaseException as error:  # noqa: BLE001  (a panic, too: the callers are told, and the thread goes on)
                for query in batch:
                    query.finish(None, as_exception(error))
            else:
                for query in batch:
                    query.finish(vectors[query.text], None)

    def _encode(self, batch: list[_PendingQuery]) -> dict[str, Vector]:
        """Encode a batch, cache its vectors, and return them by text."""
        encoder = batch[0].encoder
        texts = list(dict.fromkeys(query.text for query in batch))
        vectors = dict(zip(texts, encoder.encode_queries(texts), strict=True))
        with self._changed:
            for query in batch:
                self._cache[encoder.card.fingerprint, query.text, query.key_name] = vectors[query.text]
            while len(self._cache) > MAX_CACHED_VECTORS:
                self._cache.popitem(last=False)
        self._on_batch(len(texts))
        return vectors

    def _next_batch(self) -> list[_PendingQuery]:
        """The next queries for one model, at least one; empty once the batcher is stopped and nothing is waiting."""
        batch: list[_PendingQuery] = []
        with self._changed:
            while not batch:
                while not self._pending:
                    if self._is_stopped:
                        return []
                    self._changed.wait()
                while self._pending and len(batch) < MAX_BATCH_SIZE:
                    if batch and self._pending[0].encoder is not batch[0].encoder:
                        break
                    query = self._pending.popleft()
                    if query.should_be_encoded():
                        batch.append(query)
        return batch
