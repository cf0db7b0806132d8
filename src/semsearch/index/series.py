"""Which series is a post a part of? By what it says of itself, or by a title that counts its parts."""

from __future__ import annotations

import re

from semsearch.posts import Post

FIELD = "series"
"""A key of a post that names its series."""
_WORDS = "part|pt|teil|folge|partie|parte|deel|del|episode|ep|chapter|volume|vol|issue|no|nr"
_NUMBER = "[0-9]{1,4}|[ivx]{1,5}|one|two|three|four|five|six|seven|eight|nine|ten"
_COUNTED = re.compile(
    rf"(?P<name>.+?)\W+(?:(?:{_WORDS})\b\.?\s*#?\s*(?:{_NUMBER})\b|(?<=[\s(\[])\#\s*[0-9]{{1,4}}\b"
    r"|\(?[0-9]{1,3}\s*(?:/|of|von|de)\s*[0-9]{1,3}\b)"
)
"""A title up to what counts it: `… Part 2: …`, `… #12`, `… (2/3)`."""


def series_of(post: Post) -> str | None:
    """The name of the series, without regard to case; None where a post is in none."""
    said = post.extra.get(FIELD)
    if isinstance(said, str) and said.strip():
        return said.strip().casefold()
    counted = _COUNTED.match(post.title.casefold())
    return re.sub(r"\W+", " ", counted["name"]).strip() or None if counted else None
