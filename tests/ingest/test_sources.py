"""A SOURCE as it is written → the kind that reads it."""

from __future__ import annotations

from pathlib import Path

import pytest

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
