"""Which posts are one work? Near-duplicates, and translations by what they say of each other or by their addresses."""

from __future__ import annotations

import re
from array import array

import numpy as np
from numpy.typing import NDArray

from semsearch.posts import Post
from semsearch.text import clean

FIELD = "translation_of"
"""A key of a post that names, by id, the post that it is a translation of."""
_NONE = 0
_HASH = (1 << 63) - 1

Groups = tuple[NDArray[np.int64], NDArray[np.int64]]
"""Posts, and for each the number of a group that it is in; a post may be there several times."""


class EditionFinder:
    """Collects posts in their order; of each, 32 bytes stay."""

    def __init__(self) -> None:
        self._ids, self._originals, self._addresses, self._languages = (array("q") for _ in range(4))

    def add(self, post: Post) -> None:
        original, language = post.extra.get(FIELD), (post.language or "").lower()
        said = clean(original) if isinstance(original, str) else ""
        self._ids.append(_hashed(post.id))
        self._originals.append(_hashed(said or post.id))
        self._addresses.append(_hashed(_without_language(post.url, language)) if language and post.url else _NONE)
        self._languages.append(_hashed(language))

    def firsts(self, copy_of: NDArray[np.int32]) -> NDArray[np.int32]:
        """For each post the first of its work, itself where it is the only one.

        ``copy_of``: the first of each post's near-duplicates.
        """
        every = np.arange(len(copy_of))
        firsts, before = every.copy(), np.empty(0, dtype=np.int64)
        groups = [(every, copy_of.astype(np.int64)), self._by_what_they_say(), self._by_address()]
        while not np.array_equal(firsts, before):  # until nothing joins any more
            before = firsts.copy()
            for posts, group in groups:
                first = np.full(int(group.max(initial=-1)) + 1, len(every))
                np.minimum.at(first, group, firsts[posts])
                np.minimum.at(firsts, posts, first[group])
        return firsts.astype(np.int32)

    def _by_what_they_say(self) -> Groups:
        ids, originals = (np.frombuffer(values, dtype=np.int64) for values in (self._ids, self._originals))
        group = np.unique(np.concatenate((ids, originals)), return_inverse=True)[1]
        return np.tile(np.arange(len(ids)), 2), group.astype(np.int64)

    def _by_address(self) -> Groups:
        """Only where no two posts of an address are in one language."""
        addresses, languages = (np.frombuffer(values, dtype=np.int64) for values in (self._addresses, self._languages))
        posts = np.flatnonzero(addresses != _NONE)
        group = np.unique(addresses[posts], return_inverse=True)[1].astype(np.int64)
        in_language = np.unique(np.stack([group, languages[posts]], axis=1), axis=0)[:, 0]
        apart = np.bincount(in_language, minlength=len(group)) == np.bincount(group, minlength=len(group))
        return posts[apart[group]], group[apart[group]]


def _hashed(text: str) -> int:
    return hash(text) & _HASH


def _without_language(url: str, language: str) -> str:
    """An address without what names its language: those of ``/de/post``, ``de.…/post`` and ``post.de.html``."""
    forms = dict.fromkeys((language, language.replace("-", "_"), language.partition("-")[0]))
    names = "|".join(map(re.escape, forms))
    plain = url.partition("#")[0].rstrip("/")
    return re.sub(rf"(?i)(?<=[/.])(?:{names})(?=[/.]|$)[/.]?", "", plain, count=1).rstrip("/.")
