from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semsearch.index.related import CANDIDATES, LISTED, NONE, RelatedPosts
from semsearch.relating import incremental as keeping
from semsearch.relating.features import Ordinals
from semsearch.relating.lists import write_lists
from semsearch.relating.relater import Relater
from semsearch.relating.score import Floats
from tests.relating.builders import PLAIN
from tests.relating.versions import assert_same_lists, compared, copy_of, kept, kept_of, one, posts_of, rows_of
from tests.search.fakes import Planted, planted

DATES = (None, "2024-01-01", "2024-06-01", "2025-01-01")


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lists of small corpora are kept too, however much of them changed, and chosen again if any score is another."""
    _keep_always(monkeypatch)


def _keep_always(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(keeping, "_FEWEST_POSTS", 0)
    patch.setattr(keeping, "MOST_CHANGED", 100.0)
    patch.setattr(keeping, "_SAME", 1e-6)


# --- what comes out is what comparing all gives -----------------------------------------------------------------------

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
def test_lists_are_those_of_a_rebuild_that_compares_all(tmp_path: Path, edit: str, back: bool) -> None:
    posts, others = (EDITS[edit], FIRST) if back else (FIRST, EDITS[edit])
    before, expected = compared(tmp_path / "before", posts), compared(tmp_path / "all", others)
    assert_same_lists(kept(tmp_path / "kept", expected, before), expected)


@st.composite
def edited(draw: st.DrawFn, posts: Sequence[Planted], start: int) -> list[Planted]:
    """The posts after one to four edits; what is new has numbers from ``start`` on."""
    posts = list(posts)
    for number in range(start, start + draw(st.integers(1, 4))):
        place = draw(st.integers(0, len(posts) - 1))
        match draw(st.sampled_from(("add", "copy", "change", "remove", "move", "date"))):
            case "add":
                series = {"series": "Letters"} if draw(st.booleans()) else {}
                posts.insert(place, one(f"new{number}", date=draw(st.sampled_from(DATES)), extra=series))
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
def test_after_any_edits_lists_are_those_of_a_rebuild_that_compares_all(
    tmp_path_factory: pytest.TempPathFactory, versions: list[list[Planted]]
) -> None:
    """Over several rebuilds, each of which keeps what the one before kept."""
    folder = tmp_path_factory.mktemp("kept")
    with pytest.MonkeyPatch.context() as patch:
        _keep_always(patch)
        before = compared(folder / "first", versions[0])
        for number, posts in enumerate(versions[1:]):
            expected = compared(folder / f"all{number}", posts)
            before = kept(folder / f"kept{number}", expected, before)
            assert_same_lists(before, expected)


@pytest.mark.usefixtures("few")
def test_words_that_posts_share_count_for_what_is_new(tmp_path: Path) -> None:
    """Half of the posts have each word, in both versions, so that both are worth the same in both."""
    posts = [one(f"{number}", title=f"{'harbour' if number % 2 else 'violin'} w{number}") for number in range(8)]
    others = [*posts[:6], one("6", said=1, title="violin x6"), one("7", said=1, title="harbour x7")]
    before, expected = compared(tmp_path / "before", posts), compared(tmp_path / "all", others)
    assert expected.terms.rows.weights.any()
    assert_same_lists(kept(tmp_path / "kept", expected, before), expected)


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("edit", ["all at once", "one removed", "all of one kind", "all others"])
def test_posts_are_compared_a_few_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, edit: str) -> None:
    """However many came: what is held in memory is of few posts, and the lists are the same."""
    shapes: list[tuple[int, int]] = []
    comparison = keeping._comparison

    def watched(relater: Relater, several: Ordinals) -> Callable[[Ordinals], Floats]:
        compare = comparison(relater, several)

        def compare_some(some: Ordinals) -> Floats:
            shapes.append((len(some), len(several)))
            return compare(some)

        return compare_some

    monkeypatch.setattr(keeping, "_comparison", watched)
    monkeypatch.setattr(keeping, "_AT_ONCE", 3)
    monkeypatch.setattr(keeping, "_ENTER_AT_ONCE", 2)
    monkeypatch.setattr(keeping, "_MOST_LOST", 100)
    before, expected = compared(tmp_path / "before", FIRST), compared(tmp_path / "all", EDITS[edit])
    assert_same_lists(kept(tmp_path / "kept", expected, before), expected)
    if edit == "all at once":  # three came or changed, and eight are as they were
        assert shapes == [(3, 2), (3, 2), (2, 2), (3, 1), (3, 1), (2, 1)]
    assert all(posts <= 3 and several <= 2 for posts, several in shapes)


# --- which posts are compared again -----------------------------------------------------------------------------------


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
def test_only_what_changed_is_compared_with_all_posts(
    tmp_path: Path, edit: str, changed: list[int], count: int
) -> None:
    before, snapshot = compared(tmp_path / "before", FIRST), compared(tmp_path / "now", EDITS[edit])
    found = kept_of(snapshot, before)
    assert found.changed.tolist() == found.compared.tolist() == changed
    assert not found.bereft.any()
    assert sorted([*found.unchanged.tolist(), *changed]) == list(range(len(snapshot)))
    assert found.scales == replace(PLAIN, changed=count)
    ids, ids_before = snapshot.documents.ids(), before.documents.ids()
    assert [ids[place] for place in found.unchanged] == [ids_before[place] for place in found.places]


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
        ({"extra": {"series": "Letters"}}, [1]),
        ({"url": "/other"}, []),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_post_changed_where_it_says_anything_else_but_for_its_address(
    tmp_path: Path, fields: dict[str, Any], changed: list[int]
) -> None:
    posts = posts_of(3)
    other = replace(posts[1], post=replace(posts[1].post, **fields))
    before = compared(tmp_path / "before", posts)
    assert kept_of(compared(tmp_path / "now", [posts[0], other, posts[2]]), before).changed.tolist() == changed


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("lost", [0, 1, 6, 7, 9])
@pytest.mark.parametrize("gone", [True, False], ids=["gone", "changed"])
def test_posts_that_lost_more_than_six_candidates_are_compared_with_all_again(
    tmp_path: Path, lost: int, gone: bool
) -> None:
    """All of twelve are among the candidates of each other."""
    others = FIRST[lost:] if gone else [*(one(post.post.id, said=1) for post in FIRST[:lost]), *FIRST[lost:]]
    before, snapshot = compared(tmp_path / "before", FIRST), compared(tmp_path / "now", others)
    found = kept_of(snapshot, before)
    every = list(range(len(others)))
    assert found.changed.tolist() == ([] if gone else every[:lost])
    assert found.unchanged.tolist() == (every if gone else every[lost:])
    assert found.bereft.tolist() == [lost > 6] * (12 - lost)
    assert found.compared.tolist() == (every if lost > 6 else found.changed.tolist())
    assert_same_lists(kept(tmp_path / "kept", snapshot, before), snapshot)


def test_progress_counts_what_is_kept_as_done(tmp_path: Path, few: None) -> None:
    before, told = compared(tmp_path / "before", FIRST), list[int]()
    snapshot = compared(tmp_path / "now", EDITS["one changed"])
    (tmp_path / "kept").mkdir()
    write_lists(tmp_path / "kept", snapshot, before=before, on_posts=told.append)
    assert told == [12]


@pytest.mark.usefixtures("few")
def test_a_list_is_not_chosen_again_unless_its_candidates_moved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = compared(tmp_path / "before", FIRST)
    assert before.related is not None
    marked = np.array(rows_of(before))
    marked["listed"] = marked["listed"][:, ::-1]  # as nobody would choose them
    before = replace(before, related=RelatedPosts(marked, before.related.centres))
    same = kept(tmp_path / "same", compared(tmp_path / "now", FIRST), before)
    assert rows_of(same)["listed"].tolist() == marked["listed"].tolist()
    other = compared(tmp_path / "other", EDITS["one changed"])  # which is among the candidates of all
    assert_same_lists(kept(tmp_path / "chosen", other, before), other)


@pytest.mark.usefixtures("few")
def test_a_list_whose_posts_are_all_gone_is_empty(tmp_path: Path) -> None:
    before = compared(tmp_path / "before", posts_of(4))
    found = kept(tmp_path / "kept", compared(tmp_path / "now", posts_of(1)), before)
    assert found.related is not None
    assert not kept_of(found, before).bereft.any()
    assert found.related.candidates(0)[0].tolist() == found.related.listed(0).tolist() == []
    assert found.related.lists(LISTED).tolist() == [[NONE] * LISTED]
    assert found.related.crowd(np.array([0])).tolist() == [0.0]


# --- more posts than candidates ---------------------------------------------------------------------------------------


@pytest.mark.usefixtures("few")
def test_what_is_new_enters_full_lists_where_it_is_better_than_the_last(tmp_path: Path) -> None:
    posts = posts_of(CANDIDATES + 20)
    before = compared(tmp_path / "before", posts)
    expected = compared(tmp_path / "all", [*posts, one("new")])
    found, new = kept(tmp_path / "kept", expected, before), len(posts)
    assert found.related is not None
    assert expected.related is not None
    entered = [new in found.related.candidates(post)[0] for post in range(new)]
    assert entered == [new in expected.related.candidates(post)[0] for post in range(new)]
    assert 0 < sum(entered) < new
    assert_same_lists(found, expected)  # nothing was lost: all that were pushed out would be, if compared again


@pytest.mark.usefixtures("few")
def test_a_list_that_lost_a_post_has_one_fewer(tmp_path: Path) -> None:
    posts = posts_of(CANDIDATES + 20)
    before = compared(tmp_path / "before", posts)
    found = kept(tmp_path / "kept", compared(tmp_path / "now", posts[:-1]), before)
    assert before.related is not None
    assert found.related is not None
    gone, lost = len(posts) - 1, 0
    for post in range(gone):
        had = set(before.related.candidates(post)[0].tolist())
        assert set(found.related.candidates(post)[0].tolist()) == had - {gone}
        assert set(found.related.listed(post).tolist()) <= set(range(len(had - {gone})))  # no place that is empty now
        lost += gone in had
    assert 0 < lost < gone


@pytest.mark.usefixtures("few")
def test_lists_that_lost_more_than_six_posts_are_full_again(tmp_path: Path) -> None:
    posts, removed = posts_of(CANDIDATES + 20), 8
    before, expected = compared(tmp_path / "before", posts), compared(tmp_path / "all", posts[removed:])
    found = kept(tmp_path / "kept", expected, before)
    assert before.related is not None
    assert found.related is not None
    assert expected.related is not None
    bereft = []
    for post in range(len(posts) - removed):
        had = set(before.related.candidates(post + removed)[0].tolist())
        left = {candidate - removed for candidate in had if candidate >= removed}
        bereft.append(len(had) - len(left) > 6)
        every = set(expected.related.candidates(post)[0].tolist())
        assert len(every) == CANDIDATES
        assert set(found.related.candidates(post)[0].tolist()) == (every if bereft[-1] else left)
    assert set(bereft) == {True, False}
    assert kept_of(expected, before).bereft.tolist() == bereft


@pytest.mark.usefixtures("few")
def test_a_full_list_that_lost_a_post_lets_in_what_is_better_than_its_last_was(tmp_path: Path) -> None:
    posts = posts_of(CANDIDATES + 20)
    towards = np.array(posts[0].whole)
    near, far = planted("near", tuple(towards)), planted("far", tuple(-towards))
    before = compared(tmp_path / "before", posts)
    assert before.related is not None
    had = before.related.candidates(0)[0].tolist()
    others = [post for place, post in enumerate(posts) if place != had[0]]
    snapshot = compared(tmp_path / "now", [*others, near, far])
    found, ids = kept(tmp_path / "kept", snapshot, before), snapshot.documents.ids()
    assert found.related is not None
    now = {ids[candidate] for candidate in found.related.candidates(0)[0].tolist()}
    assert now == {f"post{place}" for place in had[1:]} | {"near"}


@pytest.mark.usefixtures("few")
def test_a_list_that_lost_a_post_lets_in_no_worse_ones_at_the_next_rebuild(tmp_path: Path) -> None:
    posts = posts_of(CANDIDATES + 20)
    far = planted("far", tuple(-np.array(posts[0].whole)))
    before = compared(tmp_path / "before", posts)
    assert before.related is not None
    gone = int(before.related.candidates(0)[0][0])
    others = [*posts[:gone], *posts[gone + 1 :]]
    before = kept(tmp_path / "kept", compared(tmp_path / "one less", others), before)
    found = kept(tmp_path / "kept again", compared(tmp_path / "far", [*others, far]), before)
    assert found.related is not None
    assert len(others) not in found.related.candidates(0)[0]  # it is the farthest of all


@pytest.mark.usefixtures("few")
def test_lists_that_lose_posts_little_by_little_are_full_again_too(tmp_path: Path) -> None:
    """Six at each of four rebuilds, never more than that at once."""
    posts = posts_of(CANDIDATES + 40)
    before = compared(tmp_path / "before", posts)
    for number in range(4):
        assert before.related is not None
        gone = set(before.related.candidates(0)[0][-6:].tolist())
        posts = [post for place, post in enumerate(posts) if place not in gone]
        before = kept(tmp_path / f"kept{number}", compared(tmp_path / f"v{number}", posts), before)
    assert before.related is not None
    assert len(before.related.candidates(0)[0]) >= CANDIDATES - 6
