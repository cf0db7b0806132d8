"""The units of a post of which boilerplate consists: its sentences and lines, with keys that are equal for equal units.

The engine's sentences depend on their neighbours, since short ones are joined; a unit does not.
"""

from __future__ import annotations

import re
import zlib
from typing import NamedTuple

from semsearch.analysis.stems import language_code
from semsearch.posts import Post
from semsearch.rebuilding.forms import forms_of, without_numbers

FIELDS = ("teaser", "body")
"""The fields of a post that have units."""
MIN_LONG_BYTES = 12
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


class Unit(NamedTuple):
    """A sentence or line."""

    size: int
    """Bytes of its form; 0 if it has neither letters nor digits."""
    keys: tuple[int, ...]
    """Keys of 64 bits: of the form (even), and of the form without numbers (odd) if it has any.

    A unit of less than ``MIN_LONG_BYTES`` may be a heading, code, or a piece of a sentence ("Usage", "The U.S."). It
    has keys together with the long unit before and after it instead, so that it recurs only if that one does.
    """

    @property
    def is_long(self) -> bool:
        return self.size >= MIN_LONG_BYTES


def units_of(post: Post, field: str) -> list[Unit]:
    """Return the units of a field, in order. The keys of posts in different languages differ."""
    forms = forms_of(post, _BOUNDARY.split(getattr(post, field)))
    seed = zlib.crc32(language_code(post.language).encode())
    return [Unit(len(form), _keys(seed, forms, n)) for n, form in enumerate(forms)]


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


def _keys(seed: int, forms: list[bytes], n: int) -> tuple[int, ...]:
    form = forms[n]
    if len(form) >= MIN_LONG_BYTES:
        rest = without_numbers(form)
        return (_key(seed, form),) if rest is form else (_key(seed, form), _key(seed, rest) | 1)
    if not form:
        return ()
    pairs = (forms[n - 1 : n + 1] if n else [], forms[n : n + 2])
    return tuple(_key(seed, b"\0".join(pair)) for pair in pairs if max(map(len, pair), default=0) >= MIN_LONG_BYTES)


def _key(seed: int, form: bytes) -> int:
    return (zlib.crc32(form, seed) << 32 | zlib.adler32(form)) & ~1
