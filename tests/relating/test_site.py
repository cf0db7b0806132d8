from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semsearch.index import Snapshot
from semsearch.posts import Post
from semsearch.relating.site import LIST, Hub, SiteReport, appearances, hubs, lists_of, orphans, places_in, report
from tests.index.builders import post
from tests.relating.versions import with_lists

Lists = Mapping[str, Sequence[str]]


def version(folder: Path, lists: Lists, **posts: Post) -> Snapshot:
    """A version with these posts, in this order, and their lists, the most related first."""
    those = [posts.get(post_id, post(post_id, title=f"Title of {post_id}")) for post_id in lists]
    scored = {
        post_id: {other: -float(place) for place, other in enumerate(listed)} for post_id, listed in lists.items()
    }
    return with_lists(folder, those, scored)


def churn(tmp_path: Path, before: Lists, now: Lists) -> tuple[int | None, int]:
    """How many lists changed, and how many there were."""
    found = report(version(tmp_path / "now", now), version(tmp_path / "before", before))
    return found.changed, found.compared


# --- churn ------------------------------------------------------------------------------------------------------------

RING = {"a": ["b", "c"], "b": ["c", "d"], "c": ["d", "a"], "d": ["a", "b"]}


@pytest.mark.parametrize(
    ("now", "changed"),
    [
        (RING, 0),
        ({name: listed[::-1] for name, listed in RING.items()}, 0),
        ({name: RING[name] for name in "dbca"}, 0),
        (RING | {"a": ["b", "d"]}, 1),
        (RING | {"a": ["b"]}, 1),
        (RING | {"a": ["b", "c", "d"]}, 1),
        (RING | {"a": []}, 1),
        (RING | {"e": ["a"]}, 0),
        ({"e": ["a"]} | RING, 0),
        (RING | {"e": [], "a": ["b", "e"]}, 1),
        ({"a": ["b", "c"], "b": ["c"], "c": ["a"]}, 3),  # the list of d is gone, and b and c had d in theirs
        ({"e": ["f"], "f": ["e"]}, 4),
    ],
    ids=[
        "the same",
        "in another order",
        "posts in another order",
        "another post",
        "one fewer",
        "one more",
        "an empty list",
        "a new post",
        "a new post in front",
        "a new post in a list",
        "a post is gone",
        "all others",
    ],
)
def test_a_list_changed_where_it_does_not_hold_the_same_posts_or_is_gone(
    tmp_path: Path, now: Lists, changed: int
) -> None:
    assert churn(tmp_path, RING, now) == (changed, 4)


def test_only_the_first_five_of_a_list_count(tmp_path: Path) -> None:
    others: Lists = {name: [] for name in "bcdefgh"}
    before, now = {"a": list("bcdefg"), **others}, {"a": list("fedcbh"), **others}
    assert churn(tmp_path, before, now) == (0, 8)
    assert churn(tmp_path / "sixth", before, {"a": list("gbcdef"), **others}) == (1, 8)


def test_empty_lists_of_both_versions_are_the_same(tmp_path: Path) -> None:
    assert churn(tmp_path, {"a": [], "b": ["a"]}, {"b": ["a"], "a": []}) == (0, 2)


def test_a_post_that_took_the_place_of_another_is_another(tmp_path: Path) -> None:
    """Ordinals are the same, and ids are not."""
    assert churn(tmp_path, {"a": ["b"], "b": []}, {"a": ["c"], "c": []}) == (2, 2)  # that of b is gone


def test_churn_is_the_share_of_lists_that_changed() -> None:
    assert SiteReport(changed=1, compared=4, orphans=0, hubs=()).churn == 0.25
    assert SiteReport(changed=0, compared=0, orphans=0, hubs=()).churn == 0.0
    assert SiteReport(changed=None, compared=0, orphans=0, hubs=()).churn == 0.0


def test_without_a_version_before_nothing_is_compared(tmp_path: Path) -> None:
    snapshot = version(tmp_path / "v", RING)
    older = replace(snapshot, related=None)
    for before in (None, older):
        assert (report(snapshot, before).changed, report(snapshot, before).compared) == (None, 0)


@st.composite
def some_lists(draw: st.DrawFn) -> Lists:
    ids = draw(st.lists(st.sampled_from("abcdefgh"), unique=True, min_size=1))
    return {
        post_id: draw(st.lists(st.sampled_from([other for other in ids if other != post_id] or [""]), unique=True))
        if len(ids) > 1
        else []
        for post_id in ids
    }


@settings(max_examples=15, deadline=None)
@given(before=some_lists(), now=some_lists())
def test_what_changed_is_what_a_reader_would_count(
    tmp_path_factory: pytest.TempPathFactory, before: Lists, now: Lists
) -> None:
    changed = sum(
        post_id not in now or set(listed[:LIST]) != set(now[post_id][:LIST]) for post_id, listed in before.items()
    )
    assert churn(tmp_path_factory.mktemp("site"), before, now) == (changed, len(before))


# --- orphans and hubs -------------------------------------------------------------------------------------------------


def test_posts_that_are_in_no_list_are_orphans(tmp_path: Path) -> None:
    snapshot = version(tmp_path / "v", {"a": ["b"], "b": ["c"], "c": ["b"], "d": []})
    assert orphans(snapshot, lists_of(snapshot)).tolist() == [0, 3]
    assert report(snapshot, None).orphans == 2


