from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.builders import Command, raw_post

TIDES = "The tide tables for the harbour were printed again this spring, with corrected times for every day."

PLACES = ("Bergen", "Cuxhaven", "Dover", "Esbjerg", "Faro", "Genoa")


@pytest.fixture(scope="module")
def flawed_index(build: Callable[..., Path]) -> Path:
    """An index of two near-duplicates, a post with a thin teaser, and one without date and tags. Tests only read it."""
    return build(
        [
            raw_post("old", title="Tide tables", teaser=TIDES, date="2024-05-01", tags=["sea"]),
            raw_post("new", title="Tide tables", teaser=TIDES, date="2024-05-02", tags=["sea"]),
            raw_post("bread", title="Bread from the oven", teaser="Flour.", date="2024-05-01", tags=["kitchen"]),
            raw_post("boats", title="Boats in the harbour", teaser=f"Boats and tides. {TIDES[:40]}"),
        ]
    )


def test_tables_are_printed(command: Command, flawed_index: Path) -> None:
    outcome = command("doctor", "--index", flawed_index)
    assert (outcome.code, outcome.err) == (0, "")
    lines = outcome.out.splitlines()
    assert lines[0].endswith(", 4 posts")
    assert "near-duplicates: search shows one of each group (1)" in lines
    assert "  2 posts  Tide tables = Tide tables  [old]" in lines
    assert "thin teasers (1)" in lines
    assert "  6 characters  Bread from the oven  [bread]" in lines
    assert "no date (1)" in lines
    assert "  Boats in the harbour  [boats]" in lines
    assert "no tags; suggestions from related posts (1)" in lines
    assert "hubs" not in outcome.out
    assert "\x1b" not in outcome.out


def test_json_output_has_all_findings(command: Command, flawed_index: Path) -> None:
    outcome = command("doctor", "--index", flawed_index, "--json")
    assert (outcome.code, outcome.err, outcome.out.count("\n")) == (0, "", 1)
    found = json.loads(outcome.out)
    about, named = (
        ["posts", "index_version"],
        ["duplicates", "orphans", "hubs", "thin", "undated", "untagged", "boilerplate"],
    )
    assert list(found) == about + named
    assert (found["posts"], found["hubs"]) == (4, [])
    assert found["duplicates"] == [[{"id": "old", "title": "Tide tables"}, {"id": "new", "title": "Tide tables"}]]
    assert found["thin"] == [{"id": "bread", "title": "Bread from the oven", "teaser": "Flour."}]
    assert found["undated"] == [{"id": "boats", "title": "Boats in the harbour"}]
    assert [(post["id"], post["title"]) for post in found["untagged"]] == [("boats", "Boats in the harbour")]


def test_without_findings_only_the_size_is_printed(command: Command, build: Callable[..., Path]) -> None:
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


def test_boilerplate_is_listed_in_the_table_and_in_json(command: Command, build: Callable[..., Path]) -> None:
    index = build([raw_post(name, teaser=f"All about {name}. Please donate to our harbour.") for name in PLACES])
    assert (
        f"  {len(PLACES)} posts  Please donate to our harbour.  [Bergen]"
        in command("doctor", "--index", index).out.splitlines()
    )
    found = json.loads(command("doctor", "--index", index, "--json").out)["boilerplate"]
    assert found == [{"sentence": "Please donate to our harbour.", "posts": len(PLACES), "example": "Bergen"}]
