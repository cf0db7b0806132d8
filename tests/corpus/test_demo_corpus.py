"""The demo corpus: every line is a valid post in cleaned form."""

from __future__ import annotations

import json

import pytest

from semsearch.corpus import load
from semsearch.posts import Post
from tests.builders import ROOT

CORPUS = ROOT / "corpus"


@pytest.fixture(scope="module")
def posts() -> list[Post]:
    records = list(load(CORPUS))
    assert [str(record) for record in records if not isinstance(record, Post)] == []
    return [record for record in records if isinstance(record, Post)]


def test_every_line_of_the_demo_corpus_is_a_post(posts: list[Post]) -> None:
    lines = [line for file in CORPUS.glob("*.jsonl") for line in file.read_bytes().splitlines()]

    assert len(posts) == len(lines) >= 9


def test_every_demo_post_is_stored_in_cleaned_form(posts: list[Post]) -> None:
    """No text needs cleaning, and no key is unknown."""
    raws = [
        json.loads(line)
        for file in sorted(CORPUS.glob("*.jsonl"))
        for line in file.read_text(encoding="utf-8").splitlines()
    ]

    for raw, post in zip(raws, posts, strict=True):
        assert raw == {key: getattr(post, key) for key in raw} | {"tags": list(post.tags)}


def test_every_post_can_be_shown_and_filtered(posts: list[Post]) -> None:
    for post in posts:
        assert post.teaser, post.id
        assert post.tags, post.id
        assert post.day is not None, post.id
        assert post.url is not None, post.id
        assert post.url.startswith("https://"), post.id


def test_no_two_posts_are_the_same(posts: list[Post]) -> None:
    assert len({(post.title, post.teaser, post.body) for post in posts}) == len(posts)
    assert len({post.url for post in posts}) == len(posts)


def test_first_demo_post_has_the_expected_fields(posts: list[Post]) -> None:
    solved = next(post for post in posts if post.id == "solving-math-word-problems")

    assert solved.title == "Solving Math Word Problems"
    assert solved.teaser.startswith("We’ve trained a system that solves grade school math problems")
    assert solved.date == "2021-10-29"
    assert solved.tags == ("mathematics", "reasoning", "language models")
    assert solved.authors == ()
    assert solved.extra == {}
