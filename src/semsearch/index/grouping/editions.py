"""Works and their editions: near-duplicates, and translations found by a field of the post or by address."""

from __future__ import annotations

import re
from array import array

import numpy as np
from numpy.typing import NDArray

from semsearch.posts import Post

_NO_HASH = 0
_HASH_MASK = (1 << 63) - 1

Groups = tuple[NDArray[np.int64], NDArray[np.int64]]
"""Two arrays of equal length: posts, and the number of a group that each is in. A post may occur several times."""


class EditionFinder:
    """Collects posts in the order of their ordinals, then groups them into works. Keeps 32 bytes of each post."""

    def __init__(self) -> None:
        self._ids, self._originals, self._addresses, self._languages = (array("q") for _ in range(4))

    def add(self, post: Post) -> None:
        language = (post.language or "").lower()
        self._ids.append(_hash(post.id))
        self._originals.append(_hash(post.translation_of or post.id))
        self._addresses.append(_hash(_without_language(post.url, language)) if language and post.url else _NO_HASH)
        self._languages.append(_hash(language))

    def works(self, duplicate_group: NDArray[np.int32]) -> NDArray[np.int32]:
        """Return for each post the ordinal of the first post of its work, shape (posts,).

        ``duplicate_group``: the representative of each post's duplicate group, shape (posts,).
        """
        ordinals = np.arange(len(duplicate_group))
        works, previous = ordinals.copy(), np.empty(0, dtype=np.int64)
        groupings = [(ordinals, duplicate_group.astype(np.int64)), self._by_original(), self._by_address()]
        while not np.array_equal(works, previous):  # until no more groups merge
            previous = works.copy()
            for posts, group in groupings:
                first = np.full(int(group.max(initial=-1)) + 1, len(ordinals))
                np.minimum.at(first, group, works[posts])
                np.minimum.at(works, posts, first[group])
        return works.astype(np.int32)

    def _by_original(self) -> Groups:
        """Group each post with the post that it names as its original."""
        ids, originals = (np.frombuffer(values, dtype=np.int64) for values in (self._ids, self._originals))
        group = np.unique(np.concatenate((ids, originals)), return_inverse=True)[1]
        return np.tile(np.arange(len(ids)), 2), group.astype(np.int64)

    def _by_address(self) -> Groups:
        """Group posts whose addresses differ only in the language, unless two of them are in the same language."""
        addresses, languages = (np.frombuffer(values, dtype=np.int64) for values in (self._addresses, self._languages))
        posts = np.flatnonzero(addresses != _NO_HASH)
        group = np.unique(addresses[posts], return_inverse=True)[1].astype(np.int64)
        in_language = np.unique(np.stack([group, languages[posts]], axis=1), axis=0)[:, 0]
        is_distinct = np.bincount(in_language, minlength=len(group)) == np.bincount(group, minlength=len(group))
        return posts[is_distinct[group]], group[is_distinct[group]]


def _hash(text: str) -> int:
    return hash(text) & _HASH_MASK


def _without_language(url: str, language: str) -> str:
    """Return an address without the part for the language, as in ``/de/post``, ``de.…/post``, ``post.de.html``."""
    forms = dict.fromkeys((language, language.replace("-", "_"), language.partition("-")[0]))
    names = "|".join(map(re.escape, forms))
    plain = url.partition("#")[0].rstrip("/")
    return re.sub(rf"(?i)(?<=[/.])(?:{names})(?=[/.]|$)[/.]?", "", plain, count=1).rstrip("/.")
