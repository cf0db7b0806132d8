"""A SOURCE as it is written → the kind that reads it."""

from __future__ import annotations

from pathlib import Path

import pytest

from semsearch.errors import SourceUnreadable
from semsearch.ingest.sources import open_source
from tests.ingest.site_examples import write

FEED = '<rss version="2.0"><channel><title>A</title><item><title>B</title></item></channel></rss>'


@pytest.mark.parametrize(("source", "kind"), [("blog", "hugo"), ("blog/content/posts", "hugo"), ("feed.xml", "feed")])
def test_a_configuration_above_the_source_counts_less_than_one_in_it(tmp_path: Path, source: str, kind: str) -> None:
    write(
        tmp_path,
        {
            ".git/HEAD": "",
            "mkdocs.yml": "site_name: Manual",
            "blog/hugo.toml": "",
            "blog/content/posts/a.md": "# A",
            "blog/content/posts/_index.md": "",
            "feed.xml": FEED,
        },
    )
    _, found, because = open_source(tmp_path / source)
    assert found.name == kind
    assert ("mkdocs" in because) == (source == "blog/content/posts")


@pytest.mark.parametrize("name", ["feed.xml", "posts.csv", "posts.json", "post.md"])
def test_an_empty_file_is_said_to_be_empty(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    with pytest.raises(SourceUnreadable, match="it is empty"):
        open_source(tmp_path / name)


@pytest.mark.parametrize(
    ("name", "reason"),
    [("blog.tar.gz", "only ZIP is read; unpack it"), ("blog.7z", "unpack it"), (".hidden/a.md", "it holds no file")],
)
def test_what_no_kind_can_read_is_said(tmp_path: Path, name: str, reason: str) -> None:
    write(tmp_path / "source", {name: "x"})
    with pytest.raises(SourceUnreadable, match=reason):
        open_source(tmp_path / "source" if name.startswith(".") else tmp_path / "source" / name)


TABLE = {"posts.csv": "title,body\nA,B\n", "posts.json": '[{"title": "A"}]', "feed.xml": FEED}


@pytest.mark.parametrize(("name", "kind"), [("posts.csv", "csv"), ("posts.json", "json"), ("feed.xml", "feed")])
def test_a_readme_and_pictures_beside_a_table_or_feed_hide_nothing(tmp_path: Path, name: str, kind: str) -> None:
    write(tmp_path, {name: TABLE[name], "README.md": "# Read me", "img/a.png": "x", "LICENSE": "x"})
    assert open_source(tmp_path)[1].name == kind


def test_a_table_among_documents_is_not_the_source(tmp_path: Path) -> None:
    write(tmp_path, {"posts.csv": TABLE["posts.csv"], "a.md": "# A", "b.md": "# B"})
    assert open_source(tmp_path)[1].name == "markdown"
