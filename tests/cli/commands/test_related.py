from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from semsearch.search import Searcher
from tests.builders import Command
from tests.cli.outputs import comparable, parse_json_line

DRAFT = "We trained a model to solve problems of mathematical olympiads.\n\nIt writes formal proofs – step by step."


@pytest.fixture
def stdin(monkeypatch: pytest.MonkeyPatch) -> Callable[[bytes], None]:
    """Return a function that replaces standard input by bytes."""

    def put(content: bytes) -> None:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content), encoding="utf-8"))

    return put


# --- posts ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ids", [["vpt"], ["vpt", "webgpt"], ["vpt", "webgpt", "formal-math"]])
def test_json_output_equals_the_result_of_a_searcher(
    ids: list[str], command: Command, demo_index: Path, demo: Searcher
) -> None:
    outcome = command("related", *ids, "--index", demo_index, "--limit", 3, "--json")
    assert (outcome.code, outcome.err) == (0, "")
    assert parse_json_line(outcome.out) == comparable(demo.related(*ids, limit=3))


def test_every_option_reaches_the_searcher(command: Command, demo_index: Path, demo: Searcher) -> None:
    ids = ["webgpt", "--not", "vpt", "--not", "formal-math", "--exclude", "instruction-following"]
    words = ["--limit", 4, "--diversity", 0.7, "--exclude-linked", "--no-newer", "--min-confidence", 0.01, "--explain"]
    found = parse_json_line(command("related", *ids, *words, "--index", demo_index, "--json").out)
    expected = demo.related(
        "webgpt",
        negative=["vpt", "formal-math"],
        exclude=["instruction-following"],
        limit=4,
        diversity=0.7,
        exclude_linked=True,
        newer=False,
        min_confidence=0.01,
        explain=True,
    )
    assert found == comparable(expected)


def test_negative_examples_are_not_listed(command: Command, demo_index: Path) -> None:
    words = ["related", "webgpt", "--index", demo_index, "--limit", 50, "--min-confidence", 0, "--json"]
    like, unlike = command(*words).out, command(*words, "--not", "vpt").out
    assert "vpt" in [hit["id"] for hit in json.loads(like)["hits"]]
    assert "vpt" not in [hit["id"] for hit in json.loads(unlike)["hits"]]


def test_reasons_are_printed(command: Command, demo_index: Path, demo: Searcher) -> None:
    lines = command("related", "webgpt", "--index", demo_index, "--limit", 1, "--explain").out.splitlines()
    (hit,) = demo.related("webgpt", limit=1).hits
    assert lines[0] == f"  1. {hit.title}  [{hit.id}]  confidence {hit.confidence:.2f}"
    assert hit.reasons
    first = " ".join(hit.reasons[0].text.split())
    assert f"     {first}"[:100] in [line[:100] for line in lines]
    assert lines[-1].startswith("     score ")


# --- texts ------------------------------------------------------------------------------------------------------------


def test_a_draft_has_related_posts(command: Command, demo_index: Path, demo: Searcher, tmp_path: Path) -> None:
    (tmp_path / "draft.md").write_text(DRAFT, encoding="utf-8")
    outcome = command("related", "--text", "draft.md", "--index", demo_index, "--json")
    assert (outcome.code, outcome.err) == (0, "")
    assert parse_json_line(outcome.out) == comparable(demo.related(texts=[DRAFT]))
    assert json.loads(outcome.out)["hits"][0]["id"] == "formal-math"
    assert json.loads(outcome.out)["post_id"] is None


def test_a_draft_is_read_from_standard_input(
    command: Command, demo_index: Path, demo: Searcher, stdin: Callable[[bytes], None]
) -> None:
    stdin(DRAFT.encode())
    outcome = command("related", "--text", "-", "--index", demo_index, "--json")
    assert outcome.code == 0
    assert parse_json_line(outcome.out) == comparable(demo.related(texts=[DRAFT]))


def test_drafts_and_posts_are_combined(
    command: Command, demo_index: Path, demo: Searcher, tmp_path: Path, stdin: Callable[[bytes], None]
) -> None:
    (tmp_path / "draft.md").write_text(DRAFT, encoding="utf-8")
    stdin(b"An agent plays a game.")
    words = ["webgpt", "--text", "draft.md", "--text", "-", "--not", "vpt"]
    outcome = command("related", *words, "--index", demo_index, "--json")
    expected = demo.related("webgpt", texts=[DRAFT, "An agent plays a game."], negative=["vpt"])
    assert parse_json_line(outcome.out) == comparable(expected)


