from __future__ import annotations

import ctypes
import gc
import os
import sys
from pathlib import Path

import numpy as np
import pytest

from semsearch.serving.memory import exclude_from_gc, release_free_memory

MEGABYTES = 1024 * 1024


def resident() -> int:
    """Resident memory of this process, in bytes."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.skipif(sys.platform != "linux", reason="only the GNU C library returns memory on request")
def test_free_memory_is_returned_to_the_system() -> None:
    freed = [np.ones(8_192) for _ in range(3_200)]  # each below the threshold for mmap
    last = np.ones(8_192)  # behind them on the heap
    used = resident()
    del freed
    release_free_memory()
    assert resident() < used - 100 * MEGABYTES
    assert last[-1] == 1


@pytest.mark.parametrize("error", [OSError, AttributeError])
def test_nothing_happens_without_malloc_trim(error: type[Exception], monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: object) -> object:
        raise error

    monkeypatch.setattr(ctypes, "CDLL", missing)
    release_free_memory()


def test_objects_of_the_block_are_excluded_from_garbage_collection() -> None:
    before = gc.get_freeze_count()
    with exclude_from_gc():
        assert not gc.isenabled()
        usual = gc.get_threshold()[0]
        made = [[number] for number in range(1_000)]
    assert gc.isenabled()
    assert gc.get_threshold()[0] > usual
    assert gc.get_freeze_count() >= before + len(made)
    assert not any(tracked is made for tracked in gc.get_objects())


def test_an_error_in_the_block_leaves_the_collector_enabled() -> None:
    with pytest.raises(OSError, match="full"), exclude_from_gc():
        raise OSError("full")
    assert gc.isenabled()
