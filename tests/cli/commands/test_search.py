from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from semsearch.search import Searcher
from tests.builders import Command, raw_post
from tests.cli.outputs import comparable, parse_json_line


def test_json_output_equals_the_result_of_a_searcher(command: Command, demo_index: Path, demo: Searcher) -> None:
    words = ["--limit", 2, "--mode", "lexical", "--tag", "alignment", "--date-from", "2022-01-01", "--explain"]
    outcome = command("search", "language models", "--index", demo_index, "--json", *words)
    expected = demo.search(
        "language models", limit=2, mode="lexical", tags=["alignment"], date_from="2022-01-01", explain=True
    )
    assert (outcome.code, outcome.err) == (0, "")
    assert parse_json_line(outcome.out) == comparable(expected)


def test_hits_are_printed_as_text(command: Command, demo_index: Path) -> None:
    out = command("search", "grade school maths", "--index", demo_index, "--limit", 1, "--explain").out
    assert "1. Solving Math Word Problems  [solving-math-word-problems]  confidence 0." in out
    assert "https://openai.com/index/solving-math-word-problems/" in out
    assert "score" in out
    assert "\x1b" not in out  # no colours without a terminal


def test_empty_results_print_nothing_found(command: Command, demo_index: Path) -> None:
    outcome = command("search", "models", "--index", demo_index, "--tag", "cooking")
    assert (outcome.code, outcome.out) == (0, "no post has the tag “cooking”.\nnothing found\n")


def test_a_correction_is_printed_above_the_hits(command: Command, demo_index: Path) -> None:
    first, second, *_ = command("search", "grade scool math", "--index", demo_index).out.splitlines()
    assert first == "no post has “scool”: searched for “school”"
    assert second.startswith("  1. Solving Math Word Problems")


def test_hits_without_an_answer_have_a_warning(command: Command, demo_index: Path) -> None:
    question = "how long do I boil an egg?"
    first, second, *_ = command("search", question, "--index", demo_index).out.splitlines()
    assert first == "no clear answer; the closest posts:"
    assert second.startswith("  1. ")
    assert "no clear answer" not in command("search", "grade school math", "--index", demo_index).out


@pytest.fixture(scope="module")
def index_with_duplicate(build: Callable[..., Path]) -> Path:
    """An index of a post, a near-duplicate dated a day later, and another post. Tests only read it."""
    tides = "The tide tables for the harbour were printed again this spring, with corrected times for every day."
    return build(
        [
            raw_post("old", title="Tide tables", teaser=tides, date="2024-05-01"),
            raw_post("new", title="Tide tables", teaser=tides, date="2024-05-02"),
            raw_post("bread", title="Bread from the oven", teaser="Flour and water, and time."),
        ]
    )


def test_near_duplicates_are_printed_under_their_hit_or_as_hits(command: Command, index_with_duplicate: Path) -> None:
    words = ["search", "tide tables", "--index", index_with_duplicate]
    collapsed = command(*words).out
    assert collapsed.splitlines()[0].startswith("  1. Tide tables  [new]  confidence ")
    assert "     also: Tide tables  [old]" in collapsed.splitlines()
    listed = command(*words, "--all-copies").out
    assert "also:" not in listed
    assert {line.split("[")[1][:3] for line in listed.splitlines() if "Tide tables  [" in line} == {"new", "old"}
    as_json = parse_json_line(command(*words, "--all-copies", "--json").out)
    assert as_json["estimated_total_hits"] == 3


def test_a_query_of_exclusions_only_is_wrong_usage(command: Command, demo_index: Path) -> None:
    outcome = command("search", "--index", demo_index, "--", "-models")
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err == "semsearch: q: the query has only exclusions; add a word to search for\n"


def test_a_phrase_and_an_excluded_word_narrow_the_hits(command: Command, demo_index: Path) -> None:
    out = command("search", '"language models" -browsing', "--index", demo_index).out
    assert "[instruction-following]" in out
    assert "[webgpt]" not in out  # contains the phrase and the excluded word
    assert "[vpt]" not in out  # does not contain the phrase


# --- curation and a second stage --------------------------------------------------------------------------------------

PINS = "queries: [{query: grade school math, pin: [vpt], hide: [solving-math-word-problems]}]\n"


def test_curation_is_read_from_the_corpus_folder(command: Command, demo_index: Path, tmp_path: Path) -> None:
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus/curation.yaml").write_text(PINS, encoding="utf-8")
    words = ["search", "--index", demo_index, "Grade school math?"]
    out = command(*words).out
    pinned = next(line for line in out.splitlines() if "  1. " in line)
    assert "[vpt]" in pinned
    assert pinned.endswith("  pinned")
    assert out.count("pinned\n") == 1
    assert "[solving-math-word-problems]" not in out
    out = command("search", "--index", demo_index, "grade school maths").out  # another query
    assert "[solving-math-word-problems]" in out.splitlines()[0]
    assert "pinned" not in out


def test_pins_obey_filters(command: Command, demo_index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pins.yaml").write_text(PINS, encoding="utf-8")
    monkeypatch.setenv("SEMSEARCH_CURATION", str(tmp_path / "pins.yaml"))
    words = ["search", "grade school math", "--index", demo_index, "--json"]
    assert [hit["pinned"] for hit in json.loads(command(*words).out)["hits"][:2]] == [True, False]
    filtered = json.loads(command(*words, "--tag", "mathematics").out)["hits"]
    assert [(hit["id"], hit["pinned"]) for hit in filtered] == [("formal-math", False)]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (
            "queries: [{query: a, pins: [x]}]",
            "line 1, queries, entry 1: the key 'pins' is not known; did you mean 'pin'?",
        ),
        ("queries:\n\t- {", "it is not YAML: "),
        ("[a, b]", "the file: it is not a mapping"),
    ],
)
def test_an_invalid_curation_file_is_an_error(
    content: str, says: str, command: Command, demo_index: Path, tmp_path: Path
) -> None:
    file = tmp_path / "corpus/curation.yaml"
    file.parent.mkdir()
    file.write_text(content, encoding="utf-8")
    outcome = command("search", "models", "--index", demo_index)
    assert (outcome.code, outcome.out) == (1, "")
    (line,) = outcome.err.splitlines()
    assert line.startswith(f"semsearch: corpus/curation.yaml: {says}")


@pytest.mark.parametrize("by", ["option", "setting"])
@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("no such model", "reranker 'no such model' not found: there is no such folder; give a folder that holds "),
        ("empty", "empty is not a reranker: it has no config.json; use a CrossEncoder with a single label, "),
    ],
)
def test_an_invalid_reranker_is_an_error_with_its_name(
    by: str,
    name: str,
    says: str,
    command: Command,
    demo_index: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "empty").mkdir()
    if by == "setting":
        monkeypatch.setenv("SEMSEARCH_RERANKER", name)
    outcome = command("search", "models", "--index", demo_index, *(["--reranker", name] if by == "option" else []))
    assert (outcome.code, outcome.out) == (1, "")
    (line,) = outcome.err.splitlines()
    assert line.startswith("semsearch: ")
    assert says in line
