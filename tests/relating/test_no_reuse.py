"""Conditions under which no list of the version before is reused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from semsearch.index import Snapshot
from semsearch.relating import incremental
from semsearch.relating.incremental import ReusedLists
from tests.relating.builders import PLAIN
from tests.relating.versions import assert_same_lists, full_rebuild, incremental_rebuild, one, posts_of, reuse_plan
from tests.search.fakes import Planted


@pytest.fixture(scope="module")
def hundred(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """A version of a hundred posts. Tests only read it."""
    return full_rebuild(tmp_path_factory.mktemp("hundred") / "v", posts_of(100))


@pytest.fixture
def from_a_hundred(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reuse lists from a hundred posts on."""
    monkeypatch.setattr(incremental, "_MIN_POSTS", 100)


def _changed(posts: Sequence[Planted], first: int, last: int) -> list[Planted]:
    """The posts, of which some say something else."""
    return [*posts[:first], *(one(post.post.id, said=1) for post in posts[first:last]), *posts[last:]]


@pytest.mark.usefixtures("from_a_hundred")
@pytest.mark.parametrize(("count", "is_reused"), [(0, True), (1, True), (5, True), (6, False), (100, False)])
def test_nothing_is_reused_if_more_than_a_twentieth_changed(
    tmp_path: Path, hundred: Snapshot, count: int, is_reused: bool
) -> None:
    snapshot = full_rebuild(tmp_path / "now", _changed(posts_of(100), 0, count))
    assert (ReusedLists.plan(snapshot, hundred) is not None) == is_reused
    changed = incremental_rebuild(tmp_path / "incremental", snapshot, hundred).manifest.scales.changed
    assert changed == (count if is_reused else 0)


@pytest.mark.usefixtures("from_a_hundred")
def test_removed_and_added_posts_count_as_changed(tmp_path: Path, hundred: Snapshot) -> None:
    posts = posts_of(100)
    three_others = [*posts[3:], *(one(f"new{number}") for number in range(3))]
    assert ReusedLists.plan(full_rebuild(tmp_path / "six", three_others), hundred) is None
    two_others = [*posts[2:], *(one(f"new{number}") for number in range(2))]
    assert reuse_plan(full_rebuild(tmp_path / "four", two_others), hundred).scales.changed == 4


@pytest.mark.usefixtures("from_a_hundred")
def test_changes_add_up_until_a_full_comparison(tmp_path: Path, hundred: Snapshot) -> None:
    posts, before, counted = posts_of(100), hundred, []
    for number in range(5):
        posts = _changed(posts, 2 * number, 2 * number + 2)
        before = incremental_rebuild(
            tmp_path / f"incremental{number}", full_rebuild(tmp_path / f"v{number}", posts), before
        )
        counted.append(before.manifest.scales.changed)
    assert counted == [2, 4, 0, 2, 4]  # with the next two it would have been six of a hundred


@pytest.mark.usefixtures("from_a_hundred")
def test_scales_are_those_of_the_last_full_comparison(tmp_path: Path, hundred: Snapshot) -> None:
    few_changed = full_rebuild(tmp_path / "few", _changed(posts_of(100), 0, 5))
    found = incremental_rebuild(tmp_path / "incremental", few_changed, hundred).manifest.scales
    assert replace(found, changed=0) == PLAIN
    many_changed = full_rebuild(tmp_path / "many", _changed(posts_of(100), 0, 6))
    found = incremental_rebuild(tmp_path / "measured", many_changed, hundred).manifest.scales
    assert found.meaning != PLAIN.meaning
    assert found.changed == 0


