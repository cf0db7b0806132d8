from __future__ import annotations

import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.builders import ROOT, SHARED, Command, raw_post, write_corpus
from tests.cli.outputs import parse_json_line


def test_rebuild_reports_counts(command: Command, index: Path, tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path / "posts", [*(raw_post(f"p{n}") for n in range(20)), "{"])
    words = ["rebuild", "--corpus", corpus, "--index", index, "--json"]
    outcome = command(*words)
    report = parse_json_line(outcome.out)
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
    again = parse_json_line(command(*words).out)
    assert (again["embedded"], again["reused"]) == (0, 20)
    assert parse_json_line(command(*words, "--full").out)["embedded"] == 20


def test_rebuild_reports_an_unchanged_corpus(command: Command, index: Path, tmp_path: Path) -> None:
    words = ["rebuild", "--corpus", write_corpus(tmp_path / "posts", [raw_post("a")]), "--index", index]
    assert "nothing changed" not in command(*words).out
    built, related = command(*words).out.splitlines()
    assert built.endswith("; nothing changed")
    assert "1 posts, 1 passages (0 embedded, 1 reused)" in built
    assert related.startswith("related lists: 0 of 1 changed, ")
    assert parse_json_line(command(*words, "--json").out)["unchanged"] is True


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
        parse_json_line(command("rebuild", "--corpus", corpus, "--index", index, "--json").out)["version"] for _ in "12"
    )
    listed = parse_json_line(command("versions", "--index", index, "--json").out)["versions"]
    assert isinstance(listed, list)
    assert [(info["version"], info["current"], info["posts"]) for info in listed] == [
        (second, True, 1),
        (first, False, 1),
    ]
    assert command("rollback", "--index", index).out == f"the current version is {first}\n"
    assert command("versions", "--index", index).out.splitlines()[1].startswith(f"* {first}  1 posts")
    assert command("verify", second, "--index", index).out.startswith(f"version {second} is intact: 1 posts, ")
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
    content = parse_json_line(outcome.out)
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


TOPICS = (
    "a walrus on the ice",
    "walruses on sea ice",
    "baking rye bread",
    "how to bake bread",
    "playing jazz piano",
    "a jazz pianist plays",
    "repairing a bicycle",
    "bicycle repair shops",
)
"""Two posts of each topic, to be related to each other."""


def test_a_rebuild_above_max_churn_publishes_nothing(command: Command, index: Path, tmp_path: Path) -> None:
    posts = [raw_post(f"p{place}", title=topic, teaser="") for place, topic in enumerate(TOPICS)]
    corpus = write_corpus(tmp_path / "posts", posts)
    words = ["rebuild", "--corpus", corpus, "--index", index, "--json"]
    first = parse_json_line(command(*words, "--max-churn", 0).out)
    assert first["related"]["changed"] is None
    others = [post | {"title": topic} for post, topic in zip(posts, TOPICS[3:] + TOPICS[:3], strict=True)]
    write_corpus(corpus, others)
    outcome = command(*words, "--max-churn", "0.1")
    assert (outcome.code, outcome.out) == (1, "")
    last = outcome.err.splitlines()[-1]
    assert "of 8 related lists would change, over the limit of 10.0%; nothing was published" in last
    assert (
        parse_json_line(command("versions", "--index", index, "--json").out)["versions"][0]["version"]
        == first["version"]
    )
    assert not (index / "building").exists()
    report = parse_json_line(command(*words, "--max-churn", 1).out)
    assert report["related"]["compared"] == 8
    assert f"semsearch: {report['related']['changed']} of 8 related lists would change" in last


