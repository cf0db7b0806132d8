"""What goes from the cache when it is pruned, and what stays whatever happens meanwhile?"""

from __future__ import annotations

import logging
import shutil
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import semsearch.encoding.cache
from semsearch.encoding import VectorCache
from semsearch.encoding.key_table import prefixes
from semsearch.encoding.uses import KEPT_REBUILDS
from tests.encoding.named_vectors import (
    FILE,
    HEADER,
    RECORD,
    User,
    directions,
    fill,
    holds,
    key,
    open_cache,
    prune,
    readable,
    records,
)
from tests.encoding.tiny import files

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
            new = [text for text in texts if not cache.known([key(text)])[0]]
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
