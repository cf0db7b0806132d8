"""What if others use the cache, or something goes wrong, while it is pruned?"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from semsearch.encoding.cache import KEPT_REBUILDS
from tests.builders import ROOT
from tests.encoding.named_vectors import User, directions, fill, holds, includes, key, open_cache, rebuild
from tests.encoding.tiny import cosines, run
from tests.forked import ForkedProcess

# --- others that have it open -----------------------------------------------------------------------------------------


def test_what_one_adds_the_others_have_at_once(tmp_path: Path) -> None:
    with open_cache(tmp_path) as first, open_cache(tmp_path) as second:
        for turn in range(10):
            fill(first, [f"first {turn}"])
            fill(second, [f"second {turn}"])
            assert second.contains([key(f"first {turn}")]).all()
            assert cosines(first.get([key(f"second {turn}")]), directions([f"second {turn}"])).min() > 0.99999
    assert holds(tmp_path, [f"{name} {turn}" for name in ("first", "second") for turn in range(10)])


ADD = """
import sys
from pathlib import Path
from tests.encoding.named_vectors import fill, open_cache
with open_cache(Path(sys.argv[1])) as cache:
    fill(cache, sys.argv[2:])
"""


def test_to_open_it_twice_in_one_process_keeps_the_locks_that_others_see(tmp_path: Path) -> None:
    """Closing a file releases all locks of the process: another process would delete the log of one that is open."""
    with open_cache(tmp_path) as first:
        fill(first, ["first"])
        with open_cache(tmp_path) as second:
            fill(second, ["second"])
        assert run(ADD, tmp_path, "other").returncode == 0
        fill(first, ["more"])
        assert holds(tmp_path, ["first", "second", "other", "more"])


def test_what_a_running_rebuild_looked_up_is_there_until_it_ends(user: User, tmp_path: Path) -> None:
    """However often others are pruned, and even if only it uses what was about to go."""
    rebuild(tmp_path, user("index"), range(10))
    for _ in range(KEPT_REBUILDS - 1):
        rebuild(tmp_path, user("index"), ["else"])
    with open_cache(tmp_path, user=user("index")) as running:
        assert running.contains([key(name) for name in range(5)]).all()
        for _ in range(2 * KEPT_REBUILDS):
            rebuild(tmp_path, user("other"), ["other"])
        assert cosines(running.get([key(name) for name in range(5)]), directions(range(5))).min() > 0.99999
        running.prune()
    assert holds(tmp_path, [*range(5), "else", "other"])


def test_what_a_running_rebuild_added_is_there_until_it_ends(user: User, tmp_path: Path) -> None:
    with open_cache(tmp_path, user=user("index")) as running:
        fill(running, range(5))
        for _ in range(2 * KEPT_REBUILDS):
            rebuild(tmp_path, user("other"), ["other"])
        assert cosines(running.get([key(name) for name in range(5)]), directions(range(5))).min() > 0.99999


def test_one_that_runs_reads_on_while_the_file_shrinks(user: User, tmp_path: Path) -> None:
    rebuild(tmp_path, user("gone"), range(2_000))
    with open_cache(tmp_path, user=user("index")) as running:
        fill(running, ["mine"])
        shutil.rmtree(user("gone"))
        rebuild(tmp_path, user("other"), ["other"])
        assert cosines(running.get([key("mine")]), directions(["mine"])).min() > 0.99999
        fill(running, ["new"])
        running.sync()
    assert holds(tmp_path, ["mine", "new", "other"])


def test_one_whose_folder_was_removed_meanwhile_goes_on(user: User, tmp_path: Path) -> None:
    with open_cache(tmp_path, user=user("index")) as running:
        fill(running, ["before"])
        shutil.rmtree(user("index"))
        rebuild(tmp_path, user("other"), ["other"])
        fill(running, ["after"])
        assert running.contains([key("after")]).all()
        user("index")
        running.prune()
    assert includes(tmp_path, ["after", "other"])


ADDING = """
import sys
from pathlib import Path
from tests.encoding.named_vectors import directions, fill, key, open_cache
from tests.encoding.tiny import cosines
with open_cache(Path(sys.argv[1]), user=Path(sys.argv[2])) as cache:
    known = ["before"]
    fill(cache, known)
    print("open", flush=True)
    for line in sys.stdin:
        known.append(line.strip())
        fill(cache, known[-1:])
        print("added", flush=True)
        assert cosines(cache.get([key(name) for name in known]), directions(known)).min() > 0.99999