@pytest.mark.parametrize("by", ["file", "input"])
@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"caf\xe9", "text: {} is not text in UTF-8"),
        (b"\xff\xfea\x00", "text: {} is not text in UTF-8"),
        (b"", "text: the text of an example is empty"),
        (b" \n\t\x00\n", "text: the text of an example is empty"),
        (b"word " * 4_001, "text: an example has at most 20000 characters"),
    ],
    ids=["Latin 1", "UTF-16", "empty", "blank", "too long"],
)
def test_an_invalid_draft_is_wrong_usage(
    by: str,
    content: bytes,
    says: str,
    command: Command,
    demo_index: Path,
    tmp_path: Path,
    stdin: Callable[[bytes], None],
) -> None:
    (tmp_path / "draft.md").write_bytes(content)
    stdin(content)
    name = "draft.md" if by == "file" else "-"
    outcome = command("related", "--text", name, "--index", demo_index)
    assert (outcome.code, outcome.out, outcome.err) == (2, "", f"semsearch: {says.format(name)}\n")


@pytest.mark.parametrize(("encoding", "errors"), [("utf-8", "surrogateescape"), ("latin-1", "strict")])
def test_standard_input_is_utf_8_in_any_locale(
    encoding: str, errors: str, command: Command, demo_index: Path, demo: Searcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Python decodes standard input by the locale: with surrogateescape in C and C.UTF-8, as Latin-1 in others."""

    def stdin(content: bytes) -> None:
        stream = io.TextIOWrapper(io.BytesIO(content), encoding=encoding, errors=errors)
        monkeypatch.setattr("sys.stdin", stream)

    words = ["related", "--text", "-", "--index", demo_index, "--json"]
    stdin(DRAFT.encode())
    assert parse_json_line(command(*words).out) == comparable(demo.related(texts=[DRAFT]))
    stdin(b"caf\xe9")
    outcome = command(*words)
    assert (outcome.code, outcome.err) == (2, "semsearch: text: - is not text in UTF-8\n")


@pytest.mark.parametrize("name", ["missing.md", "folder"])
def test_a_missing_draft_is_an_error_with_its_name(
    command: Command, demo_index: Path, tmp_path: Path, name: str
) -> None:
    (tmp_path / "folder").mkdir()
    outcome = command("related", "--text", name, "--index", demo_index)
    assert outcome.code in (1, 2)
    assert outcome.out == ""
    (line,) = outcome.err.splitlines()
    assert line.startswith("semsearch: ")
    assert name in line


def test_no_example_is_wrong_usage(command: Command, demo_index: Path) -> None:
    for words in ([], ["--not", "vpt"]):
        outcome = command("related", *words, "--index", demo_index)
        assert (outcome.code, outcome.out) == (2, "")
        assert outcome.err == "semsearch: positive: at least one post or text is required\n"


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["nope"], 1, "no post has the id 'nope'"),
        (["vpt", "nope"], 1, "no post has the id 'nope'"),
        (["vpt", "--not", "nope"], 1, "no post has the id 'nope'"),
        (["VPT"], 1, "no post has the id 'VPT'; ids are case-sensitive"),
        (["vpt", "--limit", "0"], 2, "limit: 0 is not between 1 and 50"),
        (["vpt", "--diversity", "1.5"], 2, "diversity: 1.5 is not between 0 and 1"),
        (["vpt", "--min-confidence", "nan"], 2, "min_confidence: nan is not between 0 and 1"),
        (["vpt"] * 51, 2, "positive: there are more than 50 examples"),
    ],
)
def test_invalid_requests_are_errors(
    words: list[str], code: int, says: str, command: Command, demo_index: Path
) -> None:
    outcome = command("related", *words, "--index", demo_index, "--json")
    assert (outcome.code, outcome.out) == (code, "")
    assert outcome.err.startswith(f"semsearch: {says}")


# --- curation ---------------------------------------------------------------------------------------------------------


def test_hidden_posts_are_not_listed_and_the_reranker_is_not_loaded(
    command: Command, demo_index: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    words = ["related", "vpt", "--index", demo_index, "--json"]
    first = json.loads(command(*words).out)["hits"][0]["id"]
    (tmp_path / "hidden.yaml").write_text(f"hide: [{first}]\n", encoding="utf-8")
    monkeypatch.setenv("SEMSEARCH_CURATION", str(tmp_path / "hidden.yaml"))
    monkeypatch.setenv("SEMSEARCH_RERANKER", "no such model")
    outcome = command(*words)
    assert outcome.code == 0
    hits = json.loads(outcome.out)["hits"]
    assert hits
    assert first not in [hit["id"] for hit in hits]


@pytest.mark.parametrize("words", [["related", "vpt"], ["export", "related", "site"]], ids=["related", "export"])
def test_an_invalid_curation_file_is_an_error(
    words: list[str], command: Command, demo_index: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "pins.yaml").write_text("- wrong", encoding="utf-8")
    monkeypatch.setenv("SEMSEARCH_CURATION", str(tmp_path / "pins.yaml"))
    outcome = command(*words, "--index", demo_index)
    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err.startswith(f"semsearch: {tmp_path / 'pins.yaml'}: the file: it is not a mapping")