@pytest.mark.usefixtures("from_a_hundred")
@pytest.mark.parametrize(
    "change",
    [{"template": "other"}, {"libraries": {"faiss-cpu": "0.1"}}, {"model": "other"}],
    ids=["template", "libraries", "model"],
)
def test_nothing_is_reused_of_another_model_template_or_library(
    tmp_path: Path, hundred: Snapshot, change: dict[str, Any]
) -> None:
    if "model" in change:
        change = {"model": replace(hundred.manifest.model, fingerprint="1" * 64)}
    before = replace(hundred, manifest=replace(hundred.manifest, **change))
    snapshot = full_rebuild(tmp_path / "now", posts_of(100))
    assert ReusedLists.plan(snapshot, hundred) is not None
    assert ReusedLists.plan(snapshot, before) is None
    assert (
        incremental_rebuild(tmp_path / "incremental", snapshot, before).manifest.scales.meaning != PLAIN.meaning
    )  # measured again


# --- editions ---------------------------------------------------------------------------------------------------------

ENGLISH = [one("a", language="en"), one("b", language="en")]
GERMAN, FRENCH = one("c", language="de"), one("d", language="fr", translation_of="c")
EDITION = replace(FRENCH, post=replace(FRENCH.post, language="en"))
HERE, THERE = one("e", language="en", url="/en/here"), one("f", language="de", url="/de/there")
MOVED = replace(THERE, post=replace(THERE.post, url="/de/here"))


@pytest.mark.parametrize(
    ("posts", "others", "listed", "listed_now"),
    [
        ([*ENGLISH, GERMAN, EDITION], [*ENGLISH, GERMAN, EDITION], "bd", "bd"),
        ([*ENGLISH, GERMAN, EDITION], [*ENGLISH, GERMAN], "bd", "bc"),
        ([*ENGLISH, GERMAN, EDITION], [*ENGLISH, EDITION], "bd", "bd"),
        ([*ENGLISH, GERMAN], [*ENGLISH, GERMAN, EDITION], "bc", "bd"),
        ([*ENGLISH, GERMAN, EDITION], [*ENGLISH, GERMAN, FRENCH], "bd", "bc"),
        ([*ENGLISH, GERMAN, FRENCH], [*ENGLISH, GERMAN, EDITION], "bc", "bd"),
        ([*ENGLISH, HERE, THERE], [*ENGLISH, HERE, MOVED], "bef", "be"),
        ([*ENGLISH, HERE, MOVED], [*ENGLISH, HERE, THERE], "be", "bef"),
    ],
    ids=[
        "nothing changed",
        "the better one is gone",
        "the other one is gone",
        "a better one came",
        "the better one is in another language now",
        "the other one is in a better language now",
        "by addresses alone",
        "by addresses no longer",
    ],
)
def test_nothing_is_reused_if_posts_have_or_had_editions(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    posts: Sequence[Planted],
    others: Sequence[Planted],
    listed: str,
    listed_now: str,
) -> None:
    """English posts list the English edition, and the first one where there is none."""
    monkeypatch.setattr(incremental, "_MIN_POSTS", 0)
    monkeypatch.setattr(incremental, "MAX_CHANGED_SHARE", 100.0)
    before, expected = full_rebuild(tmp_path / "before", posts), full_rebuild(tmp_path / "all", others, scales=None)
    assert ReusedLists.plan(expected, before) is None
    assert listed_beside_the_first(before) == listed
    found = incremental_rebuild(tmp_path / "incremental", expected, before)
    assert found.manifest.scales == expected.manifest.scales  # measured again
    assert_same_lists(found, expected)
    assert listed_beside_the_first(found) == listed_now


def listed_beside_the_first(snapshot: Snapshot) -> str:
    """The ids of the candidates of the first post, in the order of the alphabet."""
    ids = snapshot.documents.ids()
    return "".join(sorted(ids[post] for post in snapshot.related.candidates(0)[0].tolist()))


def test_a_corpus_of_fewer_than_two_hundred_posts_is_compared_in_full(tmp_path: Path) -> None:
    posts = posts_of(200)
    before = full_rebuild(tmp_path / "before", posts)
    enough = full_rebuild(tmp_path / "enough", [*posts[:100], one("new"), *posts[101:]])
    assert reuse_plan(enough, before).changed.tolist() == [100]
    assert ReusedLists.plan(full_rebuild(tmp_path / "less", posts[:199]), before) is None
