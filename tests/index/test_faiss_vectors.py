from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

import semsearch.index.faiss_vectors
from semsearch.index.faiss_vectors import FaissVectors, NeighbourFinder, kind_for, write_vectors
from tests.index.builders import read_unit_rows, unit_rows

MANY = 2_000


def written(file: Path, *parts: NDArray[np.floating], dimension: int = 3) -> FaissVectors:
    rows = np.concatenate([np.empty((0, dimension)), *parts])
    write_vectors(file, dimension, len(rows), rows.__getitem__)
    return FaissVectors.open(file)


def unit(rows: NDArray[np.floating]) -> NDArray[np.float32]:
    scaled: NDArray[np.float32] = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return scaled


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("vectors")


@pytest.fixture(scope="module")
def many() -> NDArray[np.float32]:
    return unit(np.random.default_rng(0).normal(size=(MANY, 8)))


@pytest.fixture(scope="module")
def many_index(folder: Path, many: NDArray[np.float32]) -> FaissVectors:
    return written(folder / "many", many, dimension=8)


def test_the_nearest_come_first_with_their_cosines(folder: Path) -> None:
    rows = np.array([[0, 1, 0], [1, 0, 0], [0.6, 0.8, 0], [-1, 0, 0]])
    found, scores = written(folder / "four", rows).search(np.array([1, 0, 0], dtype=np.float32), 4)
    assert found.tolist() == [1, 2, 0, 3]
    assert scores.tolist() == pytest.approx([1, 0.6, 0, -1])


# Coordinates of a small grid give many rows the same direction, so ties are common.
directions = st.tuples(*[st.integers(-1, 1)] * 3).filter(any).map(lambda direction: np.array(direction, np.float32))


@settings(max_examples=80, deadline=None)
@given(
    rows=st.lists(st.tuples(directions, st.booleans()), min_size=1, max_size=30),
    query=directions,
    limit=st.integers(0, 40),
)
def test_the_nearest_are_found_with_any_ties(
    folder: Path, rows: list[tuple[NDArray[np.float32], bool]], query: NDArray[np.float32], limit: int
) -> None:
    passing = np.array([passes for _, passes in rows])
    vectors, query = unit(np.stack([direction for direction, _ in rows])), unit(query.reshape(1, -1))[0]
    cosines = vectors.astype(np.float64) @ query
    for allowed, given_mask in ((np.arange(len(rows)), None), (np.flatnonzero(passing), passing)):
        found, scores = written(folder / "ties", vectors).search(query, limit, given_mask)
        assert len(found) == len(set(found.tolist())) == min(limit, len(allowed))
        assert set(found.tolist()) <= set(allowed.tolist())
        assert scores == pytest.approx(cosines[found], abs=1e-6)
        assert scores == pytest.approx(np.sort(cosines[allowed])[::-1][:limit], abs=1e-6)


