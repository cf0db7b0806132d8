"""Builders for tests of the index: posts, and versions of them with made-up vectors, so that no model runs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from semsearch.analysis.stems import UNBOUNDED, Analyzer
from semsearch.index import Background, Calibration, IndexFolder, Manifest, VersionWriter
from semsearch.index.attributes import Attributes, AttributesWriter
from semsearch.index.hubness import write_nearness
from semsearch.index.lexical.index import LexicalIndex
from semsearch.index.lexical.query_model import QueryWord
from semsearch.index.lexical.writer import LexicalWriter
from semsearch.index.related import create_centres, create_rows
from semsearch.model_card import ModelCard
from semsearch.posts import Post

DIMENSION = 3
ANALYZER = Analyzer(UNBOUNDED)
CARD = ModelCard("made up", "f" * 64, "0" * 64, dimension=DIMENSION, pooling="mean", max_tokens=8)

plain_text = st.text(st.characters(exclude_categories=["Cc", "Cs"]))
"""Any text that a post may have: the corpus rejects control characters and lone surrogates."""


def post(post_id: str, **fields: Any) -> Post:
    return Post(**{"id": post_id, "title": f"Title of {post_id}"} | fields)


def lexical_index(folder: Path, posts: Iterable[Post]) -> LexicalIndex:
    writer = LexicalWriter(folder, Analyzer(UNBOUNDED))
    for one in posts:
        writer.add(one)
    writer.close()
    return LexicalIndex.open(folder)


def query_words_of(*terms: str) -> list[QueryWord]:
    """Words of a query with one term each."""
    return [QueryWord(term, (term,)) for term in terms]


def attributes(folder: Path, posts: Iterable[Post]) -> Attributes:
    writer = AttributesWriter()
    for one in posts:
        writer.add(one)
    writer.save(folder)
    return Attributes.open(folder)


def unit_rows(count: int) -> NDArray[np.float32]:
    """Unit vectors in a plane; the angle between row n and the first row is n radians."""
    angles = np.arange(count)
    return np.stack([np.cos(angles), np.sin(angles), np.zeros(count)], axis=1).astype(np.float32)


def read_unit_rows(rows: NDArray[np.int64]) -> NDArray[np.float32]:
    """Some rows of :func:`unit_rows`."""
    return unit_rows(int(rows[-1]) + 1)[rows]


def describe(name: str, writer: VersionWriter, **changes: Any) -> Manifest:
    """The manifest of the version of a writer."""
    background = Background(mean=0.1, deviation=0.05)
    fields: dict[str, Any] = {
        "version": name,
        "created_at": "2026-01-31T12:00:00+00:00",
        "model": CARD,
        "template": "made up",
        "vectors": "flat",
        "posts": writer.posts,
        "passages": writer.passages,
        "corpus_sha256": writer.corpus_sha256,
        "calibration": Calibration(search=background),
        "libraries": {"faiss-cpu": "1.15.1"},
        "build_seconds": 0.25,
        "files": {},
        "languages": writer.languages or {"en": 1},
    }
    return Manifest(**fields | changes)


def write_version(building: Path, posts: Sequence[Post]) -> Manifest:
    """Write a version into an empty folder; the teaser of a post is its only passage."""
    writer = VersionWriter(building, dimension=DIMENSION)
    for one in posts:
        writer.add_post(one, [("teaser", 0, len(one.teaser))] if one.teaser else [])
    writer.write_post_vectors(read_unit_rows)
    writer.write_passage_vectors(read_unit_rows)
    writer.finish()
    write_related(building, len(posts))
    return writer.write_manifest(describe(building.name, writer))


def write_related(folder: Path, posts: int) -> None:
    """Write related posts without candidates, the post vectors as centres, and the ordinals as nearness."""
    write_nearness(folder, np.arange(posts, dtype=np.float32))
    create_rows(folder, posts).flush()
    centres = create_centres(folder, posts, DIMENSION)
    centres[:] = unit_rows(posts)
    centres.flush()


def publish(index: IndexFolder, *posts: Post) -> str:
    """Publish a version of these posts and return its name."""
    with index.lock():
        building = index.new_building()
        write_version(building, posts)
        index.publish(building)
    return building.name


def served(index: IndexFolder, version: str | None = None) -> list[str]:
    """The ids of the posts of a version, by default the current one."""
    with closing(index.open(version)) as snapshot:
        return snapshot.documents.ids()


def newest_valid(index: IndexFolder) -> list[str]:
    """The ids of the posts of the newest valid version."""
    with closing(index.open_newest_valid()) as snapshot:
        return snapshot.documents.ids()
