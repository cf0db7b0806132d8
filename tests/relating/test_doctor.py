from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from semsearch.index.boilerplate import Boilerplate
from semsearch.posts import Post
from semsearch.relating.doctor import (
    THIN_CHARACTERS,
    Diagnosis,
    PostRef,
    TagSuggestion,
    ThinPost,
    UntaggedPost,
    diagnose,
)
from semsearch.relating.site import Hub
from tests.index.builders import post
from tests.relating.versions import with_lists

TEASER = "A teaser that says enough of what the post is about."


def healthy(post_id: str, **fields: Any) -> Post:
    """A post that needs no care."""
    plain = {"teaser": f"{TEASER} {post_id}", "date": "2024-01-01", "tags": ("plain",)}
    return post(post_id, **plain | fields)


def diagnosed(folder: Path, posts: Sequence[Post], lists: Mapping[str, Mapping[str, float]] | None = None) -> Diagnosis:
    return diagnose(with_lists(folder / "v", posts, lists or {}))


def around(*neighbours: Post, scores: Sequence[float]) -> tuple[list[Post], dict[str, dict[str, float]]]:
    """A post without tags, and its related posts."""
    listed = {one.id: score for one, score in zip(neighbours, scores, strict=True)}
    return [healthy("bare", tags=()), *neighbours], {"bare": listed}


def suggestions(tmp_path: Path, *neighbours: Post, scores: Sequence[float]) -> list[TagSuggestion]:
    posts, lists = around(*neighbours, scores=scores)
    (untagged,) = diagnosed(tmp_path, posts, lists).untagged
    assert untagged.id == "bare"
    return list(untagged.suggestions)


# --- posts by themselves ----------------------------------------------------------------------------------------------


def test_healthy_posts_are_not_reported(tmp_path: Path) -> None:
    lists = {"a": {"b": 1.0}, "b": {"a": 1.0}}
    found = diagnosed(tmp_path, [healthy("a"), healthy("b")], lists)
    assert found == Diagnosis(
        posts=2,
        index_version="v",
        duplicates=(),
        orphans=(),
        hubs=(),
        thin=(),
        undated=(),
        untagged=(),
        boilerplate=(),
    )


def test_boilerplate_of_the_version_is_listed(tmp_path: Path) -> None:
    snapshot = with_lists(tmp_path / "v", [healthy("a"), healthy("b")], {})
    left_out = (Boilerplate("Please donate to the harbour.", 44, "a"),)
    assert diagnose(replace(snapshot, boilerplate=left_out)).boilerplate == left_out


@pytest.mark.parametrize(
    ("teaser", "is_thin"),
    [("", True), ("x" * (THIN_CHARACTERS - 1), True), ("x" * THIN_CHARACTERS, False), ("é" * THIN_CHARACTERS, False)],
    ids=["none", "39 characters", "40 characters", "40 characters of two bytes"],
)
def test_a_teaser_of_less_than_forty_characters_is_thin(tmp_path: Path, teaser: str, is_thin: bool) -> None:
    found = diagnosed(tmp_path, [healthy("a", teaser=teaser, body=TEASER)])
    assert found.thin == ((ThinPost("a", "Title of a", teaser),) if is_thin else ())


def test_posts_without_a_date_are_named_in_the_order_of_the_corpus(tmp_path: Path) -> None:
    posts = [healthy("b", date=None), healthy("c"), healthy("a", date=None)]
    assert diagnosed(tmp_path, posts).undated == (PostRef("b", "Title of b"), PostRef("a", "Title of a"))


def test_posts_of_all_batches_are_diagnosed(tmp_path: Path) -> None:
    """More than are read at a time."""
    posts = [healthy(f"{number}") for number in range(2_001)]
    posts[1_999] = healthy("before the end", date=None)
    posts.append(healthy("the end", date=None, tags=(), teaser=""))
    found = diagnosed(tmp_path, posts)
    assert [one.id for one in found.undated] == ["before the end", "the end"]
    assert [one.id for one in found.thin] == [one.id for one in found.untagged] == ["the end"]


# --- posts beside each other ------------------------------------------------------------------------------------------


