"""The units of a post of which boilerplate consists: its sentences and lines, with keys that are equal for equal units.

The engine's sentences depend on their neighbours, since short ones are joined; a unit does not.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from operator import ne

import numpy as np
from numpy.typing import NDArray

from semsearch.analysis.stems import language_code
from semsearch.posts import Post
from semsearch.rebuilding.forms import forms_of
from semsearch.rebuilding.post_memory import Call, compute

Keys = NDArray[np.uint64]

FIELDS = ("teaser", "body")
"""The fields of a post that have units."""
_MIN_LONG_BYTES = 12
_MIN_WORDS = 3
_MIN_UNSPACED = 6
"""Characters of a script without spaces that stand for so many words."""

_LOWER = "a-zß-öø-ÿα-ωа-я"
_CLOSING = r"[\"'”’»)\]」』]*+"
_ENDS, _WIDE_ENDS = ".!?…", "。\uff01\uff1f\uff61"  # the wide ones need no space after them
_BOUNDARY = re.compile(
    rf"[{_ENDS}{_WIDE_ENDS}\n](?:"
    rf"(?<=\n)(?:\s*+(?![{_LOWER}])|[ \t]*+\n\s*+)"  # a line that begins in lower case goes on from the one before
    rf"|(?<=[{_WIDE_ENDS}]){_CLOSING}\s*+"
    rf"|(?<=[{_ENDS}]){_CLOSING}(?:\s++(?![{_LOWER}])|[ \t]*+\n\s*+))"  # but not "e.g. this"
)
_FIRST_LETTER = re.compile(r"[^\W_]")
_WORD = re.compile(r"[^\W\d_]{2,}")
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")  # Thai to Chinese
_ADDRESS = re.compile(r"https?://\S+")
_CODE = re.compile(r"[{}=;<>\\]|::|&&")
_END = re.compile(rf"[{_ENDS}{_WIDE_ENDS}]{_CLOSING}$")


@dataclass(frozen=True, slots=True)
class Units:
    """The units of some texts, in order. Keys have 64 bits; 0 is none. Shape of all arrays: (units,).

    A unit of less than ``_MIN_LONG_BYTES`` may be a heading, code, or a piece of a sentence ("Usage", "The U.S."). It
    has keys together with the long unit before and after it instead, so that it recurs only if that one does.
    """

    sizes: NDArray[np.int64]
    """Bytes of the form; 0 if the unit has neither letters nor digits."""
    first: Keys
    """The key of the form, an even number; of a short unit, a key with a neighbour, or none."""
    second: Keys
    """The key of the form without its numbers, an odd number; of a short unit, a key with its other neighbour."""

    @property
    def is_long(self) -> NDArray[np.bool_]:
        return self.sizes >= _MIN_LONG_BYTES


class UnitList:
    """Collects texts of posts, then returns their units."""

    def __init__(self, call: Call = compute) -> None:
        """``call``: calls the function that makes the forms of a post."""
        self._call = call
        self._forms: list[bytes] = []
        self._numberless: list[bytes] = []
        self._counts: list[int] = []
        self._seeds: list[int] = []

    def __len__(self) -> int:
        return len(self._forms)

    def add(self, post: Post, fields: tuple[str, ...] = FIELDS) -> int:
        """Add the units of some fields, each followed by an empty unit, and return their number.

        The keys of posts in different languages differ.
        """
        forms, numberless = self._call(_forms, post, fields)
        self._forms += forms
        self._numberless += numberless
        self._counts.append(len(forms))
        self._seeds.append(zlib.crc32(language_code(post.language).encode()))
        return len(forms)

    def units(self) -> Units:
        """Return the units of all texts."""
        seeds = np.repeat(np.array(self._seeds, dtype=np.uint64), self._counts)
        sizes = np.fromiter(map(len, self._forms), dtype=np.int64, count=len(self._forms))
        own, numberless = _keys(self._forms, seeds), np.zeros(len(sizes), dtype=np.uint64)
        numbered = np.flatnonzero(list(map(ne, self._forms, self._numberless)))
        numberless[numbered] = _keys([self._numberless[n] for n in numbered], seeds[numbered]) | np.uint64(1)
        is_long = sizes >= _MIN_LONG_BYTES
        before, after = _pair_keys(own, sizes)
        first, second = np.where(is_long, own, before), np.where(is_long, numberless, after)
        return Units(sizes, np.where(first == 0, second, first), np.where(first == 0, np.uint64(0), second))


def _forms(post: Post, fields: tuple[str, ...]) -> tuple[list[bytes], list[bytes]]:
    """Return the forms of the units of some fields, and the same without numbers; see :func:`forms_of`."""
    return forms_of(post, [text for field in fields for text in (*_BOUNDARY.split(getattr(post, field)), "")])


def units_of(post: Post, field: str) -> Units:
    """Return the units of one field of a post."""
    found = UnitList()
    count = found.add(post, (field,)) - 1
    units = found.units()
    return Units(units.sizes[:count], units.first[:count], units.second[:count])


def unit_spans(text: str) -> list[tuple[int, int]]:
    """Return the units of a text, in order, as ``[start, end)`` in code points, without the white space after them."""
    boundaries = list(_BOUNDARY.finditer(text))
    starts = [0, *(boundary.end() for boundary in boundaries)]
    ends = [*(boundary.end() for boundary in boundaries), len(text)]
    return [(start, start + len(text[start:end].rstrip())) for start, end in zip(starts, ends, strict=True)]


def is_prose(unit: str) -> bool:
    """Whether a unit looks like a sentence or a caption of at least three words, and not like a heading or code."""
    text = _ADDRESS.sub("", unit)
    first = _FIRST_LETTER.search(text)
    if first is None or _CODE.search(text, first.start()):
        return False
    if first[0].islower() and not _END.search(text):
        return False
    return len(_WORD.findall(text)) >= _MIN_WORDS or len(_UNSPACED.findall(text)) >= _MIN_UNSPACED


def _keys(forms: list[bytes], seeds: Keys) -> Keys:
    """Return an even number for each form."""
    low, high = (np.fromiter(map(hashed, forms), np.uint64, len(forms)) for hashed in (zlib.adler32, zlib.crc32))
    return mixed(high << np.uint64(32) | low, seeds) & ~np.uint64(1)


def _pair_keys(own: Keys, sizes: NDArray[np.int64]) -> tuple[Keys, Keys]:
    """Return the keys of short units together with a long unit before and after them."""
    pairs = mixed(own[:-1], own[1:]) & ~np.uint64(1)
    is_long, is_short = sizes >= _MIN_LONG_BYTES, (sizes > 0) & (sizes < _MIN_LONG_BYTES)
    before, after = np.zeros_like(own), np.zeros_like(own)
    before[1:][is_short[1:] & is_long[:-1]] = pairs[is_short[1:] & is_long[:-1]]
    after[:-1][is_short[:-1] & is_long[1:]] = pairs[is_short[:-1] & is_long[1:]]
    return before, after


def mixed(values: Keys, others: Keys) -> Keys:
    """Combine two arrays of hashes; the order matters, and every bit is spread (SplitMix64, Steele et al. 2014)."""
    values = values * np.uint64(0x9E3779B97F4A7C15) + others
    values = (values ^ values >> np.uint64(30)) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ values >> np.uint64(27)) * np.uint64(0x94D049BB133111EB)
    return values ^ values >> np.uint64(31)
