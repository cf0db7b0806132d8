"""The series of a post: from a field of the post, or from a title with a part number."""

from __future__ import annotations

import re

import regex

from semsearch.posts import Post

_PART_WORDS = "part|pt|teil|folge|partie|parte|deel|episode|ep|chapter|volume|vol"
_NUMBERED_WORDS = "del|issue|no|nr"
_NUMBER = "[0-9]{1,4}|[ivx]{1,5}|one|two|three|four|five|six|seven|eight|nine|ten"
_PART_NUMBER = re.compile(
    rf"(?<!\w)(?:(?:{_PART_WORDS})\b\.?[ ]?[#]?[ ]?(?:{_NUMBER})\b"
    rf"|(?:{_NUMBERED_WORDS})\b\.?[ ]?[#]?[ ]?[0-9]{{1,4}}\b)"
    r"|(?<=[ (\[])#[ ]?[0-9]{1,4}\b|[(\[][0-9]{1,3}[ ]?/[ ]?[0-9]{1,3}[)\]]"
    r"|[(\[]?\b[0-9]{1,3}[ ](?:of|von|de)[ ][0-9]{1,3}[)\]]?$",
    re.IGNORECASE,
)
"""A part number in a title: `… Part 2: …`, `… #12`, `… (2/3)`."""
_MAX_TITLE_CHARACTERS = 300
_SEPARATORS = regex.compile(r"[^\w\p{M}+#]+")
_OUTER_SEPARATORS = regex.compile(r"^[^\w\p{M}+#]+|[^\w\p{M}+#!?]+$")
_MAX_NAME_CHARACTERS = 100
_NAME = re.compile(rf"(?!(?:{_PART_WORDS}|{_NUMBERED_WORDS})$).*[^\W_].*", re.IGNORECASE)
"""Has a letter or digit, and is not only a word for a part."""


def series_key(post: Post) -> str | None:
    """Return a key that all parts of a series have in common; None for a post that is in no series."""
    name = series_name(post)
    return None if name is None else _SEPARATORS.sub(" ", name.casefold()).strip() or name.casefold()


def series_name(post: Post) -> str | None:
    """Return the name of the series as the post spells it; None for a post that is in no series."""
    if post.series and (given := " ".join(post.series.split())):
        return given[:_MAX_NAME_CHARACTERS]
    title = " ".join(post.title[:_MAX_TITLE_CHARACTERS].split())
    number = _PART_NUMBER.search(title)
    name = _OUTER_SEPARATORS.sub("", title[: number.start()]) if number else ""
    return name if _NAME.fullmatch(name) else None
