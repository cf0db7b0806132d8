from __future__ import annotations

import itertools
import logging
import random
import signal
import sys
from pathlib import Path

import numpy as np
import pytest

from semsearch.encoding.encoder import unit
from tests.encoding.named_vectors import FILE, HEADER, RECORD, directions, fill, holds, key, open_cache
from tests.encoding.tiny import cosines, run
from tests.forked import Forked


@pytest.fixture(scope="module")
def three_records(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("three")
    with open_cache(folder) as cache:
        fill(cache, range(3))
    data = (folder / FILE).read_bytes()
    assert data.startswith(HEADER)
    assert len(data) == len(HEADER) + 3 * RECORD
    return data


def test_a_file_cut_short_anywhere_keeps_the_whole_records_before(three_records: bytes, tmp_path: Path) -> None:
    for length in range(len(three_records) + 1):
        (tmp_path / FILE).write_bytes(three_records[:length])
        whole = range(max(0, length - len(HEADER)) // RECORD)
        with open_cache(tmp_path) as cache:
            assert holds(cache, whole), length
            fill(cache, ["new"])
        with open_cache(tmp_path) as cache:
            assert holds(cache, [*whole, "new"]), length
    assert {file.suffix for file in tmp_path.iterdir()} == {".vectors", ".lock"}


@pytest.mark.parametrize("garbage", [b"\0", b"\0" * RECORD, b"x" * (RECORD + 1), HEADER, b"\xff" * (5 * RECORD)])
def test_garbage_at_the_end_hides_nothing(three_records: bytes, garbage: bytes, tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(three_records + garbage)
    with open_cache(tmp_path) as cache:
        assert holds(cache, range(3))
        fill(cache, ["new"])
        assert holds(cache, [0, 1, 2, "new"])
    with open_cache(tmp_path) as cache:
        assert holds(cache, [0, 1, 2, "new"])


def test_a_damaged_record_is_never_served(three_records: bytes, tmp_path: Path) -> None:
    """A bit of each byte of the middle record, by itself: its vector is unknown then, and the others are not."""
    for byte in range(RECORD):
        damaged = bytearray(three_records)
        damaged[len(HEADER) + RECORD + byte] ^= 1 << byte % 8
        (tmp_path / FILE).write_bytes(damaged)
        with open_cache(tmp_path) as cache:
            assert holds(cache, [0, 2]), byte


def test_a_damaged_record_is_reported_and_can_be_added_again(
    three_records: bytes, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / FILE).write_bytes(three_records[:-1] + bytes([three_records[-1] ^ 1]))
    with caplog.at_level(logging.WARNING), open_cache(tmp_path) as cache:
        fill(cache, [2])
    assert "1 of 3 vectors are damaged" in caplog.text
    with open_cache(tmp_path) as cache:
        assert holds(cache, range(3))


def test_pages_that_never_reached_the_disk_are_no_vectors(tmp_path: Path) -> None:
    """After a power failure a file may have its full length, with zeros where data was not written yet."""
    with open_cache(tmp_path, 384) as cache:
        keys = [key(name) for name in range(30)]
        cache.add(keys, unit(np.random.default_rng(1).standard_normal((30, 384)).astype(np.float32)))
    data = bytearray((tmp_path / FILE).read_bytes())
    data[4_096:8_192] = bytes(4_096)
    (tmp_path / FILE).write_bytes(data)
    record = 32 + 2 * 384 + 4
    lost = {row for row in range(30) if 20 + row * record < 8_192 and 20 + (row + 1) * record > 4_096}
    with open_cache(tmp_path, 384) as cache:
        assert {row for row in range(30) if not cache.known([key(row)])[0]} == lost


@pytest.mark.parametrize("foreign", [b"semsearch vectors 2\n" + b"x" * 100, b"notes\n", b"\0"])
def test_a_file_that_is_not_ours_is_kept(foreign: bytes, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / FILE).write_bytes(foreign)
    with caplog.at_level(logging.WARNING), open_cache(tmp_path) as cache:
        assert holds(cache, [])
        fill(cache, ["a"])
    assert "is not a file of vectors" in caplog.text
    assert (tmp_path / FILE).with_suffix(".unknown").read_bytes() == foreign
    with open_cache(tmp_path) as cache:
        assert holds(cache, ["a"])


@pytest.mark.parametrize("rest", [1, RECORD - 1])
def test_what_a_killed_process_left_half_written_shifts_nothing(rest: int, tmp_path: Path) -> None:
    with open_cache(tmp_path) as cache:
        fill(cache, ["before"])
        with (tmp_path / FILE).open("ab") as other:
            other.write(b"?" * rest)
        fill(cache, ["after"])
        assert holds(cache, ["before", "after"])
    with open_cache(tmp_path) as cache:
        assert holds(cache, ["before", "after"])


def write(folder: Path, name: str) -> None:
    with open_cache(folder) as cache:
        for number in range(1_000_000):
            fill(cache, [f"{name} {number}"])
            print(f"{name} {number}", flush=True)  # noqa: T201  (a test reads it)


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is a thing of Unix")
def test_what_was_acknowledged_survives_a_kill_at_any_moment(tmp_path: Path) -> None:
    """Ten processes, two at a time on one file, each killed while it is adding."""
    acknowledged: list[str] = []
    moments = random.Random(3)
    for turn in range(5):
        for writer in [Forked(write, tmp_path, name) for name in (f"left {turn}", f"right {turn}")]:
            lines = list(itertools.islice(writer.stdout, moments.randint(1, 300)))
            writer.kill()
            rest, code = writer.end()
            assert code == -signal.SIGKILL
            lines += rest.splitlines(keepends=True)
            acknowledged += (line.rstrip("\n") for line in lines if line.endswith("\n"))
    with open_cache(tmp_path) as cache:
        vectors = cache.get([key(name) for name in acknowledged])
        assert 0 <= len(cache) - len(acknowledged) <= 10, "at most the one that each was adding is there besides"
    np.testing.assert_array_less(0.99999, cosines(vectors, directions(acknowledged)))


def test_a_full_disk_loses_nothing_that_was_added(tmp_path: Path) -> None:
    """A limit on the size of files stands in for the end of the disk."""
    resource = pytest.importorskip("resource", reason="limits on files are a thing of Unix")
    script = f"""
import resource, signal
from pathlib import Path
from tests.encoding.named_vectors import HEADER, RECORD, fill, holds, open_cache
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
with open_cache(Path({str(tmp_path)!r})) as cache:
    fill(cache, ["a", "b"])
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(HEADER) + 2 * RECORD + 7, resource.RLIM_INFINITY))
    try:
        fill(cache, ["c"])
    except OSError:
        pass
    else:
        raise SystemExit("nothing was said")
    assert holds(cache, ["a", "b"])
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    fill(cache, ["d"])
    assert holds(cache, ["a", "b", "d"])
"""
    assert resource
    ran = run(script)
    assert ran.returncode == 0, ran.stderr
    with open_cache(tmp_path) as cache:
        assert holds(cache, ["a", "b", "d"])