"""


def test_another_process_goes_on_while_this_one_removes_vectors(user: User, tmp_path: Path) -> None:
    command = [sys.executable, "-c", ADDING, str(tmp_path), str(user("adding"))]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as adding:
        assert adding.stdin is not None
        assert adding.stdout is not None
        assert adding.stdout.readline() == "open\n"
        for turn in range(2 * KEPT_REBUILDS):
            rebuild(tmp_path, user("index"), [f"{turn} {number}" for number in range(1_000)])
            adding.stdin.write(f"after {turn}\n")
            adding.stdin.flush()
            assert adding.stdout.readline() == "added\n"
        adding.stdin.close()
    assert adding.returncode == 0
    turns = range(2 * KEPT_REBUILDS)
    last = [f"{turn} {number}" for turn in turns[-KEPT_REBUILDS:] for number in range(1_000)]
    assert holds(tmp_path, ["before", *(f"after {turn}" for turn in turns), *last])


def rebuild_often(folder: Path, user: Path, name: str) -> None:
    for turn in range(20):
        rebuild(folder, user, [*range(50), *(f"{name} {turn} {number}" for number in range(50))])


def test_processes_that_rebuild_at_the_same_time_wait_for_each_other(user: User, tmp_path: Path) -> None:
    names = ("left", "middle", "right")
    processes = [ForkedProcess(rebuild_often, tmp_path, user(name), name) for name in names]
    with ThreadPoolExecutor() as threads:
        assert list(threads.map(ForkedProcess.end, processes)) == [("", 0)] * len(names)
    last = [f"{name} {turn} {number}" for name in names for turn in range(15, 20) for number in range(50)]
    assert holds(tmp_path, [*range(50), *last])


# --- what goes wrong meanwhile ----------------------------------------------------------------------------------------

STATEMENTS = ("UPDATE users", "DELETE FROM last_uses", "DELETE FROM vectors", "COMMIT", "PRAGMA page_count", "VACUUM")
"""Before which of them a kill comes; the last two after what is removed has gone."""


def prune_and_die(folder: Path, statement: str) -> None:
    def trace(sql: str) -> None:
        if sql.startswith(statement):
            os.kill(os.getpid(), signal.SIGKILL)

    cache = open_cache(folder, user=folder / "index")
    cache._connection.set_trace_callback(trace)
    cache.prune()


@pytest.mark.parametrize("statement", STATEMENTS)
def test_pruning_that_is_killed_loses_nothing_in_use(statement: str, user: User, tmp_path: Path) -> None:
    rebuild(tmp_path, user("index"), range(1_000))
    for _ in range(KEPT_REBUILDS - 1):
        rebuild(tmp_path, user("index"), range(10))
    assert ForkedProcess(prune_and_die, tmp_path, statement).end() == ("", -signal.SIGKILL)
    if statement in STATEMENTS[-2:]:
        assert holds(tmp_path, range(10))
    else:
        assert holds(tmp_path, range(1_000))
        rebuild(tmp_path, user("index"), range(10))
        assert holds(tmp_path, range(10))
    rebuild(tmp_path, user("index"), ["new"])
    assert holds(tmp_path, [*range(10), "new"])


FULL_DISK = """
import resource, signal, sys
from pathlib import Path
from tests.encoding.named_vectors import fill, key, open_cache
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
folder = Path(sys.argv[1])
with open_cache(folder, user=folder / "index") as cache:
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, resource.RLIM_INFINITY))
    try:
        cache.prune()
    except OSError:
        pass
    else:
        raise SystemExit("nothing was said")
    cache.get([key(number) for number in range(5_000)])
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    fill(cache, ["new"])
    cache.prune()
"""


def test_pruning_on_a_full_disk_leaves_all_as_it_was(user: User, tmp_path: Path) -> None:
    """A limit on the size of files stands in for the end of the disk."""
    pytest.importorskip("resource", reason="limits on files are a thing of Unix")
    rebuild(tmp_path, user("index"), range(5_000))
    for _ in range(KEPT_REBUILDS - 1):
        rebuild(tmp_path, user("index"), range(10))
    ran = run(FULL_DISK, tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert holds(tmp_path, [*range(10), "new"])
