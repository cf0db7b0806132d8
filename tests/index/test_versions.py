from __future__ import annotations

import errno
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from semsearch.errors import (
    DamagedVersion,
    IndexBusy,
    IndexNotFound,
    IndexNotWritable,
    NoIntactVersion,
    NotFlushed,
    UnsupportedPlatform,
    VersionNotFound,
)
from semsearch.index import IndexFolder, Manifest
from semsearch.index.storage.files import digest_folder
from semsearch.index.storage.manifest import FILE
from semsearch.index.versions import MAX_VERSIONS
from tests.index.builders import newest_valid, post, publish, served, write_version

HOLD = """
import pathlib, sys
from semsearch.index import IndexFolder
with IndexFolder(pathlib.Path(sys.argv[1])).lock():
    print("held", flush=True)
    input()
"""


def state(index: IndexFolder) -> dict[str, bytes]:
    files = (path for path in index.path.rglob("*") if path.is_file() and path.name != ".lock")
    return {path.relative_to(index.path).as_posix(): path.read_bytes() for path in files}


# --- publishing -------------------------------------------------------------------------------------------------------


def test_versions_are_numbered_and_dated_and_the_last_is_current(three: IndexFolder) -> None:
    names = three.names()
    assert [name[:7] for name in names] == ["000001-", "000002-", "000003-"]
    assert all(re.fullmatch(r"\d{6}-20\d{6}T\d{6}Z", name) for name in names)
    assert three.current() == names[-1]
    assert (three.path / "CURRENT").read_text(encoding="utf-8") == f"{names[-1]}\n"
    assert [served(three, name) for name in names] == [["first"], ["second"], ["third"]]
    assert served(three) == ["third"]


def test_nothing_is_published_until_the_pointer_moves(three: IndexFolder) -> None:
    before = three.current()
    building = three.new_building()
    assert list(building.iterdir()) == []
    write_version(building, [post("fourth")])
    assert (three.current(), building.name in three.names()) == (before, False)
    # The state after a kill between the rename and the replacement of the pointer:
    building.rename(three.path / "versions" / building.name)
    assert (three.current(), served(three), newest_valid(three)) == (before, ["third"], ["third"])
    assert publish(three, post("fifth"))[:6] == "000005"
    assert served(three) == ["fifth"]


def test_the_last_three_versions_are_kept(three: IndexFolder) -> None:
    for name in ("fourth", "fifth"):
        publish(three, post(name))
    assert [served(three, name) for name in three.names()] == [["third"], ["fourth"], ["fifth"]]
    assert len(three.names()) == MAX_VERSIONS
    assert not (three.path / "building").exists()


def test_the_previous_current_version_is_kept_however_old_it_is(three: IndexFolder) -> None:
    three.rollback(three.names()[0])
    publish(three, post("fourth"))  # services use the first until they reload
    assert [served(three, name) for name in three.names()] == [["first"], ["third"], ["fourth"]]
    publish(three, post("fifth"))
    assert [served(three, name) for name in three.names()] == [["third"], ["fourth"], ["fifth"]]


def test_the_next_rebuild_removes_what_a_killed_one_left(three: IndexFolder) -> None:
    old = three.new_building()
    write_version(old, [post("half")])
    (old / FILE).unlink()
    new = three.new_building()
    assert (old.exists() and old != new, list(new.iterdir())) == (False, [])
    three.clear_building()
    three.clear_building()
    assert not (three.path / "building").exists()


def test_a_version_can_be_published_over_a_damaged_pointer(three: IndexFolder) -> None:
    (three.path / "CURRENT").write_text("garbage", encoding="utf-8")
    publish(three, post("fourth"))
    assert served(three) == ["fourth"]


def test_other_entries_of_the_versions_folder_are_ignored(three: IndexFolder) -> None:
    names = three.names()
    for name in (".DS_Store", "000009", "000009-20260131T120000", "x000009-20260131T120000Z"):
        (three.path / "versions" / name).mkdir()
    assert three.names() == names
    assert publish(three, post("fourth"))[:6] == "000004"


# --- copying ----------------------------------------------------------------------------------------------------------


def copied(index: IndexFolder) -> tuple[Manifest, Path]:
    """Copy the files of the current version; return its manifest and the folder of the copy."""
    manifest, building = index.manifest(), index.new_building()
    index.copy(manifest, building)
    return manifest, building