@pytest.mark.parametrize("passing", [0, 1, 2, 7, 8, 9, MANY // 2, MANY - 1, MANY])
@pytest.mark.parametrize("limit", [0, 1, 200, MANY + 1])
def test_a_mask_leaves_as_many_results_as_asked_for(
    many: NDArray[np.float32], many_index: FaissVectors, passing: int, limit: int
) -> None:
    mask = np.zeros(MANY, dtype=np.bool_)
    # The rows farthest from the query pass: a search that applies the mask afterwards would find none of them.
    mask[np.argsort(many @ many[0])[:passing]] = True
    found, scores = many_index.search(many[0], limit, mask)
    assert len(found) == len(scores) == min(limit, passing)
    assert mask[found].all()
    assert np.all(np.diff(scores) <= 0)


def test_an_empty_index_finds_nothing(folder: Path) -> None:
    index = written(folder / "empty")
    assert (len(index), index.dimension) == (0, 3)
    for mask in (None, np.empty(0, dtype=np.bool_)):
        found, scores = index.search(np.array([1, 0, 0], dtype=np.float32), 5, mask)
        assert (found.tolist(), scores.tolist()) == ([], [])


def test_rows_keep_their_order_when_read_in_chunks(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(semsearch.index.faiss_vectors, "_CHUNK_ROWS", 3)
    rows = unit_rows(7)
    index = written(folder / "parts", rows)
    assert len(index) == 7
    assert index.vectors(np.arange(7)).tolist() == rows.tolist()


def test_rows_are_read_back_in_the_order_asked_for(folder: Path) -> None:
    rows = unit_rows(5)
    index = written(folder / "read", rows)
    assert index.vectors(np.array([4, 0, 4], dtype=np.int32)).tolist() == rows[[4, 0, 4]].tolist()
    assert index.vectors(np.empty(0, dtype=np.int64)).shape == (0, 3)


def test_arrays_that_are_not_contiguous_are_written_correctly(folder: Path) -> None:
    wide = np.asfortranarray(np.random.default_rng(1).normal(size=(4, 6)))
    assert written(folder / "wide", wide[:, ::2]).vectors(np.arange(4)) == pytest.approx(wide[:, ::2], abs=1e-6)


def test_a_full_disk_is_an_error_however_few_bytes_are_left_to_write() -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("this system has no device that is always full")
    with pytest.raises(OSError, match="No space left"):
        write_vectors(full, 3, 2, read_unit_rows)


def test_many_threads_have_the_same_results_as_one(many: NDArray[np.float32], many_index: FaissVectors) -> None:
    masks = [None, np.arange(MANY) % 2 == 0]
    cases = [(row, mask) for row in range(40) for mask in masks]

    def found(case: tuple[int, NDArray[np.bool_] | None]) -> tuple[int, ...]:
        return tuple(many_index.search(many[case[0]], 10, case[1])[0])

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(found, cases * 4)) == [found(case) for case in cases] * 4


# --- compressed -------------------------------------------------------------------------------------------------------

ROWS = 6_000
COMPRESSED_KINDS = {32: "PQ16x4fs,Refine(SQfp16)", 31: "SQfp16"}


@pytest.mark.parametrize(
    ("rows", "dimension", "kind"),
    [
        (0, 384, "flat"),
        (3_000, 384, "flat"),
        (3_001, 384, "PQ192x4fs,Refine(SQfp16)"),
        (3_001, 383, "SQfp16"),
        (10_000_000, 768, "PQ384x4fs,Refine(SQfp16)"),
    ],
)
def test_only_many_vectors_are_compressed(rows: int, dimension: int, kind: str) -> None:
    assert kind_for(rows, dimension) == kind


def test_few_vectors_are_all_used_for_training(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(semsearch.index.faiss_vectors, "EXACT_UP_TO", 300)
    rows = unit(np.random.default_rng(4).normal(size=(301, 32)))
    index = written(folder / "few", rows, dimension=32)
    assert [int(index.search(row, 1)[0][0]) for row in rows[:50]] == list(range(50))


@dataclass(frozen=True)
class Compressed:
    """A compressed index, opened from its file, and the vectors in it: unit vectors in 100 clusters."""

    index: FaissVectors
    rows: NDArray[np.float32]
    kind: str


@pytest.fixture(scope="module", params=COMPRESSED_KINDS)
def compressed(request: pytest.FixtureRequest, folder: Path) -> Compressed:
    dimension: int = request.param
    random = np.random.default_rng(0)
    centres = random.normal(size=(100, dimension))
    rows = unit(centres[random.integers(len(centres), size=ROWS)] + 0.6 * random.normal(size=(ROWS, dimension)))
    file = folder / f"compressed {dimension}"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(semsearch.index.faiss_vectors, "EXACT_UP_TO", 300)
        kind = write_vectors(file, dimension, ROWS, rows.__getitem__)
    return Compressed(FaissVectors.open(file), rows, kind)


def test_many_vectors_are_written_and_opened_compressed(compressed: Compressed) -> None:
    assert compressed.kind == COMPRESSED_KINDS[compressed.rows.shape[1]]
    assert (len(compressed.index), compressed.index.dimension) == compressed.rows.shape


def test_a_compressed_index_finds_nearly_all_of_the_nearest(compressed: Compressed) -> None:
    queries = unit(compressed.rows[::100] + 0.1 * np.random.default_rng(1).normal(size=compressed.rows[::100].shape))
    shares = []
    for query in queries:
        nearest = np.argsort(-(compressed.rows @ query))[:100]
        found, _ = compressed.index.search(query, 100)
        assert len(found) == 100
        shares.append(len(np.intersect1d(found, nearest)) / 100)
    assert np.mean(shares) >= 0.98


@pytest.mark.parametrize("limit", [1, 7, 100, 1_000, ROWS, ROWS + 1])
def test_similarities_from_a_compressed_index_are_cosines_in_descending_order(
    compressed: Compressed, limit: int
) -> None:
    for query in compressed.rows[:5]:
        found, scores = compressed.index.search(query, limit)
        assert len(found) == len(set(found.tolist())) == min(limit, ROWS)
        assert scores == pytest.approx(compressed.rows[found] @ query, abs=1e-3)
        assert np.all(np.diff(scores) <= 0)


@pytest.mark.parametrize("passing", [0, 1, 8, 99, ROWS // 10, ROWS // 2])
def test_rows_that_pass_a_mask_are_found_however_many_others_are_nearer(compressed: Compressed, passing: int) -> None:
    query = compressed.rows[0]
    cosines = compressed.rows @ query
    mask = np.zeros(ROWS, dtype=np.bool_)
    mask[np.argsort(cosines)[:passing]] = True  # the rows farthest from the query
    found, scores = compressed.index.search(query, 100, mask)
    assert mask[found].all()
    assert np.all(np.diff(scores) <= 0)
    assert scores == pytest.approx(np.sort(cosines[mask])[::-1][:100], abs=1e-3)
    assert scores == pytest.approx(cosines[found], abs=1e-3)


@pytest.mark.parametrize("share", [0.1, 0.25, 0.5, 0.9, 1.0])
def test_nearly_all_of_the_nearest_rows_that_pass_a_mask_are_found(compressed: Compressed, share: float) -> None:
    mask = np.random.default_rng(5).random(ROWS) < share
    passing = np.flatnonzero(mask)
    shares = []
    for query in compressed.rows[::300]:
        nearest = passing[np.argsort(-(compressed.rows[passing] @ query))[:100]]
        found, scores = compressed.index.search(query, 100, mask)
        assert len(found) == len(set(found.tolist())) == 100
        assert mask[found].all()
        assert np.all(np.diff(scores) <= 0)
        assert scores == pytest.approx(compressed.rows[found] @ query, abs=1e-3)
        shares.append(len(np.intersect1d(found, nearest)) / 100)
    assert np.mean(shares) >= 0.98


def test_vectors_are_a_copy(folder: Path, compressed: Compressed) -> None:
    for index in (written(folder / "plain", unit_rows(3)), compressed.index):
        before = index.vectors(np.arange(3)).copy()
        index.vectors(np.arange(3))[:] = 0
        assert index.vectors(np.arange(3)).tolist() == before.tolist()


def test_vectors_of_a_compressed_index_come_in_the_order_asked_for(compressed: Compressed) -> None:
    order = np.random.default_rng(2).permutation(ROWS)[:500]
    assert compressed.index.vectors(order) == pytest.approx(compressed.rows[order], abs=1e-3)
    assert compressed.index.vectors(order[:0]).shape == (0, compressed.rows.shape[1])


def test_vectors_of_half_precision_numbers_are_exact(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(semsearch.index.faiss_vectors, "EXACT_UP_TO", 300)
    halves = np.arange(2**16, dtype=np.uint16).view(np.float16)
    rows = halves[np.isfinite(halves)].reshape(-1, 32).astype(np.float32)
    write_vectors(folder / "halves", 32, len(rows), rows.__getitem__)
    assert FaissVectors.open(folder / "halves").vectors(np.arange(len(rows))).tobytes() == rows.tobytes()


def test_many_threads_have_the_same_results_as_one_with_a_compressed_index(compressed: Compressed) -> None:
    mask = np.arange(ROWS) % 2 == 0
    cases = [(row, given_mask) for row in range(40) for given_mask in (None, mask)]

    def found(case: tuple[int, NDArray[np.bool_] | None]) -> tuple[int, ...]:
        return tuple(compressed.index.search(compressed.rows[case[0]], 10, case[1])[0])

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(found, cases * 4)) == [found(case) for case in cases] * 4


def test_a_compressed_index_finds_all_equal_vectors(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many posts may have the same text; their compressed vectors are then equal."""
    monkeypatch.setattr(semsearch.index.faiss_vectors, "EXACT_UP_TO", 300)
    rows = np.repeat(unit(np.random.default_rng(3).normal(size=(2, 32))), 2_500, axis=0)
    index = written(folder / "equal", rows, dimension=32)
    for query, limit, least in ((rows[0], 2_500, 1), (rows[-1], 2_500, 1), (rows[0], 5_000, rows[0] @ rows[-1])):
        found, scores = index.search(query, limit)
        assert len(set(found.tolist())) == limit
        assert scores[-1] == pytest.approx(least, abs=1e-3)


# --- neighbours of many vectors ---------------------------------------------------------------------------------------


def test_neighbours_among_few_rows_are_exact_and_in_order(many: NDArray[np.float32]) -> None:
    near = NeighbourFinder(8, MANY, many.__getitem__).neighbours(many[:50], 20)
    expected = np.argsort(-(many[:50] @ many.T), axis=1, kind="stable")[:, :20]
    assert near.tolist() == expected.tolist()
    assert near[:, 0].tolist() == list(range(50))  # each is nearest to itself


def test_neighbours_are_the_same_when_rows_are_read_in_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = unit_rows(7)
    whole = NeighbourFinder(3, 7, rows.__getitem__).neighbours(rows, 7)
    monkeypatch.setattr(semsearch.index.faiss_vectors, "_CHUNK_ROWS", 3)
    assert NeighbourFinder(3, 7, rows.__getitem__).neighbours(rows, 7).tolist() == whole.tolist()


def test_there_are_no_more_neighbours_than_rows() -> None:
    neighbours = NeighbourFinder(3, 3, unit_rows(3).__getitem__)
    assert neighbours.neighbours(unit_rows(1), 50).tolist() == [[0, 1, 2]]  # none, one and two radians away
    assert neighbours.neighbours(unit_rows(2), 2).shape == (2, 2)


@pytest.fixture(scope="module", params=[32, 31])
def clustered(request: pytest.FixtureRequest) -> tuple[NeighbourFinder, NDArray[np.float32]]:
    """More vectors than are compared exactly, in 100 clusters."""
    random = np.random.default_rng(0)
    centres = random.normal(size=(100, request.param))
    rows = unit(centres[np.arange(12_000) % 100] + 0.6 * random.normal(size=(12_000, request.param)))
    return NeighbourFinder(request.param, len(rows), rows.__getitem__), rows


def test_among_many_rows_nine_of_ten_of_the_100_nearest_are_among_150_neighbours(
    clustered: tuple[NeighbourFinder, NDArray[np.float32]],
) -> None:
    neighbours, rows = clustered
    queries = rows[::200]
    near = neighbours.neighbours(queries, 150)
    nearest = np.argsort(-(queries @ rows.T), axis=1)[:, :100]
    shares = [len(np.intersect1d(*pair)) / 100 for pair in zip(near, nearest, strict=True)]
    assert near.shape == (60, 150)
    assert np.mean(shares) >= 0.9


def test_a_neighbour_is_found_once_and_missing_ones_are_minus_one(
    clustered: tuple[NeighbourFinder, NDArray[np.float32]],
) -> None:
    neighbours, rows = clustered
    for found in neighbours.neighbours(rows[:3], len(rows)):  # only the nearest cells are searched
        known = found[found >= 0]
        assert len(known) == len(set(known.tolist())) < len(rows)
        assert known.max() < len(rows)
        assert found[len(known) :].tolist() == [-1] * (len(found) - len(known))


def test_the_compression_of_another_index_is_used_if_it_is_of_the_same_kind(
    tmp_path: Path, many: NDArray[np.float32], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(semsearch.index.faiss_vectors, "EXACT_UP_TO", 1_000)
    before, reads = written(tmp_path / "before", many, dimension=8), list[int]()

    def read(rows: NDArray[np.int64]) -> NDArray[np.float32]:
        reads.append(len(rows))
        return many[500:][rows]

    kind = write_vectors(tmp_path / "now", 8, 1_500, read, before)
    assert (kind, reads) == (kind_for(1_500, 8), [1_500])  # no sample was read to train on
    now = FaissVectors.open(tmp_path / "now")
    for row in (0, 700, 1_499):
        assert now.search(many[500 + row], 20)[0][0] == row
    assert len(before) == MANY
    assert before.search(many[3], 20)[0][0] == 3
    reads.clear()
    assert write_vectors(tmp_path / "few", 8, 900, read, before) == kind_for(900, 8)
    assert len(FaissVectors.open(tmp_path / "few")) == 900