@pytest.mark.parametrize("share", ["1.5", "-0.1", "nan", "all"])
def test_an_invalid_max_churn_is_wrong_usage(command: Command, tmp_path: Path, share: str) -> None:
    corpus = write_corpus(tmp_path / "posts", [raw_post("a")])
    outcome = command("rebuild", "--corpus", corpus, "--max-churn", share)
    assert (outcome.code, outcome.out) == (2, "")
    assert "max-churn" in outcome.err.replace("_", "-")
    assert not (tmp_path / "index").exists()


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["search", "models"], 1, "no index at index yet; run: semsearch rebuild --index index"),
        (["related", "vpt"], 1, "run: semsearch rebuild"),
        (["versions"], 1, "run: semsearch rebuild"),
        (["rollback"], 1, "run: semsearch rebuild"),
        (["verify"], 1, "run: semsearch rebuild"),
        (["rebuild"], 1, "no corpus at corpus: it does not exist"),
        (["evaluate", "nowhere"], 1, "nowhere is not a test collection"),
        ([], 2, ""),
        (["serach"], 2, "serach"),
        (["search"], 2, "query"),
        (["search", "a", "--mode", "fast"], 2, "fast"),
        (["serve", "--port", "70000"], 2, "65535"),
    ],
)
def test_errors_are_one_line_with_an_exit_code(words: list[str], code: int, says: str, command: Command) -> None:
    outcome = command(*words)
    assert outcome.code == code
    assert says in outcome.err
    assert "Traceback" not in outcome.err
    if code == 1:
        assert len(outcome.err.splitlines()) <= 2  # the stage of the rebuild, and the error
        assert outcome.out == ""


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["search", ""], 2, "q: the query is empty"),
        (["search", "a" * 10_000], 2, "q: the query has 10000 characters, the limit is 2000"),
        (["search", "a", "--limit", "0"], 2, "limit: 0 is not between 1 and 100"),
        (["search", "a", "--date-from", "soon"], 2, "date_from: 'soon' is not a day"),
        (["related", "nope"], 1, "no post has the id 'nope'"),
    ],
)
def test_an_invalid_parameter_is_named(
    words: list[str], code: int, says: str, command: Command, demo_index: Path
) -> None:
    outcome = command(*words, "--index", demo_index, "--json")
    assert (outcome.code, outcome.out) == (code, "")
    assert outcome.err.startswith(f"semsearch: {says}")


@pytest.mark.parametrize("content", [{"modules.json": "{}"}, {"modules.json": "[]"}, {"config.json": "{}"}, {}])
def test_a_folder_that_is_not_a_model_is_an_error(content: dict[str, str], command: Command, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    for name, text in content.items():
        (folder / name).write_text(text, encoding="utf-8")
    write_corpus(tmp_path / "corpus", [raw_post("a")])
    outcome = command("rebuild", "--model", folder)
    assert outcome.code == 1
    assert f"{folder} is not a sentence-transformers model: " in outcome.err
    assert not (tmp_path / "index" / "versions").exists()


def test_a_failed_rebuild_keeps_the_old_version(command: Command, index: Path, tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path / "posts", [raw_post("a")])
    command("rebuild", "--corpus", corpus, "--index", index)
    write_corpus(tmp_path / "posts", [raw_post("b"), raw_post("b")])
    outcome = command("rebuild", "--corpus", corpus, "--index", index)
    assert outcome.code == 1
    assert "duplicate id 'b'" in outcome.err
    assert "[a]" in command("search", "title", "--index", index).out


@pytest.mark.skipif(not SHARED.is_dir(), reason="the hostile inputs are not part of the project")
def test_no_naughty_string_breaks_the_command_line(command: Command, demo_index: Path) -> None:
    naughty = json.loads((SHARED / "bad_inputs/blns/blns.json").read_text(encoding="utf-8"))
    for text in naughty[::60]:
        if "\x00" not in text:  # arguments cannot contain NUL
            outcome = command("search", "--index", demo_index, "--json", "--limit", 1, "--", text)
            assert outcome.code in (0, 2), text
            assert "Traceback" not in outcome.err


def test_a_port_in_use_is_an_error_of_one_line(command: Command, demo_index: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        outcome = command("serve", "--index", demo_index, "--port", port)
    assert outcome.code == 1
    assert outcome.err.splitlines()[-1].startswith(f"semsearch: cannot listen at 127.0.0.1, port {port}: ")


def test_ctrl_c_during_a_rebuild_prints_one_line(
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


def test_a_closed_pipe_is_not_an_error(demo_index: Path) -> None:
    command = f"{sys.executable} -m semsearch search models --index '{demo_index}' | head -c 1"
    done = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.stderr == ""
