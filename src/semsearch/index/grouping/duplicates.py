"""Near-duplicates: posts in, and for each the representative of its duplicate group out."""

from __future__ import annotations

import hashlib
import zlib
from array import array
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from semsearch.index.grouping.folding import folded_text, folded_words, without_dates
from semsearch.index.grouping.sketches import MIN_SHINGLES, SHINGLE_WORDS, Sketches, sketch
from semsearch.posts import Post

_MIN_WORDS = MIN_SHINGLES + SHINGLE_WORDS - 1
_WINDOW_WORDS = 262_144
"""How many words to collect before they are sketched."""


@dataclass(frozen=True, slots=True)
class FoldedPost:
    """What is compared of a post."""

    digest: bytes
    """A hash of the folded title, teaser and body."""
    words: array[int]
    """Hashes of the folded words of teaser and body without dates; empty if they are too few for a sketch."""
    seed: int
    """A hash of language and numbers: they differ between posts that are no near-duplicates."""


def fold(post: Post) -> FoldedPost:
    """Return what is compared of a post."""
    title, teaser, body = folded_words(post.title), folded_words(post.teaser), folded_words(post.body)
    parts = (folded_text(post.title, title), folded_text(post.teaser, teaser), folded_text(post.body, body))
    digest = hashlib.blake2b(b"\x00".join(parts), digest_size=8).digest()
    text, numbers = teaser + body, list[bytes]()
    if len(text) >= _MIN_WORDS:
        text, numbers = without_dates(text)
    if len(text) < _MIN_WORDS:
        return FoldedPost(digest, array("I"), 0)
    numbers += sorted(set(without_dates(title)[1]).difference(numbers))
    seed = zlib.crc32(b"\x00".join([(post.language or "").lower().encode(), *numbers]))
    return FoldedPost(digest, array("I", map(zlib.crc32, text)), seed)


class DuplicateFinder:
    """Collects posts in the order of their ordinals, then groups near-duplicates.

    Two posts are near-duplicates if title, teaser and body are equal except for case, accents, punctuation and white
    space. They are also near-duplicates if all of these hold:

    - teaser and body of each have at least ``MIN_SHINGLES`` distinct shingles,
    - those of the two resemble each other by ``MIN_RESEMBLANCE``,
    - language and numbers are the same, since successive releases, reports or episodes often differ only in a number.

    Dates with a day and month may differ, as they do in a text that is published again, and so may titles.

    Keeps 8 bytes of each post in memory, and 56 more of a post with enough shingles. All hashes are independent of the
    process.
    """

    def __init__(self) -> None:
        self._digests = bytearray()
        self._words = array("I")
        self._pending: list[tuple[int, int, int]] = []
        self._sketches: list[Sketches] = []

    def add(self, post: Post, folded: FoldedPost | None = None) -> None:
        """Add a post. ``folded``: the post as :func:`fold` returns it, if that is known."""
        folded = folded or fold(post)
        ordinal = len(self._digests) // 8
        self._digests += folded.digest
        if folded.words:
            self._words.extend(folded.words)
            self._pending.append((ordinal, len(folded.words), folded.seed))
            if len(self._words) >= _WINDOW_WORDS:
                self._sketch_pending()

    def _sketch_pending(self) -> None:
        if self._pending:
            ordinals, lengths, seeds = np.array(self._pending, dtype=np.int64).T
            words = np.frombuffer(self._words, dtype=np.uint32)
            self._sketches.append(sketch(ordinals, words, lengths, seeds))
            self._words, self._pending = array("I"), []

    def groups(self) -> NDArray[np.int32]:
        """Return for each post the ordinal of the representative of its group, shape (posts,).

        The representative is the first post of the group. Groups have no chains: each member is a near-duplicate of the
        representative. A post with several possible representatives joins the earliest.
        """
        self._sketch_pending()
        groups = _first_equal(np.frombuffer(bytes(self._digests), dtype=np.uint64))
        sketches = Sketches.concatenate(self._sketches)
        sketches = sketches.take(np.flatnonzero(groups[sketches.ordinals] == sketches.ordinals))
        groups[sketches.ordinals] = sketches.ordinals[_representatives(sketches)]
        return groups[groups].astype(np.int32)


def _first_equal(values: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Return for each value the place of the first value equal to it."""
    _, first, place = np.unique(values, return_index=True, return_inverse=True)
    return first[place].astype(np.int64)


def _representatives(sketches: Sketches) -> NDArray[np.int64]:
    """Return for each sketch the place of the first sketch of its group."""
    representatives = _first_equal(sketches.digests())
    places = np.flatnonzero(representatives == np.arange(len(sketches)))
    distinct = sketches.take(places)
    group = np.arange(len(distinct))
    for later, earlier in distinct.near_pairs().tolist():  # sorted by the later, so the group of the earlier is final
        if group[later] == later and group[earlier] == earlier:
            group[later] = earlier
    representatives[places] = places[group]
    resolved: NDArray[np.int64] = representatives[representatives]
    return resolved
