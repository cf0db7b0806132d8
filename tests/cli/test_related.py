from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from semsearch.search import Searcher
from semsearch.search.results import to_json
from tests.builders import Command, raw_post, write_corpus

CHANGING = ("request_id", "processing_time_ms")
DRAFT = "We trained a model to solve problems of mathematical olympiads.\n\nIt writes formal proofs – step by step."


def one_object(text: str) -> dict[str, Any]:
    """The one JSON object that ``--json`` prints, without what is another each time."""
    assert text.count("\n") == 1
    return {key: value for key, value in json.loads(text).items() if key not in CHANGING}


def steady(result: object) -> dict[str, Any]:
    return {key: value for key, value in to_json(result).items() if key not in CHANGING}


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Callable[[bytes], None]:
    """Puts bytes on standard input."""

    def put(content: bytes) -> None:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content), encoding="utf-8"))

    return put


# --- posts ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ids", [["vpt"], ["vpt", "webgpt"], ["vpt", "webgpt", "formal-math"]])
def test_related_prints_what_http_answers(ids: list[str], command: Command, demo_index: Path, demo: Searcher) -> None:
    outcome = command("related", *ids, "--index", demo_index, "--limit", 3, "--json")
    assert (outcome.code, outcome.err) == (0, "")
    assert one_object(outcome.out) == steady(demo.related(*ids, limit=3))


def test_every_option_reaches_the_searcher(command: Command, demo_index: Path, demo: Searcher) -> None:
    ids = ["webgpt", "--not", "vpt", "--not", "formal-math", "--exclude", "instruction-following"]
    words = ["--limit", 4, "--diversity", 0.7, "--exclude-linked", "--no-newer", "--min-confidence", 0.01, "--explain"]
    found = one_object(command("related", *ids, *words, "--index", demo_index, "--json").out)
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
    assert found == steady(expected)


def test_posts_that_the_list_should_be_unlike_are_not_in_it(command: Command, demo_index: Path) -> None:
    words = ["related", "webgpt", "--index", demo_index, "--limit", 50, "--json"]
    like, unlike = command(*words).out, command(*words, "--not", "vpt").out
    assert "vpt" in [hit["id"] for hit in json.loads(like)["hits"]]
    assert "vpt" not in [hit["id"] for hit in json.loads(unlike)["hits"]]


def test_reasons_are_listed_for_people(command: Command, demo_index: Path, demo: Searcher) -> None:
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
    assert one_object(outcome.out) == steady(demo.related(texts=[DRAFT]))
    assert json.loads(outcome.out)["hits"][0]["id"] == "formal-math"
    assert json.loads(outcome.out)["post_id"] is None


def test_a_draft_may_come_from_standard_input(
    command: Command, demo_index: Path, demo: Searcher, typed: Callable[[bytes], None]
) -> None:
    typed(DRAFT.encode())
    outcome = command("related", "--text", "-", "--index", demo_index, "--json")
    assert outcome.code == 0
    assert one_object(outcome.out) == steady(demo.related(texts=[DRAFT]))


def test_several_drafts_and_posts_are_taken_together(
    command: Command, demo_index: Path, demo: Searcher, tmp_path: Path, typed: Callable[[bytes], None]
) -> None:
    (tmp_path / "draft.md").write_text(DRAFT, encoding="utf-8")
    typed(b"An agent plays a game.")
    words = ["webgpt", "--text", "draft.md", "--text", "-", "--not", "vpt"]
    outcome = command("related", *words, "--index", demo_index, "--json")
    expected = demo.related("webgpt", texts=[DRAFT, "An agent plays a game."], negative=["vpt"])
    assert one_object(outcome.out) == steady(expected)


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
def test_a_draft_that_cannot_be_read_is_wrong_usage(
    by: str,
    content: bytes,
    says: str,
    command: Command,
    demo_index: Path,
    tmp_path: Path,
    typed: Callable[[bytes], None],
) -> None:
    (tmp_path / "draft.md").write_bytes(content)
    typed(content)
    name = "draft.md" if by == "file" else "-"
    outcome = command("related", "--text", name, "--index", demo_index)
    assert (outcome.code, outcome.out, outcome.err) == (2, "", f"semsearch: {says.format(name)}\n")


