from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from semsearch.index.related import RelatedPosts
from semsearch.search import Searcher
from semsearch.search.results import to_json
from tests.builders import Command, raw_post

CHANGING = ("request_id", "processing_time_ms", "index_version")
TIDES = "The tide tables for the harbour were printed again this spring, with corrected times for every day."


# --- export related ---------------------------------------------------------------------------------------------------


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
        assert content == {key: value for key, value in expected.items() if key not in CHANGING}
        empty += not content["hits"]
    assert exported["empty"] == empty


def test_export_counts_for_people_what_it_did(command: Command, demo_index: Path, demo: Searcher) -> None:
    posts, version = len(demo.snapshot), demo.snapshot.version
    for written in (2 * posts, 0):
        outcome = command("export", "related", "site", "--index", demo_index)
        assert outcome.out == (
            f"site: {posts} lists of version {version}, 0 of them empty; {written} files written, 0 removed\n"
        )


def test_what_an_editor_hides_is_in_no_exported_list(
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
        (["doctor"], 1, "semsearch: no index at index yet; run: semsearch rebuild --index index"),
        (["doctor", "more"], 2, "more"),
    ],
)
def test_what_cannot_be_done_says_why_and_writes_nothing(
    words: list[str], code: int, says: str, command: Command, tmp_path: Path
) -> None:
    outcome = command(*words)
    assert outcome.code == code
    assert says in outcome.err
    assert "Traceback" not in outcome.err
    assert not (tmp_path / "site").exists()


def test_a_folder_that_cannot_be_exported_to_is_named(command: Command, demo_index: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    outcome = command("export", "related", "file", "--index", demo_index)
    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err == "semsearch: cannot export to file: it is a file; choose another folder, or mend this one\n"
    (tmp_path / "site").mkdir()
    (tmp_path / "site/index.json").write_text("{}", encoding="utf-8")
    outcome = command("export", "related", "site", "--index", demo_index)
    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err.startswith("semsearch: cannot export to site: index.json there is no export of related posts; ")
    assert (tmp_path / "site/index.json").read_text(encoding="utf-8") == "{}"


# --- doctor -----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def ailing(build: Callable[..., Path]) -> Path:
    """An index of two copies, a thin post, and one without date and tags. Tests only read it."""
    return build(
        [
            raw_post("old", title="Tide tables", teaser=TIDES, date="2024-05-01", tags=["sea"]),
            raw_post("new", title="Tide tables", teaser=TIDES, date="2024-05-02", tags=["sea"]),
            raw_post("bread", title="Bread from the oven", teaser="Flour.", date="2024-05-01", tags=["kitchen"]),
            raw_post("boats", title="Boats in the harbour", teaser=f"Boats and tides. {TIDES[:40]}"),
        ]
    )


def test_doctor_shows_tables(command: Command, ailing: Path) -> None:
    outcome = command("doctor", "--index", ailing)
    assert (outcome.code, outcome.err) == (0, "")
    lines = outcome.out.splitlines()
    assert lines[0].endswith(", 4 posts")
    assert "near-duplicates: of each group only one is shown (1)" in lines
    assert "  2 posts  Tide tables = Tide tables  [old]" in lines
    assert "thin teasers (1)" in lines
    assert "  6 characters  Bread from the oven  [bread]" in lines
    assert "no date (1)" in lines
    assert "  Boats in the harbour  [boats]" in lines
    assert "no tags, and those that related posts have (1)" in lines
    assert "hubs" not in outcome.out
    assert "\x1b" not in outcome.out


def test_doctor_says_all_of_it_in_json(command: Command, ailing: Path) -> None:
    outcome = command("doctor", "--index", ailing, "--json")
    assert (outcome.code, outcome.err, outcome.out.count("\n")) == (0, "", 1)
    found = json.loads(outcome.out)
    about, named = (
        ["posts", "index_version", "has_lists"],
        ["duplicates", "orphans", "hubs", "thin", "undated", "untagged"],
    )
    assert list(found) == about + named
    assert (found["posts"], found["has_lists"], found["hubs"]) == (4, True, [])
    assert found["duplicates"] == [[{"id": "old", "title": "Tide tables"}, {"id": "new", "title": "Tide tables"}]]
    assert found["thin"] == [{"id": "bread", "title": "Bread from the oven", "teaser": "Flour."}]
    assert found["undated"] == [{"id": "boats", "title": "Boats in the harbour"}]
    assert [(one["id"], one["title"]) for one in found["untagged"]] == [("boats", "Boats in the harbour")]


def test_of_a_version_without_lists_doctor_says_so_and_names_no_orphans(
    command: Command, ailing: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(RelatedPosts, "open", lambda _: None)
    lines = command("doctor", "--index", ailing).out.splitlines()
    assert lines[1] == "it has no related lists: run: semsearch rebuild"
    assert not any("in no related list" in line for line in lines)
    assert "no date (1)" in lines
    found = json.loads(command("doctor", "--index", ailing, "--json").out)
    assert (found["has_lists"], found["orphans"], found["hubs"]) == (False, [], [])


def test_of_a_corpus_that_is_well_only_its_size_is_said(command: Command, build: Callable[..., Path]) -> None:
    posts = [
        raw_post(
            name,
            title=f"{name} {name}",
            teaser=f"{name} {TIDES[:30]} and more of {name}",
            date="2024-05-01",
            tags=["x"],
        )
        for name in ("Walrus", "Compiler")
    ]
    index = build(posts)
    (line,) = command("doctor", "--index", index).out.splitlines()
    assert line == f"version {json.loads(command('doctor', '--index', index, '--json').out)['index_version']}, 2 posts"
