"""Results of functions of one post, kept from one rebuild to the next by a process that rebuilds again and again."""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Callable, Hashable
from dataclasses import fields
from operator import attrgetter
from typing import Any, Protocol, TypeVar

from semsearch.posts import Post

T = TypeVar("T")

_values = attrgetter(*(field.name for field in fields(Post)))


class Call(Protocol):
    """Returns ``function(post, *context)``, which depends on nothing else."""

    def __call__(self, function: Callable[..., T], post: Post, *context: Hashable) -> T: ...


def compute(function: Callable[..., T], post: Post, *context: Hashable) -> T:
    """Call a function: a :class:`Call` without memory."""
    return function(post, *context)


MAX_RESULTS = 30_000
"""Results in memory: of 5,000 posts, which take up to 250 MB. What is beyond is computed each time."""


class PostMemory:
    """Calls functions of a post only for posts that were not in the rebuild before.

    To be used from one thread. Results are shared between rebuilds and must not be changed.
    """

    def __init__(self) -> None:
        self._before: dict[Hashable, Any] = {}
        self._now: dict[Hashable, Any] = {}
        self._last: tuple[Post | None, bytes] = (None, b"")

    def call(self, function: Callable[..., T], post: Post, *context: Hashable) -> T:
        """Return the result of a function, as a :class:`Call`."""
        key = (function, self._digest(post), *context)
        if key in self._now:
            known: T = self._now[key]
            return known
        result: T = self._before[key] if key in self._before else function(post, *context)
        if len(self._now) < MAX_RESULTS:
            self._now[key] = result
        return result

    def end_rebuild(self) -> None:
        """Forget the results that the rebuild did not need."""
        self._before, self._now = self._now, {}

    def _digest(self, post: Post) -> bytes:
        if self._last[0] is not post:  # several functions are called for a post in a row
            self._last = (post, hashlib.blake2b(pickle.dumps(_values(post)), digest_size=16).digest())
        return self._last[1]
