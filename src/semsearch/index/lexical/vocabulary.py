"""The words of a corpus, for correcting misspelt ones."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import OSA

FILE = "vocabulary.npz"
ONE_EDIT_FROM, TWO_EDITS_FROM = 5, 9
"""From this length of the longer word on, similar words may differ by one edit, or by two."""
_MAX_LETTERS = 40
_MEMO_WORDS = 4_096
"""How many words are memoised with their similar words."""
_BITS = 64
_PAIR_FACTOR = 37
_LETTERS_PER_EDIT, _PAIRS_PER_EDIT = 2, 6
"""How many members one edit changes at most in a word's set of letters, and in its set of letter pairs (six for a
transposition)."""


def edits_allowed(length: int) -> int:
    """Return how many edits similar words may differ by; ``length``: letters of the longer word."""
    return 2 if length >= TWO_EDITS_FROM else int(length >= ONE_EDIT_FROM)


def is_correctable(word: str) -> bool:
    """Return whether a word is long enough for a correction, and has only letters."""
    return ONE_EDIT_FROM - 1 <= len(word) <= _MAX_LETTERS and word.isalpha()


def write_vocabulary(folder: Path, words: Iterable[str]) -> None:
    """Write the correctable ones of ``words``, which may contain duplicates."""
    correctable = sorted({word for word in words if is_correctable(word)}, key=lambda word: (len(word), word))
    letters = np.frombuffer("".join(correctable).encode("utf-32-le"), dtype=np.uint32)
    lengths = np.array([len(word) for word in correctable], dtype=np.uint8)
    with (folder / FILE).open("wb") as stream:
        np.savez(stream, allow_pickle=False, letters=letters, lengths=lengths, masks=_masks(letters, lengths))


def _masks(letters: NDArray[np.uint32], lengths: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """Return for each word its set of letters and its set of pairs of adjacent letters, hashed to 64 bits.

    ``letters``: the code points of all words, concatenated; ``lengths``: the length of each word. The result has shape
    (2, words).
    """
    if not len(lengths):
        return np.empty((2, 0), dtype=np.uint64)
    ends = np.cumsum(lengths, dtype=np.int64)
    starts = ends - lengths
    pairs = np.append(letters[:-1] * np.uint32(_PAIR_FACTOR) + letters[1:], np.uint32(0))
    bits = np.left_shift(np.uint64(1), np.stack((letters, pairs)).astype(np.uint64) % np.uint64(_BITS))
    bits[1, ends - 1] = 0  # the last letter of a word begins no pair
    masks: NDArray[np.uint64] = np.bitwise_or.reduceat(bits, starts, axis=1)
    return masks


class Vocabulary:
    """The words of a version. Thread-safe."""

    def __init__(self, letters: NDArray[np.uint32], lengths: NDArray[np.uint8], masks: NDArray[np.uint64]) -> None:
        self._letters, self._lengths, self._masks = letters, lengths, masks
        self._starts = np.concatenate(([0], np.cumsum(lengths, dtype=np.int64)))
        # No BoundedMemo of a method: it would be a reference cycle, and keep the vocabulary in memory after use.
        self._memo: dict[str, tuple[tuple[str, int], ...]] = {}

    @classmethod
    def open(cls, folder: Path) -> Vocabulary:
        with np.load(folder / FILE, allow_pickle=False) as arrays:
            return cls(arrays["letters"], arrays["lengths"], arrays["masks"])

    def __len__(self) -> int:
        return len(self._lengths)

    def similar_words(self, word: str) -> tuple[tuple[str, int], ...]:
        """Return other words within :func:`edits_allowed`, each with its number of edits, the fewest first.

        An edit inserts, deletes or replaces a letter, or transposes two adjacent letters (optimal string alignment). An
        edit of the first letter counts twice: it is seldom mistyped, and "unhelpful" is no misspelling of "helpful".
        """
        if not is_correctable(word) or not len(self):
            return ()
        if (known := self._memo.get(word)) is not None:
            return known
        if len(self._memo) >= _MEMO_WORDS:
            self._memo.clear()
        similar = self._memo[word] = self._search(word)
        return similar

    def _search(self, word: str) -> tuple[tuple[str, int], ...]:
        """Compare the sets of letters and pairs of all words of similar length, then the few that remain in full."""
        max_edits = edits_allowed(len(word) + 2)  # the other word may be longer by two letters
        own_masks = _masks(
            np.array([ord(letter) for letter in word], dtype=np.uint32), np.array([len(word)], dtype=np.uint8)
        )
        shortest, longest = len(word) - max_edits, len(word) + max_edits
        start, end = np.searchsorted(self._lengths, [shortest, longest + 1])  # words are sorted by length
        letters, pairs = np.bitwise_count(self._masks[:, start:end] ^ own_masks)
        longer = np.maximum(self._lengths[start:end], len(word))
        edits = (longer >= ONE_EDIT_FROM).astype(np.uint8) + (longer >= TWO_EDITS_FROM)
        is_candidate = (letters <= _LETTERS_PER_EDIT * edits) & (pairs <= _PAIRS_PER_EDIT * edits)
        similar = []
        for place in (start + np.flatnonzero(is_candidate)).tolist():
            other = self._word(place)
            allowed = edits_allowed(max(len(word), len(other)))
            distance = OSA.distance(word, other, score_cutoff=allowed) + (word[0] != other[0])
            if word != other and distance <= allowed:
                similar.append((other, distance))
        return tuple(sorted(similar, key=lambda pair: (pair[1], pair[0])))

    def _word(self, place: int) -> str:
        letters = self._letters[self._starts[place] : self._starts[place + 1]]
        return letters.tobytes().decode("utf-32-le")
