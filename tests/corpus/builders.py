"""Strategies for raw posts, valid and invalid."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from hypothesis import strategies as st

from semsearch.posts import Post

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=20)
"""Texts, also with control characters and lone surrogates."""
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ANY_TEXT, inner, max_size=3),
    max_leaves=6,
)
_DATES = (
    st.dates().map(str) | st.datetimes(timezones=st.none() | st.timezones()).map(str) | st.sampled_from(["", "today"])
)
_LANGUAGES = st.sampled_from(["en", "pt-BR", "zh-Hant", "en_US", "English", ""])
_SECTIONS = st.lists(
    st.fixed_dictionaries({"title": ANY_TEXT, "start": st.integers(0, 20), "end": st.integers(0, 20)}), max_size=2
)
_KNOWN = {
    "id": ANY_TEXT,
    "title": ANY_TEXT,
    "teaser": ANY_TEXT,
    "url": ANY_TEXT,
    "date": _DATES,
    "updated": _DATES,
    "image": ANY_TEXT,
    "tags": st.lists(ANY_TEXT, max_size=4),
    "authors": st.lists(ANY_TEXT, max_size=4),
    "language": _LANGUAGES,
    "series": ANY_TEXT,
    "translation_of": ANY_TEXT,
    "body": ANY_TEXT,
    "sections": _SECTIONS,
}
_NAMES = st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=20)
LIKELY_POSTS = st.builds(
    lambda known, unknown: unknown | known,
    st.fixed_dictionaries(
        {"id": _NAMES, "title": _NAMES},
        optional={key: values for key, values in _KNOWN.items() if key not in ("id", "title")},
    )
    | st.fixed_dictionaries({}, optional=_KNOWN),
    st.just({}) | st.dictionaries(ANY_TEXT, ANY_JSON, max_size=2),
)
"""Objects with the keys of a post, of which about half are valid posts."""


def raw_of(post: Post) -> dict[str, Any]:
    """A post as an object of a corpus file."""
    known = {
        "id": post.id,
        "title": post.title,
        "teaser": post.teaser,
        "url": post.url,
        "date": post.date,
        "updated": post.updated,
        "image": post.image,
        "tags": list(post.tags),
        "authors": list(post.authors),
        "language": post.language,
        "series": post.series,
        "translation_of": post.translation_of,
        "body": post.body,
        "sections": [asdict(section) for section in post.sections],
    }
    return dict(post.extra) | known
