"""Where lists cannot be exported, nothing of somebody else's is touched, and it is said why."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from semsearch.errors import ExportFailed, InvalidRequest
from semsearch.exporting import export_related
from semsearch.search import Example, RelatedRequest, Searcher
from tests.exporting.folders import contents, corpus, names_in, searcher

INVALID_INDEXES: dict[str, bytes] = {
    "another object": b'{"posts": {"a": "a"}}',
    "another kind": b'{"kind": "sitemap", "posts": {}}',
    "a list": b"[]",
    "not JSON": b"<html>",
    "empty": b"",
    "not UTF-8": b"\xff\xfe",
    "too deep": b"[" * 100_000,
    "no posts": b'{"kind": "semsearch related posts"}',
    "a list of posts": b'{"kind": "semsearch related posts", "posts": ["a"]}',
    "other names": b'{"kind": "semsearch related posts", "posts": {"a": "../../a"}}',
    "no names": b'{"kind": "semsearch related posts", "posts": {"a": null}}',
    "an invalid id": b'{"kind": "semsearch related posts", "posts": {"\\ud800": "post.0"}}',
}


@pytest.mark.parametrize("name", INVALID_INDEXES)
def test_an_index_of_another_program_is_never_overwritten(five: Searcher, site: Path, name: str) -> None:
    site.mkdir()
    (site / "index.json").write_bytes(INVALID_INDEXES[name])
    with pytest.raises(
        ExportFailed,
        match=r"cannot export to .*site: index\.json (is not from an export|was edited).*; choose another folder",
    ):
        export_related(five, site)
    assert contents(site) == {"index.json": INVALID_INDEXES[name]}


def test_a_path_that_is_a_file_is_named(five: Searcher, site: Path) -> None:
    site.write_text("mine", encoding="utf-8")
    for folder in (site, site / "below"):
        with pytest.raises(ExportFailed, match=f"cannot export to {folder}: "):
            export_related(five, folder)
    assert site.read_text(encoding="utf-8") == "mine"


def test_a_folder_with_the_name_of_a_file_is_an_error_and_stays(five: Searcher, site: Path) -> None:
    (site / "b.json").mkdir(parents=True)
    (site / "b.json" / "mine").touch()
    with pytest.raises(ExportFailed, match=f"cannot export to {site}: "):
        export_related(five, site)
    assert names_in(site / "b.json") == {"mine"}
    assert not (site / "index.json").exists()


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EACCES, errno.EROFS])
def test_a_full_disk_is_an_error_with_the_reason(
    five: Searcher, site: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    written, write_bytes = [0], Path.write_bytes

    def write(file: Path, content: bytes) -> int:
        written[0] += 1
        if written[0] > 3:
            raise OSError(number, os.strerror(number), str(file))
        return write_bytes(file, content)

    monkeypatch.setattr(Path, "write_bytes", write)
    with pytest.raises(ExportFailed) as caught:
        export_related(five, site)
    assert str(caught.value) == (
        f"cannot export to {site}: b.json: {os.strerror(number)}; choose another folder, or fix this one"
    )
    monkeypatch.undo()
    assert names_in(site) == {"a.json", "a.html", "index.json"}
    assert export_related(five, site).written == 8


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="the administrator may write anywhere")
def test_a_folder_without_permission_is_named(five: Searcher, site: Path) -> None:
    site.mkdir(mode=0o500)
    with pytest.raises(ExportFailed, match=f"cannot export to {site}: Permission denied"):
        export_related(five, site)


@pytest.mark.parametrize("at", ["replace", "write_bytes"])
def test_an_interrupted_export_leaves_no_partial_file(
    five: Searcher, tmp_path: Path, site: Path, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    export_related(five, site)
    before = contents(site)

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    others = searcher(tmp_path / "v2", corpus(*"edcba"))
    monkeypatch.setattr(Path, at, interrupt)
    with pytest.raises(KeyboardInterrupt):
        export_related(others, site)
    monkeypatch.undo()
    after = contents(site)
    assert {name: after[name] for name in before} == before


def test_a_setting_out_of_range_writes_nothing(five: Searcher, site: Path) -> None:
    with pytest.raises(InvalidRequest, match="limit: 0 is not between 1 and 50"):
        export_related(five, site, RelatedRequest(positive=(Example(id="a"),), limit=0))
    assert not site.exists()
