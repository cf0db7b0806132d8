"""An index survives a disk that becomes full, and a file size limit, wherever it strikes."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.faults import indexes, traced
from tests.faults.tally import Tally

STEP = 64 * 1024
DISK = 16 * 1024 * 1024
"""More than an index needs."""

OnDisk = Callable[[int], tuple[Path, traced.Ended]]


@pytest.fixture
def on_full_disk(tally: Tally, three_old: Path, tmp_path: Path) -> Iterator[OnDisk]:
    """A function that publishes a large version where some bytes are free, and then makes the disk larger."""
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("only root can mount a small file system")
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "none", disk], capture_output=True, text=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"no file system can be mounted here: {mounted.stderr.strip()}")

    def run(free: int) -> tuple[Path, traced.Ended]:
        shutil.rmtree(disk / "index", ignore_errors=True)
        index = indexes.copied(three_old, disk / "index")
        used = shutil.disk_usage(disk).used
        subprocess.run(["mount", "-o", f"remount,size={used + free}", disk], check=True)
        ended = traced.run(tmp_path, indexes.publish_large, index)
        subprocess.run(["mount", "-o", f"remount,size={DISK}", disk], check=True)
        return index, ended

    yield run
    subprocess.run(["umount", disk], check=True)


def survives(index: Path, ended: traced.Ended, tally: Tally) -> bool:
    """Check what a full disk has left. Returns whether the version was published all the same."""
    with tally.trying():
        indexes.check_error(ended, indexes.check(index))
        indexes.check_next(index)
    return ended.code == 0


@pytest.mark.fault("disk full, by size")
def test_a_disk_with_little_space(on_full_disk: OnDisk, tally: Tally) -> None:
    assert not survives(*on_full_disk(STEP), tally)


@pytest.mark.campaign
@pytest.mark.timeout(900)
@pytest.mark.fault("disk full, by size")
def test_a_disk_that_is_full_at_each_64_kilobytes(on_full_disk: OnDisk, tally: Tally) -> None:
    sizes = range(0, DISK, STEP)
    assert any(survives(*on_full_disk(free), tally) for free in sizes)
    assert tally.count > 10


def publish_with_limit(index: Path, limit: int) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    indexes.publish_large(index)


@pytest.mark.fault("file size limit")
@pytest.mark.parametrize("limit", [1_000, 50_000])
def test_a_limit_of_the_size_of_files(limit: int, three_old: Path, tmp_path: Path, tally: Tally) -> None:
    index = indexes.copied(three_old, tmp_path / "index")
    assert not survives(index, traced.run(tmp_path, publish_with_limit, index, limit), tally)


@pytest.mark.campaign
@pytest.mark.timeout(900)
@pytest.mark.fault("file size limit")
def test_each_limit_of_the_size_of_files(three_old: Path, tmp_path: Path, tally: Tally) -> None:
    for limit in range(0, DISK, STEP // 2):
        index = indexes.copied(three_old, tmp_path / f"{limit}")
        if survives(index, traced.run(tmp_path, publish_with_limit, index, limit), tally):
            break
        shutil.rmtree(index)
    assert tally.count > 10
