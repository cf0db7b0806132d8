"""Which posts are one post in several languages? By what they say of each other, or by addresses that tell."""

from __future__ import annotations

import re
from array import array

import numpy as np
from numpy.typing import NDArray

from semsearch.posts import Post

FIELD = "translation_of"
"""A key of a post that names, by id, the post that it is a translation of."""
_NONE = 0
_HASH = (1 << 63) - 1


class EditionFinder:
    """Collects posts in their order; of each, 24 bytes stay."""

    def __init__(self) -> None:
        self._originals, self._addresses, self._languages = array("q"), array("q"), array("q")

    def add(self, post: Post) -> None:
        original, language = post.extra.get(FIELD), (post.language or "").lower()
        said = original.strip() if isinstance(original, str) else ""
        self._originals.append(_hashed(said or post.id))
        self._addresses.append(_hashed(_without_language(post.url, language)) if language and post.url else _NONE)
        self._languages.append(_hashed(language))

    def firsts(self) -> NDArray[np.int32]:
        """For each post the first of its editions, itself where it has no other.

        Addresses tell only where no two of the posts are in one language.
        """
        originals, addresses, languages = (
            np.frombuffer(values, dtype=np.int64) for values in (self._originals, self._addresses, self._languages)
        )
        firsts = _first_of(originals)
        with_address = np.flatnonzero(addresses != _NONE)
        groups = _first_of(addresses[with_address])
        in_language = np.unique(np.stack([groups, languages[with_address]], axis=1), axis=0)[:, 0]
        posts = np.bincount(groups, minlength=len(groups))
        apart = np.bincount(in_language, minlength=len(groups)) == posts
        told = apart[groups]
        np.minimum.at(firsts, with_address[told], with_address[groups[told]])
        return firsts[firsts].astype(np.int32)


def _first_of(values: NDArray[np.int64]) -> NDArray[np.int64]:
    """For each value the place of the first that is equal to it."""
    _, first, place = np.unique(values, return_index=True, return_inverse=True)
    return first[place].astype(np.int64)


def _hashed(text: str) -> int:
    return hash(text) & _HASH


def _without_language(url: str, language: str) -> str:
    """An address without what names its language: those of ``/de/post``, ``de.…/post`` and ``post.de.html``."""
    forms = dict.fromkeys((language, language.replace("-", "_"), language.partition("-")[0]))
    names = "|".join(map(re.escape, forms))
    plain = url.partition("#")[0].rstrip("/")
    return re.sub(rf"(?i)(?<=[/.])(?:{names})(?=[/.]|$)[/.]?", "", plain, count=1).rstrip("/.")
