"""Which posts say what an earlier one says? Posts in order in, for each the first post of its group out."""

from __future__ import annotations

import hashlib
import re
import unicodedata
import zlib
from array import array
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from semsearch.posts import Post

SHINGLE_WORDS = 3
FEWEST_SHINGLES = 40
"""Different ones in teaser and body, some 42 words. In less text a single word is the difference between two posts that
have the same form, so posts with less are copies only if they are equal."""
LEAST_RESEMBLANCE = 0.85
"""Shingles that two texts share, of all that either has (Broder, 1997): in 60 words one may be changed, or ten added at
an end. Forms that are filled in for different subjects come near 0.8."""
MOST_DIFFERING = 48
"""Shingles that one text has and the other has not, however long both are; more cannot be counted with ``_BITS``."""

_FEWEST_WORDS = FEWEST_SHINGLES + SHINGLE_WORDS - 1
_MINIMA = 6  # that a pair has none of them in common happens to one pair of the least resemblance in 90,000
_BITS = 192
_REACH = 8  # neighbours that a post is compared with, for each minimum: a shingle of all posts makes no quadratic work
_WINDOW_WORDS = 262_144
_HASH_BITS = 40
_ODD_SKETCH_MULTIPLIER = np.uint64(0xD6E8FEB86659FD93)
_MULTIPLIERS = np.array(
    [
        *(0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB),
        *(0xC2B2AE3D27D4EB4F, 0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53),
    ],
    dtype=np.uint64,
)
"""Odd numbers of well spread bits, as hash functions are built with; each puts shingles into another order."""