def test_the_manifest_is_that_of_the_current_version(three: IndexFolder) -> None:
    assert three.manifest().version == three.names()[-1]
    three.rollback()
    assert three.manifest() == Manifest.load(three.path / "versions" / three.names()[1])


def test_the_manifest_of_a_missing_or_damaged_version_is_an_error(three: IndexFolder, tmp_path: Path) -> None:
    with pytest.raises(IndexNotFound):
        IndexFolder(tmp_path / "nothing").manifest()
    (three.path / "versions" / three.current() / FILE).unlink()
    with pytest.raises(DamagedVersion, match=f"{FILE}: missing"):
        three.manifest()


def test_a_copy_has_every_file_but_the_manifest(three: IndexFolder) -> None:
    manifest, building = copied(three)
    assert digest_folder(building) == manifest.files
    assert any("/" in name for name in manifest.files)  # files in folders too
    assert not (building / FILE).exists()


def test_the_named_version_is_copied(three: IndexFolder) -> None:
    first = Manifest.load(three.path / "versions" / three.names()[0])
    building = three.new_building()
    three.copy(first, building)
    assert digest_folder(building) == first.files != three.manifest().files


def test_a_copy_shares_no_files_with_the_original(three: IndexFolder) -> None:
    """Hard links would save space, but damage to one version would damage the other."""
    manifest, building = copied(three)
    for name in manifest.files:
        original, copy = three.path / "versions" / manifest.version / name, building / name
        assert not copy.is_symlink()
        assert not copy.samefile(original)
        original.write_bytes(b"")
    assert digest_folder(building) == manifest.files


@pytest.mark.parametrize("damage", ["missing", "cut short", "a bit flipped"])
def test_a_damaged_version_is_not_copied(three: IndexFolder, damage: str) -> None:
    manifest = three.manifest()
    for name in manifest.files:
        file = three.path / "versions" / manifest.version / name
        content = file.read_bytes()
        match damage:
            case "missing":
                file.unlink()
            case "cut short":
                file.write_bytes(content[:-1])
            case _:
                place = len(content) // 2
                file.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
        with pytest.raises(DamagedVersion) as raised:
            three.copy(manifest, three.new_building())
        assert (raised.value.version, name in str(raised.value)) == (manifest.version, True)
        file.write_bytes(content)
    copied(three)  # it can be copied once it is repaired


# --- rolling back -----------------------------------------------------------------------------------------------------


def test_rolling_back_goes_to_the_previous_version_until_there_is_none(three: IndexFolder) -> None:
    names = three.names()
    assert (three.rollback(), served(three)) == (names[1], ["second"])
    assert (three.rollback(), served(three)) == (names[0], ["first"])
    with pytest.raises(VersionNotFound) as raised:
        three.rollback()
    assert (raised.value.version, raised.value.available) == (f"before {names[0]}", names)
    assert served(three) == ["first"]


def test_rolling_back_to_a_named_version_goes_forward_too(three: IndexFolder) -> None:
    names = three.names()
    for name, ids in ((names[0], ["first"]), (names[2], ["third"]), (names[2], ["third"])):
        assert (three.rollback(name), served(three)) == (name, ids)


@pytest.mark.parametrize("name", ["", "000009-20260131T120000Z", "../versions", "000001"])
def test_rolling_back_to_an_unknown_version_changes_nothing(three: IndexFolder, name: str) -> None:
    before = state(three)
    with pytest.raises(VersionNotFound):
        three.rollback(name)
    assert state(three) == before


def test_rolling_back_to_a_damaged_version_is_refused_and_changes_nothing(three: IndexFolder) -> None:
    second = three.names()[1]
    (three.path / "versions" / second / "posts.sqlite").unlink()
    before = state(three)
    with pytest.raises(DamagedVersion, match=f"version {second} is damaged: posts.sqlite: missing"):
        three.rollback(second)
    assert state(three) == before


def test_rolling_back_leaves_out_damaged_versions(three: IndexFolder, caplog: pytest.LogCaptureFixture) -> None:
    first, second, third = three.names()
    (three.path / "versions" / second / "posts.sqlite").unlink()
    assert three.rollback() == first
    assert f"version {second} is damaged: posts.sqlite: missing" in caplog.text
    three.rollback(third)
    (three.path / "versions" / first / "posts.sqlite").unlink()
    before = state(three)
    with pytest.raises(NoIntactVersion, match=f"no intact version before {third}, so it stays current; run: semsearch"):
        three.rollback()
    assert state(three) == before


