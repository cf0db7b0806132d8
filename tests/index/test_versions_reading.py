from __future__ import annotations

import errno
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from semsearch.errors import (
    CurrentVersionMissing,
    DamagedVersion,
    IndexNotFound,
    IndexNotReadable,
    PointerDamaged,
    PointerMissing,
    UnsupportedFormat,
)
from semsearch.index import IndexFolder
from semsearch.index.storage.manifest import FILE
from tests.index.builders import newest_valid
from tests.unreadable import refuse_to_open


def test_a_missing_index_is_an_error_that_says_how_to_make_one(tmp_path: Path) -> None:
    index = IndexFolder(tmp_path / "nowhere")
    assert index.names() == []
    for ask in (index.current, index.open, index.open_newest_valid, index.infos):
        with pytest.raises(IndexNotFound, match="run: semsearch rebuild --index "):
            ask()
    assert not index.path.exists()


@pytest.mark.parametrize("pointer", [b"", b"\n", b"garbage", b"\xff\xfe\x00", b"000003", b"../../etc", b"\x00" * 24])
def test_a_damaged_pointer_is_named_and_the_newest_version_is_opened_instead(
    three: IndexFolder, pointer: bytes
) -> None:
    (three.path / "CURRENT").write_bytes(pointer)
    with pytest.raises(DamagedVersion) as raised:
        three.open()
    assert raised.value.file == str(three.path / "CURRENT")
    assert newest_valid(three) == ["third"]
    assert [info.current for info in three.infos()] == [False] * 3


def test_a_pointer_that_is_a_folder_is_named(three: IndexFolder) -> None:
    (three.path / "CURRENT").unlink()
    (three.path / "CURRENT").mkdir()
    with pytest.raises(
        PointerDamaged, match="CURRENT, which names the version in use, is a folder and must be removed"
    ):
        three.open()


def test_a_pointer_that_is_a_pipe_is_named(three: IndexFolder) -> None:
    (three.path / "CURRENT").unlink()
    os.mkfifo(three.path / "CURRENT")
    with pytest.raises(PointerDamaged, match="it is not a plain file"):
        three.open()
    assert newest_valid(three) == ["third"]
    assert three.rollback() == three.names()[2]


@pytest.mark.parametrize("place", [".", "versions"])
def test_a_file_in_place_of_a_folder_is_named(three: IndexFolder, place: str) -> None:
    path = three.path / place
    shutil.rmtree(path)
    path.touch()
    for ask in (three.open, three.open_newest_valid, three.infos, three.rollback):
        with pytest.raises(IndexNotReadable, match=r"(Not a directory|it is not a folder); check the path"):
            ask()


def test_a_pointer_without_versions_is_named(three: IndexFolder) -> None:
    third = three.current()
    shutil.rmtree(three.path / "versions")
    for ask in (three.open, three.open_newest_valid, three.infos, three.rollback):
        with pytest.raises(CurrentVersionMissing, match=f"names version {third}, which .*; run: semsearch rebuild$"):
            ask()


def test_a_missing_pointer_is_named_and_the_newest_version_is_opened_instead(three: IndexFolder) -> None:
    (three.path / "CURRENT").unlink()
    for ask in (three.current, three.open, three.manifest):
        with pytest.raises(PointerMissing) as raised:
            ask()
        assert str(three.path / "CURRENT") in str(raised.value)
        assert three.names()[2] in str(raised.value)
        assert f"run: semsearch rollback --index {three.path}" in str(raised.value)
    assert newest_valid(three) == ["third"]
    assert [info.current for info in three.infos()] == [False] * 3


@pytest.mark.parametrize("refused", ["CURRENT", "versions"])
def test_what_cannot_be_read_for_lack_of_permission_is_named_with_the_mend(
    three: IndexFolder, monkeypatch: pytest.MonkeyPatch, refused: str
) -> None:
    refuse_to_open(monkeypatch, three.path / refused, errno.EACCES)
    with pytest.raises(IndexNotReadable) as raised:
        three.open()
    assert f"{three.path / refused}" in str(raised.value)
    assert "Permission denied; give this user permission" in str(raised.value)


def test_line_ends_of_other_systems_do_not_break_the_pointer(three: IndexFolder) -> None:
    name = three.names()[0]
    (three.path / "CURRENT").write_bytes(f"{name}\r\n".encode())
    assert three.current() == name


