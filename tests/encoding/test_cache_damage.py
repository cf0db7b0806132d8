"""What is left of the cache after a kill, a damaged file, or a full disk?"""

from __future__ import annotations

import itertools
import logging
import os
import random
import shutil
import signal
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from semsearch.encoding.encoder import unit
from semsearch.system_errors import explain
from tests.encoding.named_vectors import FILE, directions, fill, holds, includes, key, open_cache, stored
from tests.encoding.tiny import cosines, run
from tests.forked import ForkedProcess

ASIDE = Path(FILE).with_suffix(".damaged").name
PAGE = 4_096
WIDE = 384
"""Dimensions of vectors of which few fill a page."""

# --- a damaged database -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A database of 30 vectors on more than ten pages, with an index of two levels or more."""
    folder = tmp_path_factory.mktemp("whole")
    with open_cache(folder, WIDE) as cache:
        cache.add([key(name) for name in range(30)], wide(range(30)))
    return (folder / FILE).read_bytes()


def wide(names: range) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    return unit(np.random.default_rng(1).standard_normal((30, WIDE)).astype(np.float32)[names])


def works(folder: Path) -> bool:
    """Opens the cache, takes a new vector and gives it back; whether it still has all others, or else none of them."""
    keys = [key(name) for name in range(30)]
    with open_cache(folder, WIDE) as cache:
        here = cache.contains(keys)
        cache.add([key("new")], wide(range(1)))
        assert cosines(cache.get([key("new")]), wide(range(1))).min() > 0.9999
        if here.any():
            cache.get([one for one, known in zip(keys, here, strict=True) if known])
        cache.prune()
    kept = bool(here.all())
    assert kept or not here.any()
    assert (folder / ASIDE).exists() is not kept
    return kept


@pytest.mark.parametrize("foreign", [b"notes\n" * 1_000, bytes(PAGE), b"\xff" * 5 * PAGE])
def test_a_file_that_is_no_database_is_moved_aside(
    foreign: bytes, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / FILE).write_bytes(foreign)
    with caplog.at_level(logging.WARNING), open_cache(tmp_path) as cache:
        fill(cache, ["a"])
    assert f"{tmp_path / FILE} is damaged" in caplog.text
    assert ASIDE in caplog.text
    assert (tmp_path / ASIDE).read_bytes() == foreign
    caplog.clear()
    with open_cache(tmp_path) as cache:
        assert cache.contains([key("a")]).all()
    assert not caplog.messages


def test_an_empty_file_becomes_a_database(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / FILE).touch()
    with open_cache(tmp_path) as cache:
        fill(cache, ["a"])
    assert holds(tmp_path, ["a"])
    assert not caplog.messages


def test_a_database_cut_short_is_moved_aside(whole: bytes, tmp_path: Path) -> None:
    for length in range(512, len(whole), PAGE):
        folder = tmp_path / f"{length}"
        folder.mkdir()
        (folder / FILE).write_bytes(whole[:length])
        assert not works(folder), length


