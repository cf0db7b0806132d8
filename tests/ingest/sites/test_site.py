"""Finding the site of a source."""

from __future__ import annotations

from pathlib import Path

from semsearch.ingest.files import open_files
from semsearch.ingest.sites.site import find_site
from tests.ingest.site_examples import write


def test_the_search_upwards_ends_at_the_repository(tmp_path: Path) -> None:
    write(tmp_path, {"site.toml": "", "repository/.git/HEAD": "", "repository/posts/a.md": ""})
    assert find_site(open_files(tmp_path / "repository" / "posts"), ["site.toml"]) is None


def test_paths_are_those_of_the_site_and_of_the_source(tmp_path: Path) -> None:
    write(tmp_path, {"site.toml": "", "content/posts/a.md": ""})
    site = find_site(open_files(tmp_path / "content" / "posts"), ["site.toml"])
    assert site is not None
    assert site.documents(".md") == [("a.md", "content/posts/a.md")]
    assert site.path_in_source("site.toml") == "../../site.toml"


def test_the_configuration_of_a_theme_or_example_is_not_the_sites(tmp_path: Path) -> None:
    write(tmp_path, {"themes/x/site.toml": "", "example/site.toml": "", "a.md": ""})
    assert find_site(open_files(tmp_path), ["site.toml"]) is None


def test_a_link_out_of_the_site_is_not_followed(tmp_path: Path) -> None:
    write(tmp_path, {"outside/secret.yml": "a: 1", "site/site.toml": "", "site/posts/a.md": ""})
    (tmp_path / "site" / "data").symlink_to(tmp_path / "outside")
    site = find_site(open_files(tmp_path / "site" / "posts"), ["site.toml"])
    assert site is not None
    assert site.files_in("data") == []
