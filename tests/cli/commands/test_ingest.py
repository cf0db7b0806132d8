"""The command ingest, and the sources of the command rebuild."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.builders import Command

POST = "---\ntitle: {}\ndate: 2024-0{}-01\ntags: [sea]\n---\n\nA text about {} that is long enough to be a teaser.\n"


@pytest.fixture
def blog(tmp_path: Path) -> Path:
    folder = tmp_path / "blog" / "content" / "posts"
    folder.mkdir(parents=True)
    (tmp_path / "blog" / "hugo.toml").write_text('baseURL = "https://example.org/"\n', encoding="utf-8")
    for number, name in enumerate(("lighthouses", "tides", "gulls"), start=1):
        (folder / f"{name}.md").write_text(POST.format(name.title(), number, name), encoding="utf-8")
    (folder / "drafted.md").write_text("---\ntitle: A draft\ndraft: true\n---\ntext", encoding="utf-8")
    return tmp_path / "blog"


def test_it_says_what_it_understood(command: Command, blog: Path, tmp_path: Path) -> None:
    result = command("ingest", blog)
    assert result.code == 0
    lines = result.out.splitlines()
    assert lines[0].endswith("read as hugo, because hugo.toml is there")
    assert lines[1] == "  3 posts · 1 draft"
    assert "  dates          all  2024-01-01 … 2024-03-01" in lines
    assert "  tags           all  1 different: sea (3)" in lines
    assert (tmp_path / "corpus" / "blog.jsonl").read_text(encoding="utf-8").count("\n") == 3


def test_json_has_the_whole_report(command: Command, blog: Path) -> None:
    result = command("ingest", blog, "--json")
    [source] = json.loads(result.out)["sources"]
    assert (source["kind"], source["posts"], source["left_out"]) == ("hugo", 3, {"drafts": 1})
    assert source["fields"]["tags"] == {"posts": 3, "values": 1, "examples": ["sea (3)"]}


def test_drafts_are_read_on_request(command: Command, blog: Path) -> None:
    assert "4 posts" in command("ingest", blog, "--include", "drafts,pages").out


def test_the_kind_may_be_named_in_two_ways(command: Command, blog: Path) -> None:
    assert "read as markdown, because you said so" in command("ingest", blog, "--as", "markdown").out
    assert "read as markdown, because you said so" in command("ingest", f"markdown:{blog}").out


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--include", "drats"], "include: 'drats' is none of drafts"),
        (["--site-url", "example.org"], "site-url: 'example.org' does not begin with https://"),
        (["--map", "headline"], "map: 'headline' is not FIELD=NAME"),
        (["--map", "heading=h1"], "map: 'heading=h1' is not FIELD=NAME"),
        (["--max-loss", "2"], "max-loss: 2.0 is not between 0 and 1"),
        (["--watch", "--dry-run"], "watch: it writes the corpus"),
    ],
)
def test_wrong_usage_is_said(command: Command, blog: Path, options: list[str], message: str) -> None:
    result = command("ingest", blog, *options)
    assert (result.code, result.out) == (2, "")
    assert message in result.err


def test_without_any_source_it_says_where_to_name_one(command: Command) -> None:
    result = command("ingest")
    assert result.code == 2
    assert "[[sources]] into semsearch.toml" in result.err


def test_a_missing_folder_is_one_line(command: Command) -> None:
    result = command("ingest", "nowhere")
    assert (result.code, result.err) == (1, "semsearch: cannot read posts from nowhere: it does not exist\n")


def test_losing_posts_fails_and_says_what_to_do(command: Command, blog: Path) -> None:
    command("ingest", blog)
    (blog / "content" / "posts" / "tides.md").unlink()
    result = command("ingest", blog)
    assert result.code == 1
    assert "has 2 posts, and had 3" in result.err
    assert "--max-loss" in result.err
    assert command("ingest", blog, "--max-loss", "0.5").code == 0


def test_sources_of_the_site_file_are_read_without_arguments(command: Command, blog: Path, tmp_path: Path) -> None:
    source = f'from = "{blog.name}"\nname = "sea"\ninclude = ["drafts"]\n'
    text = f'[site]\nurl = "https://other.example"\n[[sources]]\n{source}'
    (tmp_path / "semsearch.toml").write_text(text, encoding="utf-8")
    result = command("ingest")
    assert result.code == 0, result.err
    records = [
        json.loads(line) for line in (tmp_path / "corpus" / "sea.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    assert len(records) == 4
    assert {record["url"].partition("/posts")[0] for record in records} == {"https://other.example"}


def test_options_win_over_the_site_file(command: Command, blog: Path, tmp_path: Path) -> None:
    text = f'[site]\nurl = "https://other.example"\n[[sources]]\nfrom = "{blog.name}"\nkind = "markdown"\n'
    (tmp_path / "semsearch.toml").write_text(text, encoding="utf-8")
    result = command("ingest", "--as", "hugo", "--site-url", "https://third.example", "--out", "elsewhere")
    assert result.code == 0, result.err
    lines = (tmp_path / "elsewhere" / "blog.jsonl").read_text(encoding="utf-8").splitlines()
    assert {json.loads(line)["url"].partition("/posts")[0] for line in lines} == {"https://third.example"}


def test_the_site_file_is_looked_for_beside_the_corpus(command: Command, blog: Path) -> None:
    (blog / "semsearch.toml").write_text('[[sources]]\nfrom = "content"\n', encoding="utf-8")
    assert command("ingest").code == 2
    assert command("ingest", "--out", blog / "corpus").code == 0


def test_rebuild_reads_the_sources_first(command: Command, blog: Path, index: Path) -> None:
    result = command("rebuild", "--from", blog, "--index", index)
    assert result.code == 0, result.err
    assert "read as hugo" in result.out
    assert "3 posts" in result.out.splitlines()[-2]
    found = command("search", "gulls", "--index", index, "--json")
    assert json.loads(found.out)["hits"][0]["url"] == "https://example.org/posts/gulls/"


def test_rebuild_stops_if_a_source_cannot_be_read(command: Command, index: Path) -> None:
    result = command("rebuild", "--from", "nowhere", "--index", index)
    assert (result.code, result.out) == (1, "")


def test_a_source_without_from_is_explained(command: Command, blog: Path, index: Path) -> None:
    result = command("rebuild", blog, "--index", index)
    assert result.code == 2
    assert f"write --from {blog}" in result.err
