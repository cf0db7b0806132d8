from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from semsearch.search import Searcher
from semsearch.search.results import to_json
from tests.builders import ROOT, SHARED, Command, raw_post, write_corpus
from tests.encoding.tiny import TinyReranker

CHANGING = ("request_id", "processing_time_ms")


def one_object(text: str) -> dict[str, object]:
    """The one JSON object that ``--json`` prints."""
    assert text.count("\n") == 1
    content = json.loads(text)
    assert isinstance(content, dict)
    return {key: value for key, value in content.items() if key not in CHANGING}


def steady(result: object) -> dict[str, object]:
    return {key: value for key, value in to_json(result).items() if key not in CHANGING}


def test_search_prints_what_http_answers(command: Command, demo_index: Path, demo: Searcher) -> None:
    words = ["--limit", 2, "--mode", "lexical", "--tag", "alignment", "--date-from", "2022-01-01", "--explain"]
    outcome = command("search", "language models", "--index", demo_index, "--json", *words)
    expected = demo.search(
        "language models", limit=2, mode="lexical", tags=["alignment"], date_from="2022-01-01", explain=True
    )
    assert (outcome.code, outcome.err) == (0, "")
    assert one_object(outcome.out) == steady(expected)


def test_hits_are_listed_for_people(command: Command, demo_index: Path) -> None:
    out = command("search", "grade school maths", "--index", demo_index, "--limit", 1, "--explain").out
    assert "1. Solving Math Word Problems  [solving-math-word-problems]  confidence 1.00" in out
    assert "https://openai.com/index/solving-math-word-problems/" in out
    assert "score" in out
    assert "\x1b" not in out  # no colours where nobody sees them


def test_nothing_found_is_said(command: Command, demo_index: Path) -> None:
    outcome = command("search", "models", "--index", demo_index, "--tag", "cooking")
    assert (outcome.code, outcome.out) == (0, "nothing found\n")


def test_a_misspelt_word_is_corrected_and_that_is_said(command: Command, demo_index: Path) -> None:
    first, second, *_ = command("search", "grade scool math", "--index", demo_index).out.splitlines()
    assert first == "no post has “scool”: searched for “school”"
    assert second.startswith("  1. Solving Math Word Problems")


def test_what_the_posts_do_not_answer_is_said(command: Command, demo_index: Path) -> None:
    question = "how long do I boil an egg?"
    first, second, *_ = command("search", question, "--index", demo_index).out.splitlines()
    assert first == "no sure answer; the nearest posts:"
    assert second.startswith("  1. ")
    assert "no sure answer" not in command("search", "grade school math", "--index", demo_index).out


@pytest.fixture(scope="module")
def twice(build: Callable[..., Path]) -> Path:
    """An index of a post, its near-duplicate of the next day, and another. Tests only read it."""
    tides = "The tide tables for the harbour were printed again this spring, with corrected times for every day."
    return build(
        [
            raw_post("old", title="Tide tables", teaser=tides, date="2024-05-01"),
            raw_post("new", title="Tide tables", teaser=tides, date="2024-05-02"),
            raw_post("bread", title="Bread from the oven", teaser="Flour and water, and time."),
        ]
    )


def test_near_duplicates_are_named_under_the_newest_or_listed(command: Command, twice: Path) -> None:
    words = ["search", "tide tables", "--index", twice]
    collapsed = command(*words).out
    assert collapsed.splitlines()[0].startswith("  1. Tide tables  [new]  confidence ")
    assert "     also: Tide tables  [old]" in collapsed.splitlines()
    listed = command(*words, "--all-copies").out
    assert "also:" not in listed
    assert {line.split("[")[1][:3] for line in listed.splitlines() if "Tide tables  [" in line} == {"new", "old"}
    as_json = one_object(command(*words, "--all-copies", "--json").out)
    assert as_json["estimated_total_hits"] == 3


def test_a_query_that_only_excludes_is_wrong_usage(command: Command, demo_index: Path) -> None:
    outcome = command("search", "--index", demo_index, "--", "-models")
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err == "semsearch: q: it says only what to leave out; add a word to look for\n"


def test_a_phrase_and_an_excluded_word_narrow_the_hits(command: Command, demo_index: Path) -> None:
    out = command("search", '"language models" -browsing', "--index", demo_index).out
    assert "[instruction-following]" in out
    assert "[webgpt]" not in out  # it has the phrase, and the word
    assert "[vpt]" not in out  # it has not the phrase


