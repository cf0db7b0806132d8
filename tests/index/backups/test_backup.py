from __future__ import annotations

import errno
import os
import resource
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from semsearch.errors import BackupFailed, DamagedVersion, IndexNotFound
from semsearch.index import IndexFolder, Manifest
from semsearch.index.backups.archive import ArchiveWriter
from semsearch.index.backups.backup import write_backup
from tests.index.builders import post, publish


def test_a_backup_is_a_tar_archive_of_the_folder_of_the_current_version(three: IndexFolder, tmp_path: Path) -> None:
    written = write_backup(three.path, tmp_path / "a.tar")
    with tarfile.open(tmp_path / "a.tar") as archive:
        archive.extractall(tmp_path / "unpacked", filter="data")
        names = archive.getnames()
    version = three.current()
    folder = three.folder_of(version)
    files = [file for file in folder.rglob("*") if file.is_file()]
    assert (written.index_version, written.posts, written.files) == (version, 1, len(files))
    assert written.bytes == (tmp_path / "a.tar").stat().st_size
    assert names[0] == f"{version}/manifest.json"
    assert sorted(names) == sorted(f"{version}/{file.relative_to(folder)}" for file in files)
    for file in files:
        assert (tmp_path / "unpacked" / version / file.relative_to(folder)).read_bytes() == file.read_bytes()


def test_backups_of_a_version_are_equal(three: IndexFolder, tmp_path: Path) -> None:
    write_backup(three.path, tmp_path / "a.tar")
    os.utime(three.folder_of(three.current()) / "posts.sqlite", (0, 0))
    write_backup(three.path, tmp_path / "b.tar")
    assert (tmp_path / "a.tar").read_bytes() == (tmp_path / "b.tar").read_bytes()


@pytest.mark.parametrize("kind", ["file", "folder", "dangling link"])
def test_what_exists_is_never_replaced(three: IndexFolder, tmp_path: Path, kind: str) -> None:
    file = tmp_path / "a.tar"
    if kind == "file":
        file.touch()
    elif kind == "folder":
        file.mkdir()
    else:
        file.symlink_to(tmp_path / "b")
    with pytest.raises(BackupFailed, match=r"it exists; name another file, or remove it"):
        write_backup(three.path, file)
    assert list(tmp_path.glob(".*")) == []


def test_a_file_that_appears_meanwhile_is_not_replaced(
    three: IndexFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "a.tar"
    monkeypatch.setattr(os, "fsync", lambda _: file.write_text("other"))
    with pytest.raises(BackupFailed, match="it exists"):
        write_backup(three.path, file)
    assert file.read_text() == "other"
    assert list(tmp_path.glob(".*")) == []


def test_a_full_disk_leaves_no_file(three: IndexFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    (tmp_path / "backups").mkdir()
    monkeypatch.setattr(ArchiveWriter, "write", fail)
    with pytest.raises(BackupFailed, match=r"backups/a.tar: No space left on device; free disk space$"):
        write_backup(three.path, tmp_path / "backups" / "a.tar")
    assert list((tmp_path / "backups").iterdir()) == []


def test_a_disk_that_fills_up_at_any_point_leaves_no_file(three: IndexFolder, tmp_path: Path) -> None:
    write_backup(three.path, tmp_path / "whole.tar")
    size = (tmp_path / "whole.tar").stat().st_size
    (tmp_path / "backups").mkdir()
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    for limit in (0, 1, size // 2, size - 1):
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, before[1]))
        try:
            with pytest.raises(BackupFailed, match=r"backups/a.tar: File too large"):
                write_backup(three.path, tmp_path / "backups" / "a.tar")
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
        assert list((tmp_path / "backups").iterdir()) == []


def test_a_missing_folder_is_named_by_the_file_that_was_asked_for(three: IndexFolder, tmp_path: Path) -> None:
    with pytest.raises(BackupFailed, match=r"no/a.tar: No such file or directory; check the path$"):
        write_backup(three.path, tmp_path / "no" / "a.tar")


@pytest.mark.parametrize("damage", [lambda content: content[:-1] + b"!", lambda content: content[:-1], lambda c: c + c])
def test_a_damaged_version_is_not_backed_up(
    three: IndexFolder, tmp_path: Path, damage: Callable[[bytes], bytes]
) -> None:
    file = three.folder_of(three.current()) / "posts.sqlite"
    file.write_bytes(damage(file.read_bytes()))
    with pytest.raises(DamagedVersion, match=r"posts\.sqlite"):
        write_backup(three.path, tmp_path / "a.tar")
    assert [path.name for path in tmp_path.iterdir()] == ["index"]


def test_no_index_is_reported(tmp_path: Path) -> None:
    with pytest.raises(IndexNotFound):
        write_backup(tmp_path / "index", tmp_path / "a.tar")


def test_rebuilds_may_remove_the_version_while_it_is_written(
    three: IndexFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = three.current()
    start = ArchiveWriter.start

    def start_and_rebuild(self: ArchiveWriter, name: str, size: int) -> None:
        if version in three.names():
            publish(three, post("new"))
        start(self, name, size)

    monkeypatch.setattr(ArchiveWriter, "start", start_and_rebuild)
    assert write_backup(three.path, tmp_path / "a.tar").index_version == version
    assert version not in three.names()


def test_a_version_that_is_removed_before_it_is_opened_is_replaced_by_the_new_one(
    three: IndexFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    version, load = three.current(), Manifest.load
    with monkeypatch.context() as patch:

        def rebuild_and_load(folder: Path) -> Manifest:
            patch.setattr(Manifest, "load", load)
            while version in three.names():
                publish(three, post("new"))
            return load(folder)

        patch.setattr(Manifest, "load", rebuild_and_load)
        assert write_backup(three.path, tmp_path / "a.tar").index_version == three.current()
