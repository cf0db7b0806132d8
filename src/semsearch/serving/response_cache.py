"""What was answered already? Bodies by version, curation and request, those asked for last."""

from __future__ import annotations

import datetime as dt
import hashlib
import threading
import time
from collections import OrderedDict
from collections.abc import Hashable

from semsearch.search import Searcher, SearchRequest

MOST_BYTES = 32 * 1024 * 1024
"""Of bodies that are kept."""

OVERHEAD = 300
"""Bytes that are taken by each of them besides."""

Key = tuple[str, Hashable, Hashable, dt.date | None]
"""What an answer depends on: the version, the state of the curation, the request, and the day where new posts are
lifted."""


def key_of(searcher: Searcher, request: Hashable) -> Key:
    """What the answer to a request depends on."""
    lifted = isinstance(request, SearchRequest) and request.recency.weight > 0
    curation = searcher.curation.held if searcher.curation else None
    return searcher.snapshot.version, curation, request, dt.datetime.now(dt.UTC).date() if lifted else None


def etag(key: Key) -> str:
    """Names what an answer says; weak (RFC 9110), since each has an id of its own besides."""
    return f'W/"{hashlib.blake2b(repr(key).encode(), digest_size=12).hexdigest()}"'


class Answers:
    """Bodies that were sent, without what :func:`signed` adds. May be used from many threads."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._bodies: OrderedDict[str, bytes] = OrderedDict()
        """By tag: a request may be larger than its answer."""
        self._bytes, self._most_bytes = 0, most_bytes
        self._lock = threading.Lock()

    def get(self, tag: str) -> bytes | None:
        """The body that an :func:`etag` names. None for what is not known, or not any more."""
        with self._lock:
            if (body := self._bodies.get(tag)) is not None:
                self._bodies.move_to_end(tag)
            return body

    def put(self, tag: str, body: bytes) -> None:
        """Keeps a body, and forgets those that nobody asked for the longest."""
        with self._lock:
            if (before := self._bodies.pop(tag, None)) is not None:
                self._bytes -= len(before) + OVERHEAD
            self._bodies[tag] = body
            self._bytes += len(body) + OVERHEAD
            while self._bytes > self._most_bytes:
                self._bytes -= len(self._bodies.popitem(last=False)[1]) + OVERHEAD


def signed(body: bytes, request_id: str, started: float) -> bytes:
    """A body with the id of its request, and the milliseconds since that came."""
    milliseconds = str(round((time.perf_counter() - started) * 1_000, 3)).encode()
    return b'%b,"processing_time_ms":%b,"request_id":"%b"}' % (body[:-1], milliseconds, request_id.encode())
