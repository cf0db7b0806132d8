"""What if others have the cache open, or something goes wrong, while it is pruned?"""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from semsearch.encoding import cache as cache_module
from semsearch.encoding.key_table import prefixes
from tests.builders import ROOT
from tests.encoding.named_vectors import (
    FILE,
    User,
    fill,
    holds,
    key,
    open_cache,
    prune,
    readable,
    records,
)
from tests.encoding.tiny import run
from tests.forked import Forked

# --- others that have the file open -----------------------------------------------------------------------------------


def test_one_that_had_the_file_open_goes_on_reading_and_adding(user: User, tmp_path: Path) -> None:
    with open_cache(tmp_path) as before, open_cache(tmp_path) as after:
        fill(before, range(9))
        with open_cache(tmp_path) as pruning:
            assert prune(pruning, user("left"), range(3)) == 6
        assert holds(before, range(9)), "it reads what it knew"
        fill(before, ["new"])
        assert holds(before, [*range(9), "new"]), "and goes on knowing it"
        fill(after, ["newer"])
        assert readable(after, ["newer"])
    with open_cache(tmp_path) as cache:
        assert holds(cache, [*range(9), "new", "newer"]), "whoever is in the middle of a rebuild may need what went"
    assert records(tmp_path) == 11, "and nothing is there twice"


def test_one_that_had_the_file_open_prunes_the_new_one(user: User, tmp_path: Path) -> None:
    with open_cache(tmp_path) as cache:
        fill(cache, range(9))
        with open_cache(tmp_path) as other:
            assert prune(other, user("left"), range(3)) == 6
            fill(other, ["other"])
            prune(other, user("left"), ["other"])
        assert prune(cache, user("right"), range(3, 5)) == 4
        assert readable(cache, [0, 1, 2, 3, 4, "other"])
    with open_cache(tmp_path) as cache:
        assert holds(cache, [0, 1, 2, 3, 4, "other"])


def test_what_another_added_since_stays(user: User, tmp_path: Path) -> None:
    used = [f"used {number}" for number in range(9)]
    with open_cache(tmp_path) as cache:
        fill(cache, range(4))
        with open_cache(tmp_path) as other:
            fill(other, used)
            assert prune(other, user("left"), used) == 0
            fill(other, range(4, 7))
        assert prune(cache, user("right"), [0]) == 6
        assert holds(cache, [0, *used])


def test_what_another_added_between_stays(user: User, tmp_path: Path) -> None:
    """The file then ends with what is known here."""
    with open_cache(tmp_path) as cache:
        with open_cache(tmp_path) as other:
            fill(other, range(9))
            assert prune(other, user("left"), range(9)) == 0
        fill(cache, ["mine", "not used"])
        prune(cache, user("right"), ["mine"])
    with open_cache(tmp_path) as cache:
        assert readable(cache, [*range(9), "mine"])


def test_a_cache_that_was_removed_meanwhile_starts_anew_with_what_is_known(user: User, tmp_path: Path) -> None:
    with open_cache(tmp_path / "cache") as cache:
        fill(cache, range(3))
        (tmp_path / "cache" / FILE).unlink()
        fill(cache, [3])
        assert holds(cache, range(4))
    with open_cache(tmp_path / "cache") as cache:
        assert holds(cache, range(4))


ADDING = """
import sys
from pathlib import Path
from tests.encoding.named_vectors import directions, fill, key, open_cache
from tests.encoding.tiny import cosines
with open_cache(Path(sys.argv[1])) as cache:
    known = ["before"]
    fill(cache, known)
    print("open", flush=True)
    for line in sys.stdin:
        known.append(line.strip())
        fill(cache, known[-1:])
        print("added", flush=True)
        assert cosines(cache.get([key(name) for name in known]), directions(known)).min() > 0.99999
"""


def test_another_process_goes_on_through_rewrites(user: User, tmp_path: Path) -> None:
    """What it added before and after each of five is there in the end."""
    command = [sys.executable, "-c", ADDING, str(tmp_path)]
    with (
        subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as adding,
        open_cache(tmp_path) as cache,
    ):
        assert adding.stdin is not None
        assert adding.stdout is not None
        assert adding.stdout.readline() == "open\n"
        for turn in range(5):
            fill(cache, [f"{turn} {number}" for number in range(30)])
            before = (tmp_path / FILE).stat().st_ino
            assert prune(cache, user("index"), [f"{turn} 0"]) >= 29
            assert (tmp_path / FILE).stat().st_ino != before
            adding.stdin.write(f"after {turn}\n")
            adding.stdin.flush()
            assert adding.stdout.readline() == "added\n"
        adding.stdin.close()
    assert adding.returncode == 0
    with open_cache(tmp_path) as cache:
        assert readable(cache, ["before", *(f"after {turn}" for turn in range(5)), *(f"{turn} 0" for turn in range(5))])


