from __future__ import annotations

import threading
from pathlib import Path

import pytest

from semsearch.errors import DamagedVersion
from semsearch.index.storage.files import check_folder, digest_folder, replace_text, sync, sync_folder
from semsearch.index.storage.manifest import FileDigest

ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
"""SHA-256 of "abc", as FIPS 180-2 prints it."""
EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "version"
    (folder / "inner" / "empty").mkdir(parents=True)
    (folder / "abc").write_bytes(b"abc")
    (folder / "inner" / ".hidden é").write_bytes(b"")
    return folder


def test_every_file_below_is_digested_by_its_path(folder: Path) -> None:
    assert digest_folder(folder) == {"abc": FileDigest(3, ABC), "inner/.hidden é": FileDigest(0, EMPTY)}


def test_an_unchanged_folder_passes(folder: Path) -> None:
    check_folder("v", folder, digest_folder(folder))
    check_folder("v", folder, {})


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "missing"),
        (b"ab", "2 bytes, not 3"),
        (b"abcd", "4 bytes, not 3"),
        (b"", "0 bytes, not 3"),
        (b"abC", "changed since it was written"),
    ],
)
def test_a_damaged_file_is_an_error_that_names_it_and_the_damage(
    folder: Path, content: bytes | None, reason: str
) -> None:
    digests = digest_folder(folder)
    (folder / "abc").unlink()
    if content is not None:
        (folder / "abc").write_bytes(content)
    with pytest.raises(DamagedVersion) as raised:
        check_folder("v", folder, digests)
    assert (raised.value.version, raised.value.file, raised.value.reason) == ("v", "abc", reason)


def test_a_folder_in_the_place_of_a_file_is_named(folder: Path) -> None:
    digests = digest_folder(folder)
    (folder / "abc").unlink()
    (folder / "abc").mkdir()
    size = (folder / "abc").stat().st_size
    with pytest.raises(DamagedVersion, match="version v is damaged: abc: "):
        check_folder("v", folder, digests | {"abc": FileDigest(size, ABC)})


def test_a_file_in_the_place_of_a_folder_is_named(folder: Path) -> None:
    digests = digest_folder(folder)
    (folder / "inner" / ".hidden é").unlink()
    (folder / "inner" / "empty").rmdir()
    (folder / "inner").rmdir()
    (folder / "inner").touch()
    with pytest.raises(DamagedVersion, match=r"inner/\.hidden é: cannot be read"):
        check_folder("v", folder, digests)


def test_files_and_folders_can_be_synced_and_must_exist(folder: Path) -> None:
    sync_folder(folder)
    sync(folder / "abc")
    with pytest.raises(FileNotFoundError):
        sync(folder / "nowhere")


def test_replacing_a_text_leaves_no_temporary_file(tmp_path: Path) -> None:
    file = tmp_path / "CURRENT"
    (tmp_path / ".CURRENT.new").write_text("what a crash left, and longer than the next", encoding="utf-8")
    for text in ("one é\n", "two\n", ""):
        replace_text(file, text)
        assert file.read_text(encoding="utf-8") == text
    assert list(tmp_path.iterdir()) == [file]


def test_a_text_that_cannot_be_written_leaves_the_old_one(tmp_path: Path) -> None:
    file = tmp_path / "CURRENT"
    replace_text(file, "old")
    with pytest.raises(UnicodeEncodeError):
        replace_text(file, "new \ud800")
    assert file.read_text(encoding="utf-8") == "old"


def test_a_reader_sees_the_old_text_or_the_new_one(tmp_path: Path) -> None:
    file = tmp_path / "CURRENT"
    texts = ["a" * 10_000, "b" * 20_000]
    replace_text(file, texts[0])
    seen: set[str] = set()
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            seen.add(file.read_text(encoding="utf-8"))

    reader = threading.Thread(target=read)
    reader.start()
    try:
        for turn in range(100):
            replace_text(file, texts[turn % 2])
    finally:
        done.set()
        reader.join()
    assert seen <= set(texts)
