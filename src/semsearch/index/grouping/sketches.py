"""Sketches of texts in 56 bytes, by which near-duplicates are found and compared.

MinHash finds the pairs to compare (Broder, 1997); odd sketches estimate how many shingles differ (Mitzenmacher, Pagh
and Pham, WWW 2014).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SHINGLE_WORDS = 3
"""A shingle is a run of this many words."""
MIN_SHINGLES = 40
"""Texts with fewer distinct shingles, about 42 words, have no sketch. In a shorter text a single word may be the whole
difference between two posts of one form, so short posts are near-duplicates only if their folded texts are equal."""
MIN_RESEMBLANCE = 0.85
"""The least share of common shingles among all shingles of two near-duplicates (Broder, 1997). In 60 words it allows
one changed word, or ten added at an end. One form filled in for different subjects comes near 0.8."""
MAX_DIFFERING = 48
"""The most shingles in which near-duplicates of any length may differ; ``_PARITY_BITS`` cannot count more."""

_MINHASHES = 6  # one in 90,000 pairs of the least resemblance has no minimum in common
_PARITY_BITS = 192
_MAX_NEIGHBOURS = 8
"""Texts that a text is compared with for each minimum. Bounded, so that a shingle in all posts causes no quadratic
work."""
_HASH_BITS = 40
_PARITY_MULTIPLIER = np.uint64(0xD6E8FEB86659FD93)
_MULTIPLIERS = np.array(
    [
        *(0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB),
        *(0xC2B2AE3D27D4EB4F, 0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53),
    ],
    dtype=np.uint64,
)
"""Odd numbers with well spread bits, as hash functions use them; each puts the shingles into another order."""


@dataclass(frozen=True, slots=True)
class Sketches:
    """Sketches of posts, in the order of posts."""

    ordinals: NDArray[np.int32]
    """Shape (sketches,)."""
    sizes: NDArray[np.int32]
    """Shape (sketches,): the number of distinct shingles."""
    minima: NDArray[np.uint32]
    """Shape (sketches, _MINHASHES). The probability that a minimum of two texts with the same seed is equal is their
    resemblance."""
    parities: NDArray[np.uint64]
    """Shape (sketches, _PARITY_BITS / 64): each bit is the parity of the number of shingles that hash to it."""

    @classmethod
    def concatenate(cls, parts: list[Sketches]) -> Sketches:
        if not parts:
            none = np.empty(0, dtype=np.int32)
            return cls(none, none, np.empty((0, _MINHASHES), np.uint32), np.empty((0, _PARITY_BITS // 64), np.uint64))
        return cls(
            np.concatenate([part.ordinals for part in parts]),
            np.concatenate([part.sizes for part in parts]),
            np.concatenate([part.minima for part in parts]),
            np.concatenate([part.parities for part in parts]),
        )

    def take(self, places: NDArray[np.intp]) -> Sketches:
        return Sketches(self.ordinals[places], self.sizes[places], self.minima[places], self.parities[places])

    def __len__(self) -> int:
        return len(self.ordinals)

    def digests(self) -> NDArray[np.uint64]:
        """Return a hash of each sketch without its ordinal, shape (sketches,)."""
        digests = self.sizes.astype(np.uint64)
        for column in (*self.minima.T, *self.parities.T):
            digests = _mix(digests ^ column)
        return digests

    def near_pairs(self) -> NDArray[np.int64]:
        """Return the pairs of near-duplicates as places (later, earlier), sorted; shape (pairs, 2)."""
        found = [np.empty((0, 2), dtype=np.int64)]
        for left, right in candidate_pairs(self.minima):
            pairs = np.stack([np.maximum(left, right), np.minimum(left, right)], axis=1)
            pairs = pairs[left != right]
            found.append(pairs[self._are_near(*pairs.T)])
        return np.unique(np.concatenate(found), axis=0)

    def _are_near(self, left: NDArray[np.int64], right: NDArray[np.int64]) -> NDArray[np.bool_]:
        unequal_bits = np.bitwise_count(self.parities[left] ^ self.parities[right]).sum(axis=1)
        differing = DIFFERING_SHINGLES[unequal_bits]
        total = self.sizes[left] + self.sizes[right]  # counts common shingles twice
        near: NDArray[np.bool_] = (differing <= MAX_DIFFERING) & (
            total - differing >= MIN_RESEMBLANCE * (total + differing)
        )
        return near


def sketch(
    ordinals: NDArray[np.int64], words: NDArray[np.uint32], lengths: NDArray[np.int64], seeds: NDArray[np.int64]
) -> Sketches:
    """Return the sketches of some posts, except those with fewer than MIN_SHINGLES distinct shingles.

    ``words`` are the hashes of the words of all posts, concatenated. The other arrays have one value for each post:
    its ordinal, its number of words, and a seed; posts of different seeds have no minima in common.
    """
    keys = np.sort(_shingles(words, lengths))
    keys = keys[np.append([True], keys[1:] != keys[:-1])]
    posts = keys >> np.uint64(_HASH_BITS)
    starts = np.concatenate(([0], np.flatnonzero(posts[1:] != posts[:-1]) + 1)).astype(np.intp)
    sizes = np.diff(np.append(starts, len(keys)))
    hashes = keys & np.uint64((1 << _HASH_BITS) - 1)
    seed = _mix(seeds.astype(np.uint64))
    minima = [_mix(np.minimum.reduceat(hashes * factor, starts) ^ seed) for factor in _MULTIPLIERS]
    enough = sizes >= MIN_SHINGLES
    return Sketches(
        ordinals[enough].astype(np.int32),
        sizes[enough].astype(np.int32),
        (np.stack(minima, axis=1)[enough] >> np.uint64(32)).astype(np.uint32),
        parities(hashes, starts)[enough],
    )


def _shingles(words: NDArray[np.uint32], lengths: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Return for each shingle the place of its post, shifted left by ``_HASH_BITS``, plus a hash of its words."""
    posts = np.repeat(np.arange(len(lengths), dtype=np.uint64), lengths)
    last = SHINGLE_WORDS - 1
    hashes = np.zeros(len(words) - last, dtype=np.uint64)
    for n in range(SHINGLE_WORDS):
        hashes = _mix(hashes + words[n : len(words) - last + n])
    keys = posts[last:] << np.uint64(_HASH_BITS) | hashes >> np.uint64(64 - _HASH_BITS)
    in_one_post: NDArray[np.uint64] = keys[posts[last:] == posts[:-last]]
    return in_one_post