@pytest.mark.parametrize(("encoding", "errors"), [("utf-8", "surrogateescape"), ("latin-1", "strict")])
def test_standard_input_is_utf_8_wherever_it_is_read(
    encoding: str, errors: str, command: Command, demo_index: Path, demo: Searcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the locales of containers, C and C.UTF-8, Python lets any byte pass; elsewhere it is another letter."""

    def typed(content: bytes) -> None:
        stream = io.TextIOWrapper(io.BytesIO(content), encoding=encoding, errors=errors)
        monkeypatch.setattr("sys.stdin", stream)

    words = ["related", "--text", "-", "--index", demo_index, "--json"]
    typed(DRAFT.encode())
    assert one_object(command(*words).out) == steady(demo.related(texts=[DRAFT]))
    typed(b"caf\xe9")
    outcome = command(*words)
    assert (outcome.code, outcome.err) == (2, "semsearch: text: - is not text in UTF-8\n")


@pytest.mark.parametrize("name", ["missing.md", "folder"])
def test_a_draft_that_is_not_there_is_named(command: Command, demo_index: Path, tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    outcome = command("related", "--text", name, "--index", demo_index)
    assert outcome.code in (1, 2)
    assert outcome.out == ""
    (line,) = outcome.err.splitlines()
    assert line.startswith("semsearch: ")
    assert name in line


def test_without_a_post_and_without_a_text_it_says_what_is_needed(command: Command, demo_index: Path) -> None:
    for words in ([], ["--not", "vpt"]):
        outcome = command("related", *words, "--index", demo_index)
        assert (outcome.code, outcome.out) == (2, "")
        assert outcome.err == "semsearch: positive: at least one post or text is needed\n"


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["nope"], 1, "no post has the id 'nope'"),
        (["vpt", "nope"], 1, "no post has the id 'nope'"),
        (["vpt", "--not", "nope"], 1, "no post has the id 'nope'"),
        (["VPT"], 1, "no post has the id 'VPT'; ids are compared exactly"),
        (["vpt", "--limit", "0"], 2, "limit: 0 is not between 1 and 50"),
        (["vpt", "--diversity", "1.5"], 2, "diversity: 1.5 is not between 0 and 1"),
        (["vpt", "--min-confidence", "nan"], 2, "min_confidence: nan is not between 0 and 1"),
        (["vpt"] * 51, 2, "positive: at most 50 examples"),
    ],
)
def test_a_request_that_cannot_be_answered_says_why(
    words: list[str], code: int, says: str, command: Command, demo_index: Path
) -> None:
    outcome = command("related", *words, "--index", demo_index, "--json")
    assert (outcome.code, outcome.out) == (code, "")
    assert outcome.err.startswith(f"semsearch: {says}")


# --- curation ---------------------------------------------------------------------------------------------------------


def test_what_an_editor_hides_is_not_listed_and_no_reranker_is_needed(
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
def test_a_wrong_curation_file_stops_lists_too(
    words: list[str], command: Command, demo_index: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "pins.yaml").write_text("- wrong", encoding="utf-8")
    monkeypatch.setenv("SEMSEARCH_CURATION", str(tmp_path / "pins.yaml"))
    outcome = command(*words, "--index", demo_index)
    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err.startswith(f"semsearch: {tmp_path / 'pins.yaml'}: the file: no keys are there")


# --- rebuild --max-churn ----------------------------------------------------------------------------------------------

TOPICS = ("walrus on ice", "compilers", "baking bread", "tax law", "jazz piano", "bicycle repair", "volcanoes", "owls")


def test_a_rebuild_that_would_change_too_many_lists_publishes_nothing(
    command: Command, index: Path, tmp_path: Path
) -> None:
    posts = [raw_post(f"p{place}", title=topic, teaser="") for place, topic in enumerate(TOPICS)]
    corpus = write_corpus(tmp_path / "posts", posts)
    words = ["rebuild", "--corpus", corpus, "--index", index, "--json"]
    first = one_object(command(*words, "--max-churn", 0).out)
    assert first["related"]["changed"] is None
    others = [post | {"title": topic} for post, topic in zip(posts, TOPICS[3:] + TOPICS[:3], strict=True)]
    write_corpus(corpus, others)
    outcome = command(*words, "--max-churn", "0.1")
    assert (outcome.code, outcome.out) == (1, "")
    last = outcome.err.splitlines()[-1]
    assert "of 8 related lists would change, and at most 10.0% may: nothing was published" in last
    assert one_object(command("versions", "--index", index, "--json").out)["versions"][0]["version"] == first["version"]
    assert not (index / "building").exists()
    report = one_object(command(*words, "--max-churn", 1).out)
    assert report["related"]["compared"] == 8
    assert f"semsearch: {report['related']['changed']} of 8 related lists would change" in last


@pytest.mark.parametrize("share", ["1.5", "-0.1", "nan", "all"])
def test_a_share_that_is_none_is_wrong_usage(command: Command, tmp_path: Path, share: str) -> None:
    corpus = write_corpus(tmp_path / "posts", [raw_post("a")])
    outcome = command("rebuild", "--corpus", corpus, "--max-churn", share)
    assert (outcome.code, outcome.out) == (2, "")
    assert "max-churn" in outcome.err.replace("_", "-")
    assert not (tmp_path / "index").exists()