@pytest.mark.parametrize("filling", [b"\0", b"\xff"])
def test_a_page_that_was_lost_is_noticed(filling: bytes, whole: bytes, tmp_path: Path) -> None:
    """As after a power failure, or on a disk that fails."""
    for page in range(len(whole) // PAGE):
        folder = tmp_path / f"{page}"
        folder.mkdir()
        (folder / FILE).write_bytes(whole[: page * PAGE] + filling * PAGE + whole[(page + 1) * PAGE :])
        assert not works(folder), page


def test_damage_to_the_header_is_noticed_or_harmless(whole: bytes, tmp_path: Path) -> None:
    for byte in range(100):
        damaged = bytearray(whole)
        damaged[byte] ^= 0xFF
        folder = tmp_path / f"{byte}"
        folder.mkdir()
        (folder / FILE).write_bytes(damaged)
        works(folder)


def test_flipped_bits_never_stop_a_rebuild(whole: bytes, tmp_path: Path) -> None:
    positions = random.Random(7)
    for number in range(60):
        damaged = bytearray(whole)
        damaged[positions.randrange(len(whole))] ^= 1 << positions.randrange(8)
        folder = tmp_path / f"{number}"
        folder.mkdir()
        (folder / FILE).write_bytes(damaged)
        with open_cache(folder, WIDE) as cache:
            keys = [key(name) for name in range(30)]
            cache.get([one for one, known in zip(keys, cache.contains(keys), strict=True) if known])
            cache.add(keys, wide(range(30)))
            assert cosines(cache.get(keys), wide(range(30))).min() > 0.9999
            cache.prune()


def test_a_log_left_beside_a_damaged_database_goes_with_it(tmp_path: Path) -> None:
    """A new database would take it for its own."""
    old, new = tmp_path / "old", tmp_path / "new"
    new.mkdir()
    with open_cache(old) as cache:
        fill(cache, range(20))
        cache.sync()  # after which the log starts again, with the pages that change
        fill(cache, [20])
        shutil.copyfile(old / f"{FILE}-wal", new / f"{FILE}-wal")
    (new / FILE).write_bytes(b"damaged" * 1_000)
    with open_cache(new) as cache:
        assert not cache.contains([key(name) for name in range(21)]).any()
        fill(cache, ["a"])
    assert holds(new, ["a"])


def test_a_vector_of_the_wrong_size_is_computed_again(tmp_path: Path) -> None:
    with open_cache(tmp_path) as cache:
        fill(cache, range(3))
    with closing(sqlite3.connect(tmp_path / FILE)) as connection, connection:
        connection.execute("UPDATE vectors SET vector = x'00' WHERE key = ?", (key(1),))
    with open_cache(tmp_path) as cache:
        assert cache.contains([key(name) for name in range(3)]).tolist() == [True, False, True]
        fill(cache, [1])
    assert holds(tmp_path, range(3))


def test_a_vector_that_became_text_is_computed_again(tmp_path: Path) -> None:
    """One flipped bit makes a blob of 768 bytes a text of 768 bytes."""
    with open_cache(tmp_path) as cache:
        fill(cache, range(3))
    with closing(sqlite3.connect(tmp_path / FILE)) as connection, connection:
        connection.execute("UPDATE vectors SET vector = 'text' WHERE key = ?", (key(1),))
    with open_cache(tmp_path) as cache:
        assert cache.contains([key(name) for name in range(3)]).tolist() == [True, False, True]
        fill(cache, [1])
    assert holds(tmp_path, range(3))


@pytest.mark.parametrize("table", ["vectors", "users", "last_uses"])
def test_a_flipped_bit_in_the_definition_of_a_table_is_noticed(table: str, whole: bytes, tmp_path: Path) -> None:
    start = whole.index(f"CREATE TABLE {table}".encode())
    for byte in range(start, start + 80, 9):
        for bit in (1, 0x80):  # another letter, and a byte that is not UTF-8
            damaged = bytearray(whole)
            damaged[byte] ^= bit
            folder = tmp_path / f"{byte}-{bit}"
            folder.mkdir()
            (folder / FILE).write_bytes(damaged)
            assert not works(folder), (byte, bit)


def test_a_database_of_another_program_is_moved_aside(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / FILE)) as connection, connection:
        connection.execute("CREATE TABLE vectors (id, key, vector)")
    with open_cache(tmp_path) as cache:
        fill(cache, ["a"])
    assert holds(tmp_path, ["a"])
    assert (tmp_path / ASIDE).exists()


def test_damage_is_reported_in_one_line(whole: bytes, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    damaged = bytearray(whole)
    damaged[PAGE : PAGE + 8] = b"\xff" * 8
    (tmp_path / FILE).write_bytes(damaged)
    assert not works(tmp_path)
    [message] = caplog.messages
    assert "\n" not in message


def test_several_that_open_a_damaged_database_at_once_share_a_new_one(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"damaged" * 1_000)

    def add(name: int) -> None:
        with open_cache(tmp_path) as cache:
            fill(cache, [name])

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(add, range(8)))
    assert holds(tmp_path, range(8))
    assert (tmp_path / ASIDE).read_bytes() == b"damaged" * 1_000


# --- a process that is killed -----------------------------------------------------------------------------------------


def write(folder: Path, name: str) -> None:
    with open_cache(folder) as cache:
        for number in range(1_000_000):
            fill(cache, [f"{name} {number}"])
            print(f"{name} {number}", flush=True)  # noqa: T201  (a test reads it)


def test_what_was_acknowledged_survives_a_kill_at_any_moment(tmp_path: Path) -> None:
    """Ten processes, two at a time on one database, each killed while it is adding."""
    acknowledged: list[str] = []
    moments = random.Random(3)
    for turn in range(5):
        for writer in [ForkedProcess(write, tmp_path, name) for name in (f"left {turn}", f"right {turn}")]:
            lines = list(itertools.islice(writer.stdout, moments.randint(1, 300)))
            writer.kill()
            rest, code = writer.end()
            assert code == -signal.SIGKILL
            lines += rest.splitlines(keepends=True)
            acknowledged += (line.rstrip("\n") for line in lines if line.endswith("\n"))
    with open_cache(tmp_path) as cache:
        vectors = cache.get([key(name) for name in acknowledged])
    np.testing.assert_array_less(0.99999, cosines(vectors, directions(acknowledged)))
    more = len(stored(tmp_path / FILE)) - len(acknowledged)
    assert 0 <= more <= 10, "at most the one that each was adding is there besides"


def test_a_log_cut_short_anywhere_keeps_every_vector_before(tmp_path: Path) -> None:
    """As where the disk took only a part of it."""
    with open_cache(tmp_path / "cache") as cache:
        fill(cache, range(6))
        log = (tmp_path / "cache" / f"{FILE}-wal").read_bytes()
        database = (tmp_path / "cache" / FILE).read_bytes()
    before = 0
    for length in [*range(0, len(log), 512), len(log)]:
        folder = tmp_path / f"{length}"
        folder.mkdir()
        (folder / FILE).write_bytes(database)
        (folder / f"{FILE}-wal").write_bytes(log[:length] + b"?" * 100)
        with open_cache(folder) as cache:
            count = int(cache.contains([key(name) for name in range(6)]).sum())
            fill(cache, ["new"])
        assert holds(folder, [*range(count), "new"])
        assert count >= before
        before = count
    assert before == 6


