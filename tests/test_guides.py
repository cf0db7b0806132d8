"""The guides on sources: what they show is what the commands print, and their files are valid."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from semsearch.ingest.kinds import kinds
from semsearch.site_file import NAME, read_site_file
from tests.builders import ROOT, Command
from tests.cli.outputs import parse_json_line
from tests.test_docs import PAGES, blocks, first_column, options_of, page, read, shown_with_output

SHOWN = [
    pytest.param(words, output, id=words)
    for document in PAGES
    for words, output in shown_with_output(read(document))
    if words.startswith("semsearch ingest ") and re.search(r"read as (\w+)", output)[1] in kinds()  # type: ignore[index]
]
EXAMPLES = ("hugo", "jekyll", "astro", "feed", "wordpress", "ghost")


@pytest.fixture
def in_a_checkout(command: Command, tmp_path: Path) -> Command:
    """Runs commands in a folder with the examples of the repository, and without a corpus."""
    (tmp_path / "examples").symlink_to(ROOT / "examples", target_is_directory=True)
    return command


@pytest.mark.parametrize(("words", "output"), SHOWN)
def test_ingest_prints_what_a_guide_shows(words: str, output: str, in_a_checkout: Command) -> None:
    outcome = in_a_checkout(*shlex.split(words)[1:])
    assert (outcome.code, outcome.out, outcome.err) == (0, output, "")


@pytest.mark.parametrize("name", EXAMPLES)
def test_each_example_has_a_guide_that_shows_it(name: str) -> None:
    shown = [words for words, _ in shown_with_output(page(f"guides/{name}.md"))]
    assert len(shown) == 1
    assert (ROOT / shown[0].split()[2]).is_relative_to(ROOT / "examples" / name)
    assert (ROOT / shown[0].split()[2]).exists()


def test_a_site_is_searchable_after_one_command(in_a_checkout: Command, index: Path) -> None:
    outcome = in_a_checkout("rebuild", "--from", "examples/hugo", "--index", index)
    assert outcome.code == 0
    assert "4 posts" in outcome.out.splitlines()[-2]
    found = parse_json_line(in_a_checkout("search", "keep snails off the lettuce", "--index", index, "--json").out)
    assert found["hits"][0]["url"] == "https://garden.example/posts/slugs/"


def test_every_kind_is_in_the_table_of_sources() -> None:
    assert set(kinds()) <= first_column(page("guides/sources.md"))


@pytest.mark.parametrize("name", ["reference/semsearch-toml.md", "guides/automation.md"])
def test_example_sources_are_valid(name: str, tmp_path: Path) -> None:
    (example,) = blocks(page(name), "toml")
    (tmp_path / NAME).write_text(example, encoding="utf-8")
    tables = read_site_file(tmp_path / "corpus").sources
    assert len(tables) == example.count("[[sources]]") > 0


def test_the_workflow_is_valid(tmp_path: Path) -> None:
    (workflow,) = blocks(page("guides/automation.md"), "yaml")
    (tmp_path / "search.yml").write_text(workflow, encoding="utf-8")
    check = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-workflows"]
    done = subprocess.run([*check, "search.yml"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert "index/cache" in workflow


def test_the_commands_of_workflow_and_crontab_exist() -> None:
    text = page("guides/automation.md")
    (crontab,) = blocks(text, "cron")
    found = re.findall(
        r"(?:- run: |bin/)semsearch (.*?)(?: >.*)?$", f"{blocks(text, 'yaml')[0]}{crontab}", re.MULTILINE
    )
    assert [words.split()[0] for words in found] == ["rebuild", "export", "rebuild"]
    for words in found:
        name = " ".join(words.split()[: 2 if words.startswith("export") else 1])
        assert {word for word in words.split() if word.startswith("--")} <= options_of(name)


def test_a_line_of_the_crontab_has_a_time_a_user_and_a_command() -> None:
    (crontab,) = blocks(page("guides/automation.md"), "cron")
    line = re.compile(r"[A-Z_]+=\S+|(?:[\d*/,-]+ ){5}semsearch /opt/semsearch/\S+ .+")
    assert [text for text in crontab.splitlines() if not line.fullmatch(text)] == []
