"""The documents against the program: their commands run, and what there is, is written down."""

from __future__ import annotations

import re
import shlex
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import typer.main
from fastapi.testclient import TestClient

from semsearch.cli.commands import app
from semsearch.corpus import load
from semsearch.posts import Post
from semsearch.search.curation import Curated, read_curation
from semsearch.settings import PREFIX, Settings
from tests.builders import ROOT, Command, service
from tests.client.servers import running

README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    """The code blocks of the README in one language."""
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def commands(name: str) -> list[list[str]]:
    """The commands of the README that start with a word, as lists of words."""
    lines = (line for block in blocks("sh") for line in block.splitlines())
    return [words for line in lines if (words := shlex.split(line, comments=True))[:1] == [name]]


@pytest.mark.parametrize("words", [words for words in commands("semsearch") if words[1] in ("search", "related")])
def test_a_command_of_the_readme_runs(words: list[str], command: Command, demo_index: Path) -> None:
    outcome = command(*words[1:], "--index", demo_index)
    assert outcome.code == 0
    assert "Solving Math Word Problems" in outcome.out


@pytest.fixture(scope="module")
def client(demo_index: Path) -> Iterator[TestClient]:
    with TestClient(service(index=demo_index)) as client:
        yield client


@pytest.mark.parametrize("words", commands("curl"), ids=lambda words: words[1])
def test_an_address_of_the_readme_answers(words: list[str], client: TestClient) -> None:
    parts = urlsplit(words[1])
    answer = client.get(f"{parts.path}?{parts.query}")
    assert answer.status_code == 200
    assert "Solving Math Word Problems" in answer.text


def test_the_python_of_the_readme_runs(
    demo_index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "corpus").symlink_to(ROOT / "corpus")
    (tmp_path / "index").mkdir()
    (tmp_path / "index/cache").symlink_to(demo_index / "cache")
    monkeypatch.chdir(tmp_path)
    code, _ = blocks("python")
    exec(compile(code, "README.md", "exec"), {})
    assert capsys.readouterr().out.startswith("Solving Math Word Problems 1.0\n")


def test_the_client_of_the_readme_asks_a_service(demo_index: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, code = blocks("python")
    with running(service(index=demo_index)) as address:
        exec(compile(code.replace("http://127.0.0.1:8000", address), "README.md", "exec"), {})
    assert capsys.readouterr().out.startswith("Solving Math Word Problems 1.0\n")


def test_the_post_of_the_readme_is_a_post(tmp_path: Path) -> None:
    (line,) = blocks("json")
    (tmp_path / "posts.jsonl").write_text(line, encoding="utf-8")
    (post,) = load(tmp_path)
    assert isinstance(post, Post)


def test_the_curation_of_the_readme_pins_and_hides(tmp_path: Path) -> None:
    (content,) = blocks("yaml")
    (tmp_path / "curation.yaml").write_text(content, encoding="utf-8")
    curated = read_curation(tmp_path / "curation.yaml").for_query("Maths?")
    assert curated == Curated(("formal-math",), frozenset({"critiques"}))


def all_commands(command: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """The commands of a command line and of its groups, by name."""
    for name, one in getattr(command, "commands", {}).items():
        if hasattr(one, "commands"):
            yield from all_commands(one, f"{path}{name} ")
        else:
            yield f"{path}{name}", one


def test_every_command_and_option_is_in_the_readme() -> None:
    for name, command in all_commands(typer.main.get_command(app)):
        assert f"`semsearch {name}" in README or f"`{name}`" in README
        for parameter in command.params:
            for option in parameter.opts:
                if option.startswith("--"):
                    assert re.search(rf"{option}\b", README), f"{name} {option}"


def test_every_setting_is_in_the_readme() -> None:
    for name in Settings.model_fields:
        assert f"`{PREFIX}{name.upper()}`" in README


def test_every_folder_and_module_is_in_the_architecture() -> None:
    architecture = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    package = ROOT / "src/semsearch"
    rooms = {f"{path.name}/" for path in package.iterdir() if path.is_dir() and path.name != "__pycache__"}
    rooms |= {path.name for path in package.glob("*.py") if not path.name.startswith("__")}
    assert rooms == set(re.findall(r"^\| `([\w./]+)` \|", architecture, re.MULTILINE))


@pytest.mark.parametrize("document", ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"])
def test_a_file_that_a_document_names_is_there(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", text):
        assert (ROOT / target).exists(), target
    for named in re.findall(
        r"`((?:src|tests|notebooks|benchmarks|corpus|encoding|index|search|client|api|cli)/[\w/]+\.\w+)`", text
    ):
        assert (ROOT / named).exists() or (ROOT / "src/semsearch" / named).exists(), named


def test_every_package_that_is_needed_is_pinned() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    needed = [*project["dependencies"], *(one for extra in project["optional-dependencies"].values() for one in extra)]
    pins = dict(
        line.lower().replace("_", "-").split("==")
        for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
        if not line.startswith("#")
    )
    names = {re.split(r"[\[<>=]", one)[0] for one in needed} - {"semsearch"}
    assert names <= set(pins)
    assert pins["torch"] == "2.13.0"


def test_the_demo_is_in_the_makefile() -> None:
    planned = subprocess.run(["make", "--dry-run", "demo"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert planned.count("semsearch search") == 2
    assert planned.count("semsearch related") == 1