# --- curation and a second stage --------------------------------------------------------------------------------------

PINS = "queries: [{query: grade school math, pin: [vpt], hide: [solving-math-word-problems]}]\n"


def test_pins_and_hidden_posts_come_from_the_file_beside_the_posts(
    command: Command, demo_index: Path, tmp_path: Path
) -> None:
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


@pytest.fixture
def never_serving(monkeypatch: pytest.MonkeyPatch) -> None:
    """Has a service that should not have started end at once."""
    monkeypatch.setattr("uvicorn.Server.run", lambda *_, **__: None)


@pytest.mark.usefixtures("never_serving")
@pytest.mark.parametrize("words", [["search", "models"], ["serve", "--port", "0"]], ids=["search", "serve"])
@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("queries: [{query: a, pins: [x]}]", "queries, entry 1: the key 'pins' is not known; did you mean 'pin'?"),
        ("queries:\n\t- {", "it is not YAML: "),
        ("[a, b]", "the file: no keys are there"),
    ],
)
def test_a_wrong_curation_file_stops_what_would_use_it(
    words: list[str], content: str, says: str, command: Command, demo_index: Path, tmp_path: Path
) -> None:
    file = tmp_path / "corpus/curation.yaml"
    file.parent.mkdir()
    file.write_text(content, encoding="utf-8")
    outcome = command(*words, "--index", demo_index)
    assert (outcome.code, outcome.out) == (1, "")
    (line,) = outcome.err.splitlines()
    assert line.startswith(f"semsearch: corpus/curation.yaml: {says}")


