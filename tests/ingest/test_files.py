from __future__ import annotations

import os
import zipfile
from pathlib import Path

import pytest

from semsearch.errors import SourceUnreadable
from semsearch.ingest import files as module
from semsearch.ingest.files import TooLarge, open_files, read_bytes


def write(folder: Path, *paths: str) -> Path:
    for path in paths:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(path, encoding="utf-8")
    return folder


def zipped(file: Path, *members: str) -> Path:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for member in members:
            archive.writestr(member, member)
    return file


PATHS = ["a.md", "b/c.MD", "b/d.html"]


@pytest.mark.parametrize("is_archive", [False, True])
def test_files_are_listed_in_order_and_by_suffix(tmp_path: Path, *, is_archive: bool) -> None:
    source = zipped(tmp_path / "x.zip", *PATHS) if is_archive else write(tmp_path, *PATHS)
    files = open_files(source)
    assert files.paths() == PATHS
    assert files.paths(".md") == ["a.md", "b/c.MD"]
    assert files.paths(under="b") == ["b/c.MD", "b/d.html"]
    assert read_bytes(files, "b/c.MD") == b"b/c.MD"
    assert (files.size("a.md"), files.exists("a.md"), files.exists("z.md")) == (4, True, False)
    with pytest.raises(KeyError):
        files.open("z.md")


@pytest.mark.parametrize("hidden", [".git/a.md", "node_modules/p/a.md", "x/vendor/a.md", ".a.md", "__MACOSX/a.md"])
def test_hidden_files_and_those_of_others_are_not_listed(tmp_path: Path, hidden: str) -> None:
    assert open_files(write(tmp_path / "site", "b.md", hidden)).paths() == ["b.md"]
    assert open_files(zipped(tmp_path / "x.zip", "b.md", hidden)).paths() == ["b.md"]


def test_a_hidden_file_is_found_by_its_name(tmp_path: Path) -> None:
    assert open_files(write(tmp_path, "blog/.authors.yml")).exists("blog/.authors.yml")


def test_links_that_leave_the_folder_do_not_exist(tmp_path: Path) -> None:
    site = write(tmp_path / "site", "a.md")
    write(tmp_path, "secret.md")
    (site / "link.md").symlink_to(tmp_path / "secret.md")
    (site / "folder").symlink_to(tmp_path)
    (site / "loop").symlink_to(site)
    (site / "inside.md").symlink_to(site / "a.md")
    files = open_files(site)
    assert files.paths() == ["a.md", "inside.md"]
    for path in ("link.md", "folder/secret.md", "../secret.md", str(tmp_path / "secret.md"), "a\0.md"):
        assert not files.exists(path)


def test_special_files_do_not_exist(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.md")
    assert not open_files(tmp_path).exists("pipe.md")
    with pytest.raises(SourceUnreadable, match="neither a folder nor a file"):
        open_files(tmp_path / "pipe.md")


def test_a_single_file_is_the_only_path(tmp_path: Path) -> None:
    files = open_files(write(tmp_path, "feed.xml", "other.xml") / "feed.xml")
    assert (files.is_file, files.paths(), files.paths(".md")) == (True, ["feed.xml"], [])
    with pytest.raises(KeyError):
        files.open("other.xml")


@pytest.mark.parametrize("member", ["../a.md", "/etc/a.md", "b/../../a.md", "..\\a.md"])
def test_members_of_an_archive_stay_inside(tmp_path: Path, member: str) -> None:
    assert open_files(zipped(tmp_path / "x.zip", "good.md", member)).paths() == ["good.md"]


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.md", b"0" * 3_000_000)
    with pytest.raises(SourceUnreadable, match="ZIP bomb"):
        open_files(tmp_path / "x.zip")


@pytest.mark.parametrize("is_archive", [False, True])
def test_a_file_above_the_limit_is_not_read_whole(tmp_path: Path, *, is_archive: bool) -> None:
    source = zipped(tmp_path / "x.zip", "a.md") if is_archive else write(tmp_path, "a.md")
    with pytest.raises(TooLarge, match=r"a\.md"):
        read_bytes(open_files(source), "a.md", limit=3)


@pytest.mark.parametrize("is_archive", [False, True])
@pytest.mark.parametrize("size", [0, 65_535, 65_536, 65_537, 200_000])
def test_a_file_is_read_whole_up_to_the_limit(tmp_path: Path, size: int, *, is_archive: bool) -> None:
    content = os.urandom(size)
    location = tmp_path / "posts"
    if is_archive:
        with zipfile.ZipFile(location, "w") as archive:
            archive.writestr("a.md", content)
    else:
        location.mkdir()
        (location / "a.md").write_bytes(content)
    files = open_files(location)
    assert read_bytes(files, "a.md", limit=size) == content
    if size:
        with pytest.raises(TooLarge):
            read_bytes(files, "a.md", limit=size - 1)


def test_many_files_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_FILES", 2)
    with pytest.raises(SourceUnreadable, match="more than 2 files"):
        open_files(write(tmp_path / "s", *PATHS)).paths()
    with pytest.raises(SourceUnreadable, match="more than 2 files"):
        open_files(zipped(tmp_path / "x.zip", *PATHS))


def test_a_damaged_archive_and_a_missing_folder_are_said(tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(b"PK\x03\x04 and then nothing")
    with pytest.raises(SourceUnreadable, match="not a readable ZIP archive"):
        open_files(tmp_path / "x.zip")
    with pytest.raises(SourceUnreadable, match="does not exist"):
        open_files(tmp_path / "none")
