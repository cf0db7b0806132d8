from __future__ import annotations

import ctypes
import gc
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from semsearch.serving.memory import give_back, settling

MEGABYTES = 1024 * 1024


def resident() -> int:
    """Bytes of this process that are in memory."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.skipif(sys.platform != "linux", reason="only the C library of GNU gives memory back when asked")
def test_what_is_free_goes_back_to_the_system() -> None:
    kept = [np.ones(8_192) for _ in range(3_200)]  # each small enough to stay with the process
    last = np.ones(8_192)  # above them
    used = resident()
    del kept
    give_back()
    assert resident() < used - 100 * MEGABYTES
    assert last[-1] == 1


@pytest.mark.parametrize("error", [OSError, AttributeError, TypeError])
def test_where_there_is_no_such_thing_nothing_is_done(error: type[Exception], monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: object) -> object:
        raise error

    monkeypatch.setattr(ctypes, "CDLL", missing)
    give_back()


@pytest.fixture
def unsettled() -> Iterator[None]:
    """Has the collector be afterwards as it was before."""
    before = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*before)


@pytest.mark.usefixtures("unsettled")
def test_what_is_there_to_stay_is_not_looked_at_again() -> None:
    before = gc.get_freeze_count()
    with settling():
        assert not gc.isenabled()
        usual = gc.get_threshold()[0]
        made = [[number] for number in range(1_000)]
    assert gc.isenabled()
    assert gc.get_threshold()[0] > usual
    assert gc.get_freeze_count() >= before + len(made)
    assert not any(one is made for one in gc.get_objects()), "the collector knows it no more"


@pytest.mark.usefixtures("unsettled")
def test_what_cannot_be_made_leaves_the_collector_at_work() -> None:
    with pytest.raises(OSError, match="full"), settling():
        raise OSError("full")
    assert gc.isenabled()
