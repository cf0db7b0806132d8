"""An index survives any system call that fails: the error is one sentence, and the old or the new version is whole."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest

from tests.faults import indexes, traced
from tests.faults.tally import Tally

pytestmark = pytest.mark.usefixtures("strace")

Interrupt = Callable[..., tuple[Path, traced.Ended]]


def fail(interrupt: Interrupt, job: Callable[[Path], None], call: str, error: str, number: int, tally: Tally) -> bool:
    """Let a call of a job fail, and check error and index. Returns whether there was such a call."""
    options = ["-o", "log", "-e", f"trace={call}", "-e", f"inject={call}:error={error}:when={number}"]
    index, ended = interrupt(job, options)
    if "(INJECTED)" not in (index.parent / "log").read_text(encoding="utf-8"):
        assert (ended.code, ended.output) == (0, "")
        return False
    with tally.trying():
        new = indexes.OLD[-2] if job is indexes.roll_back else indexes.NEW
        indexes.check_error(ended, indexes.check(index, new=new), new)
        indexes.check_next(index)
    return True


def fail_each(interrupt: Interrupt, job: Callable[[Path], None], call: str, error: str, tally: Tally) -> None:
    for number in count(1):
        if not fail(interrupt, job, call, error, number, tally):
            break


@pytest.mark.fault("EIO")
@pytest.mark.parametrize(("call", "number"), [("write", 20), ("fsync", 1), ("fsync", 27), ("rename", 1), ("rename", 2)])
def test_a_disk_that_fails(call: str, number: int, interrupt: Interrupt, tally: Tally) -> None:
    assert fail(interrupt, indexes.publish_new, call, "EIO", number, tally)


@pytest.mark.fault("ENOSPC")
@pytest.mark.parametrize(("call", "number"), [("write", 40), ("openat", 20), ("mkdir", 2), ("pwrite64", 1)])
def test_a_disk_that_is_full(call: str, number: int, interrupt: Interrupt, tally: Tally) -> None:
    assert fail(interrupt, indexes.publish_new, call, "ENOSPC", number, tally)


@pytest.mark.fault("EINTR")
def test_a_call_that_is_interrupted(interrupt: Interrupt, tally: Tally) -> None:
    assert fail(interrupt, indexes.publish_new, "write", "EINTR", 10, tally)


@pytest.mark.campaign
@pytest.mark.timeout(900)
@pytest.mark.fault("EIO")
@pytest.mark.parametrize("call", ["fsync", "fdatasync", "rename", "renameat", "write", "pwrite64", "msync", "unlinkat"])
@pytest.mark.parametrize("job", [indexes.publish_new, indexes.roll_back])
def test_a_disk_that_fails_at_each_call(
    job: Callable[[Path], None], call: str, interrupt: Interrupt, tally: Tally
) -> None:
    fail_each(interrupt, job, call, "EIO", tally)


@pytest.mark.campaign
@pytest.mark.timeout(900)
@pytest.mark.fault("ENOSPC")
@pytest.mark.parametrize("call", ["write", "pwrite64", "ftruncate", "fallocate", "mkdir", "rename", "renameat"])
def test_a_disk_that_is_full_at_each_call(call: str, interrupt: Interrupt, tally: Tally) -> None:
    fail_each(interrupt, indexes.publish_new, call, "ENOSPC", tally)


@pytest.mark.campaign
@pytest.mark.timeout(900)
@pytest.mark.fault("EINTR")
@pytest.mark.parametrize("call", ["write", "pwrite64"])
def test_each_call_that_is_interrupted(call: str, interrupt: Interrupt, tally: Tally) -> None:
    fail_each(interrupt, indexes.publish_new, call, "EINTR", tally)


@pytest.mark.campaign
@pytest.mark.timeout(900)
@pytest.mark.fault("EIO")
@pytest.mark.parametrize("call", ["write", "pwrite64", "fsync", "rename"])
def test_a_rebuild_on_a_disk_that_fails(call: str, interrupt: Interrupt, tally: Tally) -> None:
    for number in count(1, 5):
        if not fail(interrupt, indexes.rebuild_new, call, "EIO", number, tally):
            break