def test_a_pointer_to_a_missing_version_is_named_and_an_older_one_is_opened_instead(three: IndexFolder) -> None:
    third = three.current()
    shutil.rmtree(three.path / "versions" / third)
    with pytest.raises(CurrentVersionMissing, match=rf"names version {third}, which is missing; .* semsearch rollback"):
        three.open()
    assert isinstance(three.problem(), CurrentVersionMissing)
    assert newest_valid(three) == ["second"]


def test_a_pointer_to_a_missing_version_leads_past_damaged_ones(three: IndexFolder) -> None:
    first, second, third = three.names()
    shutil.rmtree(three.path / "versions" / third)
    (three.path / "versions" / second / "attributes.npz").unlink()
    assert newest_valid(three) == ["first"]
    (three.path / "versions" / first / "attributes.npz").unlink()
    with pytest.raises(CurrentVersionMissing):
        three.open_newest_valid()


def damages(version: Path) -> Iterator[tuple[str, type[Exception], str]]:
    """Damage a version in several ways in turn; yield what was done, the expected error and what it must name."""
    database, manifest = version / "posts.sqlite", version / FILE
    whole, described = database.read_bytes(), manifest.read_bytes()
    for what, content in (
        ("cut short", whole[:-1]),
        ("empty", b""),
        ("one bit flipped", whole[:5_000] + bytes([whole[5_000] ^ 4]) + whole[5_001:]),
    ):
        database.write_bytes(content)
        yield what, DamagedVersion, "posts.sqlite"
    database.unlink()
    yield "missing", DamagedVersion, "posts.sqlite"
    database.write_bytes(whole)
    for what, content in (
        ("garbage", b"garbage"),
        ("a list", b"[]"),
        ("empty", b""),
        ("one bit flipped", described.replace(b'"posts": 1', b'"posts": 3')),
        ("of another version", described.replace(version.name.encode(), b"000001-20200101T000000Z")),
    ):
        manifest.write_bytes(content)
        yield f"manifest {what}", DamagedVersion, FILE
    manifest.write_bytes(described.replace(b'"format": 5', b'"format": 6'))
    yield "of a later format", UnsupportedFormat, "format 6"
    manifest.write_bytes(described)


def test_every_damage_is_named_and_the_previous_version_is_opened_instead(three: IndexFolder) -> None:
    third = three.current()
    for what, error, named in damages(three.path / "versions" / third):
        with pytest.raises(error, match=re.escape(named)) as raised:
            three.open()
        assert third in str(raised.value), what
        assert newest_valid(three) == ["second"], what
    assert newest_valid(three) == ["third"]


def test_the_first_error_is_raised_if_every_version_is_damaged(
    three: IndexFolder, caplog: pytest.LogCaptureFixture
) -> None:
    for name in three.names():
        (three.path / "versions" / name / "attributes.npz").unlink()
    with pytest.raises(DamagedVersion) as raised:
        three.open_newest_valid()
    assert raised.value.version == three.names()[2]
    logged = [record.getMessage().split(" is damaged")[0] for record in caplog.records]
    assert logged == [f"version {name}" for name in reversed(three.names())]


def test_a_newer_version_that_was_rolled_back_is_not_opened_instead(three: IndexFolder) -> None:
    second = three.rollback()
    (three.path / "versions" / second / "attributes.npz").unlink()
    assert newest_valid(three) == ["first"]


def test_opening_another_version_is_logged(three: IndexFolder, caplog: pytest.LogCaptureFixture) -> None:
    (three.path / "CURRENT").write_text("garbage", encoding="utf-8")
    newest_valid(three)
    assert [record.getMessage().split(";")[0] for record in caplog.records] == [
        f"{three.path / 'CURRENT'}, which names the version in use, names no version",
        f"version {three.names()[2]} is used instead",
    ]


def test_infos_list_versions_newest_first_with_their_problems(three: IndexFolder) -> None:
    names = three.names()
    (three.path / "versions" / names[1] / FILE).unlink()
    three.rollback(names[0])
    infos = three.infos()
    assert [(info.version, info.current, info.posts, info.model) for info in infos] == [
        (names[2], False, 1, "made up"),
        (names[1], False, None, None),
        (names[0], True, 1, "made up"),
    ]
    assert [info.problem is None for info in infos] == [True, False, True]
    assert "manifest.json: missing" in str(infos[1].problem)
