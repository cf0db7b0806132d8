from __future__ import annotations

import typing
from pathlib import Path

import pytest

from semsearch.errors import InvalidSiteFile
from semsearch.ingest.run import INCLUDABLE
from semsearch.site_file import SiteFile, SourceTable, read_site_file


def written(folder: Path, text: str) -> SiteFile:
    (folder / "semsearch.toml").write_text(text, encoding="utf-8")
    return read_site_file(folder / "corpus")


def test_without_a_file_there_are_no_sources(tmp_path: Path) -> None:
    assert read_site_file(tmp_path / "corpus") == SiteFile()


def test_sources_and_the_site_are_read(tmp_path: Path) -> None:
    file = written(
        tmp_path,
        '[site]\nurl = "https://example.org/"\n\n'
        '[[sources]]\nfrom = "content"\nkind = "hugo"\nname = "blog"\ninclude = ["future"]\n'
        '[sources.fields]\ntitle = "headline"\n\n'
        '[[sources]]\nfrom = "https://example.org/feed"\n',
    )
    assert file.site.url == "https://example.org"
    blog, feed = file.sources
    assert (blog.location, blog.kind, blog.name, blog.include) == ("content", "hugo", "blog", ("future",))
    assert blog.fields == {"title": "headline"}
    assert (feed.location, feed.name, feed.fields) == ("https://example.org/feed", "", {})


def test_a_byte_order_mark_is_no_part_of_the_file(tmp_path: Path) -> None:
    assert written(tmp_path, "\ufeff[site]\nurl = 'https://e.org'").site.url == "https://e.org"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("[site]\nurl = 'example.org'", "site.url: 'example.org' does not begin with https://"),
        ("[site]\nadress = 'x'", "site.adress"),
        ("[[sources]]\nkind = 'hugo'", "sources.1.from"),
        ("[[sources]]\nfrom = 'a'\n[[sources]]\nfrom = 'b'\ninclude = ['drats']", "sources.2.include.1"),
        ("[[sources]]\nfrom = 'a'\nname = '../b'", "sources.1.name: '../b' is not a file name"),
        ("[[sources]]\nfrom = 'a'\n[sources.fields]\nheading = 'h'", "sources.1.fields.heading"),
        ("[sources]\nfrom = 'a'", "sources"),
        ("[[sources]\n", "not TOML"),
        ("x" * 1_000_001, "larger than 1 MB"),
    ],
)
def test_a_mistake_is_said_with_its_place(tmp_path: Path, text: str, place: str) -> None:
    with pytest.raises(InvalidSiteFile) as caught:
        written(tmp_path, text)
    assert place in str(caught.value)
    assert "semsearch.toml" in str(caught.value)


def test_bytes_that_are_no_text_are_said(tmp_path: Path) -> None:
    (tmp_path / "semsearch.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InvalidSiteFile, match="not TOML"):
        read_site_file(tmp_path / "corpus")


def test_a_folder_of_that_name_is_said(tmp_path: Path) -> None:
    (tmp_path / "semsearch.toml").mkdir()
    with pytest.raises(InvalidSiteFile, match="mend it"):
        read_site_file(tmp_path / "corpus")


def test_what_a_source_may_include_is_what_a_run_can_include() -> None:
    [names, _] = typing.get_args(SourceTable.model_fields["include"].annotation)
    assert set(typing.get_args(names)) == set(INCLUDABLE)
