"""Which words are written nearly like this one? Words of a corpus, compared without an index of their parts."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import OSA

FILE = "vocabulary.npz"
ONE_EDIT_FROM, TWO_EDITS_FROM = 5, 9
"""Letters of the longer of two words from which one edit, or two, may lie between them."""
_MOST_LETTERS = 40
_REMEMBERED = 4_096
"""Words that were looked for, with what is near them."""
_BITS = 64
_PAIR_FACTOR = 37
_LETTERS_AN_EDIT, _PAIRS_AN_EDIT = 2, 6
"""How many members an edit changes at most of the set of letters, and of that of pairs (where two are exchanged)."""


def edits_allowed(length: int) -> int:
    """Between words of which the longer has so many letters."""
    return 2 if length >= TWO_EDITS_FROM else int(length >= ONE_EDIT_FROM)


def correctable(word: str) -> bool:
    """Whether a word may be one that is misspelt: of letters alone, and of some length."""
    return ONE_EDIT_FROM - 1 <= len(word) <= _MOST_LETTERS and word.isalpha()


def write_vocabulary(folder: Path, known: Iterable[str]) -> None:
    """Writes the words that others may be corrected to; ``known`` may hold others too, and one several times."""
    words = sorted({word for word in known if correctable(word)}, key=lambda word: (len(word), word))
    letters = np.frombuffer("".join(words).encode("utf-32-le"), dtype=np.uint32)
    lengths = np.array([len(word) for word in words], dtype=np.uint8)
    with (folder / FILE).open("wb") as stream:
        np.savez(stream, allow_pickle=False, letters=letters, lengths=lengths, masks=_masks(letters, lengths))


def _masks(letters: NDArray[np.uint32], lengths: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """For each word the set of its letters, and that of its pairs of neighbours, as bits; shape (2, words)."""
    if not len(lengths):
        return np.empty((2, 0), dtype=np.uint64)
    ends = np.cumsum(lengths, dtype=np.int64)
    starts = ends - lengths
    pairs = np.append(letters[:-1] * np.uint32(_PAIR_FACTOR) + letters[1:], np.uint32(0))
    bits = np.left_shift(np.uint64(1), np.stack((letters, pairs)).astype(np.uint64) % np.uint64(_BITS))
    bits[1, ends - 1] = 0  # a word's last letter has no neighbour
    masks: NDArray[np.uint64] = np.bitwise_or.reduceat(bits, starts, axis=1)
    return masks


class Vocabulary:
    """The words of a version. May be used from many threads."""

    def __init__(self, letters: NDArray[np.uint32], lengths: NDArray[np.uint8], masks: NDArray[np.uint64]) -> None:
        self._letters, self._lengths, self._masks = letters, lengths, masks
        self._starts = np.concatenate(([0], np.cumsum(lengths, dtype=np.int64)))
        self._found: dict[str, tuple[tuple[str, int], ...]] = {}
        """What is near to words that were looked for."""

    @classmethod
    def open(cls, folder: Path) -> Vocabulary:
        """An empty one where the version has none."""
        if not (folder / FILE).exists():
            empty = np.empty(0, dtype=np.uint64)
            return cls(empty.astype(np.uint32), empty.astype(np.uint8), np.stack((empty, empty)))
        with np.load(folder / FILE, allow_pickle=False) as arrays:
            return cls(arrays["letters"], arrays["lengths"], arrays["masks"])

    def __len__(self) -> int:
        return len(self._lengths)

    def near(self, word: str) -> tuple[tuple[str, int], ...]:
        """Other words within the edits allowed, and how many lie between, the fewest first.

        An edit is a letter more, less or another, or two neighbours exchanged (optimal string alignment); one that
        changes the first letter counts twice: people rarely miss it, and "unhelpful" is not "helpful". An edit changes
        little of the sets of letters and pairs, which leaves few words to be compared letter by letter.
        """
        if not correctable(word) or not len(self):
            return ()
        if (known := self._found.get(word)) is not None:
            return known
        if len(self._found) >= _REMEMBERED:
            self._found.clear()
        found = self._found[word] = self._look_for(word)
        return found

    def _look_for(self, word: str) -> tuple[tuple[str, int], ...]:
        most = edits_allowed(len(word) + 2)  # the other may be longer by as many
        mine = _masks(
            np.array([ord(letter) for letter in word], dtype=np.uint32), np.array([len(word)], dtype=np.uint8)
        )
        shortest, longest = len(word) - most, len(word) + most
        start, end = np.searchsorted(self._lengths, [shortest, longest + 1])  # words of one length stand together
        letters, pairs = np.bitwise_count(self._masks[:, start:end] ^ mine)
        longer = np.maximum(self._lengths[start:end], len(word))
        edits = (longer >= ONE_EDIT_FROM).astype(np.uint8) + (longer >= TWO_EDITS_FROM)
        alike = (letters <= _LETTERS_AN_EDIT * edits) & (pairs <= _PAIRS_AN_EDIT * edits)
        found = []
        for place in (start + np.flatnonzero(alike)).tolist():
            other = self._word(place)
            allowed = edits_allowed(max(len(word), len(other)))
            between = OSA.distance(word, other, score_cutoff=allowed) + (word[0] != other[0])
            if word != other and between <= allowed:
                found.append((other, between))
        return tuple(sorted(found, key=lambda pair: (pair[1], pair[0])))

    def _word(self, place: int) -> str:
        letters = self._letters[self._starts[place] : self._starts[place + 1]]
        return letters.tobytes().decode("utf-32-le")