# --- what goes wrong meanwhile ----------------------------------------------------------------------------------------


def prune_and_die(folder: Path, moment: str) -> None:
    patch = pytest.MonkeyPatch()

    def kill(*_: object) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    patch.setattr(cache_module, "_CHECKED_AT_ONCE", 2)
    cache = open_cache(folder)
    if moment == "half written":
        written, calls = cache._records, itertools.count()
        patch.setattr(cache, "_records", lambda rows: kill() if next(calls) == 2 else written(rows))
    elif moment == "written":  # the note is synced before
        patch.setattr(os, "fsync", lambda _: kill() if list(folder.glob("*.new")) else None)
    elif moment == "synced":
        replace = Path.replace
        patch.setattr(Path, "replace", lambda self, to: kill() if self.suffix == ".new" else replace(self, to))
    else:
        patch.setattr(cache, "_open", kill)
    cache._uses.set_pruned_at(1_000_000)
    cache.prune(folder / "index", prefixes(key(number) for number in range(10)))


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is a thing of Unix")
@pytest.mark.parametrize("moment", ["half written", "written", "synced", "moved"])
def test_a_rewrite_that_is_killed_loses_nothing_of_use(moment: str, user: User, tmp_path: Path) -> None:
    with open_cache(tmp_path) as cache:
        fill(cache, range(30))
    user("index")
    before = (tmp_path / FILE).read_bytes()
    assert Forked(prune_and_die, tmp_path, moment).end() == ("", -signal.SIGKILL)
    scratch = (tmp_path / FILE).with_suffix(".new")
    if moment == "moved":
        assert records(tmp_path) == 10
        assert not scratch.exists()
    else:
        assert (tmp_path / FILE).read_bytes() == before
        assert scratch.exists()
    with open_cache(tmp_path) as cache:
        assert readable(cache, range(10))
        fill(cache, ["new"])
        assert prune(cache, user("index"), [*range(10), "new"]) == (0 if moment == "moved" else 20)
    with open_cache(tmp_path) as cache:
        assert holds(cache, [*range(10), "new"])
    assert not scratch.exists()


FULL_DISK = """
import resource, signal, sys
from pathlib import Path
from semsearch.encoding.key_table import prefixes
from tests.encoding.named_vectors import HEADER, RECORD, directions, fill, holds, key, open_cache
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
folder = Path(sys.argv[1])
used = range(100)
with open_cache(folder) as cache:
    cache.add([key(number) for number in range(300)], directions(range(300)))
    before = (folder / cache._path.name).read_bytes()
    cache._uses.set_pruned_at(1_000)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(HEADER) + 99 * RECORD + 7, resource.RLIM_INFINITY))
    try:
        cache.prune(folder / "index", prefixes(key(number) for number in used))
    except OSError:
        pass
    else:
        raise SystemExit("nothing was said")
    assert (folder / cache._path.name).read_bytes() == before
    assert holds(cache, range(300))
    assert not (folder / cache._path.name).with_suffix(".new").exists()
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    fill(cache, ["new"])
    assert holds(cache, [*range(300), "new"])
    cache._uses.set_pruned_at(1_000)
    assert cache.prune(folder / "index", prefixes(key(name) for name in [*used, "new"])) == 200
    assert holds(cache, [*used, "new"])
"""


def test_a_disk_that_is_full_leaves_all_as_it_was(user: User, tmp_path: Path) -> None:
    """A limit on the size of files stands in for the end of the disk."""
    pytest.importorskip("resource", reason="limits on files are a thing of Unix")
    user("index")
    ran = run(FULL_DISK, tmp_path)
    assert ran.returncode == 0, ran.stderr
    with open_cache(tmp_path) as cache:
        assert holds(cache, [*range(100), "new"])


@pytest.mark.parametrize(
    "damage",
    [lambda data: data[:0], lambda data: data[:-1], lambda data: bytes(len(data))],
    ids=["empty", "cut short", "zeros"],
)
def test_a_damaged_note_of_what_was_used_loses_nothing(
    damage: Callable[[bytes], bytes], user: User, tmp_path: Path
) -> None:
    """Rather too much stays: the version is published when this happens, and nothing may fail any more."""
    with open_cache(tmp_path) as cache:
        fill(cache, range(9))
        prune(cache, user("left"), range(9))
        (note,) = tmp_path.rglob("*.npy")
        note.write_bytes(damage(note.read_bytes()))
        prune(cache, user("right"), [0])
        assert holds(cache, range(9))
