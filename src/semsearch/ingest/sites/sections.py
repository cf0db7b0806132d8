"""The documents of a site → which of its folders hold posts, for generators that do not say it.

A folder with dated documents holds posts; one without holds pages, such as a manual. Where nothing is dated, all do.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

MAX_TRIED = 200
"""Documents of a folder that are looked into before it counts as undated."""


def sections_with_posts(documents: Iterable[tuple[str, str]], is_dated: Callable[[str], bool]) -> frozenset[str]:
    """Return the folders that hold posts. ``documents``: folder and path of each document.

    Reads documents of a folder until one is dated.
    """
    tried: Counter[str] = Counter()
    dated: set[str] = set()
    for section, path in documents:
        if section in dated or tried[section] >= MAX_TRIED:
            continue
        tried[section] += 1
        if is_dated(path):
            dated.add(section)
    return frozenset(dated or tried)
