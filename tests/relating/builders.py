"""Small corpora with chosen vectors, to see what is related in them; and generated ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import strategies as st

from semsearch.index import Scale, Scales, Tail
from semsearch.relating.features import ExampleFeatures, Features, Overlap
from tests.search.fakes import Planted, Vector, planted, searcher_of

PLAIN = Scales(meaning=Scale(0.0, 1.0), words=Scale(0.0, 1.0), tail=Tail(start=0.5, slope=0.25))
"""Makes a unit of meaning the cosine itself, and a unit of words the product of two rows."""
CONFIDENT = replace(PLAIN, tail=Tail(start=-9.0, slope=0.25))
"""Makes all related posts confident enough for a list."""

DIMENSION = 4
TITLES = ("River bridges", "A bridge in winter", "Violins", "Letters Part 1", "Letters Part 2", "Engines #3", "Harbour")
SENTENCES = (
    "The river rises every winter.",
    "> Nobody crossed the bridge\nthat winter.",
    "- Engines, violins and a harbour.",
    "A violin sounds best in a small room.",
    "Steam engines brought the bridge to the harbour.",
    "Harbours freeze, and boats wait for the river.",
    "The gardens by the river " + "and the gardens by the harbour " * 12 + "are open.",
)
"""One of several lines, some marked, one too long to be shown."""
TAGS, AUTHORS, LANGUAGES = ("water", "music", "steam"), ("Ann", "Ben"), (None, "en", "de", "fr")
DATES = (None, "2020-01-01", "2024-02-10", "2024-03-01T12:00:00Z", "2025-01-01")
_RANDOM = np.random.default_rng(7)
VECTORS: tuple[Vector, ...] = tuple(map(tuple, _RANDOM.standard_normal((12, DIMENSION)).tolist()))
VECTOR_OF: dict[str, Vector] = dict(zip(SENTENCES, map(tuple, _RANDOM.standard_normal((9, DIMENSION)).tolist())))  # noqa: B905


def features_of(folder: Path, posts: Sequence[Planted], scales: Scales = PLAIN) -> Features:
    """Write posts with their lists, and return their features."""
    snapshot = searcher_of(folder, posts, {}, scales=scales).snapshot
    return Features(snapshot, snapshot.related.centres, scales)


@st.composite
def corpora(draw: st.DrawFn) -> list[Planted]:
    """One to nine posts with the ids 0, 1, …: some are copies of earlier ones, some their translations."""
    posts: list[Planted] = []
    for number in range(draw(st.integers(1, 9))):
        content = _texts(draw)
        if posts and draw(st.sampled_from((False, False, True))):
            content = _texts_of(draw(st.sampled_from(posts)))
        fields = content[1] | _fields(draw, number)
        posts.append(planted(str(number), draw(st.sampled_from(VECTORS)), content[0], **fields))
    return posts


def _texts(draw: st.DrawFn) -> tuple[dict[str, Vector], dict[str, Any]]:
    """Vectors of sentences, and the fields that have those. What has only one sentence has no vector for it."""
    chosen = draw(st.lists(st.sampled_from(SENTENCES), unique=True, max_size=4))
    in_teaser = draw(st.integers(0, len(chosen)))
    fields = {
        "title": draw(st.sampled_from(TITLES)),
        "teaser": " ".join(chosen[:in_teaser]),
        "body": " ".join(chosen[in_teaser:]),
    }
    return {one: VECTOR_OF[one] for one in chosen if len(chosen) > 1}, fields


def _texts_of(other: Planted) -> tuple[dict[str, Vector], dict[str, Any]]:
    post = other.post
    return dict(other.sentences), {"title": post.title, "teaser": post.teaser, "body": post.body}


def _fields(draw: st.DrawFn, number: int) -> dict[str, Any]:
    language = draw(st.sampled_from(LANGUAGES))
    slug = draw(st.sampled_from(("one", "two", f"post-{number}")))
    series = "Letters" if draw(st.integers(0, 3)) == 0 else None
    is_translation = number and draw(st.integers(0, 3)) == 0
    return {
        "tags": tuple(draw(st.lists(st.sampled_from(TAGS), unique=True, max_size=2))),
        "authors": tuple(draw(st.lists(st.sampled_from(AUTHORS), unique=True, max_size=1))),
        "date": draw(st.sampled_from(DATES)),
        "language": language,
        "url": f"https://site.example/{language}/{slug}" if language else f"https://site.example/{slug}-{number}",
        "series": series,
        "translation_of": str(draw(st.integers(0, number - 1))) if is_translation else None,
    }


def overlap_of(features: Features, example: ExampleFeatures, ordinal: int) -> Overlap:
    """The features that an example and one post share."""
    [overlap] = features.overlaps(example, np.array([ordinal]))
    return overlap
