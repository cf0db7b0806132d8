"""What does the cache remove after a rebuild, and what does it keep?"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from semsearch.encoding import VectorCache
from semsearch.encoding.cache import KEPT_REBUILDS
from tests.encoding.named_vectors import (
    FILE,
    User,
    directions,
    fill,
    holds,
    includes,
    key,
    open_cache,
    rebuild,
    stored,
)

# --- what goes --------------------------------------------------------------------------------------------------------


def test_a_vector_goes_once_five_rebuilds_did_not_use_it(user: User, tmp_path: Path) -> None:
    rebuild(tmp_path, user("index"), range(10))
    for _ in range(KEPT_REBUILDS - 1):
        rebuild(tmp_path, user("index"), range(2))
        assert holds(tmp_path, range(10))
    rebuild(tmp_path, user("index"), range(2))
    assert holds(tmp_path, range(2))


def test_a_vector_stays_while_now_and_then_a_rebuild_uses_it(user: User, tmp_path: Path) -> None:
    for number in range(4 * KEPT_REBUILDS):
        rebuild(tmp_path, user("index"), ["always", *(["seldom"] if number % KEPT_REBUILDS == 0 else [])])
        assert holds(tmp_path, ["always", "seldom"])


def test_a_rebuild_that_used_nothing_counts(user: User, tmp_path: Path) -> None:
    rebuild(tmp_path, user("index"), range(3))
    for _ in range(KEPT_REBUILDS):
        assert holds(tmp_path, range(3))
        rebuild(tmp_path, user("index"), [])
    assert holds(tmp_path, [])


def test_several_rebuilds_of_one_process_count_each(user: User, tmp_path: Path) -> None:
    with open_cache(tmp_path, user=user("index")) as cache:
        fill(cache, range(3))
        for _ in range(KEPT_REBUILDS):
            cache.prune()
            assert holds(tmp_path, range(3))
        cache.prune()
        assert holds(tmp_path, [])


def test_adding_a_vector_again_is_a_use(user: User, tmp_path: Path) -> None:
    """As a full rebuild does, which does not look anything up."""
    for _ in range(2 * KEPT_REBUILDS):
        with open_cache(tmp_path, user=user("index")) as cache:
            fill(cache, range(3))
            cache.prune()
    assert holds(tmp_path, range(3))


def test_models_do_not_share_what_is_used(user: User, tmp_path: Path) -> None:
    rebuild(tmp_path, user("index"), range(3))
    with VectorCache(tmp_path, user=user("index"), fingerprint="f" * 64, dimension=2) as other:
        other.add([key(0)], directions([0]))
        for _ in range(KEPT_REBUILDS + 1):
            other.prune()
    assert stored(tmp_path / f"{'f' * 32}.sqlite") == {}
    assert holds(tmp_path, range(3))


# --- users ------------------------------------------------------------------------------------------------------------


def test_what_another_user_used_stays_as_long_as_that_is_there(user: User, tmp_path: Path) -> None:
    rebuild(tmp_path, user("left"), range(10))
    for _ in range(2 * KEPT_REBUILDS):
        rebuild(tmp_path, user("right"), range(2))
    assert holds(tmp_path, range(10))
    shutil.rmtree(user("left"))
    rebuild(tmp_path, user("right"), range(2))
    assert holds(tmp_path, range(2))
    user("left")
    for _ in range(KEPT_REBUILDS):
        rebuild(tmp_path, user("left"), [])
    assert holds(tmp_path, range(2)), "a new folder of that name is another user"


def test_users_of_one_name_in_unlike_places_do_not_mix(user: User, tmp_path: Path) -> None:
    rebuild(tmp_path, user("index"), [1])
    for _ in range(2 * KEPT_REBUILDS):
        (user("other") / "index").mkdir(exist_ok=True)
        rebuild(tmp_path, user("other") / "index", [2])
    assert holds(tmp_path, [1, 2])


def test_a_user_is_the_same_by_whatever_path(user: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    index = user("index")
    (tmp_path / "link").symlink_to(index, target_is_directory=True)
    ways = (index, Path("index"), Path("link"), tmp_path / "index" / ".." / "index")
    for number in range(2 * len(ways)):
        rebuild(tmp_path, ways[number % len(ways)], [number])
    last = list(range(2 * len(ways)))[-KEPT_REBUILDS:]
    assert holds(tmp_path, last)
    monkeypatch.chdir("/")
    rebuild(tmp_path, index, ["new"])
    assert holds(tmp_path, [*last[1:], "new"]), "from another folder the user is still found"


def test_a_user_whose_name_is_not_unicode_is_found_again(user: User, tmp_path: Path) -> None:
    try:
        index = user("caf\udce9")
    except (OSError, UnicodeError):
        pytest.skip("file names are Unicode here")
    rebuild(tmp_path, index, [1])
    rebuild(tmp_path, user("other"), [2])
    assert holds(tmp_path, [1, 2])


def test_a_user_whose_folder_may_not_be_looked_at_is_there(
    user: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rebuild(tmp_path, user("left"), [1])

    def forbidden(path: Path) -> None:
        raise PermissionError(path)

    with monkeypatch.context() as patched, open_cache(tmp_path, user=user("right")) as cache:
        patched.setattr(Path, "stat", forbidden)
        cache.prune()
    assert holds(tmp_path, [1])


# --- what is new ------------------------------------------------------------------------------------------------------


def test_what_a_killed_rebuild_added_stays_as_if_the_next_had_used_it(user: User, tmp_path: Path) -> None:
    rebuild(tmp_path, user("index"), ["old"])
    with open_cache(tmp_path, user=user("index")) as killed:
        fill(killed, range(10))
    for _ in range(KEPT_REBUILDS):
        rebuild(tmp_path, user("index"), ["old"])
        assert holds(tmp_path, ["old", *range(10)])
    rebuild(tmp_path, user("index"), ["old"])
    assert holds(tmp_path, ["old"])


def test_what_a_killed_rebuild_added_stays_however_often_others_are_rebuilt(user: User, tmp_path: Path) -> None:
    with open_cache(tmp_path, user=user("index")) as killed:
        fill(killed, range(10))
    for _ in range(2 * KEPT_REBUILDS):
        rebuild(tmp_path, user("other"), ["else"])
    assert holds(tmp_path, ["else", *range(10)])


names = st.builds(range, st.integers(0, 20), st.integers(20, 30)) | st.integers(0, 30).map(
    lambda name: range(name, name + 1)
)
steps = st.lists(st.tuples(st.integers(0, 1), st.none() | names), max_size=16)
"""Of two rebuilds in turn: which of them, and the texts it meets, or None where it ends."""


@given(steps)
@example([(0, range(1)), (1, range(5, 20)), (1, None), (0, range(25, 26))])
@settings(max_examples=40, deadline=None)
def test_exactly_what_the_last_rebuilds_of_two_indexes_used_stays(
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
        cache = caches[who] = caches[who] or open_cache(folder, user=users[who])
        if texts is not None:
            missing = [text for text in texts if not cache.contains([key(text)])[0]]
            cache.add([key(text) for text in missing], directions(missing))
            running[who].update(texts)
            assert includes(folder, running[who])
            continue
        cache.prune()
        cache.close()
        ended[who] = [*ended[who], running[who]][-KEPT_REBUILDS:]
        caches[who], running[who] = None, set()
        assert holds(folder, set[int]().union(*ended[0], *ended[1], *running))


# --- size -------------------------------------------------------------------------------------------------------------


def size(folder: Path) -> int:
    return (folder / FILE).stat().st_size


@pytest.mark.parametrize("churn", [30, 100, 300])
def test_a_corpus_that_keeps_changing_has_a_cache_of_bounded_size(churn: int, user: User, tmp_path: Path) -> None:
    live = list(range(1_000))
    for turn in range(4 * KEPT_REBUILDS):
        live = [*live[churn:], *range(1_000 + turn * churn, 1_000 + (turn + 1) * churn)]
        rebuild(tmp_path, user("index"), live)
        if turn == KEPT_REBUILDS:
            before = size(tmp_path)
    assert len(stored(tmp_path / FILE)) == 1_000 + (KEPT_REBUILDS - 1) * churn
    assert size(tmp_path) < 1.5 * before


def test_the_file_shrinks_when_much_of_it_is_free(user: User, tmp_path: Path) -> None:
    rebuild(tmp_path, user("large"), range(5_000))
    rebuild(tmp_path, user("small"), range(1_000))
    before = size(tmp_path)
    shutil.rmtree(user("large"))
    rebuild(tmp_path, user("small"), range(1_000))
    assert holds(tmp_path, range(1_000))
    assert size(tmp_path) < before / 3