# --- a disk that does not take it -------------------------------------------------------------------------------------

FULL_DISK = """
import resource, signal, sys
from pathlib import Path
from tests.encoding.named_vectors import fill, key, open_cache
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
with open_cache(Path(sys.argv[1])) as cache:
    fill(cache, ["a", "b"])
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, resource.RLIM_INFINITY))
    added = []
    try:
        for number in range(1_000):
            fill(cache, [number])
            added.append(number)
    except OSError as error:
        assert "sqlite" in str(error), error
    else:
        raise SystemExit("nothing was said")
    assert added
    cache.get([key(name) for name in ["a", "b", *added]])
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    fill(cache, ["c"])
    print(len(added))
"""


def test_a_full_disk_loses_nothing_that_was_added(tmp_path: Path) -> None:
    """A limit on the size of files stands in for the end of the disk."""
    pytest.importorskip("resource", reason="limits on files are a thing of Unix")
    ran = run(FULL_DISK, tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert holds(tmp_path, ["a", "b", "c", *range(int(ran.stdout))])


def test_what_cannot_be_opened_is_an_error_of_the_system(tmp_path: Path) -> None:
    (tmp_path / FILE).mkdir()
    with pytest.raises(OSError, match=FILE):
        open_cache(tmp_path)


READ_ONLY = """
import os, sys
from pathlib import Path
from tests.encoding.named_vectors import open_cache
if os.getuid() == 0:
    os.setuid(65_534)  # root may write everywhere
try:
    open_cache(Path(sys.argv[1]))
except OSError as error:
    print(type(error).__name__)
"""


def let_others_in(folder: Path) -> None:
    for parent in folder.parents:
        if parent.stat().st_uid == folder.stat().st_uid and parent.name.startswith("pytest"):
            parent.chmod(0o755)


@pytest.mark.parametrize("mode", [0o555, 0o755], ids=["folder", "file"])
def test_a_cache_that_cannot_be_written_is_an_error_of_the_system(mode: int, tmp_path: Path) -> None:
    with open_cache(tmp_path) as cache:
        fill(cache, ["a"])
    for file in tmp_path.iterdir():
        file.chmod(0o444)
    tmp_path.chmod(mode)
    let_others_in(tmp_path)
    ran = run(READ_ONLY, tmp_path)
    assert (ran.stdout, ran.stderr) == ("PermissionError\n", "")
    assert includes(tmp_path, ["a"])


@pytest.mark.parametrize("end", ["-wal", "-shm"])
def test_a_log_that_cannot_be_written_is_no_damage(end: str, tmp_path: Path) -> None:
    """As after another user's rebuild was killed: the database stays where it is."""
    old, new = tmp_path / "old", tmp_path / "new"
    with open_cache(old) as cache:
        fill(cache, ["a"])
        shutil.copytree(old, new)
    new.chmod(0o777)
    for file in new.iterdir():
        file.chmod(0o444 if file.name.endswith(end) else 0o666)
    let_others_in(new)
    ran = run(READ_ONLY, new)
    assert (ran.stdout, ran.stderr) == ("PermissionError\n", "")
    assert not (new / ASIDE).exists()
    assert includes(new, ["a"])


def test_a_folder_that_cannot_be_written_is_no_damage(tmp_path: Path) -> None:
    """The database may be written, but no log or lock beside it, whichever is reached first."""
    with open_cache(tmp_path) as cache:
        fill(cache, ["a"])
    for file in tmp_path.iterdir():
        file.chmod(0o666)
    tmp_path.chmod(0o555)
    let_others_in(tmp_path)
    ran = run(READ_ONLY, tmp_path)
    assert (ran.stdout in ("OSError\n", "PermissionError\n"), ran.stderr) == (True, "")
    assert includes(tmp_path, ["a"])


@pytest.mark.parametrize(
    ("pragma", "says"),
    [
        ("query_only = ON", "give this user permission"),
        ("max_page_count = 1", "free disk space"),
    ],
)
def test_a_failed_write_says_what_to_do(pragma: str, says: str, tmp_path: Path) -> None:
    with open_cache(tmp_path) as cache:
        cache._connection.execute(f"PRAGMA {pragma}")
        with pytest.raises(OSError, match=FILE) as raised:
            fill(cache, range(2_000))
    told = explain(raised.value)
    assert told.startswith(f"{tmp_path / FILE}: ")
    assert says in told


def test_a_database_that_may_be_written_but_not_read_is_no_damage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_cache(tmp_path) as cache:
        fill(cache, ["a"])
    real = os.access
    with monkeypatch.context() as patch:
        patch.setattr(os, "access", lambda path, mode: mode & os.R_OK == 0 and real(path, mode))
        with pytest.raises(PermissionError, match=FILE):
            open_cache(tmp_path)
    assert includes(tmp_path, ["a"])
