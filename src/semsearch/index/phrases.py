"""The key phrases of each post: what it is about, in its own words."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray

from semsearch.analysis.phrases import NameEvidence, Phrase, PhraseFinders
from semsearch.analysis.stems import Analyzer
from semsearch.index.lexical.terms import inverse_document_frequency
from semsearch.posts import Post

FILE = "phrases.npz"
MAX_PHRASES = 32
"""Phrases stored for each post, those of the highest weight."""
TITLE_WEIGHT, TAG_WEIGHT, TEASER_WEIGHT, BODY_WEIGHT = 3, 3, 2, 1
"""How many times an occurrence counts."""
MIN_COUNT = 2
"""Weighted occurrences from which a post is about what a phrase names: it is in title or teaser, or repeated."""
MIN_COUNT_OF_PLAIN = 4
"""The same for a word that is neither a name nor an identifier, and for a phrase of general words."""
MAX_SHARE_OF_WORDS, MAX_SHARE_OF_PHRASES = 0.05, 0.1
"""Share of the posts that may be about what a single word, or several, name. More posts have no more in common."""
MIN_COMMON = 3
"""So many posts may have a phrase in common in any corpus, however small."""
_TEASER_CHARACTERS = 300
"""The beginning of the body counts as teaser if a post has none."""
_MAX_CHARACTERS = 10_000
"""Characters of the body that are read: what a post is about is said there."""
_MAX_COUNT, _MAX_LENGTH = 0xFFFF, 0xFFFF
_MAX_SPECIFIC, _NONE, _UNKNOWN = 4, -1, np.iinfo(np.int64).max
_FIELDS = ("title", "teaser", "body", "tags")
_FIELD_BITS = 30
"""A place is a start in the lower bits, and the number of a field in the two upper ones; for tags, which tag it is."""
ROW = np.dtype(
    [
        ("key", np.uint64),
        ("place", np.uint32),
        ("length", np.uint16),
        ("weight", np.float16),
        ("is_plain", np.bool_),
        ("is_in_title", np.bool_),
    ]
)
"""A phrase of a post. ``weight``: how much the post is about it, and how few others are. ``is_plain``: whether it is
neither a name nor an identifier, nor has several words with a specific one among them."""

COUNTED = np.dtype(
    [
        ("key", np.uint64),
        ("place", np.uint32),
        ("length", np.uint16),
        ("count", np.uint16),
        ("words", np.uint8),
        ("is_name", np.bool_),
        ("is_in_title", np.bool_),
        ("capitals", np.int32),
        ("specific", np.int32, _MAX_SPECIFIC),
    ]
)
"""A phrase of a post before it is known how many posts have it. ``specific``: where the specific words of a phrase of
several words are among the phrases of the post."""

Rows = NDArray[np.void]
CountedPhrases = NDArray[np.void]
_NOTHING_COUNTED: CountedPhrases = np.empty(0, COUNTED)
NO_PHRASES: Rows = np.empty(0, ROW)


@dataclass(slots=True)
class _Found:
    """A phrase of a post while its occurrences are counted."""

    place: int
    length: int
    words: int
    evidence: NameEvidence
    is_inside: bool
    is_in_title: bool
    count: int = 0
    capitals: int = 0
    """Occurrences inside sentences with a capital, less those without one."""


class PhraseReader:
    """Reads the phrases of posts. Thread-safe."""

    def __init__(self, finders: PhraseFinders) -> None:
        self._finders = finders

    @classmethod
    def with_own_words(cls) -> PhraseReader:
        """Return a reader with an analyzer of its own. That of an index memoises its vocabulary."""
        return cls(PhraseFinders(Analyzer()))

    def read(self, post: Post) -> dict[str, _Found]:
        """Return the phrases by key that a post may be about."""
        finder = self._finders.for_language(post.language)
        found: dict[str, _Found] = {}
        cut = 0 if post.teaser else _TEASER_CHARACTERS
        for number, text, start, weight in (
            (0, post.title, 0, TITLE_WEIGHT),
            (1, post.teaser, 0, TEASER_WEIGHT),
            (2, post.body[:cut], 0, TEASER_WEIGHT),
            (2, post.body[cut:_MAX_CHARACTERS], cut, BODY_WEIGHT),
        ):
            for phrase in finder.phrases(text, is_title=number == 0):
                _count(found, phrase, number << _FIELD_BITS | (start + phrase.start), weight)
        authors = {finder.key(author) for author in post.authors}
        excluded = authors.union(*(author.split(" ") for author in authors))
        names = site_names(post.url)
        names |= {finder.key(name) for name in names}
        found = {
            key: one
            for key, one in found.items()
            if one.count >= MIN_COUNT and key not in excluded and key.replace(" ", "") not in names
        }
        for number, tag in enumerate(post.tags):
            if key := finder.key(tag):
                place = len(_FIELDS) - 1 << _FIELD_BITS | number
                one = found.setdefault(key, _Found(place, 0, key.count(" ") + 1, NameEvidence.NAME, True, False))
                one.count += TAG_WEIGHT
                one.evidence = NameEvidence.NAME
        return found

    def rows(self, text: Post) -> Rows:
        """Return the phrases of a text that is no post, whose rarity is not known."""
        found = []
        for key, one in self.read(text).items():
            is_plain = one.evidence is not NameEvidence.NAME and one.capitals <= 0
            if one.count >= (MIN_COUNT_OF_PLAIN if is_plain else MIN_COUNT):
                weight = 1 + math.log(one.count)
                found.append((key_hash(key), one.place, one.length, weight, is_plain, one.is_in_title))
        return np.array(found, ROW)

    def count(self, post: Post) -> CountedPhrases:
        """Return the phrases that a post may be about, for :class:`PhrasesWriter`."""
        found = self.read(post)
        places = {key: place for place, key in enumerate(found)}
        counted = np.empty(len(found), COUNTED)
        for place, (key, one) in enumerate(found.items()):
            specific = [places[word] for word in key.split(" ") if word in places][:_MAX_SPECIFIC]
            counted[place] = (
                key_hash(key),
                one.place,
                min(one.length, _MAX_LENGTH),
                min(one.count, _MAX_COUNT),
                min(one.words, 0xFF),
                one.evidence is NameEvidence.NAME,
                one.is_in_title,
                one.capitals,
                (*specific, *[_NONE] * (_MAX_SPECIFIC - len(specific))),
            )
        return counted


def _count(found: dict[str, _Found], phrase: Phrase, place: int, weight: int) -> None:
    one = found.get(phrase.key)
    if one is None:
        is_in_title = weight == TITLE_WEIGHT
        one = _Found(place, phrase.end - phrase.start, phrase.words, phrase.evidence, phrase.is_inside, is_in_title)
        found[phrase.key] = one
    elif phrase.is_inside and not one.is_inside:
        one.place, one.length, one.is_inside = place, phrase.end - phrase.start, True
    one.count += weight
    if phrase.evidence is NameEvidence.NAME:
        one.evidence = NameEvidence.NAME
    one.capitals += (phrase.evidence is NameEvidence.CAPITALISED) - (phrase.evidence is NameEvidence.LOWER_CASE)


def site_names(url: str | None) -> frozenset[str]:
    """Return the parts of a host name: the site is often named after it."""
    try:
        host = urlsplit(url or "").hostname or ""
    except ValueError:
        return frozenset()
    return frozenset((*host.replace("-", "").split("."), host))


def key_hash(key: str) -> int:
    """Return 64 bits for a key. Two keys of the same bits among a million are one case in 37 million."""
    return int.from_bytes(hashlib.blake2b(key.encode(), digest_size=8).digest(), "little")


class PhrasesWriter:
    """Collects the phrases of posts in the order of their ordinals."""

    def __init__(self) -> None:
        self._posts: list[CountedPhrases] = []

    def add(self, phrases: CountedPhrases) -> None:
        """Add the phrases of a post; see :meth:`PhraseReader.count`."""
        self._posts.append(phrases)

    def save(self, folder: Path) -> None:
        rows, begins = self._chosen()
        with (folder / FILE).open("wb") as stream:
            np.savez(stream, allow_pickle=False, begins=begins, **{name: rows[name] for name in ROW.names or ()})

    def _chosen(self) -> tuple[Rows, NDArray[np.int64]]:
        """Return the phrases of all posts, and where those of each post begin, shape (posts + 1,)."""
        begins = np.cumsum([0, *map(len, self._posts)])
        counted = np.concatenate([_NOTHING_COUNTED, *self._posts])
        posts, keys, counts, words = len(self._posts), counted["key"], counted["count"], counted["words"]
        of_phrase = np.repeat(np.arange(posts), np.diff(begins))
        _, phrase, common = np.unique(keys, return_inverse=True, return_counts=True)
        capitals = np.bincount(phrase, counted["capitals"], minlength=len(common))
        common = common[phrase]
        is_plain = ~counted["is_name"] & (capitals[phrase] <= 0)
        is_plain |= (words > 1) & (
            _rarest(common, counted["specific"], begins[of_phrase])
            > np.maximum(MIN_COMMON, MAX_SHARE_OF_PHRASES * posts)
        )
        share = np.where(words > 1, MAX_SHARE_OF_PHRASES, MAX_SHARE_OF_WORDS)
        kept = common <= np.maximum(MIN_COMMON, share * posts)
        kept &= ~is_plain | (counts >= MIN_COUNT_OF_PLAIN)
        places = np.flatnonzero(kept)
        of_post = of_phrase[places]
        common = common[places]
        weights = (1 + np.log(counts[places])) * inverse_document_frequency(common, posts) * (1 + words[places]) / 2
        order = np.lexsort((-weights, common == 1, of_post))  # a phrase of a single post is only shared with new texts
        rank = np.arange(len(order)) - np.searchsorted(of_post[order], of_post[order])
        order = order[rank < MAX_PHRASES]
        order = order[np.lexsort((keys[places[order]], of_post[order]))]
        chosen = places[order]
        rows = np.empty(len(chosen), ROW)
        rows["key"], rows["weight"] = keys[chosen], weights[order]
        rows["is_plain"] = is_plain[chosen]
        for name in ("place", "length", "is_in_title"):
            rows[name] = counted[name][chosen]
        return rows, np.searchsorted(of_post[order], np.arange(posts + 1)).astype(np.int64)


def _rarest(common: NDArray[np.int64], specific: NDArray[np.int32], begins: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return how many posts are about the rarest specific word of each phrase; 0 where that is not known.

    ``common``: how many posts are about each phrase. ``begins``: where those of its post begin. All have the shape
    (phrases,), but for ``specific``: (phrases, _MAX_SPECIFIC).
    """
    rarest = np.where(specific == _NONE, _UNKNOWN, common[begins[:, None] + specific]).min(axis=1)
    return np.where(rarest == _UNKNOWN, 0, rarest)


