"""Which phrases say what two posts are both about?"""

from __future__ import annotations

import re
from collections.abc import Iterator

from semsearch.index.phrases import Rows, shared, written
from semsearch.posts import Post

_MAX_SUFFIX = 2
"""Letters by which two forms of a word may differ at the end, such as singular and plural. More may be another word
with the same stem: *import* and *important*."""
_SEPARATORS = re.compile(r"[\W_]+")


def shared_phrases(example: Post, related: Post, of_example: Rows, of_related: Rows, limit: int) -> tuple[str, ...]:
    """Return at most ``limit`` phrases that both posts are about, as the related post writes them, the best first.

    Tags of both posts are left out, since they are a reason of their own. Of two phrases of which one contains the
    other, the longer is given.
    """
    tags = {_folded(tag) for tag in example.tags} & {_folded(tag) for tag in related.tags}
    chosen: list[str] = []
    for phrase in _phrases(example, related, of_example, of_related):
        words = _folded(phrase).split()
        known = {word for one in chosen for word in _folded(one).split()}
        if any(_contains(longer, phrase) for longer in (*tags, *chosen)):
            continue
        shorter = [place for place, one in enumerate(chosen) if _contains(phrase, one)]
        if shorter:
            chosen = [
                phrase if place == shorter[0] else one for place, one in enumerate(chosen) if place not in shorter[1:]
            ]
        elif not known.intersection(words) or 2 * len(known.intersection(words)) < len(words):
            chosen.append(phrase)
    return tuple(chosen[:limit])


def _phrases(example: Post, related: Post, of_example: Rows, of_related: Rows) -> Iterator[str]:
    for mine, theirs in shared(of_example, of_related):
        phrase, other = written(related, theirs), written(example, mine)
        is_telling = not mine["is_plain"] or mine["is_in_title"] or theirs["is_in_title"]
        if is_telling and (" " in phrase or _is_same_word(phrase.casefold(), other.casefold())):
            yield phrase


def _is_same_word(one: str, other: str) -> bool:
    short, long = sorted((one, other), key=len)
    return long.startswith(short) and len(long) - len(short) <= _MAX_SUFFIX


def _folded(text: str) -> str:
    return _SEPARATORS.sub(" ", text.casefold()).strip()


def _contains(longer: str, shorter: str) -> bool:
    return _folded(shorter) in _folded(longer)
