from __future__ import annotations

from pathlib import Path

import pytest

from semsearch.ingest.entries import Status
from semsearch.ingest.kinds.pelican import KIND
from tests.ingest.kinds.golden_sites import entries, notes, write_site


def article(head: str = "", name: str = "a.md") -> dict[str, str]:
    return {name: f"Title: A title\nDate: 2020-01-02\n{head}\n\nText.\n"}


@pytest.mark.parametrize(
    ("line", "authors"),
    [
        ("Authors: Last, First; Other, Second", ("Last, First", "Other, Second")),
        ("Authors: First Last, Second Other", ("First Last", "Second Other")),
        ("Author: Last, First", ("Last, First",)),
        ("Authors: One,\n    Two", ("One", "Two")),
    ],
)
def test_authors_are_split_by_the_rule_of_pelican(tmp_path: Path, line: str, authors: tuple[str, ...]) -> None:
    assert entries(KIND, write_site(tmp_path, article(line)))["a.md"].authors == authors


@pytest.mark.parametrize(
    ("line", "tags"),
    [
        ("Tags: one two, three", ("one two", "three")),
        ("Tags: one, two; three", ("one, two", "three")),
        ("Tags: one, one,", ("one",)),
        ("Tags:", ()),
        ("Keywords: one, two", ("one", "two")),
        ("Tags: one\nCategory: Two", ("one", "Two")),
    ],
)
def test_tags_are_split_at_commas(tmp_path: Path, line: str, tags: tuple[str, ...]) -> None:
    assert entries(KIND, write_site(tmp_path, article(line)))["a.md"].tags == tags


@pytest.mark.parametrize(
    ("status", "expected"),
    [("draft", Status.DRAFT), ("hidden", Status.PRIVATE), ("published", Status.PUBLISHED), ("Draft", Status.DRAFT)],
)
def test_status(tmp_path: Path, status: str, expected: Status) -> None:
    assert entries(KIND, write_site(tmp_path, article(f"Status: {status}")))["a.md"].status is expected


def test_settings_are_read_and_never_run(tmp_path: Path) -> None:
    settings = f"""
import pathlib
pathlib.Path({str(tmp_path / "ran")!r}).touch()
SITEURL = "https://example.org"
PATH = "texts"
ARTICLE_PATHS = ["log"]
PAGE_PATHS = ["static"]
ARTICLE_URL = "{{category}}/{{date:%Y}}/{{date:%m}}/{{slug}}/"
DEFAULT_DATE = compute()
FILENAME_METADATA = r"(?P<date>\\d{{4}}-\\d{{2}}-\\d{{2}})-(?P<slug>.*)"
PATH_METADATA = r"log/(?P<series>[^/]+)/.*"
DEFAULT_METADATA = {{"status": "draft"}}
USE_FOLDER_AS_CATEGORY = False
"""
    site = {
        "pelicanconf.py": settings,
        "texts/log/sea/2020-01-02-the-slug.md": "Title: A\nStatus: published\n\nText\n",
        "texts/log/b.md": "Title: B\nDate: 2020-03-04\nCategory: Deep Sea\n\nText\n",
        "texts/static/c.md": "Title: C\n\nText\n",
        "texts/elsewhere/d.md": "Title: D\n\nText\n",
    }
    found = entries(KIND, write_site(tmp_path, site))
    assert {file: (entry.address, entry.status.value) for file, entry in found.items()} == {
        "texts/log/b.md": ("https://example.org/deep-sea/2020/03/b/", "draft"),
        "texts/log/sea/2020-01-02-the-slug.md": ("https://example.org/misc/2020/01/the-slug/", "published"),
        "texts/static/c.md": ("https://example.org/pages/c.html", "draft"),
    }
    assert found["texts/log/sea/2020-01-02-the-slug.md"].series == "sea"
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("settings", ["SITEURL = ", "\0", "x = " + "(" * 5_000, "PATH = ['a']\nARTICLE_URL = 3\n"])
def test_settings_that_cannot_be_read_have_their_defaults(tmp_path: Path, settings: str) -> None:
    folder = write_site(tmp_path, {"pelicanconf.py": settings, **article(name="content/a.md")})
    assert entries(KIND, folder)["content/a.md"].address == "/a-title.html"


def test_translations_share_a_slug_and_one_is_the_original(tmp_path: Path) -> None:
    site = {
        **article(),
        **article("Lang: fr\nSlug: a-title", "fr.md"),
        **article("Translation: true\nSlug: a-title", "x.md"),
    }
    found = entries(KIND, write_site(tmp_path, site)).values()
    assert [(entry.address, entry.translation_key, entry.is_original) for entry in found] == [
        ("/a-title.html", "article/a-title", True),
        ("/a-title-fr.html", "article/a-title", False),
        ("/a-title-en.html", "article/a-title", False),
    ]


def test_what_pelican_leaves_out_is_named(tmp_path: Path) -> None:
    site = {
        "a.md": "Text without metadata\n",
        "b.md": "Title: B\n\nText\n",
        "c.md": "",
        "d.rst": "D\n=\n\n:status: skip\n\nText\n",
    }
    assert [(note.place.file, note.reason) for note in notes(KIND, write_site(tmp_path, site))] == [
        ("a.md", "no title"),
        ("b.md", "no date"),
        ("c.md", "empty file"),
        ("d.rst", "skipped"),
    ]


def test_an_impossible_date_is_dropped_and_the_post_kept(tmp_path: Path) -> None:
    folder = write_site(tmp_path, {"a.md": "Title: A\nDate: 2024-02-30\n\nText\n"})
    assert entries(KIND, folder)["a.md"].date is None
    assert [note.reason for note in notes(KIND, folder)] == ["impossible date"]


def test_metadata_between_hyphens_need_not_be_yaml(tmp_path: Path) -> None:
    site = {
        "a.md": "---\nTitle: A: b\nDate: 2020-01-02\nTags: [x\n---\n\nText\n",
        "b.md": "---\ntitle: B\ndate: 2020-01-02\ntags: [x, y]\n---\nText\n",
    }
    found = entries(KIND, write_site(tmp_path, site))
    assert [(entry.title, entry.tags) for entry in found.values()] == [("A: b", ("[x",)), ("B", ("x", "y"))]


@pytest.mark.parametrize(
    ("title", "slug"), [("Ünder  the Sea!", "under-the-sea"), ("C++ & Rust_2", "c-rust_2"), ("日本", "日本")]
)
def test_slug_of_a_title(tmp_path: Path, title: str, slug: str) -> None:
    site = {"a.md": f"Title: {title}\nDate: 2020-01-02\n\nText\n"}
    assert entries(KIND, write_site(tmp_path, site))["a.md"].address == f"/{slug}.html"
