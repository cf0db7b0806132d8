from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from semsearch.encoding import KeptVectors, VectorCache, kept_vectors
from semsearch.encoding.encoder import unit
from tests.encoding.named_vectors import FINGERPRINT, key, open_cache

DIMENSION = 6
ROWS = unit(np.random.default_rng(3).normal(size=(9, DIMENSION)).astype(np.float32))
KEYS = [key(row) for row in range(len(ROWS))]


def open_kept(folder: Path) -> KeptVectors:
    return KeptVectors(folder, user=folder, fingerprint=FINGERPRINT, dimension=DIMENSION)


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many vectors are read from the database, by call."""
    counts: list[int] = []
    get = VectorCache.get

    def counted(cache: VectorCache, keys: Any) -> Any:
        counts.append(len(keys))
        return get(cache, keys)

    monkeypatch.setattr(VectorCache, "get", counted)
    return counts


def test_vectors_are_read_once_and_equal_those_of_the_database(tmp_path: Path, reads: list[int]) -> None:
    with open_cache(tmp_path, DIMENSION) as cache:
        cache.add(KEYS, ROWS)
        expected = cache.get(KEYS)
    reads.clear()
    with open_kept(tmp_path) as kept:
        assert kept.get(KEYS[:5]).tobytes() == expected[:5].tobytes()
        assert kept.get([KEYS[7], KEYS[2], KEYS[7]]).tobytes() == expected[[7, 2, 7]].tobytes()
        assert kept.get(KEYS[:5][::-1]).tobytes() == expected[:5][::-1].tobytes()
        assert kept.get([]).shape == (0, DIMENSION)
    assert reads == [5, 1]


def test_a_vector_that_is_replaced_is_read_again(tmp_path: Path) -> None:
    with open_kept(tmp_path) as kept:
        kept.add(KEYS[:2], ROWS[:2])
        kept.get(KEYS[:2])
        kept.add(KEYS[:1], ROWS[5:6])
        np.testing.assert_allclose(kept.get(KEYS[:2]), ROWS[[5, 1]], atol=1e-3)


def test_what_is_not_in_memory_is_looked_up_in_the_database(tmp_path: Path) -> None:
    with open_cache(tmp_path, DIMENSION) as cache, open_kept(tmp_path) as kept:
        cache.add(KEYS[:3], ROWS[:3])
        kept.get(KEYS[:1])
        assert kept.contains([KEYS[4], KEYS[0], KEYS[2], KEYS[5]]).tolist() == [False, True, True, False]
        with pytest.raises(KeyError):
            kept.get([KEYS[0], KEYS[4]])
        assert kept.get(KEYS[1:3]).shape == (2, DIMENSION)  # the failed call left nothing half done


def test_memory_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reads: list[int]) -> None:
    monkeypatch.setattr(kept_vectors, "MAX_KEPT", 5)
    with open_kept(tmp_path) as kept:
        kept.add(KEYS, ROWS)
        for keys in (KEYS[:4], KEYS[:4], KEYS[4:7], KEYS[:4]):
            np.testing.assert_allclose(kept.get(keys), ROWS[[KEYS.index(one) for one in keys]], atol=1e-3)
    assert reads == [4, 3, 4]  # three more would be too many


def test_rebuilds_count_as_one_and_remove_nothing(tmp_path: Path) -> None:
    with open_kept(tmp_path) as kept:
        kept.add(KEYS, ROWS)
        for _ in range(10):
            kept.prune()
    with open_cache(tmp_path, DIMENSION) as cache:
        assert cache.contains(KEYS).all()
