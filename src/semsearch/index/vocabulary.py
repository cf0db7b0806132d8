"""Which words are written nearly like this one? Words of a corpus, compared without an index of their parts."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import OSA

FILE = "vocabulary.npz"
ONE_EDIT_FROM, TWO_EDITS_FROM = 5, 9
"""Letters of the longer of two words from which one edit, or two, may lie between them."""
_MOST_LETTERS = 40
_ALPHABET = 64


def edits_allowed(length: int) -> int:
    """Between words of which the longer has so many letters."""
    return 2 if length >= TWO_EDITS_FROM else int(length >= ONE_EDIT_FROM)


def correctable(word: str) -> bool:
    """Whether a word may be one that is misspelt: of letters alone, and of some length."""
    return ONE_EDIT_FROM - 1 <= len(word) <= _MOST_LETTERS and word.isalpha()


def write_vocabulary(folder: Path, known: Iterable[str]) -> None:
    """Writes the words that others may be corrected to; ``known`` may hold others too, and one several times."""
    words = sorted({word for word in known if correctable(word)})
    letters = np.frombuffer("".join(words).encode("utf-32-le"), dtype=np.uint32)
    lengths = np.array([len(word) for word in words], dtype=np.uint8)
    with (folder / FILE).open("wb") as stream:
        np.savez(stream, allow_pickle=False, letters=letters, lengths=lengths, masks=_masks(letters, lengths))


def _masks(letters: NDArray[np.uint32], lengths: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """For each word the set of its letters, as bits; shape (words,)."""
    bits = np.left_shift(np.uint64(1), (letters % _ALPHABET).astype(np.uint64))
    starts = np.concatenate(([0], np.cumsum(lengths[:-1], dtype=np.int64)))
    return np.bitwise_or.reduceat(bits, starts) if len(lengths) else np.empty(0, dtype=np.uint64)


class Vocabulary:
    """The words of a version. May be used from many threads."""

    def __init__(self, letters: NDArray[np.uint32], lengths: NDArray[np.uint8], masks: NDArray[np.uint64]) -> None:
        self._letters, self._lengths, self._masks = letters, lengths, masks
        self._starts = np.concatenate(([0], np.cumsum(lengths, dtype=np.int64)))
        self.near = lru_cache(maxsize=4_096)(self._near)

    @classmethod
    def open(cls, folder: Path) -> Vocabulary:
        """An empty one where the version has none."""
        if not (folder / FILE).exists():
            empty = np.empty(0, dtype=np.uint64)
            return cls(empty.astype(np.uint32), empty.astype(np.uint8), empty)
        with np.load(folder / FILE, allow_pickle=False) as arrays:
            return cls(arrays["letters"], arrays["lengths"], arrays["masks"])

    def __len__(self) -> int:
        return len(self._lengths)

    def _near(self, word: str) -> tuple[tuple[str, int], ...]:
        """Other words within the edits allowed, and how many lie between, the fewest first.

        An edit is a letter more, less or another, or two neighbours exchanged (optimal string alignment); one that
        changes the first letter counts twice: people rarely miss it, and "unhelpful" is not "helpful". An edit changes
        the set of letters by two at most, which leaves few words to be compared letter by letter.
        """
        if not correctable(word) or not len(self):
            return ()
        most = edits_allowed(len(word) + 1)
        mine = _masks(
            np.array([ord(letter) for letter in word], dtype=np.uint32), np.array([len(word)], dtype=np.uint8)
        )
        candidates = np.flatnonzero(np.abs(self._lengths.astype(np.int16) - len(word)) <= most)
        alike = np.bitwise_count(self._masks[candidates] ^ mine[0]) <= 2 * most
        found = []
        for place in candidates[alike].tolist():
            other = self._word(place)
            allowed = edits_allowed(max(len(word), len(other)))
            edits = OSA.distance(word, other, score_cutoff=allowed) + (word[0] != other[0])
            if word != other and edits <= allowed:
                found.append((other, edits))
        return tuple(sorted(found, key=lambda pair: (pair[1], pair[0])))

    def _word(self, place: int) -> str:
        letters = self._letters[self._starts[place] : self._starts[place + 1]]
        return letters.tobytes().decode("utf-32-le")
