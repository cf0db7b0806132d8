"""Confidence means the same in corpora of every size and kind."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

import semsearch
from semsearch.search import Searcher

Build = Callable[[Iterable[Mapping[str, Any] | str]], Path]

BREAD = {"id": "bread", "title": "Sourdough for beginners", "teaser": "Flour and water and time."}
TREES = {"id": "trees", "title": "Pruning apple trees", "teaser": "When and how to cut branches in late winter."}
NEWS = (
    ("exports tables to CSV", "You can now save any table as a CSV file from the menu."),
    ("dark mode", "The interface follows the system setting for dark colours."),
    ("two-factor login", "Accounts can be protected with a code from a phone."),
    ("fixes a crash when printing", "Printing a page with pictures no longer closes the program."),
    ("keyboard shortcuts", "Every command has a shortcut, and you can change them."),
    ("a French spell checker", "The spell checker knows French and Belgian spelling."),
    ("offline maps", "Maps can be downloaded for use without a connection."),
    ("search in attachments", "The search box also finds words inside PDF attachments."),
    ("backups to a USB drive", "Backups can be written to an external drive every night."),
    ("voice notes", "Record a short voice note and attach it to a task."),
)
FOREIGN = (
    "cheap flights to Lisbon",
    "who won the football match",
    "how old is the universe",
    "car insurance",
    "chess openings",
    "trains on strike tomorrow",
)


def answered(searcher: Searcher, queries: Iterable[str]) -> dict[str, bool]:
    return {q: searcher.search(q).answerable for q in queries}


@pytest.fixture(scope="module")
def one(build: Build) -> Searcher:
    return semsearch.open(build([BREAD]))


@pytest.fixture(scope="module")
def two(build: Build) -> Searcher:
    return semsearch.open(build([BREAD, TREES]))


@pytest.fixture(scope="module")
def releases(build: Build) -> Searcher:
    """Release notes: titles are alike, and so are most sentences."""
    return semsearch.open(
        build(
            {
                "id": f"r{number}",
                "title": f"Release {number // 10 + 1}.{number % 10}.0",
                "teaser": f"This release brings {NEWS[number % 10][0]}. {NEWS[number % 10][1]} Thanks for all reports."
                if number < 10
                else f"This release improves {NEWS[number % 10][0]} again. Thanks for all reports.",
            }
            for number in range(30)
        )
    )


def test_the_only_post_is_no_answer_to_everything(one: Searcher) -> None:
    assert not any(answered(one, ("banana", "water polo rules", "the best phone of the year", *FOREIGN)).values())
    assert all(answered(one, ("sourdough", "sourdough for beginners", "flour", "bread")).values())
    assert one.search("sourdough").hits[0].confidence > 0.95


def test_of_two_posts_the_right_one_is_sure(two: Searcher) -> None:
    assert not any(answered(two, ("banana", *FOREIGN)).values())
    for q, post_id in (("sourdough", "bread"), ("when should I cut back fruit trees", "trees"), ("apple", "trees")):
        first, second = two.search(q).hits
        assert (first.id, first.confidence > 0.5, second.confidence < 0.5) == (post_id, True, True)


def test_questions_to_release_notes_are_answered(releases: Searcher) -> None:
    good = answered(
        releases,
        (
            "how do I save a table as CSV",
            "dark colours for the interface",
            "protect my account with a code from my phone",
            "crash when I print pictures",
            "change keyboard shortcuts",
            "French spelling",
            "use maps without internet",
            "find words inside PDF files",
            "back up to an external drive at night",
            "attach a recorded voice message",
        ),
    )
    assert sum(good.values()) >= 9
    assert not any(answered(releases, FOREIGN).values())


def test_a_name_that_a_model_cannot_read_is_sure(build: Build) -> None:
    titles = ["Fog over the channel", "Old letters", "A red hat", "Winter in the valley", "How to tie knots", "Tea"]
    posts = [{"id": f"p{number}", "title": title} for number, title in enumerate(titles)]
    searcher = semsearch.open(build([{"id": "by", "title": "A quiet harbour", "authors": ["Zoë Quark"]}, *posts]))
    for q in ("Zoë Quark", '"Zoë Quark"', "quark"):
        first = searcher.search(q).hits[0]
        assert (first.id, first.confidence > 0.5) == ("by", True), q


def test_an_unrelated_post_hardly_changes_how_sure_an_answer_is(one: Searcher, two: Searcher) -> None:
    for q in ("sourdough", "banana", "car insurance"):
        alone, among = one.search(q).hits[0], {hit.id: hit for hit in two.search(q).hits}["bread"]
        assert alone.confidence == pytest.approx(among.confidence, abs=0.2)