def test_duplicate_groups_are_listed_largest_first(tmp_path: Path) -> None:
    two, three, tied = ({"title": f"Same {name}", "teaser": f"{TEASER} {name}"} for name in ("two", "three", "tied"))
    posts = [
        healthy("a1", **two),
        healthy("b1", **three),
        healthy("alone"),
        healthy("b2", **three),
        healthy("a2", **two),
        healthy("c1", **tied),
        healthy("c2", **tied),
        healthy("b3", **three),
    ]
    groups = diagnosed(tmp_path, posts).duplicates
    assert [[one.id for one in group] for group in groups] == [["b1", "b2", "b3"], ["a1", "a2"], ["c1", "c2"]]
    assert groups[0][0] == PostRef("b1", "Same three")


def test_translations_are_not_duplicates(tmp_path: Path) -> None:
    posts = [healthy("en", language="en"), healthy("de", language="de", translation_of="en")]
    assert diagnosed(tmp_path, posts).duplicates == ()


def test_orphans_and_hubs_are_those_of_the_lists(tmp_path: Path) -> None:
    posts = [healthy("hub"), *(healthy(f"o{number}") for number in range(6))]
    found = diagnosed(tmp_path, posts, {f"o{number}": {"hub": 1.0} for number in range(6)})
    assert found.hubs == (Hub("hub", "Title of hub", 6),)
    assert found.orphans == tuple(PostRef(f"o{number}", f"Title of o{number}") for number in range(6))


# --- tags -------------------------------------------------------------------------------------------------------------


def test_tag_confidence_is_weighted_by_relatedness(tmp_path: Path) -> None:
    # 2 + 1 of 4 have water, 2 + 1 of 4 stone, 1 + 1 of 4 boats; only one has snow.
    found = suggestions(
        tmp_path,
        healthy("a", tags=("water", "stone")),
        healthy("b", tags=("water", "boats")),
        healthy("c", tags=("boats", "stone", "snow")),
        scores=[2.0, 1.0, 1.0],
    )
    assert found == [TagSuggestion("stone", 0.75), TagSuggestion("water", 0.75), TagSuggestion("boats", 0.5)]


def test_no_more_than_three_tags_are_suggested(tmp_path: Path) -> None:
    tags = ("a", "b", "c", "d")
    found = suggestions(tmp_path, healthy("x", tags=tags), healthy("y", tags=tags[::-1]), scores=[1.0, 1.0])
    assert found == [TagSuggestion(tag, 1.0) for tag in "abc"]


@pytest.mark.parametrize(("scores", "is_suggested"), [([1.5, 1.5, 7.0], True), ([1.4, 1.5, 7.1], False)])
def test_a_suggested_tag_needs_three_tenths_of_the_weight(
    tmp_path: Path, scores: Sequence[float], is_suggested: bool
) -> None:
    neighbours = healthy("a", tags=("water",)), healthy("b", tags=("water",)), healthy("c", tags=())
    posts, lists = around(*neighbours, scores=scores)
    bare = diagnosed(tmp_path, posts, lists).untagged[0]
    assert bare.suggestions == ((TagSuggestion("water", 0.3),) if is_suggested else ())


def test_one_neighbour_alone_suggests_nothing(tmp_path: Path) -> None:
    assert suggestions(tmp_path, healthy("a", tags=("water",)), scores=[3.0]) == []


def test_only_the_ten_most_related_posts_are_considered(tmp_path: Path) -> None:
    plain = [healthy(f"{number}", tags=(f"only {number}",)) for number in range(9)]
    last = [healthy("tenth", tags=("water",)), healthy("eleventh", tags=("water",))]
    assert suggestions(tmp_path, *plain, *last, scores=[0.1] * 9 + [50.0, 50.0]) == []


def test_posts_with_negative_scores_suggest_nothing(tmp_path: Path) -> None:
    water = [healthy(name, tags=("water",)) for name in "ab"]
    assert suggestions(tmp_path, *water, scores=[0.0, -1.0]) == []
    # What is below nothing takes nothing away: 2 of 2.
    stone = [healthy(name, tags=("stone",)) for name in "cd"]
    assert suggestions(tmp_path / "more", *stone, *water, scores=[1.0, 1.0, -1.0, -9.0]) == [TagSuggestion("stone", 1)]


def test_an_untagged_post_without_a_list_is_reported(tmp_path: Path) -> None:
    assert diagnosed(tmp_path, [healthy("a", tags=())]).untagged == (UntaggedPost("a", "Title of a", ()),)
