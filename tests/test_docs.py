"""The documentation matches the program: its examples work, and its references are complete."""

from __future__ import annotations

import logging
import re
import shlex
import subprocess
import tomllib
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import typer.main
from fastapi.testclient import TestClient
from mkdocs.commands.build import build
from mkdocs.config import load_config

import semsearch
from semsearch.api import openapi
from semsearch.cli.app import app
from semsearch.corpus import load
from semsearch.posts import Post
from semsearch.search import Hit, SearchResult
from semsearch.search.curation import NO_CURATION, QueryCuration, read_curation
from semsearch.settings import PREFIX, Settings
from tests.builders import ROOT, Command, service
from tests.client.servers import running

README = ROOT / "README.md"
PAGES = sorted((ROOT / "docs").rglob("*.md"))
WRITTEN = [README, ROOT / "examples/README.md", *PAGES]
"""The documents that are written by hand; the rest of the site is generated."""
STATIC = ROOT / "src/semsearch/web/static"
FOREIGN_OPTIONS = {"--torch-backend", "--posts", "--inplace"}
"""Options of other programs that the documents name."""


def read(file: Path) -> str:
    return file.read_text(encoding="utf-8")


def page(name: str) -> str:
    return read(ROOT / "docs" / name)


def blocks(text: str, language: str) -> list[str]:
    """The code blocks of a document in one language."""
    return re.findall(rf"^ *```{language}\n(.*?)^ *```", text, re.DOTALL | re.MULTILINE)


def commands(text: str, name: str) -> Iterator[list[str]]:
    """The commands of a document that start with a word, as lists of words."""
    shown = "".join(blocks(text, "(?:sh|console)")).replace("\\\n", " ")
    for line in shown.splitlines():
        words = shlex.split(line.strip().removeprefix("$ "), comments=True) if name in line else []
        places = [place for place, word in enumerate(words) if word.rpartition("/")[2] == name]
        if places:
            yield words[places[-1] :]


def masked(text: str) -> str:
    """Replace decimal numbers, which differ between machines."""
    return re.sub(r"-?\d+\.\d+", "#", text).strip()


def confidences(text: str) -> list[float]:
    """Return the confidences of an output, which hardly differ between machines."""
    return [float(number) for number in re.findall(r"(?:confidence |^)([01]\.\d\d)\b", text, re.MULTILINE)]


def about(text: str) -> Any:
    return pytest.approx(confidences(text), abs=0.15)


