"""Zola sites: rules that the golden example does not show."""

from __future__ import annotations

from pathlib import Path

import pytest

from semsearch.ingest.entries import Status
from semsearch.ingest.files import open_files
from semsearch.ingest.kinds import hugo
from semsearch.ingest.kinds.zola import KIND
from tests.ingest.site_examples import entry, read, reasons, write

CONFIG = 'base_url = "https://trail.test/b"'
POST = '+++\ntitle = "A"\ndate = 2024-01-01\n+++\nText.\n'


@pytest.mark.parametrize(
    ("path", "fields", "config", "address"),
    [
        ("content/blog/Ünder the Hill.md", "", "", "/blog/under-the-hill/"),
        ("content/blog/2020-01-02-a.md", "", "", "/blog/a/"),
        ("content/blog/2020-01-02_a.md", "", "", "/blog/a/"),
        ("content/blog/a.md", 'slug = "b"', "", "/blog/b/"),
        ("content/blog/a.md", 'path = "/x/y"', "", "/x/y/"),
        ("content/blog/Keep.md", "", '[slugify]\npaths = "off"', "/blog/Keep/"),
    ],
)
def test_the_address_follows_the_rules_of_zola(
    tmp_path: Path, path: str, fields: str, config: str, address: str
) -> None:
    post = f'+++\ntitle = "A"\n{fields}\n+++\n'
    found = entry(KIND, tmp_path, {"config.toml": f"{CONFIG}\n{config}", path: post})
    assert found.address == f"https://trail.test/b{address}"


def test_posts_at_the_top_of_the_content_are_posts_if_they_are_dated(tmp_path: Path) -> None:
    files = {
        "config.toml": CONFIG,
        "content/a.md": POST,
        "content/news/b.md": POST,
        "content/releases/latest.md": "+++\n+++\n",
    }
    entries, _ = read(KIND, write(tmp_path, files))
    assert [found.status for found in entries.values()] == [Status.PUBLISHED, Status.PUBLISHED, Status.PAGE]


def test_files_beside_an_index_are_no_posts(tmp_path: Path) -> None:
    files = {"config.toml": CONFIG, "content/blog/a/index.md": POST, "content/blog/a/notes.md": POST}
    entries, notes = read(KIND, write(tmp_path, files))
    assert list(entries) == ["content/blog/a/index.md"]
    assert reasons(notes) == ["content/blog/a/notes.md: part of another post"]


def test_content_without_configuration_is_told_from_hugo(tmp_path: Path) -> None:
    files = open_files(
        write(tmp_path, {"_index.md": '+++\nsort_by = "date"\n+++\n', "a.md": "+++\n[taxonomies]\n+++\n"})
    )
    assert KIND.detect(files) is not None
    assert hugo.KIND.detect(files) is None