@pytest.mark.usefixtures("never_serving")
@pytest.mark.parametrize("words", [["search", "models"], ["serve", "--port", "0"]], ids=["search", "serve"])
@pytest.mark.parametrize("by", ["option", "setting"])
@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("no such model", "reranker 'no such model' not found: there is no such folder; give a folder that holds "),
        ("empty", "empty is not a reranker: it has no config.json; save one with one label with "),
    ],
)
def test_a_reranker_that_is_none_is_named(
    words: list[str],
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
    outcome = command(*words, "--index", demo_index, *(["--reranker", name] if by == "option" else []))
    assert (outcome.code, outcome.out) == (1, "")
    (line,) = outcome.err.splitlines()
    assert line.startswith("semsearch: ")
    assert says in line


def test_a_cross_encoder_looks_at_the_first_hits_again(
    command: Command,
    demo_index: Path,
    demo: Searcher,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("SEMSEARCH_RERANK_BUDGET_MS", "60000")
    folder = TinyReranker().save(tmp_path / "cross-encoder")
    capsys.readouterr()  # what making one prints
    outcome = command("search", "models", "--index", demo_index, "--reranker", folder, "--explain", "--json")
    answer = one_object(outcome.out)
    assert (outcome.code, outcome.err) == (0, "")
    assert answer["reranking"] == {"model": str(folder), "candidates": 9, "done": True}
    hits = answer["hits"]
    assert isinstance(hits, list)
    first = {hit.id: hit for hit in demo.search("models").hits}
    assert {hit["id"]: hit["confidence"] for hit in hits} == {key: hit.confidence for key, hit in first.items()}
    relevances = [hit["explanation"]["reranking"]["relevance"] for hit in hits]
    assert relevances == sorted(relevances, reverse=True)
    assert [hit["id"] for hit in hits] != list(first)


# --- rebuild and versions ---------------------------------------------------------------------------------------------


def test_rebuild_counts_what_it_did(command: Command, index: Path, tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path / "posts", [*(raw_post(f"p{n}") for n in range(20)), "{"])
    words = ["rebuild", "--corpus", corpus, "--index", index, "--json"]
    outcome = command(*words)
    report = one_object(outcome.out)
    assert outcome.code == 0
    assert {key: report[key] for key in ("posts", "passages", "embedded", "reused", "rejected", "model")} == {
        "posts": 20,
        "passages": 20,
        "embedded": 20,
        "reused": 0,
        "rejected": 1,
        "model": "all-MiniLM-L6-v2",
    }
    assert set(report) >= {"version", "seconds", "posts_per_second"}
    assert f"rejected: {corpus / 'posts.jsonl'}:21: not JSON" in outcome.err
    again = one_object(command(*words).out)
    assert (again["embedded"], again["reused"]) == (0, 20)
    assert one_object(command(*words, "--full").out)["embedded"] == 20


def test_rebuild_says_when_nothing_had_changed(command: Command, index: Path, tmp_path: Path) -> None:
    words = ["rebuild", "--corpus", write_corpus(tmp_path / "posts", [raw_post("a")]), "--index", index]
    assert "nothing had changed" not in command(*words).out
    built, related = command(*words).out.splitlines()
    assert built.endswith("; nothing had changed")
    assert "1 posts, 1 passages (0 embedded, 1 reused)" in built
    assert related.startswith("related lists: 0 of 1 changed, ")
    assert one_object(command(*words, "--json").out)["unchanged"] is True


def test_settings_come_from_the_environment(
    command: Command, index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEMSEARCH_INDEX", str(index))
    monkeypatch.setenv("SEMSEARCH_CORPUS", str(write_corpus(tmp_path / "posts", [raw_post("a")])))
    assert command("rebuild").code == 0
    assert "[a]" in command("search", "title").out


def test_versions_rollback_and_verify(command: Command, index: Path, tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path / "posts", [raw_post("a")])
    first, second = (
        one_object(command("rebuild", "--corpus", corpus, "--index", index, "--json").out)["version"] for _ in "12"
    )
    listed = one_object(command("versions", "--index", index, "--json").out)["versions"]
    assert isinstance(listed, list)
    assert [(info["version"], info["current"], info["posts"]) for info in listed] == [
        (second, True, 1),
        (first, False, 1),
    ]
    assert command("rollback", "--index", index).out == f"version {first} is in use\n"
    assert command("versions", "--index", index).out.splitlines()[1].startswith(f"* {first}  1 posts")
    assert command("verify", second, "--index", index).out.startswith(f"version {second} is whole: 1 posts, ")
    (index / "versions" / str(second) / "posts.sqlite").write_bytes(b"")
    outcome = command("verify", second, "--index", index)
    assert outcome.code == 1
    assert "posts.sqlite" in outcome.err
    assert command("rollback", second, "--index", index).code == 1
    assert command("versions", "--index", index).out.splitlines()[1].startswith(f"* {first}")


def test_evaluate_measures_a_collection(command: Command, index: Path, tmp_path: Path) -> None:
    folder = tmp_path / "collection"
    posts = [raw_post("boats", title="Boats in the harbour"), raw_post("bread", title="Bread from the oven")]
    write_corpus(
        folder, [{"_id": post["id"], "title": post["title"], "text": post["teaser"]} for post in posts], "corpus.jsonl"
    )
    write_corpus(folder, [{"_id": "q", "text": "ships at the quay"}], "queries.jsonl")
    (folder / "qrels").mkdir()
    (folder / "qrels/test.tsv").write_text("query-id\tcorpus-id\tscore\nq\tboats\t1\n", encoding="utf-8")
    (tmp_path / "index/cache").mkdir(parents=True, exist_ok=True)
    outcome = command("evaluate", folder, "--mode", "semantic", "--json")
    content = one_object(outcome.out)
    assert (content["task"], content["mode"], content["queries"]) == ("search", "semantic", 1)
    assert content["measures"] == {"nDCG@10": 1.0, "R@100": 1.0, "RR": 1.0}
    (tmp_path / "run.json").write_text(outcome.out, encoding="utf-8")
    shown = command("evaluate", folder, "--against", tmp_path / "run.json").out
    assert [line.split()[:2] for line in shown.splitlines()[1:4]] == [
        ["hybrid", "1.0000"],
        ["semantic", "1.0000"],
        ["lexical", "0.0000"],
    ]
    assert "ships at the quay  [q]" in shown
    assert "nDCG@10  1.0000 against 1.0000: +0.0000, 0 better, 0 worse, p = 1.0000" in shown


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["search", "models"], 1, "no index at index yet; run: semsearch rebuild --index index"),
        (["related", "vpt"], 1, "run: semsearch rebuild"),
        (["versions"], 1, "run: semsearch rebuild"),
        (["rollback"], 1, "run: semsearch rebuild"),
        (["verify"], 1, "run: semsearch rebuild"),
        (["serve"], 1, "run: semsearch rebuild"),
        (["rebuild"], 1, "no corpus at corpus: it does not exist"),
        (["evaluate", "nowhere"], 1, "nowhere is not a test collection"),
        ([], 2, ""),
        (["serach"], 2, "serach"),
        (["search"], 2, "query"),
        (["search", "a", "--mode", "fast"], 2, "fast"),
        (["serve", "--port", "70000"], 2, "65535"),
    ],
)
def test_what_cannot_be_done_says_why_in_one_line(words: list[str], code: int, says: str, command: Command) -> None:
    outcome = command(*words)
    assert outcome.code == code
    assert says in outcome.err
    assert "Traceback" not in outcome.err
    if code == 1:
        assert len(outcome.err.splitlines()) <= 2  # what it was doing, and why it stopped
        assert outcome.out == ""


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["search", ""], 2, "q: the query is empty"),
        (["search", "a" * 10_000], 2, "q: the query has 10000 characters, the limit is 512"),
        (["search", "a", "--limit", "0"], 2, "limit: 0 is not between 1 and 100"),
        (["search", "a", "--date-from", "soon"], 2, "date_from: 'soon' is not a day"),
        (["related", "nope"], 1, "no post has the id 'nope'"),
    ],
)
def test_a_bad_question_says_which_parameter(
    words: list[str], code: int, says: str, command: Command, demo_index: Path
) -> None:
    outcome = command(*words, "--index", demo_index, "--json")
    assert (outcome.code, outcome.out) == (code, "")
    assert outcome.err.startswith(f"semsearch: {says}")


