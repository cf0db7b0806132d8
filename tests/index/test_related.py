from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from semsearch.index.related import (
    CANDIDATES,
    CENTRES_FILE,
    FILE,
    LISTED,
    NONE,
    ROW,
    RelatedPosts,
    create_centres,
    create_rows,
)

FULL = 4
"""The ordinal of a post with the greatest number of candidates and a full default list."""


@pytest.fixture
def related(tmp_path: Path) -> RelatedPosts:
    """Five posts: the first has three candidates, two of them in its list; the second has one candidate and no list;
    the last has the greatest number of candidates, in descending order."""
    rows, centres = create_rows(tmp_path, 5), create_centres(tmp_path, 5, 2)
    rows["candidates"][0, :3], rows["scores"][0, :3], rows["listed"][0, :2] = [3, 1, 2], [2.5, 1.25, -1.0], [2, 0]
    rows["candidates"][1, :1], rows["scores"][1, :1] = [0], [0.5]
    rows["candidates"][FULL] = np.arange(CANDIDATES)[::-1]
    rows["scores"][FULL] = np.arange(CANDIDATES)[::-1]
    rows["listed"][FULL] = np.arange(LISTED)
    rows["crowd"] = [0.5, -0.25, 0.0, 1.0, -1.25]
    centres[:] = [[1, 0], [0, 1], [0.6, 0.8], [-1, 0], [0, -1]]
    rows.flush()
    centres.flush()
    return RelatedPosts.open(tmp_path)


def test_the_candidates_of_a_post_come_back_with_their_scores(related: RelatedPosts) -> None:
    ordinals, scores = related.candidates(0)
    assert (ordinals.tolist(), scores.tolist()) == ([3, 1, 2], [2.5, 1.25, -1.0])
    assert ordinals.dtype == np.int64
    assert scores.dtype == np.float64
    ordinals, scores = related.candidates(FULL)
    assert ordinals.tolist() == scores.tolist() == list(range(CANDIDATES))[::-1]


def test_a_post_may_have_no_candidates(related: RelatedPosts) -> None:
    ordinals, scores = related.candidates(2)
    assert (ordinals.tolist(), scores.tolist(), related.listed(2).tolist()) == ([], [], [])


def test_a_default_list_holds_indexes_into_the_candidates(related: RelatedPosts) -> None:
    assert [related.listed(number).tolist() for number in range(5)] == [[2, 0], [], [], [], list(range(LISTED))]
    assert related.candidates(0)[0][related.listed(0)].tolist() == [2, 3]


@pytest.mark.parametrize("limit", [0, 1, 2, 5, LISTED])
def test_lists_of_all_posts_equal_those_of_each_post(related: RelatedPosts, limit: int) -> None:
    lists = related.lists(limit)
    assert lists.shape == (len(related), limit)
    for number, listed in enumerate(lists.tolist()):
        chosen = related.candidates(number)[0][related.listed(number)][:limit].tolist()
        assert listed == chosen + [NONE] * (limit - len(chosen))


def test_hubness_comes_in_the_order_asked_for(related: RelatedPosts) -> None:
    assert related.hubness(np.array([4, 0, 4])).tolist() == [-1.25, 0.5, -1.25]
    assert related.hubness(np.empty(0, dtype=np.int64)).tolist() == []


def test_centres_have_half_precision(related: RelatedPosts) -> None:
    assert related.centres.shape == (5, 2)
    assert related.centres.dtype == np.float16
    assert related.centres[2].tolist() == pytest.approx([0.6, 0.8], abs=1e-3)


def test_a_new_row_has_no_candidates(tmp_path: Path) -> None:
    create_rows(tmp_path, 3).flush()
    create_centres(tmp_path, 3, 2).flush()
    related = RelatedPosts.open(tmp_path)
    assert len(related) == 3
    assert related.lists(LISTED).tolist() == [[NONE] * LISTED] * 3
    assert related.candidates(1)[0].tolist() == []
    assert related.hubness(np.arange(3)).tolist() == [0.0] * 3


def test_no_posts_have_no_rows(tmp_path: Path) -> None:
    create_rows(tmp_path, 0).flush()
    create_centres(tmp_path, 0, 2).flush()
    related = RelatedPosts.open(tmp_path)
    assert (len(related), related.lists(5).shape, related.centres.shape) == (0, (0, 5), (0, 2))


def test_empty_related_posts_have_no_candidates() -> None:
    empty = RelatedPosts.empty(3, 2)
    assert len(empty) == 3
    assert [empty.candidates(post)[0].tolist() for post in range(3)] == [[]] * 3
    assert empty.lists(LISTED).tolist() == [[NONE] * LISTED] * 3
    assert empty.hubness(np.arange(3)).tolist() == [0.0] * 3
    assert empty.rows["scores"].max() == -np.inf
    assert (empty.centres.shape, empty.centres.dtype) == ((3, 2), np.dtype(np.float16))


def test_what_is_read_cannot_be_written(related: RelatedPosts, tmp_path: Path) -> None:
    before = [(tmp_path / name).read_bytes() for name in (FILE, CENTRES_FILE)]
    with pytest.raises(ValueError, match="read-only"):
        related.centres[0] = 0
    ordinals, scores = related.candidates(0)
    ordinals[:], scores[:] = 9, 9.0
    related.lists(3)[:] = 9
    assert related.candidates(0)[0].tolist() == [3, 1, 2]
    assert [(tmp_path / name).read_bytes() for name in (FILE, CENTRES_FILE)] == before


def test_every_index_of_a_candidate_fits_into_its_type() -> None:
    assert np.iinfo(ROW["listed"].base).max >= CANDIDATES - 1
    assert LISTED <= CANDIDATES


# --- room on the disk -------------------------------------------------------------------------------------------------

WRITERS = pytest.mark.parametrize(
    ("make", "name"),
    [(lambda folder: create_rows(folder, 3), FILE), (lambda folder: create_centres(folder, 3, 2), CENTRES_FILE)],
    ids=["rows", "centres"],
)


@WRITERS
def test_a_full_disk_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: Callable[[Path], object], name: str
) -> None:
    """Without an error here, writing to the memory map would kill the process."""

    def full_disk(*_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "posix_fallocate", full_disk, raising=False)
    with pytest.raises(OSError, match="No space left") as caught:
        make(tmp_path)
    assert caught.value.errno == errno.ENOSPC


@WRITERS
def test_disk_space_is_reserved_for_the_whole_file_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: Callable[[Path], Any], name: str
) -> None:
    taken: list[tuple[int, int, bytes]] = []

    def take(_: int, start: int, size: int) -> None:
        taken.append((start, size, (tmp_path / name).read_bytes()))

    monkeypatch.setattr(os, "posix_fallocate", take, raising=False)
    made = make(tmp_path)
    ((start, size, content),) = taken
    assert (start, size) == (0, (tmp_path / name).stat().st_size)
    assert size == len(content) >= made.nbytes
    assert set(content[-made.nbytes :]) == {0}


@WRITERS
def test_files_are_written_where_the_system_cannot_reserve_disk_space(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: Callable[[Path], Any], name: str
) -> None:
    """Not every system has posix_fallocate."""
    monkeypatch.delattr(os, "posix_fallocate", raising=False)
    make(tmp_path).flush()
    assert len(np.load(tmp_path / name)) == 3