_NO_WORDS = frozenset((b"", b"-", b"--"))
_ASCII = bytes.maketrans(b'"()[]{}ABCDEFGHIJKLMNOPQRSTUVWXYZ', b"       abcdefghijklmnopqrstuvwxyz")
_ENDS = b".,;:!?'"
"""Of a word, what stands behind it for a sentence's sake; in it, and before it, such signs are part of it."""
_ACCENT = re.compile("[\u0300-\u036f](?<=[a-z\u03b1-\u03c9].)")  # Latin and Greek; elsewhere marks make letters
_DIGIT = re.compile(r"[\u0660-\U0010ffff](?<=\d)")
_SIGN = re.compile("[\u00a0-\u00bf\u1680\u2000-\u2060\u2212\u3000]")
_SIGNS = (
    dict.fromkeys("\u00a0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B))), " ")
    | dict.fromkeys("¿¡…«»\u2039\u203a\u201c\u201d\u201e\u2014\u2015\u2022\u00b7", " ")
    | dict.fromkeys("\u2018\u2019", "'")
    | dict.fromkeys("\u2010\u2011\u2013\u2212", "-")
)
"""White space; quotation marks and bullets, which a text keeps its meaning without; apostrophes; hyphens."""
_LETTER = re.compile(b"[a-z]")
_FIGURE = re.compile(b"[0-9]")
_NUMERIC_DATE = re.compile(rb"(?:19|20)\d\d-\d\d-\d\d(?:t[\d:.+z-]+)?|\d\d?([./-])\d\d?\1(?:19|20)\d\d")
_YEAR = re.compile(rb"(?:19|20)\d\d")
_DAY = re.compile(rb"(?:[12]\d|3[01]|0?[1-9])(?:st|nd|rd|th|er)?")
_MONTHS = frozenset(  # English, German, French, Spanish, Italian, Portuguese, Dutch; folded
    b"january february march april may june july august september october november december "
    b"jan feb mar apr jun jul aug sep sept oct nov dec "
    b"januar februar marz mai juni juli oktober dezember "
    b"janvier fevrier mars avril juin juillet aout septembre octobre novembre decembre "
    b"enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre "
    b"gennaio febbraio aprile maggio giugno luglio settembre ottobre dicembre "
    b"janeiro fevereiro marco maio junho julho setembro outubro novembro dezembro "
    b"januari februari maart mei augustus".split()
)
_OF = frozenset((b"of", b"de", b"del"))


class DuplicateFinder:
    """Sees posts in their order, and then knows the groups of near-duplicates.

    Two posts are near-duplicates where title, teaser and body are equal but for case, accents, punctuation and white
    space; or where both have ``FEWEST_SHINGLES`` in teaser and body, those resemble each other by
    ``LEAST_RESEMBLANCE``, and language and numbers are the same: a release, a report or an episode differs from the
    next one by little else. Dates of day and month may differ, for a text keeps its meaning on another day; so may
    titles, which change when a text is published again.

    What resembles is found by minima of hashes (Broder, 1997) and counted with odd sketches (Mitzenmacher, Pagh and
    Pham, WWW 2014). In memory stay 8 bytes of a post, and 56 more where it has the shingles. Hashes do not depend on
    the process.
    """

    def __init__(self) -> None:
        self._digests = bytearray()
        self._words = array("I")
        self._waiting: list[tuple[int, int, int]] = []
        self._sketches: list[_Sketches] = []

    def add(self, post: Post) -> None:
        title, teaser, body = _words(post.title), _words(post.teaser), _words(post.body)
        ordinal = len(self._digests) // 8
        parts = (_folded(post.title, title), _folded(post.teaser, teaser), _folded(post.body, body))
        self._digests += hashlib.blake2b(b"\x00".join(parts), digest_size=8).digest()
        if len(teaser) + len(body) >= _FEWEST_WORDS:
            self._add_words(ordinal, post.language or "", title, teaser + body)

    def _add_words(self, ordinal: int, language: str, title: list[bytes], text: list[bytes]) -> None:
        text, figures = _without_dates(text)
        if len(text) < _FEWEST_WORDS:
            return
        figures += sorted(set(_without_dates(title)[1]).difference(figures))
        seed = zlib.crc32(b"\x00".join([language.lower().encode(), *figures]))
        self._words.extend(map(zlib.crc32, text))
        self._waiting.append((ordinal, len(text), seed))
        if len(self._words) >= _WINDOW_WORDS:
            self._sketch()

    def _sketch(self) -> None:
        if self._waiting:
            ordinals, lengths, seeds = np.array(self._waiting, dtype=np.int64).T
            words = np.frombuffer(self._words, dtype=np.uint32)
            self._sketches.append(_sketches(ordinals, words, lengths, seeds))
            self._words, self._waiting = array("I"), []

    def firsts(self) -> NDArray[np.int32]:
        """Shape (posts,): the ordinal of the first post of each post's group, its own where it stands alone.

        A group has no chains: each member is a near-duplicate of its first post, and where there are several such
        posts, of the earliest.
        """
        self._sketch()
        firsts = _first_equal(np.frombuffer(bytes(self._digests), dtype=np.uint64))
        sketches = _joined(self._sketches)
        sketches = sketches.at(np.flatnonzero(firsts[sketches.ordinals] == sketches.ordinals))
        firsts[sketches.ordinals] = sketches.ordinals[_near_firsts(sketches)]
        return firsts[firsts].astype(np.int32)


# --- words ------------------------------------------------------------------------------------------------------------


def _words(text: str) -> list[bytes]:
    """The words of a text, folded, in UTF-8; signs that change what a word means (C++, -5, 20%, .NET, 1.2.1) stay."""
    if not text:
        return []
    if not text.isascii():
        text = _plain(text)
    words = text.encode().translate(_ASCII).split()
    if "'" in text:
        words = [word.lstrip(b"'") for word in words]
    return [word for word in [word.rstrip(_ENDS) for word in words] if word not in _NO_WORDS]


def _plain(text: str) -> str:
    """A text with characters beyond ASCII in the simplest form that means the same."""
    text, accents = unicodedata.normalize("NFD", text.casefold()), 1
    while accents:  # one letter may have several
        text, accents = _ACCENT.subn("", text)
    text = _SIGN.sub(lambda sign: _SIGNS.get(sign[0], sign[0]), text)
    return _DIGIT.sub(lambda digit: str(unicodedata.digit(digit[0])), text)


def _folded(text: str, words: list[bytes]) -> bytes:
    """The words of a text in one; the text as it is where it has no letters of upper and lower case.

    In emoji, digits and Chinese any sign may matter.
    """
    folded = b" ".join(words)
    return folded if _LETTER.search(folded) or text.lower() != text.upper() else text.encode()


def _without_dates(words: list[bytes]) -> tuple[list[bytes], list[bytes]]:
    """The words that are in no date, and of these the ones with digits."""
    if not _FIGURE.search(b" ".join(words)):
        return words, []
    figures = [n for n, word in enumerate(words) if not word.isalpha() and _FIGURE.search(word)]
    dates = {place for n in figures for place in _date_at(words, n)}
    kept = [word for n, word in enumerate(words) if n not in dates] if dates else words
    return kept, [words[n] for n in figures if n not in dates]


def _date_at(words: list[bytes], n: int) -> range:
    """The places of the words of a date whose day, or all of it, is at ``n``; none if there is no date."""
    if _NUMERIC_DATE.fullmatch(words[n]):
        return range(n, n + 1)
    if not _DAY.fullmatch(words[n]):
        return range(0)
    if n and words[n - 1] in _MONTHS:
        start, end = n - 1, n + 1
    else:
        start, end = n, _after(words, n + 1)
        if end >= len(words) or words[end] not in _MONTHS:
            return range(0)
        end += 1
    year = _after(words, end)
    return range(start, year + 1 if year < len(words) and _YEAR.fullmatch(words[year]) else end)


def _after(words: list[bytes], n: int) -> int:
    """The place after an "of" at ``n``, if there is one."""
    return n + 1 if n < len(words) and words[n] in _OF else n


# --- sketches ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Sketches:
    """What stays of the texts of posts, in the order of posts."""

    ordinals: NDArray[np.int32]
    sizes: NDArray[np.int32]
    """Different shingles."""
    minima: NDArray[np.uint32]
    """Shape (posts, _MINIMA): equal for two texts of the same figures as often as they resemble each other."""
    parities: NDArray[np.uint64]
    """Shape (posts, _BITS / 64): bit by bit, whether the shingles that fall to it are odd in number."""

    def at(self, places: NDArray[np.intp]) -> _Sketches:
        return _Sketches(self.ordinals[places], self.sizes[places], self.minima[places], self.parities[places])

    def __len__(self) -> int:
        return len(self.ordinals)


def _joined(sketches: list[_Sketches]) -> _Sketches:
    if not sketches:
        none = np.empty(0, dtype=np.int32)
        return _Sketches(none, none, np.empty((0, _MINIMA), np.uint32), np.empty((0, _BITS // 64), np.uint64))
    return _Sketches(
        np.concatenate([one.ordinals for one in sketches]),
        np.concatenate([one.sizes for one in sketches]),
        np.concatenate([one.minima for one in sketches]),
        np.concatenate([one.parities for one in sketches]),
    )


def _sketches(
    ordinals: NDArray[np.int64], words: NDArray[np.uint32], lengths: NDArray[np.int64], seeds: NDArray[np.int64]
) -> _Sketches:
    """Sketches of some posts, those left out that have too few different shingles.

    ``words`` are hashes, post after post; the other arrays have a value for each post.
    """
    keys = np.sort(_shingles(words, lengths))
    keys = keys[np.append([True], keys[1:] != keys[:-1])]
    posts = keys >> np.uint64(_HASH_BITS)
    starts = np.concatenate(([0], np.flatnonzero(posts[1:] != posts[:-1]) + 1)).astype(np.intp)
    sizes = np.diff(np.append(starts, len(keys)))
    hashes = keys & np.uint64((1 << _HASH_BITS) - 1)
    seed = _mixed(seeds.astype(np.uint64))
    minima = [_mixed(np.minimum.reduceat(hashes * factor, starts) ^ seed) for factor in _MULTIPLIERS]
    enough = sizes >= FEWEST_SHINGLES
    return _Sketches(
        ordinals[enough].astype(np.int32),
        sizes[enough].astype(np.int32),
        (np.stack(minima, axis=1)[enough] >> np.uint64(32)).astype(np.uint32),
        _parities(hashes, starts)[enough],
    )


def _shingles(words: NDArray[np.uint32], lengths: NDArray[np.int64]) -> NDArray[np.uint64]:
    """For each run of words in a post, the post's place above ``_HASH_BITS`` bits of hash."""
    posts = np.repeat(np.arange(len(lengths), dtype=np.uint64), lengths)
    last = SHINGLE_WORDS - 1
    hashes = np.zeros(len(words) - last, dtype=np.uint64)
    for n in range(SHINGLE_WORDS):
        hashes = _mixed(hashes + words[n : len(words) - last + n])
    keys = posts[last:] << np.uint64(_HASH_BITS) | hashes >> np.uint64(64 - _HASH_BITS)
    inside: NDArray[np.uint64] = keys[posts[last:] == posts[:-last]]
    return inside


def _parities(hashes: NDArray[np.uint64], starts: NDArray[np.intp]) -> NDArray[np.uint64]:
    places = (hashes * _ODD_SKETCH_MULTIPLIER >> np.uint64(32)) % np.uint64(_BITS)
    bits = np.left_shift(np.uint64(1), places % np.uint64(64))
    parts = places // np.uint64(64)
    columns = [np.bitwise_xor.reduceat(np.where(parts == n, bits, 0), starts) for n in range(_BITS // 64)]
    return np.stack(columns, axis=1).astype(np.uint64)


def _mixed(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The finalizer of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014): one bit changed changes half of all."""
    values = values + _MULTIPLIERS[0]
    values = (values ^ values >> np.uint64(30)) * _MULTIPLIERS[1]
    values = (values ^ values >> np.uint64(27)) * _MULTIPLIERS[2]
    mixed: NDArray[np.uint64] = values ^ values >> np.uint64(31)
    return mixed


# --- groups -----------------------------------------------------------------------------------------------------------


def _first_equal(values: NDArray[np.uint64]) -> NDArray[np.int64]:
    """For each value the place of the first that is equal to it."""
    _, first, place = np.unique(values, return_index=True, return_inverse=True)
    return first[place].astype(np.int64)


def _near_firsts(sketches: _Sketches) -> NDArray[np.int64]:
    """For each sketch the place of the first of its group."""
    firsts = _first_equal(_digests(sketches))
    places = np.flatnonzero(firsts == np.arange(len(sketches)))
    distinct = sketches.at(places)
    group = np.arange(len(distinct))
    for later, earlier in _near_pairs(distinct).tolist():  # by the later, so that the earlier one's group is known
        if group[later] == later and group[earlier] == earlier:
            group[later] = earlier
    firsts[places] = places[group]
    nearest: NDArray[np.int64] = firsts[firsts]
    return nearest


def _digests(sketches: _Sketches) -> NDArray[np.uint64]:
    digests = sketches.sizes.astype(np.uint64)
    for column in (*sketches.minima.T, *sketches.parities.T):
        digests = _mixed(digests ^ column)
    return digests


def _near_pairs(sketches: _Sketches) -> NDArray[np.int64]:
    """Pairs (later, earlier) of near-duplicates, in rising order; shape (pairs, 2)."""
    found = [np.empty((0, 2), dtype=np.int64)]
    for later, earlier in _candidates(sketches.minima):
        pairs = np.stack([np.maximum(later, earlier), np.minimum(later, earlier)], axis=1)
        pairs = pairs[later != earlier]
        found.append(pairs[_are_near(sketches, *pairs.T)])
    return np.unique(np.concatenate(found), axis=0)


def _candidates(minima: NDArray[np.uint32]) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Pairs of texts that have a minimum in common.

    Of texts with the same minimum, each is paired with the earliest and with ``_REACH`` neighbours, which have the
    next minimum in common too if any has.
    """
    for n in range(_MINIMA):
        order = np.lexsort((minima[:, (n + 1) % _MINIMA], minima[:, n])).astype(np.int64)
        values, block, sizes = np.unique(minima[order, n], return_inverse=True, return_counts=True)
        shared = sizes[block] > 1  # most texts share it with none
        order, block = order[shared], block[shared]
        earliest = np.full(len(values), len(minima))
        np.minimum.at(earliest, block, order)
        yield order, earliest[block]
        for step in range(1, min(_REACH + 1, len(order))):
            same = block[step:] == block[:-step]
            yield order[step:][same], order[:-step][same]


def _are_near(sketches: _Sketches, one: NDArray[np.int64], other: NDArray[np.int64]) -> NDArray[np.bool_]:
    unequal = np.bitwise_count(sketches.parities[one] ^ sketches.parities[other]).sum(axis=1)
    differing = _DIFFERING[unequal]
    total = sketches.sizes[one] + sketches.sizes[other]  # those shared count twice
    near: NDArray[np.bool_] = (differing <= MOST_DIFFERING) & (
        total - differing >= LEAST_RESEMBLANCE * (total + differing)
    )
    return near


def _differing() -> NDArray[np.float64]:
    """Shingles that differ, by the number of parities that do: that many balls make so many bins odd."""
    odd = np.minimum(np.arange(_BITS + 1), _BITS / 2 - 0.5)  # half of all, and more, says no more than "many"
    return -_BITS / 2 * np.log1p(-2 * odd / _BITS)


_DIFFERING = _differing()
