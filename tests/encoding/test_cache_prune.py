"""What goes from the cache when it is pruned, and what stays whatever happens meanwhile?"""

from __future__ import annotations

import logging
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import semsearch.encoding.cache
from semsearch.encoding import VectorCache
from semsearch.encoding.key_table import prefixes
from semsearch.encoding.uses import KEPT_REBUILDS
from tests.builders import ROOT
from tests.encoding.named_vectors import FILE, HEADER, RECORD, directions, fill, holds, key, open_cache
from tests.encoding.tiny import cosines, files, run

User = Callable[[str], Path]


@pytest.fixture
def user(tmp_path: Path) -> User:
    """The folder of a user of that name."""

    def made(name: str) -> Path:
        (tmp_path / name).mkdir(exist_ok=True)
        return tmp_path / name

    return made


def prune(cache: VectorCache, user: Path, names: Iterable[object]) -> int:
    """As after a rebuild that used the vectors of these names, where none was added since the last."""
    cache._uses.set_pruned_at(1_000_000)
    return cache.prune(user, prefixes(key(name) for name in names))


def records(folder: Path) -> int:
    """How many records the file has, of use or not."""
    count, rest = divmod((folder / FILE).stat().st_size - len(HEADER), RECORD)
    assert rest == 0
    return count


def readable(cache: VectorCache, names: Iterable[object]) -> bool:
    """Whether these are there, each with its own vector, and maybe others."""
    names = list(names)
    if not cache.known([key(name) for name in names]).all():
        return False
    return bool(np.all(cosines(cache.get([key(name) for name in names]), directions(names)) > 0.99999))


# --- what goes --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("unused", "gone"), [(0, 0), (1, 0), (3, 0), (4, 4), (9, 9)])
def test_what_is_of_no_use_goes_once_it_is_more_than_a_third(
    unused: int, gone: int, user: User, tmp_path: Path
) -> None:
    used = range(9 - unused)
    with open_cache(tmp_path) as cache:
        fill(cache, range(9))
        assert prune(cache, user("index"), used) == gone
        assert holds(cache, used if gone else range(9))
        fill(cache, ["new"])
    with open_cache(tmp_path) as cache:
        assert holds(cache, [*(used if gone else range(9)), "new"])
    assert records(tmp_path) == 10 - gone


def test_nothing_goes_of_an_empty_cache(user: User, tmp_path: Path) -> None:
    with open_cache(tmp_path) as cache:
        assert prune(cache, user("index"), ["elsewhere"]) == 0
        assert holds(cache, [])


def test_what_one_of_the_last_rebuilds_used_stays(user: User, tmp_path: Path) -> None:
    with open_cache(tmp_path) as cache:
        fill(cache, range(10))
        assert prune(cache, user("index"), range(10)) == 0
        for _ in range(KEPT_REBUILDS - 1):
            assert prune(cache, user("index"), range(2)) == 0
        assert holds(cache, range(10))
        assert prune(cache, user("index"), range(2)) == 8
        assert holds(cache, range(2))


def test_what_another_user_used_stays_as_long_as_that_is_there(user: User, tmp_path: Path) -> None:
    with open_cache(tmp_path) as cache:
        fill(cache, range(10))
        assert prune(cache, user("left"), range(10)) == 0
        for _ in range(KEPT_REBUILDS + 1):
            assert prune(cache, user("right"), range(2)) == 0
        assert holds(cache, range(10))
        shutil.rmtree(user("left"))
        assert prune(cache, user("right"), range(2)) == 8
        assert holds(cache, range(2))


def test_a_cache_used_again_forgets_nothing_it_was_told_before(user: User, tmp_path: Path) -> None:
    """What was used is on disk, not in the process."""
    with open_cache(tmp_path) as cache:
        fill(cache, range(5))
        prune(cache, user("left"), range(5))
    with open_cache(tmp_path) as cache:
        fill(cache, range(5, 15))
        assert prune(cache, user("right"), ["none"]) == 10
        assert holds(cache, range(5))


