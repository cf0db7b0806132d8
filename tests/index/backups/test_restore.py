from __future__ import annotations

import errno
import io
import json
import os
import tarfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semsearch.errors import IndexBusy, IndexNotWritable, InvalidBackup
from semsearch.index import IndexFolder, Manifest
from semsearch.index.backups import restore
from semsearch.index.backups.backup import write_backup
from semsearch.index.backups.restore import restore_backup
from semsearch.index.storage.files import digest_folder
from semsearch.index.storage.manifest import FileDigest
from tests.index.builders import post, publish, served

Member = tuple[tarfile.TarInfo, bytes]


@pytest.fixture(scope="session")
def backup(three_versions: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of the version with the post ``third``."""
    file = tmp_path_factory.mktemp("backup") / "a.tar"
    write_backup(three_versions, file)
    return file


def members_of(file: Path) -> list[Member]:
    with tarfile.open(file) as archive:
        return [(member, archive.extractfile(member).read()) for member in archive]  # type: ignore[union-attr]


def write(file: Path, members: Sequence[Member]) -> Path:
    with tarfile.open(file, "w", format=tarfile.GNU_FORMAT) as archive:
        for member, content in members:
            if member.isreg():
                member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return file


def with_manifest(file: Path, changed: Path, **changes: Any) -> Path:
    """Write a backup with other fields in its manifest, whose digest is right."""
    (member, content), *rest = members_of(file)
    folder = changed.parent / member.name.partition("/")[0]
    folder.mkdir()
    (folder / "manifest.json").write_bytes(content)
    replace(Manifest.load(folder), **changes).save(folder)
    return write(changed, [(member, (folder / "manifest.json").read_bytes()), *rest])


def unchanged(index: IndexFolder) -> Callable[[], bool]:
    """Return a function that tells whether the index is as it is now."""

    def state() -> object:
        return sorted(str(path) for path in index.path.rglob("*") if path.name != ".lock"), index.current()

    before = state()
    return lambda: state() == before


def test_a_restored_version_is_the_newest_and_can_be_rolled_back(
    three: IndexFolder, backup: Path, tmp_path: Path
) -> None:
    original = three.current()
    before = publish(three, post("fourth"))
    restored = restore_backup(three.path, backup)
    assert (restored.restored_version, restored.posts) == (original, 1)
    assert restored.index_version == three.current() == three.names()[-1]
    assert restored.index_version > before
    assert served(three) == ["third"]
    assert three.rollback() == before
    assert not (three.path / "building").exists()


def test_a_backup_restores_into_a_new_index(backup: Path, tmp_path: Path) -> None:
    restore_backup(tmp_path / "new", backup)
    index = IndexFolder(tmp_path / "new")
    assert served(index) == ["third"]
    assert publish(index, post("next")) > index.names()[0]


def test_a_backup_of_a_restored_version_has_the_same_files(backup: Path, tmp_path: Path) -> None:
    restore_backup(tmp_path / "new", backup)
    write_backup(tmp_path / "new", tmp_path / "b.tar")
    contents = [
        {member.name.partition("/")[2]: content for member, content in members_of(file)[1:]}
        for file in (backup, tmp_path / "b.tar")
    ]
    assert contents[0] == contents[1]


def test_a_rebuild_is_not_disturbed(three: IndexFolder, backup: Path) -> None:
    with three.lock():
        building = three.new_building()
        with pytest.raises(IndexBusy):
            restore_backup(three.path, backup)
        assert building.is_dir()


def named(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, link
    return member


VERSION = "{version}"


@pytest.mark.parametrize(
    "extra",
    [
        named("/tmp/evil"),
        named("../evil"),
        named(f"{VERSION}/../../evil"),
        named(f"{VERSION}/more"),
        named(f"{VERSION}/posts.sqlite"),
        named(f"{VERSION}/manifest.json"),
        named("CURRENT"),
        named(VERSION, tarfile.DIRTYPE),
        named(f"{VERSION}/link", tarfile.SYMTYPE, "/etc/passwd"),
        named(f"{VERSION}/link", tarfile.LNKTYPE, f"{VERSION}/posts.sqlite"),
        named(f"{VERSION}/device", tarfile.CHRTYPE),
        named(f"{VERSION}/pipe", tarfile.FIFOTYPE),
        named(f"{VERSION}/sparse", tarfile.GNUTYPE_SPARSE),
        named(f"{VERSION}/{'long' * 50}"),
        named(f"{VERSION}/odd", b"?"),
    ],
    ids=lambda member: f"{member.name[:30]} {member.type!r}",
)
def test_members_that_no_version_has_are_refused(
    three: IndexFolder, backup: Path, tmp_path: Path, extra: tarfile.TarInfo
) -> None:
    is_same = unchanged(three)
    extra = tarfile.TarInfo.frombuf(extra.tobuf(), "utf-8", "strict") if len(extra.name) < 100 else extra
    extra.name = extra.name.replace(VERSION, three.current())
    for place in (1, 3, None):
        members = members_of(backup)
        members.insert(len(members) if place is None else place, (extra, b""))
        with pytest.raises(InvalidBackup, match="cannot be restored, and the index stays as it was"):
            restore_backup(three.path, write(tmp_path / "bad.tar", members))
        assert is_same()


@pytest.mark.parametrize(
    "name",
    ["/tmp/evil", "../evil", "lexical/../../evil", "a/b/c", "", ".", "a//b", "a\nb", "a\\b", "lexical", "Posts.SQLITE"],
)
def test_a_manifest_that_lists_what_no_version_has_is_refused(
    three: IndexFolder, backup: Path, tmp_path: Path, name: str
) -> None:
    is_same = unchanged(three)
    files = dict(three.manifest().files) | {name: FileDigest(0, "0" * 64)}
    with pytest.raises(InvalidBackup, match="its manifest lists"):
        restore_backup(three.path, with_manifest(backup, tmp_path / "bad.tar", files=files))
    assert is_same()


@pytest.mark.parametrize("size", [-1, 1 << 50, "1", None, 1.5, True])
def test_a_size_that_is_none_is_refused(three: IndexFolder, backup: Path, tmp_path: Path, size: Any) -> None:
    is_same = unchanged(three)
    files = dict(three.manifest().files)
    files["hubness.npy"] = FileDigest(size, files["hubness.npy"].sha256)
    with pytest.raises(InvalidBackup, match=r"has a size that is not a whole number|bytes, not"):
        restore_backup(three.path, with_manifest(backup, tmp_path / "bad.tar", files=files))
    assert is_same()


def test_a_digest_that_differs_is_refused_with_the_name_of_the_file(
    three: IndexFolder, backup: Path, tmp_path: Path
) -> None:
    is_same = unchanged(three)
    members = members_of(backup)
    [place] = [place for place, (member, _) in enumerate(members) if member.name.endswith("posts.sqlite")]
    member, content = members[place]
    members[place] = member, content[:-1] + b"!"
    with pytest.raises(InvalidBackup, match=r"posts\.sqlite: changed since it was written"):
        restore_backup(three.path, write(tmp_path / "bad.tar", members))
    assert is_same()


def test_a_version_of_another_format_is_refused_with_the_mend(three: IndexFolder, backup: Path, tmp_path: Path) -> None:
    with pytest.raises(InvalidBackup, match="format 4, but this release reads format 5; restore it with the release"):
        restore_backup(three.path, with_manifest(backup, tmp_path / "old.tar", format=4))


def test_content_with_the_right_digest_that_no_library_can_read_is_refused(
    three: IndexFolder, backup: Path, tmp_path: Path
) -> None:
    is_same = unchanged(three)
    content = json.dumps({"a": 1}).encode()
    folder = three.folder_of(three.current())
    (folder / "attributes.npz").write_bytes(content)

    files = {name: digest for name, digest in digest_folder(folder).items() if name != "manifest.json"}
    replace(three.manifest(), files=files).save(folder)
    write_backup(three.path, tmp_path / "bad.tar")
    with pytest.raises(InvalidBackup, match="cannot be opened"):
        restore_backup(three.path, tmp_path / "bad.tar")
    assert is_same()


def test_every_cut_is_noticed(backup: Path, tmp_path: Path) -> None:
    content = backup.read_bytes()
    cut = tmp_path / "cut.tar"
    sizes = [*range(0, len(content) - 1_024, 509), 512, 1_024]
    for size in sizes:
        cut.write_bytes(content[:size])
        with pytest.raises(InvalidBackup):
            restore_backup(tmp_path / "new", cut)
        assert not list((tmp_path / "new").glob("versions/*"))


@given(st.data())
def test_no_byte_can_be_changed_unnoticed(backup: Path, tmp_path_factory: pytest.TempPathFactory, data: Any) -> None:
    folder = tmp_path_factory.mktemp("flipped")
    content = bytearray(backup.read_bytes())
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] ^= data.draw(st.integers(1, 255))
    (folder / "b.tar").write_bytes(content)
    try:
        restore_backup(folder / "index", folder / "b.tar")
    except InvalidBackup:
        assert not (folder / "index" / "CURRENT").exists()
    else:  # padding, the end, and fields of a header that have no meaning here, such as its own checksum in other words
        assert served(IndexFolder(folder / "index")) == ["third"]


@pytest.mark.parametrize("content", [b"", b"text", bytes(512), bytes(10_240), b"\x1f\x8b" + bytes(600), b"\xff" * 999])
def test_what_is_no_backup_leaves_no_folder(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.tar").write_bytes(content)
    with pytest.raises(InvalidBackup):
        restore_backup(tmp_path / "index", tmp_path / "a.tar")
    assert [path.name for path in tmp_path.iterdir()] == ["a.tar"]


@pytest.mark.parametrize("file", ["missing.tar", "."])
def test_what_is_no_file_is_reported(tmp_path: Path, file: str) -> None:
    with pytest.raises(InvalidBackup, match=r"check the path|Is a directory"):
        restore_backup(tmp_path / "index", tmp_path / file)


def test_a_full_disk_changes_nothing(three: IndexFolder, backup: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    is_same = unchanged(three)
    unpack = restore._unpack

    def fail(*given: Any) -> None:
        unpack(*given)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(restore, "_unpack", fail)
    with pytest.raises(IndexNotWritable, match="free disk space"):
        restore_backup(three.path, backup)
    assert is_same()
    assert not (three.path / "building").exists()
