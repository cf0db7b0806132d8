from __future__ import annotations

import json
from pathlib import Path

import pytest

from semsearch.search import Searcher
from semsearch.search.results import to_json
from tests.builders import Command

VARYING_FIELDS = ("request_id", "processing_time_ms", "index_version")


def test_export_writes_the_list_of_every_post(
    command: Command, demo_index: Path, demo: Searcher, tmp_path: Path
) -> None:
    words = ["--limit", 2, "--diversity", 0, "--exclude-linked", "--no-newer", "--min-confidence", 0.05]
    outcome = command("export", "related", "site", "--index", demo_index, "--json", *words)
    posts = len(demo.snapshot)
    assert (outcome.code, outcome.err, outcome.out.count("\n")) == (0, "", 1)
    exported = json.loads(outcome.out)
    assert exported | {"empty": 0} == {
        "posts": posts,
        "written": 2 * posts,
        "removed": 0,
        "empty": 0,
        "index_version": demo.snapshot.version,
    }
    empty = 0
    for post_id, name in json.loads((tmp_path / "site/index.json").read_text(encoding="utf-8"))["posts"].items():
        expected = to_json(
            demo.related(post_id, limit=2, diversity=0.0, exclude_linked=True, newer=False, min_confidence=0.05)
        )
        content = json.loads((tmp_path / f"site/{name}.json").read_text(encoding="utf-8"))
        assert content == {key: value for key, value in expected.items() if key not in VARYING_FIELDS}
        empty += not content["hits"]
    assert exported["empty"] == empty


def test_export_prints_counts(command: Command, demo_index: Path, demo: Searcher) -> None:
    posts, version = len(demo.snapshot), demo.snapshot.version
    for written in (2 * posts, 0):
        outcome = command("export", "related", "site", "--index", demo_index)
        assert outcome.out == (
            f"site: {posts} lists of version {version}, 0 of them empty; {written} files written, 0 removed\n"
        )


def test_hidden_posts_are_not_exported(
    command: Command, demo_index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "hidden.yaml").write_text("hide: [webgpt]\n", encoding="utf-8")
    monkeypatch.setenv("SEMSEARCH_CURATION", str(tmp_path / "hidden.yaml"))
    assert command("export", "related", "site", "--index", demo_index).code == 0
    listed = [
        hit["id"]
        for file in (tmp_path / "site").glob("*.json")
        for hit in json.loads(file.read_text(encoding="utf-8")).get("hits", ())
    ]
    assert listed
    assert "webgpt" not in listed


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["export"], 2, ""),
        (["export", "related"], 2, "DIR"),
        (["export", "search", "site"], 2, "search"),
        (["export", "related", "site"], 1, "semsearch: no index at index yet; run: semsearch rebuild --index index"),
        (["export", "related", "site", "--limit", "51"], 2, "semsearch: limit: 51 is not between 1 and 50"),
        (["export", "related", "site", "--diversity", "-1"], 2, "semsearch: diversity: -1.0 is not between 0 and 1"),
    ],
)
def test_errors_have_an_exit_code_and_write_nothing(
    words: list[str], code: int, says: str, command: Command, tmp_path: Path
) -> None:
    outcome = command(*words)
    assert outcome.code == code
    assert says in outcome.err
    assert "Traceback" not in outcome.err
    assert not (tmp_path / "site").exists()


def test_a_folder_that_cannot_be_exported_to_is_an_error(command: Command, demo_index: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    outcome = command("export", "related", "file", "--index", demo_index)
    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err == "semsearch: cannot export to file: it is a file; choose another folder, or fix this one\n"
    (tmp_path / "site").mkdir()
    (tmp_path / "site/index.json").write_text("{}", encoding="utf-8")
    outcome = command("export", "related", "site", "--index", demo_index)
    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err.startswith(
        "semsearch: cannot export to site: index.json is not from an export of related posts; "
    )
    assert (tmp_path / "site/index.json").read_text(encoding="utf-8") == "{}"