def test_models_do_not_share_what_is_of_use(user: User, tmp_path: Path) -> None:
    with open_cache(tmp_path) as cache, VectorCache(tmp_path, fingerprint="f" * 64, dimension=2) as other:
        fill(cache, range(3))
        fill(other, range(3))
        prune(cache, user("index"), range(3))
        assert prune(other, user("index"), ["none"]) == 3
        assert holds(cache, range(3))


def test_vectors_that_were_replaced_are_of_no_use(user: User, tmp_path: Path) -> None:
    with open_cache(tmp_path) as cache:
        for turn in range(2):
            cache.add([key("a"), key("b")], -directions(["a", "b"]) if turn == 0 else directions(["a", "b"]))
        assert prune(cache, user("index"), ["a", "b"]) == 0, "no vector went, only what had taken its place"
        assert records(tmp_path) == 2
        assert holds(cache, ["a", "b"])
    with open_cache(tmp_path) as cache:
        assert holds(cache, ["a", "b"])


def test_damaged_vectors_are_of_no_use(user: User, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with open_cache(tmp_path) as cache:
        fill(cache, range(5))
    data = bytearray((tmp_path / FILE).read_bytes())
    for row in (1, 3):
        data[len(HEADER) + row * RECORD + 33] ^= 1
    (tmp_path / FILE).write_bytes(data)
    with open_cache(tmp_path) as cache:
        assert prune(cache, user("index"), range(5)) == 0
        assert holds(cache, [0, 2, 4])
    caplog.clear()
    with caplog.at_level(logging.WARNING), open_cache(tmp_path) as cache:
        assert holds(cache, [0, 2, 4])
    assert records(tmp_path) == 3
    assert not caplog.messages


def test_what_stays_keeps_its_order(user: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Posts of one rebuild are read one after the other; and a file moved in parts is moved whole."""
    monkeypatch.setattr(semsearch.encoding.cache, "_CHECKED_AT_ONCE", 3)
    with open_cache(tmp_path) as cache:
        fill(cache, range(40))
        before = (tmp_path / FILE).read_bytes()
        assert prune(cache, user("index"), range(0, 40, 2)) == 20
        assert holds(cache, range(0, 40, 2))
    kept = [before[len(HEADER) + row * RECORD :][:RECORD] for row in range(0, 40, 2)]
    assert (tmp_path / FILE).read_bytes() == HEADER + b"".join(kept)
    assert files(tmp_path) == {FILE, *(str(Path(FILE).with_suffix(end)) for end in (".lock", ".uses")), "index"}


@pytest.mark.parametrize("left", [b"", HEADER[:5], HEADER + b"?" * 1_000])
def test_a_new_file_that_a_killed_process_left_does_no_harm(left: bytes, user: User, tmp_path: Path) -> None:
    scratch = (tmp_path / FILE).with_suffix(".new")
    scratch.write_bytes(left)
    with open_cache(tmp_path) as cache:
        fill(cache, range(9))
        assert prune(cache, user("index"), range(3)) == 6
    with open_cache(tmp_path) as cache:
        assert holds(cache, range(3))
    assert not scratch.exists()


texts = st.builds(range, st.integers(0, 20), st.integers(20, 30)) | st.integers(0, 30).map(
    lambda text: range(text, text + 1)
)
steps = st.lists(st.tuples(st.integers(0, 1), st.none() | texts), max_size=12)
"""Of two rebuilds in turn: which of them, and the texts it meets, or None where it ends."""


@pytest.fixture(scope="module")
def unsynced() -> Iterator[None]:
    """Nothing waits for the disk, which many examples would wait for long."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(os, "fsync", lambda _: None)
        yield


@pytest.mark.usefixtures("unsynced")
@given(steps)
@example([(0, range(1)), (1, range(5, 20)), (1, None), (0, range(25, 26))])
@settings(max_examples=60, deadline=None)
def test_the_last_rebuilds_of_two_indexes_always_find_their_vectors(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[int, range | None]]
) -> None:
    folder = tmp_path_factory.mktemp("cache")
    users = (folder / "left", folder / "right")
    caches: list[VectorCache | None] = [None, None]
    running: list[set[int]] = [set(), set()]
    ended: list[list[set[int]]] = [[], []]
    for user in users:
        user.mkdir()
    for who, texts in [*steps, (0, None), (1, None)]:
        cache = caches[who] = caches[who] or open_cache(folder)
        if texts is not None:
            new = [text for text in texts if key(text) not in cache]
            cache.add([key(text) for text in new], directions(new))
            running[who].update(texts)
            assert readable(cache, running[who])
            continue
        prune(cache, users[who], running[who])
        assert readable(cache, running[who])
        cache.close()
        ended[who] = [*ended[who], running[who]][-KEPT_REBUILDS:]
        caches[who], running[who] = None, set()
        with open_cache(folder) as anyone:
            assert readable(anyone, set[int]().union(*ended[0], *ended[1]))


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

KILLED = """
import os, signal, sys
from pathlib import Path
from semsearch.encoding import cache as module
from semsearch.encoding.key_table import prefixes
from tests.encoding.named_vectors import key, open_cache
folder, moment = Path(sys.argv[1]), sys.argv[2]

def kill(*_):
    os.kill(os.getpid(), signal.SIGKILL)

module._CHECKED_AT_ONCE = 2
cache = open_cache(folder)
if moment == "half written":
    records, calls = cache._records, []
    cache._records = lambda rows: kill() if len(calls) == 2 else calls.append(rows) or records(rows)
elif moment == "written":
    os.fsync = lambda _: kill() if list(folder.glob("*.new")) else None  # the note is synced before
elif moment == "synced":
    replace = Path.replace
    Path.replace = lambda self, target: kill() if self.suffix == ".new" else replace(self, target)
else:
    cache._open = kill
cache._uses.set_pruned_at(1_000_000)
cache.prune(folder / "index", prefixes(key(number) for number in range(10)))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is a thing of Unix")
@pytest.mark.parametrize("moment", ["half written", "written", "synced", "moved"])
def test_a_rewrite_that_is_killed_loses_nothing_of_use(moment: str, user: User, tmp_path: Path) -> None:
    with open_cache(tmp_path) as cache:
        fill(cache, range(30))
    user("index")
    before = (tmp_path / FILE).read_bytes()
    ran = run(KILLED, tmp_path, moment)
    assert ran.returncode == -signal.SIGKILL, ran.stderr
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


# --- what is new ------------------------------------------------------------------------------------------------------


def test_what_was_added_since_the_last_time_stays_as_if_it_had_been_used(user: User, tmp_path: Path) -> None:
    """As by a rebuild that was killed."""
    with open_cache(tmp_path) as cache:
        fill(cache, range(10))
        for _ in range(KEPT_REBUILDS):
            assert cache.prune(user("index"), prefixes([key(0)])) == 0
        assert holds(cache, range(10))
        assert cache.prune(user("index"), prefixes([key(0)])) == 9
        assert holds(cache, [0])
        fill(cache, ["new", "newer"])
        assert cache.prune(user("index"), prefixes([key(0)])) == 0
        assert holds(cache, [0, "new", "newer"])


def test_what_another_is_just_adding_stays_if_that_ends_early(user: User, tmp_path: Path) -> None:
    with open_cache(tmp_path) as cache, open_cache(tmp_path) as other:
        fill(cache, range(9))
        fill(other, range(20, 60))
        assert cache.prune(user("index"), prefixes(key(name) for name in range(9))) == 0
    with open_cache(tmp_path) as cache:
        assert holds(cache, [*range(9), *range(20, 60)])


@pytest.mark.parametrize("churn", [3, 10, 30])
@pytest.mark.usefixtures("unsynced")
def test_a_corpus_that_keeps_changing_has_a_cache_of_bounded_size(churn: int, user: User, tmp_path: Path) -> None:
    live = list(range(100))
    with open_cache(tmp_path) as cache:
        fill(cache, live)
        for turn in range(40):
            new = range(1_000 + turn * churn, 1_000 + (turn + 1) * churn)
            live = [*live[churn:], *new]
            fill(cache, new)
            cache.prune(user("index"), prefixes(key(name) for name in live))
            assert readable(cache, live)
            useful = 100 + (KEPT_REBUILDS - 1) * churn
            assert records(tmp_path) <= 1.5 * useful + churn
