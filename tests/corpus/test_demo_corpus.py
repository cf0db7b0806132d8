"""The corpus that comes with the project: everything in it is a post, and stands there as it is indexed."""

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


def test_no_line_is_lost(posts: list[Post]) -> None:
    lines = [line for file in CORPUS.glob("*.jsonl") for line in file.read_bytes().splitlines()]

    assert len(posts) == len(lines) >= 9


def test_every_post_stands_there_as_it_is_indexed(posts: list[Post]) -> None:
    """Nothing in it had to be cleaned, and no key is misspelt."""
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


def test_the_first_post_is_read_as_it_was_written(posts: list[Post]) -> None:
    solved = next(post for post in posts if post.id == "solving-math-word-problems")

    assert solved.title == "Solving Math Word Problems"
    assert solved.teaser.startswith("We’ve trained a system that solves grade school math problems")
    assert solved.date == "2021-10-29"
    assert solved.tags == ("mathematics", "reasoning", "language models")
    assert solved.authors == ()
    assert solved.extra == {}