def parities(hashes: NDArray[np.uint64], starts: NDArray[np.intp]) -> NDArray[np.uint64]:
    """Return the odd sketches of runs of hashes, shape (runs, _PARITY_BITS / 64). ``starts``: where each run begins."""
    places = (hashes * _PARITY_MULTIPLIER >> np.uint64(32)) % np.uint64(_PARITY_BITS)
    bits = np.left_shift(np.uint64(1), places % np.uint64(64))
    parts = places // np.uint64(64)
    columns = [np.bitwise_xor.reduceat(np.where(parts == n, bits, 0), starts) for n in range(_PARITY_BITS // 64)]
    return np.stack(columns, axis=1).astype(np.uint64)


def _mix(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Apply the finalizer of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014), which spreads every bit."""
    values = values + _MULTIPLIERS[0]
    values = (values ^ values >> np.uint64(30)) * _MULTIPLIERS[1]
    values = (values ^ values >> np.uint64(27)) * _MULTIPLIERS[2]
    mixed: NDArray[np.uint64] = values ^ values >> np.uint64(31)
    return mixed


def candidate_pairs(minima: NDArray[np.uint32]) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Yield pairs of places of texts that have a minimum in common, as two arrays of equal length.

    Each of the texts with one minimum is paired with the earliest of them and with ``_MAX_NEIGHBOURS`` others,
    preferably ones that share the next minimum too.
    """
    for n in range(_MINHASHES):
        order = np.lexsort((minima[:, (n + 1) % _MINHASHES], minima[:, n])).astype(np.int64)
        values, block, sizes = np.unique(minima[order, n], return_inverse=True, return_counts=True)
        shared = sizes[block] > 1  # most minima occur once
        order, block = order[shared], block[shared]
        earliest = np.full(len(values), len(minima))
        np.minimum.at(earliest, block, order)
        yield order, earliest[block]
        for step in range(1, min(_MAX_NEIGHBOURS + 1, len(order))):
            in_one_block = block[step:] == block[:-step]
            yield order[step:][in_one_block], order[:-step][in_one_block]


def _differing_shingles() -> NDArray[np.float64]:
    """Return the estimated number of differing shingles for each number of unequal parity bits.

    It is the number of balls that leaves so many of ``_PARITY_BITS`` bins with an odd count.
    """
    odd = np.minimum(np.arange(_PARITY_BITS + 1), _PARITY_BITS / 2 - 0.5)  # from one half on the estimate is infinite
    return -_PARITY_BITS / 2 * np.log1p(-2 * odd / _PARITY_BITS)


DIFFERING_SHINGLES = _differing_shingles()
