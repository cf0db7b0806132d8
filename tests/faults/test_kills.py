"""An index survives the kill of a process that writes it, at any of its system calls."""

from __future__ import annotations

import signal
from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest

from semsearch.index import IndexFolder
from tests.faults import indexes, traced
from tests.faults.tally import Tally
from tests.forked import UNKNOWN_EXIT_STATUS

pytestmark = [pytest.mark.fault("kill at a system call"), pytest.mark.usefixtures("strace")]

Interrupt = Callable[..., tuple[Path, traced.Ended]]
CALLS = (
    "openat",
    "write",
    "pwrite64",
    "ftruncate",
    "fallocate",
    "msync",
    "fdatasync",
    "renameat",
    "mkdir",
    "fsync",
    "rename",
    "unlink",
    "unlinkat",
    "rmdir",
    "close",
)
"""The calls that change files, or end such changes."""


def kill(interrupt: Interrupt, job: Callable[[Path], None], call: str, number: int, tally: Tally) -> str | None:
    """Kill a job at some call, and check what is left. Returns the current version's post; None if the job ended."""
    options = ["-o", "/dev/null", "-e", f"trace={call}", "-e", f"inject={call}:signal=KILL:when={number}"]
    index, ended = interrupt(job, options)
    if ended.code not in (-signal.SIGKILL, UNKNOWN_EXIT_STATUS):
        assert (ended.code, ended.output) == (0, "")
        return None
    with tally.trying():
        new = indexes.OLD[-2] if job is indexes.roll_back else indexes.NEW
        current = indexes.check(index, new=new)
        assert (IndexFolder(index).current() == IndexFolder(index).names()[-1]) or current != indexes.NEW
        indexes.check_next(index)
    return current


@pytest.mark.parametrize(
    ("call", "number", "current"),
    [
        ("openat", 12, "third"),
        ("write", 30, "third"),
        ("fdatasync", 2, "third"),
        ("fsync", 1, "third"),
        ("rename", 1, "third"),
        ("rename", 2, "third"),
        ("rename", 3, "fourth"),
        ("unlinkat", 5, "fourth"),
        ("rmdir", 1, "fourth"),
    ],
)
def test_a_kill_during_publication(call: str, number: int, current: str, interrupt: Interrupt, tally: Tally) -> None:
    assert kill(interrupt, indexes.publish_new, call, number, tally) == current


@pytest.mark.campaign
@pytest.mark.timeout(900)
@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("job", [indexes.publish_new, indexes.roll_back])
def test_a_kill_at_each_call(job: Callable[[Path], None], call: str, interrupt: Interrupt, tally: Tally) -> None:
    for number in count(1):
        if kill(interrupt, job, call, number, tally) is None:
            break


@pytest.mark.campaign
@pytest.mark.timeout(900)
@pytest.mark.parametrize("call", ["write", "pwrite64", "fsync", "rename", "unlink"])
def test_a_kill_at_every_fourth_call_of_a_rebuild(call: str, interrupt: Interrupt, tally: Tally) -> None:
    for number in count(1, 4):
        if kill(interrupt, indexes.rebuild_new, call, number, tally) is None:
            break