@pytest.mark.parametrize("content", [{"modules.json": "{}"}, {"modules.json": "[]"}, {"config.json": "{}"}, {}])
def test_a_folder_that_is_no_model_is_refused(content: dict[str, str], command: Command, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    for name, text in content.items():
        (folder / name).write_text(text, encoding="utf-8")
    write_corpus(tmp_path / "corpus", [raw_post("a")])
    outcome = command("rebuild", "--model", folder)
    assert outcome.code == 1
    assert f"{folder} is not a sentence-transformers model: " in outcome.err
    assert not (tmp_path / "index" / "versions").exists()


def test_a_rebuild_that_fails_leaves_the_old_version(command: Command, index: Path, tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path / "posts", [raw_post("a")])
    command("rebuild", "--corpus", corpus, "--index", index)
    write_corpus(tmp_path / "posts", [raw_post("b"), raw_post("b")])
    outcome = command("rebuild", "--corpus", corpus, "--index", index)
    assert outcome.code == 1
    assert "the id 'b' was used before" in outcome.err
    assert "[a]" in command("search", "title", "--index", index).out


@pytest.mark.skipif(not SHARED.is_dir(), reason="the hostile inputs are kept outside the project")
def test_no_naughty_string_breaks_the_command_line(command: Command, demo_index: Path) -> None:
    naughty = json.loads((SHARED / "bad_inputs/blns/blns.json").read_text(encoding="utf-8"))
    for text in naughty[::60]:
        if "\x00" not in text:  # no command line can hold one
            outcome = command("search", "--index", demo_index, "--json", "--limit", 1, "--", text)
            assert outcome.code in (0, 2), text
            assert "Traceback" not in outcome.err


def test_an_address_that_is_taken_is_an_error_of_one_line(command: Command, demo_index: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        outcome = command("serve", "--index", demo_index, "--port", port)
    assert outcome.code == 1
    assert outcome.err.splitlines()[-1].startswith(f"semsearch: cannot listen at 127.0.0.1, port {port}: ")


def test_ctrl_c_says_what_is_left(
    command: Command, index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("semsearch.rebuilding.embedding.Embedder.flush", interrupt)
    corpus = write_corpus(tmp_path / "posts", [raw_post("a")])
    outcome = command("rebuild", "--corpus", corpus, "--index", index)
    assert outcome.code == 130
    assert outcome.err.splitlines()[-1].startswith("semsearch: stopped; nothing new was published")
    assert not (index / "building").exists()


def test_a_reader_that_goes_away_is_no_error(demo_index: Path) -> None:
    command = f"{sys.executable} -m semsearch search models --index '{demo_index}' | head -c 1"
    done = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.stderr == ""
