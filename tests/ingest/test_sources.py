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