def shown_with_output(text: str) -> Iterator[tuple[str, str]]:
    """Commands, with the output that a document shows."""
    for session in blocks(text, "console"):
        yield from re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", session, re.MULTILINE)
    yield from re.findall(r"^```sh\n([^\n]*)\n```\n\n```text\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


OUTPUTS = [
    (command, output)
    for document in WRITTEN
    for command, output in shown_with_output(read(document))
    if command.split()[:2] in (["semsearch", "search"], ["semsearch", "related"])
]
EXAMPLE_COMMANDS = [
    words
    for document in WRITTEN
    for words in commands(read(document), "semsearch")
    if words[1] in ("search", "related") and not {"--text", "--reranker"} & set(words)
]


@pytest.mark.parametrize(("words", "output"), OUTPUTS, ids=[command for command, _ in OUTPUTS])
def test_a_command_prints_what_is_shown(words: str, output: str, command: Command, demo_index: Path) -> None:
    outcome = command(*shlex.split(words)[1:], "--index", demo_index)
    assert (outcome.code, masked(outcome.out)) == (0, masked(output))
    assert confidences(outcome.out) == about(output)


@pytest.mark.parametrize("words", EXAMPLE_COMMANDS, ids=" ".join)
def test_an_example_command_succeeds(words: list[str], command: Command, demo_index: Path) -> None:
    assert command(*words[1:], "--index", demo_index).code == 0


@pytest.fixture(scope="module")
def client(demo_index: Path) -> Iterator[TestClient]:
    with TestClient(service(index=demo_index)) as client:
        yield client


CURLS = [words for document in WRITTEN for words in commands(read(document), "curl") if len(words) == 2]


@pytest.mark.parametrize("words", CURLS, ids=lambda words: words[1])
def test_an_example_url_responds(words: list[str], client: TestClient) -> None:
    parts = urlsplit(words[1])
    answer = client.get(f"{parts.path}?{parts.query}")
    assert answer.status_code == 200
    assert "Solving Math Word Problems" in answer.text


@pytest.fixture
def in_the_demo(demo_index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder with the demo corpus, and an index folder with the exported model."""
    (tmp_path / "corpus").symlink_to(ROOT / "corpus")
    (tmp_path / "index").mkdir()
    (tmp_path / "index/cache").symlink_to(demo_index / "cache")
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("in_the_demo")
def test_the_python_example_of_the_readme_prints_the_output_shown(capsys: pytest.CaptureFixture[str]) -> None:
    (code,), (output,) = blocks(read(README), "python"), blocks(read(README), "text")
    exec(compile(code, "README.md", "exec"), {})
    printed = capsys.readouterr().out
    assert masked(printed) == masked(output)
    assert confidences(printed) == about(output)
    assert confidences(output)


@pytest.mark.usefixtures("in_the_demo")
def test_the_python_example_of_the_reference_runs(capsys: pytest.CaptureFixture[str]) -> None:
    code, _ = blocks(page("reference/python.md"), "python")
    exec(compile(code, "python.md", "exec"), {})
    assert capsys.readouterr().out.startswith("Solving Math Word Problems 0.8\n")


def test_the_client_example_of_the_reference_runs(demo_index: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, code = blocks(page("reference/python.md"), "python")
    with running(service(index=demo_index)) as address:
        exec(compile(code.replace("http://127.0.0.1:8000", address), "python.md", "exec"), {})
    assert capsys.readouterr().out.startswith("Solving Math Word Problems 0.8\n")


@pytest.mark.parametrize("name", ["guides/posts.md", "reference/post-format.md"])
def test_example_posts_are_valid(name: str, tmp_path: Path) -> None:
    lines = blocks(page(name), "json")
    assert lines
    (tmp_path / "posts.jsonl").write_text("\n".join(lines), encoding="utf-8")
    posts = list(load(tmp_path))
    assert len(posts) == len(lines)
    assert all(isinstance(post, Post) for post in posts)


def test_the_example_of_a_section_spans_its_sentence(tmp_path: Path) -> None:
    *_, line = blocks(page("reference/post-format.md"), "json")
    (tmp_path / "posts.jsonl").write_text(line, encoding="utf-8")
    (post,) = load(tmp_path)
    assert isinstance(post, Post)
    assert [post.body[part.start : part.end] for part in post.sections] == ["The sun pulls, too."]


def test_the_curation_examples_are_valid(tmp_path: Path) -> None:
    for number, content in enumerate(blocks(page("guides/curation.md"), "yaml")):
        file = tmp_path / f"{number}.yaml"
        file.write_text(content, encoding="utf-8")
        assert read_curation(file) != NO_CURATION


def test_the_curation_example_pins_and_hides(tmp_path: Path) -> None:
    content = blocks(page("guides/curation.md"), "yaml")[0]
    (tmp_path / "curation.yaml").write_text(content, encoding="utf-8")
    curated = read_curation(tmp_path / "curation.yaml").for_query("Maths?")
    assert curated == QueryCuration(("formal-math",), frozenset({"critiques"}))


def test_the_keys_example_is_a_valid_keys_file(demo_index: Path) -> None:
    (content,) = blocks(page("guides/keys.md"), "yaml")
    with TestClient(service(index=demo_index, keys=content)) as client:
        assert client.get("/v1/search?q=maths").status_code == 401


def all_commands(command: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """All commands, those of groups included, with their names."""
    for name, one in getattr(command, "commands", {}).items():
        if hasattr(one, "commands"):
            yield from all_commands(one, f"{path}{name} ")
        else:
            yield f"{path}{name}", one


COMMANDS = dict(all_commands(typer.main.get_command(app)))


def options_of(command: str) -> set[str]:
    """The options of a command, and its arguments as its help names them."""
    return {name for parameter in COMMANDS[command].params for name in _names(parameter)} | {"--help", "-h"}


def _names(parameter: Any) -> list[str]:
    if parameter.param_type_name == "argument" and parameter.metavar:
        return [parameter.metavar]
    names: list[str] = parameter.opts
    return names


@pytest.mark.parametrize("document", WRITTEN, ids=lambda file: file.name)
def test_every_command_and_option_that_a_document_names_exists(document: Path) -> None:
    text = read(document)
    inline = [shlex.split(code) for code in re.findall(r"`(semsearch [a-z][^`]*)`", text)]
    for words in [*commands(text, "semsearch"), *inline]:
        name = " ".join(words[1:3]) if words[1] == "export" else words[1]
        assert name in COMMANDS, words
        assert {word for word in words if word.startswith("--")} <= options_of(name), words
    every = {option for name in COMMANDS for option in options_of(name)} | {"--version"}
    named = set(re.findall(r"`(--[a-z][a-z-]*)", text))
    assert named <= every | FOREIGN_OPTIONS | set(re.findall(r"--semsearch-[a-z-]+", text))


@pytest.mark.parametrize("document", [*WRITTEN, ROOT / "CHANGELOG.md", ROOT / "deploy/semsearch.service"], ids=str)
def test_every_setting_that_a_document_names_exists(document: Path) -> None:
    named = set(re.findall(rf"\b{PREFIX}([A-Z_]+)", read(document)))
    assert named <= {name.upper() for name in Settings.model_fields}


def test_the_metrics_table_matches_the_service(client: TestClient) -> None:
    text = client.get("/metrics").text
    kinds = dict(re.findall(r"^# TYPE (\w+) (\w+)$", text, re.MULTILINE))
    helps = dict(re.findall(r"^# HELP (\w+) (.+)$", text, re.MULTILINE))
    exported = {(name, kind, helps[name]) for name, kind in kinds.items() if not name.endswith("_created")}
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \|.*?\| (.+) \|$", page("reference/metrics.md"), re.MULTILINE)
    assert set(rows) == exported


def scripts() -> str:
    return "".join(map(read, sorted(STATIC.glob("*.js"))))


def first_column(text: str) -> set[str]:
    """The names in the first cells of all table rows."""
    cells = re.findall(r"^\| (`[^|]+`) \|", text, re.MULTILINE)
    return {name for cell in cells for name in re.findall(r"`([^`]+)`", cell)}


def section(heading: str) -> str:
    return page("reference/components.md").partition(f"## {heading}\n")[2].partition("\n## ")[0]


def test_the_attributes_table_matches_the_components() -> None:
    assert first_column(section("Attributes")) == set(re.findall(r'getAttribute\("([a-z-]+)"\)', scripts())) - {
        "action"
    }


def test_the_custom_properties_table_matches_the_components() -> None:
    assert first_column(section("Custom properties")) == set(re.findall(r"var\((--semsearch-[a-z-]+)", scripts()))


def test_the_parts_table_matches_the_components() -> None:
    parts = {name for value in re.findall(r'\bpart: "([a-z ]+)"', scripts()) for name in value.split()}
    parts |= {"active", "all", "option"} | {"label", "input", "select", "button"} | {"form"}
    assert first_column(section("Parts")) == parts


def test_the_messages_table_matches_the_components() -> None:
    words: dict[str, str] = {}
    for file, name in (("box.js", "WORDS"), ("related.js", "TEXTS")):
        (table,) = re.findall(rf"const {name} = {{\n(.*?)}};", read(STATIC / file), re.DOTALL)
        words |= dict(re.findall(r'(\w+): "(.*)",', table))
    rows = dict(re.findall(r"^\| `(\w+)` \| (.+) \|$", section("Messages"), re.MULTILINE))
    assert rows.pop("heading")
    assert rows == {name: text.strip() for name, text in words.items()}


# --- the site ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The documentation as ``make docs`` builds it. Warnings, such as dead links and missing anchors, are errors."""
    folder = tmp_path_factory.mktemp("site")
    logging.getLogger("mkdocs").setLevel(logging.WARNING)
    build(load_config(str(ROOT / "mkdocs.yml"), site_dir=str(folder)))
    return folder


def test_every_command_and_option_is_in_the_reference(site: Path) -> None:
    reference = read(site / "reference/command-line/index.html")
    for name in COMMANDS:
        start = reference.index(f">semsearch {name}<")
        part = reference[start:].partition("<h2")[0]
        for option in options_of(name):
            assert re.search(rf"[>\s]{option}\b", part), f"{name} {option}"


def test_every_setting_is_in_the_reference(site: Path) -> None:
    reference = read(site / "reference/settings/index.html")
    for name in Settings.model_fields:
        assert f"<code>{PREFIX}{name.upper()}</code>" in reference


def test_every_route_is_in_the_reference(site: Path, client: TestClient) -> None:
    described = client.get("/openapi.json").json()
    assert described == openapi()
    reference = read(site / "reference/http/index.html")
    for path, methods in described["paths"].items():
        for method in methods:
            assert f"{method.upper()} {path}" in reference


def test_every_public_python_name_is_in_the_reference(site: Path) -> None:
    reference = read(site / "reference/python/index.html")
    for name in {*semsearch.__all__, "Searcher.search", "Searcher.related", "Searcher.suggest", "Searcher.post"}:
        assert re.search(
            rf'id="semsearch\.{name}"|<code>semsearch\.{name}</code>|>\s*semsearch\.{name}\s*<', reference
        ), name
    for kind in (*fields(SearchResult), *fields(Hit)):
        assert re.search(rf'id="semsearch\.search\.results\.(SearchResult|Hit)\.{kind.name}"', reference), kind.name


@pytest.mark.parametrize("image", sorted((ROOT / "docs/images").iterdir()), ids=lambda file: file.name)
def test_an_image_is_small(image: Path) -> None:
    assert image.stat().st_size < 120_000


def test_the_site_loads_nothing_from_other_servers(site: Path) -> None:
    for file in site.rglob("*.html"):
        assert not re.findall(
            r'<(?:script|img|iframe|link rel="stylesheet")[^>]*(?:src|href)="(?:https?:)?//', read(file)
        )


# --- documents at the root --------------------------------------------------------------------------------------------


def test_the_readme_is_short() -> None:
    assert len(read(README).splitlines()) <= 120


def test_every_folder_and_module_is_in_the_architecture() -> None:
    architecture = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    package = ROOT / "src/semsearch"
    parts = {f"{path.name}/" for path in package.iterdir() if path.is_dir() and path.name != "__pycache__"}
    parts |= {path.name for path in package.glob("*.py") if not path.name.startswith("__")}
    assert parts == set(re.findall(r"^\| `([\w./]+)` \|", architecture, re.MULTILINE))


@pytest.mark.parametrize("document", ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"])
def test_a_link_of_a_root_document_has_a_target(document: str) -> None:
    for target in re.findall(r'(?:\]\(|src="|srcset=")(?!https?:)([^)"#]+)', prose(ROOT / document)):
        assert (ROOT / target).exists(), target


def prose(file: Path) -> str:
    """A document without its code blocks, which contain paths on other machines."""
    return re.sub(r"^ *```.*?^ *```", "", read(file), flags=re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize(
    "document", [*WRITTEN, *(ROOT / f"{name}.md" for name in ("ARCHITECTURE", "CONTRIBUTING", "CHANGELOG"))], ids=str
)
def test_a_file_that_a_document_names_exists(document: Path) -> None:
    folders = "src|tests|docs|deploy|examples|notebooks|benchmarks|corpus|encoding|index|search|client|api|cli"
    for named in re.findall(rf"`((?:{folders})/[\w/]+[\w-]*\.(?:py|js|html|ipynb|service|md|npy))`", prose(document)):
        assert (ROOT / named).exists() or (ROOT / "src/semsearch" / named).exists(), named


def test_every_dependency_is_pinned() -> None:
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


def test_make_demo_runs_example_queries() -> None:
    planned = subprocess.run(["make", "--dry-run", "demo"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert planned.count("semsearch search") == 2
    assert planned.count("semsearch related") == 1
