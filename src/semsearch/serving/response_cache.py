"""Cache of response bodies, by API key, version, curation and request."""

from __future__ import annotations

import datetime as dt
import hashlib
import threading
import time
from collections import OrderedDict
from collections.abc import Hashable

from semsearch.search import Searcher, SearchRequest

MAX_BYTES = 32 * 1024 * 1024
"""Total size of the cached bodies."""

OVERHEAD_BYTES = 300
"""Memory that an entry takes besides its body."""

Key = tuple[str, Hashable, Hashable, dt.date | None]
"""All that a response depends on: version, state of the curation, request, and the day if recency or dated pins
count."""


def cache_key(searcher: Searcher, request: Hashable) -> Key:
    """The key of the response of a searcher to a request."""
    dated_pins = searcher.curation is not None and searcher.curation.latest.depends_on_day
    depends_on_day = isinstance(request, SearchRequest) and (request.recency.weight > 0 or dated_pins)
    curation = searcher.curation.fingerprint if searcher.curation else None
    return searcher.snapshot.version, curation, request, dt.datetime.now(dt.UTC).date() if depends_on_day else None


def etag(key: Key) -> str:
    """The entity tag of a response; weak (RFC 9110), since request id and processing time differ each time."""
    return f'W/"{hashlib.blake2b(repr(key).encode(), digest_size=12).hexdigest()}"'


class ResponseCache:
    """Bodies without the fields of :func:`add_request_fields`; the least recently used are evicted. Thread-safe.

    Each API key finds only the responses to its own requests: the time that a response takes must not tell what others
    asked. Requests without a key share theirs.
    """

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._bodies: OrderedDict[tuple[str, str | None], bytes] = OrderedDict()
        """By entity tag and name of the API key: a request may be larger than its response."""
        self._bytes, self._max_bytes = 0, max_bytes
        self._lock = threading.Lock()

    def get(self, tag: str, key_name: str | None = None) -> bytes | None:
        """The body with this :func:`etag` that was sent to an API key, or without one; None if it is not there."""
        with self._lock:
            if (body := self._bodies.get((tag, key_name))) is not None:
                self._bodies.move_to_end((tag, key_name))
            return body

    def put(self, tag: str, body: bytes, key_name: str | None = None) -> None:
        """Store a body, and evict others as needed."""
        with self._lock:
            if (previous := self._bodies.pop((tag, key_name), None)) is not None:
                self._bytes -= len(previous) + OVERHEAD_BYTES
            self._bodies[tag, key_name] = body
            self._bytes += len(body) + OVERHEAD_BYTES
            while self._bytes > self._max_bytes:
                self._bytes -= len(self._bodies.popitem(last=False)[1]) + OVERHEAD_BYTES


def add_request_fields(body: bytes, request_id: str, started: float) -> bytes:
    """A body, which is a JSON object, with the request id and the processing time since ``started``
    (``time.perf_counter``)."""
    milliseconds = str(round((time.perf_counter() - started) * 1_000, 3)).encode()
    return b'%b,"processing_time_ms":%b,"request_id":"%b"}' % (body[:-1], milliseconds, request_id.encode())
