"""Remove boilerplate from posts, and keep a list of what was removed."""

from __future__ import annotations

import re
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from semsearch.index.boilerplate import Boilerplate
from semsearch.posts import Post, Section
from semsearch.rebuilding.cuts import Cuts
from semsearch.rebuilding.post_memory import Call, compute
from semsearch.rebuilding.units import FIELDS, is_prose, unit_spans, units_of

_LETTER = re.compile(r"[^\W_]")


@dataclass(slots=True)
class _Found:
    sentence: str
    example: str
    posts: int = 0


class BoilerplateRemover:
    """Removes the units with some keys from teaser and body."""

    def __init__(self, keys: frozenset[int], call: Call = compute) -> None:
        """``call``: calls the function that cleans a post."""
        self._keys, self._call = keys, call
        self._found: dict[int, _Found] = {}

    @property
    def found(self) -> tuple[Boilerplate, ...]:
        """What was removed so far, that of the most posts first."""
        ordered = sorted(self._found.values(), key=lambda found: (-found.posts, found.sentence))
        return tuple(Boilerplate(found.sentence, found.posts, found.example) for found in ordered)

    def clean(self, post: Post) -> Post:
        """Return the post without boilerplate; unchanged if nothing else would remain of teaser and body."""
        cleaned, removed = self._call(without_boilerplate, post, self._keys)
        for key, sentence in removed.items():
            self._found.setdefault(key, _Found(sentence, post.id)).posts += 1
        return cleaned


def without_boilerplate(post: Post, keys: AbstractSet[int]) -> tuple[Post, dict[int, str]]:
    """Return a post without the units that have some keys, and the text of what was removed, by key.

    The post is unchanged, and nothing removed, if nothing else would remain of teaser and body.
    """
    removed: dict[int, str] = {}
    cuts = {field: _cuts(post, field, keys, removed) for field in FIELDS}
    texts = {field: cut.apply(getattr(post, field)) for field, cut in cuts.items()}
    if not removed or not any(map(_LETTER.search, texts.values())):
        return post, {}
    sections = tuple(_shifted(section, cuts["body"]) for section in post.sections)
    return replace(post, teaser=texts["teaser"], body=texts["body"], sections=sections), removed


def _cuts(post: Post, field: str, keys: AbstractSet[int], removed: dict[int, str]) -> Cuts:
    """Return the cuts of a field, and enter the key and the text of what they remove."""
    text, units = getattr(post, field), units_of(post, field)
    known = [
        next((key for key in both if key in keys), None)
        for both in zip(units.first.tolist(), units.second.tolist(), strict=True)
    ]
    if not any(key is not None for key in known):
        return Cuts()
    spans, is_long = unit_spans(text), units.is_long.tolist()
    is_boilerplate = [
        key is not None and long and is_prose(text[start:end])
        for key, long, (start, end) in zip(known, is_long, spans, strict=True)
    ]
    cut = []
    for n, (key, (start, end)) in enumerate(zip(known, spans, strict=True)):
        is_beside = not is_long[n] and any(is_boilerplate[max(0, n - 1) : n + 2])
        if key is not None and (is_boilerplate[n] or is_beside):
            cut.append((start, end))
            removed.setdefault(key, text[start:end])
    return Cuts.around(text, cut)


def _shifted(section: Section, cuts: Cuts) -> Section:
    return replace(section, start=cuts.shift(section.start), end=cuts.shift(section.end))