def test_rolling_back_repairs_a_damaged_pointer(three: IndexFolder) -> None:
    (three.path / "CURRENT").write_text("garbage", encoding="utf-8")
    assert three.rollback() == three.names()[2]
    assert served(three) == ["third"]


@pytest.mark.parametrize("pointer", [None, "garbage"])
def test_rolling_back_without_a_pointer_goes_to_the_newest_intact_version(
    three: IndexFolder, pointer: str | None
) -> None:
    (three.path / "CURRENT").unlink()
    if pointer is not None:
        (three.path / "CURRENT").write_text(pointer, encoding="utf-8")
    (three.path / "versions" / three.names()[2] / "posts.sqlite").unlink()
    assert three.rollback() == three.names()[1]
    assert served(three) == ["second"]


def test_rolling_back_a_missing_index_creates_nothing(tmp_path: Path) -> None:
    for name in (None, "000001-20260131T120000Z"):
        with pytest.raises(IndexNotFound):
            IndexFolder(tmp_path / "typo").rollback(name)
    assert list(tmp_path.iterdir()) == []


# --- one at a time ----------------------------------------------------------------------------------------------------


def test_a_second_process_finds_the_index_busy_until_the_first_has_ended(three: IndexFolder) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(three.path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    with pytest.raises(IndexBusy, match=f"another rebuild or rollback of {re.escape(str(three.path))} is running"):
        publish(three, post("fourth"))
    with pytest.raises(IndexBusy):
        three.rollback()
    assert (served(three), len(three.infos())) == (["third"], 3)  # reading needs no lock
    holder.kill()  # a killed process leaves no lock behind
    holder.communicate()
    three.rollback()
    assert served(three) == ["second"]


def test_one_process_cannot_take_the_lock_twice_either(three: IndexFolder) -> None:
    with three.lock(), pytest.raises(IndexBusy), IndexFolder(three.path).lock():
        pass
    with three.lock():
        pass


def test_a_version_whose_pointer_cannot_be_written_is_removed(tmp_path: Path) -> None:
    folder = IndexFolder(tmp_path)
    (tmp_path / "CURRENT").mkdir()  # a file cannot replace a folder
    building = folder.new_building()
    with pytest.raises(OSError, match="CURRENT"):
        folder.publish(building)
    assert folder.names() == []
    assert {path.name for path in tmp_path.iterdir()} == {"CURRENT", "building", "versions"}


@pytest.mark.parametrize("place", ["CURRENT", "versions"])
def test_what_no_version_can_replace_is_named_before_any_work_is_done(tmp_path: Path, place: str) -> None:
    folder = IndexFolder(tmp_path)
    if place == "CURRENT":
        (tmp_path / place).mkdir()
    else:
        (tmp_path / place).touch()
    with pytest.raises(IndexNotWritable, match=rf"/{place}: .*; remove "), folder.lock():
        pytest.fail("the lock was taken")


def fail_to_sync(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Let fsync of a folder fail, as on a broken disk."""
    real = os.fsync

    def fsync(descriptor: int) -> None:
        if os.path.samestat(os.fstat(descriptor), folder.stat()):
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)


def test_a_version_that_is_current_but_not_flushed_is_said_to_be_in_use(
    three: IndexFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        fail_to_sync(patched, three.path)
        with pytest.raises(NotFlushed, match="is in use now, but was perhaps not flushed") as raised:
            publish(three, post("fourth"))
    assert raised.value.version == three.current()
    assert "Input/output error; check the disk" in str(raised.value)
    assert served(three) == ["fourth"]


def test_a_rollback_that_is_not_flushed_is_said_to_be_in_use(
    three: IndexFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    second = three.names()[1]
    with monkeypatch.context() as patched:
        fail_to_sync(patched, three.path)
        with pytest.raises(NotFlushed, match=second):
            three.rollback()
    assert served(three) == ["second"]


def test_a_version_that_cannot_be_flushed_before_it_is_current_leaves_the_old_one(
    three: IndexFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        fail_to_sync(patched, three.path / "versions")
        with pytest.raises(IndexNotWritable, match="its current version stays in use: Input/output error"):
            publish(three, post("fourth"))
    assert served(three) == ["third"]
    assert len(three.names()) == 3


@pytest.mark.parametrize("platform", ["win32", "cygwin", "emscripten"])
def test_unsupported_platform_is_an_error_in_one_sentence(
    platform: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    with pytest.raises(UnsupportedPlatform, match=f"runs on Linux and macOS, not on {platform}"):
        IndexFolder(tmp_path)