def test_a_post_that_is_only_sixth_in_lists_is_an_orphan(tmp_path: Path) -> None:
    snapshot = version(tmp_path / "v", {"a": list("bcdefg"), **{name: ["a"] for name in "bcdefg"}})
    assert orphans(snapshot, lists_of(snapshot)).tolist() == [6]


def test_near_duplicates_and_editions_are_no_orphans_where_one_of_them_is_listed(tmp_path: Path) -> None:
    same = {name: post(name, title="Same") for name in ("first", "again")}
    english, german = post("en", title="Hello"), post("de", title="Hallo", extra={"translation_of": "en"})
    lists = {"first": [], "again": [], "en": [], "de": [], "x": ["again", "de"]}
    snapshot = version(tmp_path / "v", lists, **same, en=english, de=german)
    assert snapshot.attributes.work_of.tolist() == [0, 0, 2, 2, 4]
    assert orphans(snapshot, lists_of(snapshot)).tolist() == [4]
    nowhere = version(tmp_path / "w", lists | {"x": []}, **same, en=english, de=german)
    assert orphans(nowhere, lists_of(nowhere)).tolist() == [0, 2, 4]  # each kind once


def star(others: int, **lists: Sequence[str]) -> dict[str, Sequence[str]]:
    """A post that all the others list, and no other list."""
    return {"hub": [], **{f"o{number}": ["hub"] for number in range(others)}, **lists}


@pytest.fixture
def snapshot(tmp_path: Path) -> Iterator[Snapshot]:
    """Ten lists of one post each, all of the same one; the usual post is in 10/11 of a list."""
    found = version(tmp_path / "v", star(10))
    yield found
    found.close()


def test_appearances_are_counted_by_post(snapshot: Snapshot) -> None:
    assert appearances(lists_of(snapshot)).tolist() == [10] + [0] * 10


def test_a_post_in_five_times_as_many_lists_as_is_usual_is_a_hub(snapshot: Snapshot) -> None:
    assert hubs(snapshot, lists_of(snapshot)) == (Hub("hub", "Title of hub", 10),)
    assert report(snapshot, None).hubs == (Hub("hub", "Title of hub", 10),)


@pytest.mark.parametrize(("others", "found"), [(4, 0), (5, 1)])
def test_a_post_in_fewer_than_five_lists_is_none(tmp_path: Path, others: int, found: int) -> None:
    snapshot = version(tmp_path / "v", star(others))
    assert len(hubs(snapshot, lists_of(snapshot))) == found


@pytest.mark.parametrize(("longer", "found"), [(6, ["hub"]), (7, [])])
def test_what_is_usual_is_how_long_lists_are(tmp_path: Path, longer: int, found: list[str]) -> None:
    # Eight of ten lists have the hub. With six longer ones there are 8 + 6 + 2 places, 1.6 for each post, and five
    # times that is 8; with seven it is 8.5.
    lists = {f"o{number}": ["hub", "last"] if number < longer else ["hub"] for number in range(8)}
    snapshot = version(tmp_path / "v", {"hub": []} | lists | {"last": ["o0", "o1"]})
    assert [hub.id for hub in hubs(snapshot, lists_of(snapshot))] == found


def test_the_hub_in_the_most_lists_comes_first_and_ten_are_reported(tmp_path: Path) -> None:
    # Twelve hubs: the number n is in 26 + n of the 300 lists, and the first in as many as the last.
    ids = [f"h{number}" for number in range(12)]
    wanted = {f"h{number}": 26 + number for number in range(12)} | {"h0": 37}
    lists: dict[str, list[str]] = {post_id: [] for post_id in [*ids, *(f"o{number}" for number in range(300))]}
    place = 0
    for hub, count in wanted.items():
        for _ in range(count):
            lists[f"o{place % 300}"].append(hub)
            place += 1
    snapshot = version(tmp_path / "v", lists)
    every = hubs(snapshot, lists_of(snapshot))
    assert [hub.id for hub in every] == ["h0", *(f"h{number}" for number in range(11, 0, -1))]
    assert [hub.lists for hub in every[:3]] == [37, 37, 36]
    assert report(snapshot, None).hubs == every[:10]


def test_an_older_version_has_neither_lists_nor_orphans_nor_hubs(snapshot: Snapshot) -> None:
    older = replace(snapshot, related=None)
    assert lists_of(older).shape == (11, LIST)
    assert appearances(lists_of(older)).tolist() == [0] * 11
    assert hubs(older, lists_of(older)) == ()
    assert orphans(older, lists_of(older)).tolist() == []
    assert (report(older, None).orphans, report(snapshot, None).orphans) == (0, 10)
    assert report(older, older).changed is None


# --- places -----------------------------------------------------------------------------------------------------------


def test_places_are_those_of_ids_and_minus_one_where_there_is_none() -> None:
    assert places_in(["a", "b", "c"], ["c", "x", "a"]).tolist() == [2, -1, 0]
    assert places_in([], ["a"]).tolist() == [-1]
    assert places_in(["a"], []).tolist() == []


@given(ids=st.lists(st.text(max_size=3), unique=True), others=st.lists(st.text(max_size=3)))
def test_at_the_place_of_an_id_is_that_id(ids: list[str], others: list[str]) -> None:
    for other, place in zip(others, places_in(ids, others).tolist(), strict=True):
        assert (other in ids) if place >= 0 else (other not in ids)
        assert place < 0 or ids[place] == other
