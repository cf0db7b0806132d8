from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semsearch.index.related import CANDIDATES, LISTED, NONE, RelatedPosts
from semsearch.posts import Section
from semsearch.relating import incremental
from semsearch.relating.lists import write_lists
from semsearch.relating.score import Floats
from tests.relating.builders import PLAIN
from tests.relating.versions import (
    assert_same_lists,
    copy_of,
    full_rebuild,
    incremental_rebuild,
    one,
    posts_of,
    reuse_plan,
    rows_of,
)
from tests.search.fakes import Planted, planted

DATES = (None, "2024-01-01", "2024-06-01", "2025-01-01")


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reuse lists of small corpora too, however much changed, and choose them again if any score moved."""
    _reuse_always(monkeypatch)


def _reuse_always(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(incremental, "_MIN_POSTS", 0)
    patch.setattr(incremental, "MAX_CHANGED_SHARE", 100.0)
    patch.setattr(incremental, "_TOLERANCE", 1e-6)


# --- incremental lists equal those of a full rebuild ------------------------------------------------------------------

FIRST = posts_of(12)
EDITS = {
    "nothing": FIRST,
    "one changed": [*FIRST[:4], one("post4", said=1), *FIRST[5:]],
    "another day": [*FIRST[:4], one("post4", date="2024-01-01"), *FIRST[5:]],
    "one added at the end": [*FIRST, one("new")],
    "one added at the start": [one("new"), *FIRST],
    "one removed": [*FIRST[:7], *FIRST[8:]],
    "the last removed": FIRST[:-1],
    "in reverse": FIRST[::-1],
    "another id": [*FIRST[:4], copy_of(FIRST[4], "renamed"), *FIRST[5:]],
    "all at once": [one("new"), *FIRST[9:3:-1], one("post2", said=1), *FIRST[:2], one("newer")],
    "all others": [one(f"other{number}") for number in range(5)],
    "only one left": FIRST[3:4],
    "a copy at the end": [*FIRST, copy_of(FIRST[2], "copy")],
    "a copy at the start": [copy_of(FIRST[2], "copy"), *FIRST],
    "all of one kind": [copy_of(FIRST[2], name) for name in "abc"],
}


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("edit", EDITS)
@pytest.mark.parametrize("back", [False, True], ids=["there", "back"])
def test_incremental_lists_equal_those_of_a_full_rebuild(tmp_path: Path, edit: str, back: bool) -> None:
    posts, others = (EDITS[edit], FIRST) if back else (FIRST, EDITS[edit])
    before, expected = full_rebuild(tmp_path / "before", posts), full_rebuild(tmp_path / "all", others)
    assert_same_lists(incremental_rebuild(tmp_path / "incremental", expected, before), expected)


@st.composite
def edited(draw: st.DrawFn, posts: Sequence[Planted], start: int) -> list[Planted]:
    """The posts after one to four edits; what is new has numbers from ``start`` on."""
    posts = list(posts)
    for number in range(start, start + draw(st.integers(1, 4))):
        place = draw(st.integers(0, len(posts) - 1))
        match draw(st.sampled_from(("add", "copy", "change", "remove", "move", "date"))):
            case "add":
                series = draw(st.sampled_from((None, "Letters")))
                posts.insert(place, one(f"new{number}", date=draw(st.sampled_from(DATES)), series=series))
            case "copy":
                posts.insert(draw(st.integers(0, len(posts))), copy_of(posts[place], f"new{number}"))
            case "change":
                posts[place] = one(posts[place].post.id, said=number)
            case "remove":
                del posts[place : place + (len(posts) > 1)]
            case "move":
                posts.insert(draw(st.integers(0, len(posts) - 1)), posts.pop(place))
            case _:
                dated = replace(posts[place].post, date=draw(st.sampled_from(DATES)))
                posts[place] = replace(posts[place], post=dated)
    return posts


@st.composite
def histories(draw: st.DrawFn) -> list[list[Planted]]:
    """Two to four versions of a corpus, each the one before with a few edits."""
    first = [one(f"post{number}", date=draw(st.sampled_from(DATES))) for number in range(draw(st.integers(1, 8)))]
    versions = [first]
    for number in range(draw(st.integers(1, 3))):
        versions.append(draw(edited(versions[-1], 10 * (number + 1))))
    return versions


@settings(max_examples=20, deadline=None)
@given(versions=histories())
def test_incremental_lists_equal_those_of_a_full_rebuild_after_any_edits(
    tmp_path_factory: pytest.TempPathFactory, versions: list[list[Planted]]
) -> None:
    """Over several rebuilds, each of which reuses the lists of the one before."""
    folder = tmp_path_factory.mktemp("incremental")
    with pytest.MonkeyPatch.context() as patch:
        _reuse_always(patch)
        before = full_rebuild(folder / "first", versions[0])
        for number, posts in enumerate(versions[1:]):
            expected = full_rebuild(folder / f"all{number}", posts)
            before = incremental_rebuild(folder / f"incremental{number}", expected, before)
            assert_same_lists(before, expected)


@pytest.mark.usefixtures("few")
def test_shared_words_count_for_new_posts(tmp_path: Path) -> None:
    """Half of the posts have each word, in both versions, so that the words weigh the same in both."""
    posts = [one(f"{number}", title=f"{'harbour' if number % 2 else 'violin'} w{number}") for number in range(8)]
    others = [*posts[:6], one("6", said=1, title="violin x6"), one("7", said=1, title="harbour x7")]
    before, expected = full_rebuild(tmp_path / "before", posts), full_rebuild(tmp_path / "all", others)
    assert expected.terms.rows.weights.any()
    assert_same_lists(incremental_rebuild(tmp_path / "incremental", expected, before), expected)


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("edit", ["all at once", "one removed", "all of one kind", "all others"])
def test_posts_are_compared_in_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, edit: str) -> None:
    """Memory is bounded by the batch sizes, however many posts are new, and the lists are the same."""
    shapes: list[tuple[int, ...]] = []
    approximate_scores = incremental._approximate_scores

    def record_shapes(*args: Any) -> Iterator[tuple[int, Floats]]:
        for start, scores in approximate_scores(*args):
            shapes.append(scores.shape)
            yield start, scores

    monkeypatch.setattr(incremental, "_approximate_scores", record_shapes)
    monkeypatch.setattr(incremental, "_BATCH", 3)
    monkeypatch.setattr(incremental, "_EXAMPLES_PER_BATCH", 2)
    monkeypatch.setattr(incremental, "_MAX_LOST", 100)
    before, expected = full_rebuild(tmp_path / "before", FIRST), full_rebuild(tmp_path / "all", EDITS[edit])
    assert_same_lists(incremental_rebuild(tmp_path / "incremental", expected, before), expected)
    if edit == "all at once":  # three posts are new or changed, and eight unchanged
        assert shapes == [(3, 2), (3, 2), (2, 2), (3, 1), (3, 1), (2, 1)]
    assert all(posts <= 3 and examples <= 2 for posts, examples in shapes)


# --- posts that are compared with all ---------------------------------------------------------------------------------


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize(
    ("edit", "changed", "count"),
    [
        ("nothing", [], 0),
        ("in reverse", [], 0),
        ("one changed", [4], 1),
        ("another day", [4], 1),
        ("one added at the start", [0], 1),
        ("one removed", [], 1),
        ("another id", [4], 2),  # one that came, and one that is gone
        ("all others", [0, 1, 2, 3, 4], 17),  # 5 that came, 12 that are gone
        ("a copy at the end", [12], 1),
        ("a copy at the start", [0, 3], 2),  # the copied post is not the first of its kind any more
    ],
)
def test_only_changed_posts_are_compared_with_all(tmp_path: Path, edit: str, changed: list[int], count: int) -> None:
    before, snapshot = full_rebuild(tmp_path / "before", FIRST), full_rebuild(tmp_path / "now", EDITS[edit])
    found = reuse_plan(snapshot, before)
    assert found.changed.tolist() == found.compared.tolist() == changed
    assert not found.needs_recompute.any()
    assert sorted([*found.unchanged.tolist(), *changed]) == list(range(len(snapshot)))
    assert found.scales == replace(PLAIN, changed=count)
    ids, ids_before = snapshot.documents.ids(), before.documents.ids()
    assert [ids[place] for place in found.unchanged] == [ids_before[place] for place in found.old_ordinals]


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize(
    ("fields", "changed"),
    [
        ({"title": "Other"}, [1]),
        ({"teaser": "Other."}, [1]),
        ({"body": "Other."}, [1]),
        ({"tags": ("other",)}, [1]),
        ({"authors": ("Ann",)}, [1]),
        ({"date": "2024-01-01"}, [1]),
        ({"language": "en"}, [1]),
        ({"extra": {"rating": 5}}, [1]),
        ({"series": "Letters"}, [1]),
        ({"translation_of": "a"}, [1]),
        ({"updated": "2024-01-01"}, [1]),
        ({"image": "/a.png"}, [1]),
        ({"sections": (Section("Other", "", 0, 0),)}, [1]),
        ({"url": "/other"}, []),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_post_is_changed_if_any_field_but_its_url_is(
    tmp_path: Path, fields: dict[str, Any], changed: list[int]
) -> None:
    posts = posts_of(3)
    other = replace(posts[1], post=replace(posts[1].post, **fields))
    before = full_rebuild(tmp_path / "before", posts)
    assert reuse_plan(full_rebuild(tmp_path / "now", [posts[0], other, posts[2]]), before).changed.tolist() == changed


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("lost", [0, 1, 6, 7, 9])
@pytest.mark.parametrize("gone", [True, False], ids=["gone", "changed"])
def test_posts_that_lost_more_than_six_candidates_are_compared_with_all_again(
    tmp_path: Path, lost: int, gone: bool
) -> None:
    """All of twelve are among the candidates of each other."""
    others = FIRST[lost:] if gone else [*(one(post.post.id, said=1) for post in FIRST[:lost]), *FIRST[lost:]]
    before, snapshot = full_rebuild(tmp_path / "before", FIRST), full_rebuild(tmp_path / "now", others)
    found = reuse_plan(snapshot, before)
    every = list(range(len(others)))
    assert found.changed.tolist() == ([] if gone else every[:lost])
    assert found.unchanged.tolist() == (every if gone else every[lost:])
    assert found.needs_recompute.tolist() == [lost > 6] * (12 - lost)
    assert found.compared.tolist() == (every if lost > 6 else found.changed.tolist())
    assert_same_lists(incremental_rebuild(tmp_path / "incremental", snapshot, before), snapshot)


def test_progress_counts_reused_lists_as_done(tmp_path: Path, few: None) -> None:
    before, told = full_rebuild(tmp_path / "before", FIRST), list[int]()
    snapshot = full_rebuild(tmp_path / "now", EDITS["one changed"])
    (tmp_path / "incremental").mkdir()
    write_lists(tmp_path / "incremental", snapshot, before=before, on_posts=told.append)
    assert told == [12]


@pytest.mark.usefixtures("few")
def test_a_list_is_not_chosen_again_unless_its_candidates_moved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = full_rebuild(tmp_path / "before", FIRST)
    marked = np.array(rows_of(before))
    marked["listed"] = marked["listed"][:, ::-1]  # as nobody would choose them
    before = replace(before, related=RelatedPosts(marked, before.related.centres))
    same = incremental_rebuild(tmp_path / "same", full_rebuild(tmp_path / "now", FIRST), before)
    assert rows_of(same)["listed"].tolist() == marked["listed"].tolist()
    other = full_rebuild(tmp_path / "other", EDITS["one changed"])  # which is among the candidates of all
    assert_same_lists(incremental_rebuild(tmp_path / "chosen", other, before), other)


@pytest.mark.usefixtures("few")
def test_a_list_whose_posts_are_all_gone_is_empty(tmp_path: Path) -> None:
    before = full_rebuild(tmp_path / "before", posts_of(4))
    found = incremental_rebuild(tmp_path / "incremental", full_rebuild(tmp_path / "now", posts_of(1)), before)
    assert not reuse_plan(found, before).needs_recompute.any()
    assert found.related.candidates(0)[0].tolist() == found.related.listed(0).tolist() == []
    assert found.related.lists(LISTED).tolist() == [[NONE] * LISTED]
    assert found.related.hubness(np.array([0])).tolist() == [0.0]


# --- more posts than candidates ---------------------------------------------------------------------------------------


@pytest.mark.usefixtures("few")
def test_a_new_post_enters_full_lists_if_it_beats_the_last_candidate(tmp_path: Path) -> None:
    posts = posts_of(CANDIDATES + 20)
    before = full_rebuild(tmp_path / "before", posts)
    expected = full_rebuild(tmp_path / "all", [*posts, one("new")])
    found, new = incremental_rebuild(tmp_path / "incremental", expected, before), len(posts)
    entered = [new in found.related.candidates(post)[0] for post in range(new)]
    assert entered == [new in expected.related.candidates(post)[0] for post in range(new)]
    assert 0 < sum(entered) < new
    assert_same_lists(found, expected)  # nothing was lost: all that were pushed out would be, if compared again


@pytest.mark.usefixtures("few")
def test_a_list_that_lost_a_post_has_one_fewer(tmp_path: Path) -> None:
    posts = posts_of(CANDIDATES + 20)
    before = full_rebuild(tmp_path / "before", posts)
    found = incremental_rebuild(tmp_path / "incremental", full_rebuild(tmp_path / "now", posts[:-1]), before)
    gone, lost = len(posts) - 1, 0
    for post in range(gone):
        had = set(before.related.candidates(post)[0].tolist())
        assert set(found.related.candidates(post)[0].tolist()) == had - {gone}
        assert set(found.related.listed(post).tolist()) <= set(range(len(had - {gone})))  # no place that is empty now
        lost += gone in had
    assert 0 < lost < gone


@pytest.mark.usefixtures("few")
def test_lists_that_lost_more_than_six_posts_are_recomputed(tmp_path: Path) -> None:
    posts, removed = posts_of(CANDIDATES + 20), 8
    before, expected = full_rebuild(tmp_path / "before", posts), full_rebuild(tmp_path / "all", posts[removed:])
    found = incremental_rebuild(tmp_path / "incremental", expected, before)
    needs_recompute = []
    for post in range(len(posts) - removed):
        had = set(before.related.candidates(post + removed)[0].tolist())
        left = {candidate - removed for candidate in had if candidate >= removed}
        needs_recompute.append(len(had) - len(left) > 6)
        every = set(expected.related.candidates(post)[0].tolist())
        assert len(every) == CANDIDATES
        assert set(found.related.candidates(post)[0].tolist()) == (every if needs_recompute[-1] else left)
    assert set(needs_recompute) == {True, False}
    assert reuse_plan(expected, before).needs_recompute.tolist() == needs_recompute


@pytest.mark.usefixtures("few")
def test_a_list_that_lost_a_post_admits_posts_better_than_its_last_candidate(tmp_path: Path) -> None:
    posts = posts_of(CANDIDATES + 20)
    towards = np.array(posts[0].whole)
    near, far = planted("near", tuple(towards)), planted("far", tuple(-towards))
    before = full_rebuild(tmp_path / "before", posts)
    had = before.related.candidates(0)[0].tolist()
    others = [post for place, post in enumerate(posts) if place != had[0]]
    snapshot = full_rebuild(tmp_path / "now", [*others, near, far])
    found, ids = incremental_rebuild(tmp_path / "incremental", snapshot, before), snapshot.documents.ids()
    now = {ids[candidate] for candidate in found.related.candidates(0)[0].tolist()}
    assert now == {f"post{place}" for place in had[1:]} | {"near"}


@pytest.mark.usefixtures("few")
def test_a_list_that_lost_a_post_admits_no_worse_ones_at_the_next_rebuild(tmp_path: Path) -> None:
    posts = posts_of(CANDIDATES + 20)
    far = planted("far", tuple(-np.array(posts[0].whole)))
    before = full_rebuild(tmp_path / "before", posts)
    gone = int(before.related.candidates(0)[0][0])
    others = [*posts[:gone], *posts[gone + 1 :]]
    before = incremental_rebuild(tmp_path / "incremental", full_rebuild(tmp_path / "one less", others), before)
    found = incremental_rebuild(tmp_path / "incremental again", full_rebuild(tmp_path / "far", [*others, far]), before)
    assert len(others) not in found.related.candidates(0)[0]  # it is the farthest of all


@pytest.mark.usefixtures("few")
def test_lists_that_lose_posts_over_several_rebuilds_are_recomputed(tmp_path: Path) -> None:
    """Six at each of four rebuilds, never more than that at once."""
    posts = posts_of(CANDIDATES + 40)
    before = full_rebuild(tmp_path / "before", posts)
    for number in range(4):
        gone = set(before.related.candidates(0)[0][-6:].tolist())
        posts = [post for place, post in enumerate(posts) if place not in gone]
        before = incremental_rebuild(
            tmp_path / f"incremental{number}", full_rebuild(tmp_path / f"v{number}", posts), before
        )
    assert len(before.related.candidates(0)[0]) >= CANDIDATES - 6