class KeyPhrases:
    """The key phrases of all posts of a version. Thread-safe."""

    def __init__(self, rows: Rows, begins: NDArray[np.int64]) -> None:
        self._rows, self._begins = rows, begins

    @classmethod
    def open(cls, folder: Path) -> KeyPhrases:
        with np.load(folder / FILE, allow_pickle=False) as arrays:
            rows = np.empty(len(arrays["key"]), ROW)
            for name in ROW.names or ():
                rows[name] = arrays[name]
            return cls(rows, arrays["begins"].astype(np.int64))

    def __len__(self) -> int:
        """Return the number of posts."""
        return len(self._begins) - 1

    def of(self, ordinal: int) -> Rows:
        """Return the phrases of a post in the order of their keys."""
        return self._rows[self._begins[ordinal] : self._begins[ordinal + 1]]


def written(post: Post, row: Any) -> str:
    """Return a phrase as the post of its row writes it."""
    number, start = divmod(int(row["place"]), 1 << _FIELD_BITS)
    if _FIELDS[number] == "tags":
        return post.tags[start]
    text: str = getattr(post, _FIELDS[number])
    return " ".join(text[start : start + int(row["length"])].split())


def shared(one: Rows, other: Rows) -> Iterator[tuple[Any, Any]]:
    """Yield the phrases of two posts that have the same key, those of the greatest product of weights first."""
    _, left, right = np.intersect1d(one["key"], other["key"], assume_unique=True, return_indices=True)
    products = one["weight"][left].astype(np.float64) * other["weight"][right]
    for place in np.argsort(-products, kind="stable").tolist():
        yield one[left[place]], other[right[place]]
