from __future__ import annotations

import pytest

from semsearch.posts import Post
from semsearch.rebuilding import post_memory
from semsearch.rebuilding.post_memory import PostMemory, compute


class Counted:
    """A function that counts its calls."""

    def __init__(self) -> None:
        self.calls: list[tuple[object, ...]] = []

    def __call__(self, post: Post, *context: object) -> tuple[object, ...]:
        self.calls.append((post.id, *context))
        return post.title, *context


def test_a_post_is_computed_once_and_again_when_any_field_or_the_context_changes() -> None:
    memory, function = PostMemory(), Counted()
    for post in (Post("a", "Title"), Post("a", "Title"), Post("a", "Title", extra={"rating": 5}), Post("a", "Other")):
        assert memory.call(function, post, 1) == compute(function, post, 1)
    assert len(function.calls) == 3 + 4
    assert memory.call(function, Post("a", "Title"), 2) == ("Title", 2)
    assert memory.call(str, Post("a", "Title")) == str(Post("a", "Title"))  # another function
    assert len(function.calls) == 3 + 4 + 1


def test_results_last_as_long_as_each_rebuild_needs_them() -> None:
    memory, function, posts = PostMemory(), Counted(), [Post("a", "A"), Post("b", "B")]
    for used in (posts, posts, posts[:1], posts):
        for post in used:
            memory.call(function, post)
        memory.end_rebuild()
    assert function.calls == [("a",), ("b",), ("b",)]


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(post_memory, "MAX_RESULTS", 1)
    memory, function = PostMemory(), Counted()
    for _ in range(2):
        for name in "ab":
            assert memory.call(function, Post(name, name)) == (name,)
        memory.end_rebuild()
    assert function.calls == [("a",), ("b",), ("b",)]
