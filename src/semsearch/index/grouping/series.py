"""Which series is a post a part of? By what it says of itself, or by a title that counts its parts."""

from __future__ import annotations

import re

import regex

from semsearch.posts import Post

FIELD = "series"
"""A key of a post that names its series."""
_WORDS = "part|pt|teil|folge|partie|parte|deel|episode|ep|chapter|volume|vol"
_SHORT = "del|issue|no|nr"
_NUMBER = "[0-9]{1,4}|[ivx]{1,5}|one|two|three|four|five|six|seven|eight|nine|ten"
_COUNT = re.compile(
    rf"(?<!\w)(?:(?:{_WORDS})\b\.?[ ]?[#]?[ ]?(?:{_NUMBER})\b|(?:{_SHORT})\b\.?[ ]?[#]?[ ]?[0-9]{{1,4}}\b)"
    r"|(?<=[ (\[])#[ ]?[0-9]{1,4}\b|[(\[][0-9]{1,3}[ ]?/[ ]?[0-9]{1,3}[)\]]"
    r"|[(\[]?\b[0-9]{1,3}[ ](?:of|von|de)[ ][0-9]{1,3}[)\]]?$",
    re.IGNORECASE,
)
"""What counts a title: `… Part 2: …`, `… #12`, `… (2/3)`."""
_READ_CHARACTERS = 300
_NO_NAME = regex.compile(r"[^\w\p{M}+#]+")
_NOT_AT_END = regex.compile(r"^[^\w\p{M}+#]+|[^\w\p{M}+#!?]+$")
_LONGEST = 100
_NAME = re.compile(rf"(?!(?:{_WORDS}|{_SHORT})$).*[^\W_].*", re.IGNORECASE)
"""A letter or a digit, and not only what counts."""


def series_of(post: Post) -> str | None:
    """The series of a post, the same for all of its parts; None where a post is in none."""
    name = name_of_series(post)
    return None if name is None else _NO_NAME.sub(" ", name.casefold()).strip() or name.casefold()


def name_of_series(post: Post) -> str | None:
    """The name of the series, as the post has it."""
    said = post.extra.get(FIELD)
    if isinstance(said, str) and said.strip():
        return " ".join(said.split())[:_LONGEST]
    title = " ".join(post.title[:_READ_CHARACTERS].split())
    count = _COUNT.search(title)
    name = _NOT_AT_END.sub("", title[: count.start()]) if count else ""
    return name if _NAME.fullmatch(name) else None
