from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semsearch.index import Snapshot
from semsearch.posts import Post
from semsearch.relating.site import (
    LIST_LENGTH,
    Hub,
    SiteReport,
    appearances,
    hubs,
    orphans,
    positions,
    related_lists,
    report,
)
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
def test_a_list_is_changed_if_it_holds_other_posts_or_is_gone(tmp_path: Path, now: Lists, changed: int) -> None:
    assert churn(tmp_path, RING, now) == (changed, 4)


def test_only_the_first_five_of_a_list_count(tmp_path: Path) -> None:
    others: Lists = {name: [] for name in "bcdefgh"}
    before, now = {"a": list("bcdefg"), **others}, {"a": list("fedcbh"), **others}
    assert churn(tmp_path, before, now) == (0, 8)
    assert churn(tmp_path / "sixth", before, {"a": list("gbcdef"), **others}) == (1, 8)


def test_empty_lists_of_both_versions_are_the_same(tmp_path: Path) -> None:
    assert churn(tmp_path, {"a": [], "b": ["a"]}, {"b": ["a"], "a": []}) == (0, 2)


def test_a_replaced_post_is_a_change(tmp_path: Path) -> None:
    """Ordinals are the same, and ids are not."""
    assert churn(tmp_path, {"a": ["b"], "b": []}, {"a": ["c"], "c": []}) == (2, 2)  # that of b is gone


def test_churn_is_the_share_of_lists_that_changed() -> None:
    assert SiteReport(changed=1, compared=4, orphans=0, hubs=()).churn == 0.25
    assert SiteReport(changed=0, compared=0, orphans=0, hubs=()).churn == 0.0
    assert SiteReport(changed=None, compared=0, orphans=0, hubs=()).churn == 0.0


def test_without_a_version_before_nothing_is_compared(tmp_path: Path) -> None:
    snapshot = version(tmp_path / "v", RING)
    assert (report(snapshot, None).changed, report(snapshot, None).compared) == (None, 0)


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
def test_changes_equal_a_plain_count(tmp_path_factory: pytest.TempPathFactory, before: Lists, now: Lists) -> None:
    changed = sum(
        post_id not in now or set(listed[:LIST_LENGTH]) != set(now[post_id][:LIST_LENGTH])
        for post_id, listed in before.items()
    )
    assert churn(tmp_path_factory.mktemp("site"), before, now) == (changed, len(before))


# --- orphans and hubs -------------------------------------------------------------------------------------------------


def test_posts_that_are_in_no_list_are_orphans(tmp_path: Path) -> None:
    snapshot = version(tmp_path / "v", {"a": ["b"], "b": ["c"], "c": ["b"], "d": []})
    assert orphans(snapshot, related_lists(snapshot)).tolist() == [0, 3]
    assert report(snapshot, None).orphans == 2


def test_a_post_that_is_only_sixth_in_lists_is_an_orphan(tmp_path: Path) -> None:
    snapshot = version(tmp_path / "v", {"a": list("bcdefg"), **{name: ["a"] for name in "bcdefg"}})
    assert orphans(snapshot, related_lists(snapshot)).tolist() == [6]


def test_editions_are_not_orphans_if_one_of_them_is_listed(tmp_path: Path) -> None:
    same = {name: post(name, title="Same") for name in ("first", "again")}
    english, german = post("en", title="Hello"), post("de", title="Hallo", translation_of="en")
    lists = {"first": [], "again": [], "en": [], "de": [], "x": ["again", "de"]}
    snapshot = version(tmp_path / "v", lists, **same, en=english, de=german)
    assert snapshot.attributes.work_of.tolist() == [0, 0, 2, 2, 4]
    assert orphans(snapshot, related_lists(snapshot)).tolist() == [4]
    nowhere = version(tmp_path / "w", lists | {"x": []}, **same, en=english, de=german)
    assert orphans(nowhere, related_lists(nowhere)).tolist() == [0, 2, 4]  # each kind once


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
    assert appearances(related_lists(snapshot)).tolist() == [10] + [0] * 10


def test_a_post_in_five_times_as_many_lists_as_average_is_a_hub(snapshot: Snapshot) -> None:
    assert hubs(snapshot, related_lists(snapshot)) == (Hub("hub", "Title of hub", 10),)
    assert report(snapshot, None).hubs == (Hub("hub", "Title of hub", 10),)


@pytest.mark.parametrize(("others", "found"), [(4, 0), (5, 1)])
def test_a_post_in_fewer_than_five_lists_is_no_hub(tmp_path: Path, others: int, found: int) -> None:
    snapshot = version(tmp_path / "v", star(others))
    assert len(hubs(snapshot, related_lists(snapshot))) == found


@pytest.mark.parametrize(("longer", "found"), [(6, ["hub"]), (7, [])])
def test_the_average_is_the_mean_list_length(tmp_path: Path, longer: int, found: list[str]) -> None:
    # Eight of ten lists have the hub. With six longer ones there are 8 + 6 + 2 places, 1.6 for each post, and five
    # times that is 8; with seven it is 8.5.
    lists = {f"o{number}": ["hub", "last"] if number < longer else ["hub"] for number in range(8)}
    snapshot = version(tmp_path / "v", {"hub": []} | lists | {"last": ["o0", "o1"]})
    assert [hub.id for hub in hubs(snapshot, related_lists(snapshot))] == found


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
    every = hubs(snapshot, related_lists(snapshot))
    assert [hub.id for hub in every] == ["h0", *(f"h{number}" for number in range(11, 0, -1))]
    assert [hub.lists for hub in every[:3]] == [37, 37, 36]
    assert report(snapshot, None).hubs == every[:10]


# --- places -----------------------------------------------------------------------------------------------------------


def test_positions_are_minus_one_for_unknown_ids() -> None:
    assert positions(["a", "b", "c"], ["c", "x", "a"]).tolist() == [2, -1, 0]
    assert positions([], ["a"]).tolist() == [-1]
    assert positions(["a"], []).tolist() == []


@given(ids=st.lists(st.text(max_size=3), unique=True), others=st.lists(st.text(max_size=3)))
def test_positions_lead_back_to_the_ids(ids: list[str], others: list[str]) -> None:
    for other, place in zip(others, positions(ids, others).tolist(), strict=True):
        assert (other in ids) if place >= 0 else (other not in ids)
        assert place < 0 or ids[place] == other
