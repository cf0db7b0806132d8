"""Versions rebuilt in full or incrementally, and versions with lists that a test chose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from semsearch.index import Scales, Snapshot
from semsearch.index.related import RelatedPosts, create_rows, write_candidates
from semsearch.posts import Post
from semsearch.relating.incremental import ReusedLists
from semsearch.relating.lists import write_lists
from tests.index.builders import write_version
from tests.relating.builders import PLAIN
from tests.search.fakes import Planted, planted, searcher_of


def one(name: str, said: int = 0, **fields: Any) -> Planted:
    """A post of one word that no other has, unless it says the same: words shared by few would be worth less or more
    as the corpus grows."""
    seed = [*name.encode(), 256 + said]
    vector = tuple(np.random.default_rng(seed).standard_normal(5).tolist())
    return planted(name, vector, **{"title": f"{name}{said}"} | fields)


def posts_of(count: int) -> list[Planted]:
    return [one(f"post{number}") for number in range(count)]


def copy_of(post: Planted, name: str) -> Planted:
    return replace(post, post=replace(post.post, id=name))


def full_rebuild(folder: Path, posts: Sequence[Planted], scales: Scales | None = PLAIN) -> Snapshot:
    """Build a version by comparing all posts. Scales are measured if None."""
    return searcher_of(folder, posts, {}, scales=scales).snapshot


def incremental_rebuild(folder: Path, snapshot: Snapshot, before: Snapshot) -> Snapshot:
    """Rebuild the lists of a version incrementally from the version before."""
    folder.mkdir()
    scales = write_lists(folder, snapshot, before=before)
    return replace(snapshot, related=RelatedPosts.open(folder), manifest=replace(snapshot.manifest, scales=scales))


def rows_of(snapshot: Snapshot) -> NDArray[np.void]:
    return snapshot.related.rows


def reuse_plan(snapshot: Snapshot, before: Snapshot) -> ReusedLists:
    """Return what can be reused, which is not nothing."""
    found = ReusedLists.plan(snapshot, before)
    assert found is not None
    return found


def assert_same_lists(found: Snapshot, expected: Snapshot) -> None:
    actual, wanted = found.related, expected.related
    assert actual is not None
    assert wanted is not None
    assert actual.centres.tobytes() == wanted.centres.tobytes()
    every = np.arange(len(expected))
    assert actual.hubness(every).tolist() == pytest.approx(wanted.hubness(every).tolist(), abs=1e-4)
    for post in every.tolist():
        (candidates, scores), (others, their_scores) = actual.candidates(post), wanted.candidates(post)
        assert candidates.tolist() == others.tolist()
        assert scores.tolist() == pytest.approx(their_scores.tolist(), abs=1e-4)
        assert candidates[actual.listed(post)].tolist() == others[wanted.listed(post)].tolist()


def with_lists(folder: Path, posts: Sequence[Post], lists: Mapping[str, Mapping[str, float]]) -> Snapshot:
    """A version in which posts have these lists: for the id of a post, those of others and how related they are."""
    folder.mkdir(parents=True)
    manifest = write_version(folder, posts)
    places = {one.id: place for place, one in enumerate(posts)}
    rows = create_rows(folder, len(posts))
    for post_id, listed in lists.items():
        row = rows[places[post_id]]
        write_candidates(
            row, np.array([places[other] for other in listed], dtype=np.int64), np.array(list(listed.values()))
        )
        row["listed"][: len(listed)] = np.arange(min(len(listed), len(row["listed"])))
    rows.flush()
    return Snapshot.read(folder, manifest)
