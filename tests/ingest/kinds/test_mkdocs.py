from __future__ import annotations

from pathlib import Path

import pytest

from semsearch.ingest.entries import Severity, Status
from semsearch.ingest.files import open_files
from semsearch.ingest.kind import Certainty
from semsearch.ingest.kinds.mkdocs import KIND
from tests.ingest.kinds.golden_sites import entries, notes, write_site

POST = "---\ntitle: A post\ndate: 2024-01-02\n---\n\nText.\n"


def test_a_site_without_a_blog_publishes_its_pages_and_says_so(tmp_path: Path) -> None:
    site = {"mkdocs.yml": "site_url: https://example.org/x/\n", "docs/index.md": "# Home\n", "docs/a/b.md": "# B\n"}
    folder = write_site(tmp_path, site)
    found = entries(KIND, folder)
    assert [(entry.address, entry.status) for entry in found.values()] == [
        ("https://example.org/x/a/b/", Status.PUBLISHED),
        ("https://example.org/x/", Status.PUBLISHED),
    ]
    evidence = KIND.detect(open_files(folder))
    assert evidence is not None
    assert evidence.because == "mkdocs.yml is there; it has no blog, so its pages are the posts"


@pytest.mark.parametrize(
    ("options", "file", "path"),
    [
        ("", "docs/blog/posts/a.md", "blog/2024/01/02/a-post/"),
        ("blog_dir: .", "docs/posts/a.md", "2024/01/02/a-post/"),
        ("post_url_format: '{slug}'", "docs/blog/posts/a.md", "blog/a-post/"),
        ("post_url_format: 'p/{file}'", "docs/blog/posts/x/a.md", "blog/p/a/"),
        ("post_url_date_format: yyyy-M-d", "docs/blog/posts/a.md", "blog/2024-1-2/a-post/"),
        ("blog_dir: news\n      post_dir: '{blog}/items'", "docs/news/items/a.md", "news/2024/01/02/a-post/"),
    ],
)
def test_address_of_a_post_follows_the_options_of_the_blog(tmp_path: Path, options: str, file: str, path: str) -> None:
    config = f"site_url: https://example.org\nplugins:\n  - blog:\n      enabled: true\n      {options}\n"
    assert (
        entries(KIND, write_site(tmp_path, {"mkdocs.yml": config, file: POST}))[file].address
        == f"https://example.org/{path}"
    )


def test_plugins_may_be_a_mapping_and_configurations_inherit(tmp_path: Path) -> None:
    site = {
        "base.yml": "site_url: https://example.org\nplugins:\n  material/blog: {post_url_format: '{slug}'}\n",
        "mkdocs.yml": "INHERIT: base.yml\nuse_directory_urls: false\n",
        "docs/blog/posts/a.md": POST,
    }
    assert (
        entries(KIND, write_site(tmp_path, site))["docs/blog/posts/a.md"].address
        == "https://example.org/blog/a-post.html"
    )


def test_slug_comes_from_a_title_that_is_only_a_heading(tmp_path: Path) -> None:
    text = "---\ndate: 2024-01-02\n---\n\n# Käse & [*Brot*](a.md): `2`! { #x }\n\nText\n"
    entry = entries(KIND, write_site(tmp_path, {"mkdocs.yml": "plugins: [blog]\n", "docs/blog/posts/a.md": text}))
    assert entry["docs/blog/posts/a.md"].title == ""
    assert entry["docs/blog/posts/a.md"].address == "/blog/2024/01/02/käse--brot-2/"


def test_drafts_and_excluded_documents_by_pattern(tmp_path: Path) -> None:
    config = "exclude_docs: |\n  parts/\n  *.inc.md\n  !keep.inc.md\ndraft_docs: |\n  /new/*\n"
    paths = ("parts/a.md", "b.inc.md", "x/keep.inc.md", "new/c.md", "x/new/d.md")
    folder = write_site(tmp_path, {"mkdocs.yml": config, **{f"docs/{path}": "# T\n" for path in paths}})
    assert {file: entry.status.value for file, entry in entries(KIND, folder).items()} == {
        "docs/x/keep.inc.md": "published",
        "docs/new/c.md": "draft",
        "docs/x/new/d.md": "published",
    }
    assert [note.reason for note in notes(KIND, folder)] == ["excluded", "excluded"]


@pytest.mark.parametrize("source", [".", "docs/blog", "docs/blog/posts"])
def test_the_blog_may_be_the_source(tmp_path: Path, source: str) -> None:
    site = {
        "mkdocs.yml": "site_url: https://example.org\nplugins:\n  - blog\n",
        "docs/blog/.authors.yml": "authors:\n  ada: {name: Ada Byron}\n",
        "docs/blog/posts/a.md": "---\ntitle: A\ndate: 2024-01-02\nauthors: [ada]\n---\n",
    }
    (entry,) = entries(KIND, write_site(tmp_path, site) / source).values()
    assert (entry.address, entry.authors) == ("https://example.org/blog/2024/01/02/a/", ("Ada Byron",))


def test_a_blog_is_recognised_by_its_authors_if_the_configuration_has_another_name(tmp_path: Path) -> None:
    site = {"docs/blog/.authors.yml": "authors: {}\n", "docs/blog/posts/a.md": POST, "README.md": "# No\n"}
    folder = write_site(tmp_path, site)
    evidence = KIND.detect(open_files(folder))
    assert evidence is not None
    assert evidence.certainty is Certainty.LIKELY
    assert [entry.address for entry in entries(KIND, folder).values()] == ["/blog/2024/01/02/a-post/"]


def test_an_invalid_configuration_is_named_and_pages_are_read(tmp_path: Path) -> None:
    folder = write_site(tmp_path, {"mkdocs.yml": "a: 'b\n", "docs/a.md": "# A\n"})
    assert list(entries(KIND, folder)) == ["docs/a.md"]
    assert [(note.place.file, note.severity) for note in notes(KIND, folder)] == [("mkdocs.yml", Severity.WARNING)]


def test_a_document_without_a_title_has_that_of_the_navigation(tmp_path: Path) -> None:
    nav = "nav:\n- Start: index.md\n- Guide:\n  - First steps: guide/a.md\n  - guide/b.md\n  - ./guide/c.md\n- Out: https://x.org\n"
    site = {
        "mkdocs.yml": f"site_name: X\n{nav}",
        "docs/guide/a.md": "Text.\n",
        "docs/guide/b.md": "Text.\n",
        "docs/guide/c.md": "# Own title\n",
        "docs/index.md": "Text.\n",
    }
    found = entries(KIND, write_site(tmp_path, site))
    titles = {file.removeprefix("docs/"): entry.title for file, entry in found.items()}
    assert titles == {"guide/a.md": "First steps", "guide/b.md": "B", "guide/c.md": "", "index.md": "Start"}


def test_a_navigation_nested_without_end_is_read_so_far(tmp_path: Path) -> None:
    nav = "nav: " + "[{A: " * 200 + "a.md" + "}]" * 200
    found = entries(KIND, write_site(tmp_path, {"mkdocs.yml": nav, "docs/a.md": "Text.\n"}))
    assert [entry.title for entry in found.values()] == ["A"]
