from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semsearch.encoding.key_table import Prefixes
from semsearch.encoding.uses import KEPT_REBUILDS, Uses
from tests.encoding.tiny import files

LARGEST = 2**64 - 1


def prefixes(numbers: Iterable[int]) -> Prefixes:
    return np.array(list(numbers), dtype=np.uint64)


@pytest.fixture
def uses(tmp_path: Path) -> Uses:
    return Uses(tmp_path / "uses")


@pytest.fixture
def user(tmp_path: Path) -> Path:
    return new_user(tmp_path, "index")


def known(uses: Uses) -> Prefixes:
    keys = uses.keys()
    assert keys is not None
    return keys


def new_user(folder: Path, name: str) -> Path:
    (folder / name).mkdir()
    return folder / name


def folder_of_user(uses: Uses) -> Path:
    """That of the only user."""
    (folder,) = uses._folder.iterdir()
    return folder


def test_without_users_nothing_is_of_use(uses: Uses) -> None:
    assert known(uses).tolist() == []
    assert known(uses).dtype == np.uint64


def test_keys_come_sorted_and_once(uses: Uses, user: Path) -> None:
    uses.record(user, prefixes([5, LARGEST, 1, 5, 2**63]))
    uses.record(user, prefixes([3, 1]))
    assert known(uses).tolist() == [1, 3, 5, 2**63, LARGEST]
    assert known(uses).dtype == np.uint64


def test_what_the_last_rebuilds_asked_for_is_of_use(uses: Uses, user: Path) -> None:
    """Beyond a dozen, so that numbers of one and of two digits stand side by side."""
    for rebuild in range(13):
        uses.record(user, prefixes([rebuild]))
        assert known(uses).tolist() == list(range(rebuild + 1))[-KEPT_REBUILDS:]
    assert len(list(folder_of_user(uses).glob("*.npy"))) == KEPT_REBUILDS


def test_a_rebuild_that_asked_for_nothing_counts(uses: Uses, user: Path) -> None:
    uses.record(user, prefixes([1]))
    for _ in range(KEPT_REBUILDS - 1):
        uses.record(user, prefixes([]))
    assert known(uses).tolist() == [1]
    uses.record(user, prefixes([]))
    assert known(uses).tolist() == []


@given(st.lists(st.tuples(st.sampled_from(["left", "right", "third"]), st.sets(st.integers(0, 9))), max_size=25))
@settings(max_examples=25, deadline=None)
def test_what_any_user_asked_for_is_of_use(
    tmp_path_factory: pytest.TempPathFactory, rebuilds: list[tuple[str, set[int]]]
) -> None:
    folder = tmp_path_factory.mktemp("users")
    uses = Uses(folder / "uses")
    for user, keys in rebuilds:
        (folder / user).mkdir(exist_ok=True)
        uses.record(folder / user, prefixes(keys))
    expected: set[int] = set()
    for name in ("left", "right", "third"):
        expected.update(*[keys for user, keys in rebuilds if user == name][-KEPT_REBUILDS:])
    assert known(uses).tolist() == sorted(expected)


def test_users_of_one_name_in_unlike_places_do_not_mix(uses: Uses, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    left, right = new_user(tmp_path, "index"), new_user(tmp_path / "other", "index")
    uses.record(left, prefixes([1]))
    for _ in range(KEPT_REBUILDS):
        uses.record(right, prefixes([2]))
    assert known(uses).tolist() == [1, 2]


def test_a_user_is_the_same_by_whatever_path(uses: Uses, user: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(user.parent)
    (user.parent / "link").symlink_to(user, target_is_directory=True)
    ways = (user, Path("index"), Path("link"), user.parent / "index" / ".." / "index")
    for rebuild in range(2 * len(ways)):
        uses.record(ways[rebuild % len(ways)], prefixes([rebuild]))
    last = list(range(2 * len(ways)))[-KEPT_REBUILDS:]
    assert known(uses).tolist() == last
    monkeypatch.chdir("/")
    assert known(uses).tolist() == last, "from another folder the user is still found"


def test_a_user_whose_name_is_not_unicode_is_found_again(uses: Uses, tmp_path: Path) -> None:
    user = tmp_path / "caf\udce9"
    try:
        user.mkdir()
    except (OSError, UnicodeError):
        pytest.skip("file names are Unicode here")
    uses.record(user, prefixes([1]))
    assert known(uses).tolist() == [1]


def test_a_user_that_is_gone_is_forgotten(uses: Uses, user: Path, tmp_path: Path) -> None:
    other = new_user(tmp_path, "other")
    uses.record(user, prefixes([1, 2]))
    uses.record(other, prefixes([2, 3]))
    shutil.rmtree(user)
    assert known(uses).tolist() == [2, 3]
    assert (folder_of_user(uses) / "user.txt").read_text() == str(other)
    user.mkdir()
    assert known(uses).tolist() == [2, 3], "a new folder of that name is another user"


def test_what_a_killed_process_left_does_no_harm(uses: Uses, user: Path) -> None:
    uses.record(user, prefixes([1]))
    (folder_of_user(uses) / "new").write_bytes(b"\x93NUMPY cut short")
    assert known(uses).tolist() == [1]
    uses.record(user, prefixes([2]))
    assert known(uses).tolist() == [1, 2]
    assert files(folder_of_user(uses)) == {"user.txt", "00000001.npy", "00000002.npy"}


def test_a_user_that_was_never_written_whole_does_no_harm(uses: Uses, user: Path) -> None:
    """Killed between making its folder and naming it."""
    uses.record(user, prefixes([1]))
    (uses._folder / "0123456789abcdef").mkdir()
    assert known(uses).tolist() == [1]


def test_foreign_files_do_no_harm(uses: Uses, user: Path) -> None:
    uses.record(user, prefixes([1]))
    folder = folder_of_user(uses)
    for file in (uses._folder / "notes.txt", *(folder / name for name in ("backup.npy", "00000001.npy.bak", "-1.npy"))):
        file.write_text("what is this")
    uses.record(user, prefixes([2]))
    assert known(uses).tolist() == [1, 2]
    assert (uses._folder / "notes.txt").read_text() == "what is this"


def test_a_note_is_there_whole_or_not_at_all(uses: Uses, user: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a full disk."""
    uses.record(user, prefixes([1]))

    def full(stream: object, *_: object, **__: object) -> None:
        getattr(stream, "write")(b"\x93NUMPY")  # noqa: B009  (a stream of bytes, or there is an error)
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr(np, "save", full)
        with pytest.raises(OSError, match="No space"):
            uses.record(user, prefixes([2]))
    assert known(uses).tolist() == [1]
    uses.record(user, prefixes([3]))
    assert known(uses).tolist() == [1, 3]


@pytest.mark.parametrize("damaged", [b"", b"\x93NUMPY", bytes(200)], ids=["empty", "cut short", "zeros"])
def test_a_note_that_cannot_be_read_makes_it_unknown_what_is_of_use(
    damaged: bytes, uses: Uses, user: Path, caplog: pytest.LogCaptureFixture
) -> None:
    uses.record(user, prefixes([1]))
    (note,) = folder_of_user(uses).glob("*.npy")
    note.write_bytes(damaged)
    assert uses.keys() is None
    assert f"{note} cannot be read" in caplog.text
    for _ in range(KEPT_REBUILDS):
        uses.record(user, prefixes([2]))
    assert known(uses).tolist() == [2]
