"""What a rebuild does about related lists: keeps them or makes them anew, and compares them with those before."""

from __future__ import annotations

import errno
import importlib
import json
import math
import os
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import semsearch
from semsearch.errors import CorpusError, DamagedVersion, IndexNotWritable, InvalidRequest, TooMuchChurn
from semsearch.index import IndexFolder
from semsearch.rebuilding import Progress, Stage
from semsearch.relating import incremental as keeping
from semsearch.relating.site import lists_of
from tests.builders import raw_post, write_corpus
from tests.rebuilding.fakes import FakeEncoder

module = importlib.import_module("semsearch.rebuilding.rebuild")  # by name: the package's own "rebuild" is a function
POSTS = [raw_post(f"p{number}", title=f"w{number}", teaser="") for number in range(20)]


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> FakeEncoder:
    """Takes the place of the model."""
    encoder = FakeEncoder(batch=100)
    monkeypatch.setattr(module, "open_encoder", lambda *_, **__: encoder)
    return encoder


@pytest.fixture
def index(tmp_path: Path) -> Path:
    """No version yet, and no model."""
    return tmp_path / "index"


@pytest.fixture
def corpus(tmp_path: Path, index: Path, fake: FakeEncoder) -> Path:
    """A corpus of twenty posts that is the version in use."""
    folder = write_corpus(tmp_path / "corpus", POSTS)
    semsearch.rebuild(folder, index)
    return folder


def changed(count: int) -> list[dict[str, Any]]:
    """The posts, of which the first say something else."""
    return [post | {"title": f"other {post['title']}"} for post in POSTS[:count]] + POSTS[count:]


def lists(index: Path) -> dict[str, set[str]]:
    """The list of each post of the version in use."""
    with closing(IndexFolder(index).open()) as snapshot:
        ids = snapshot.documents.ids()
        return {
            post_id: {ids[other] for other in listed if other >= 0}
            for post_id, listed in zip(ids, lists_of(snapshot).tolist(), strict=True)
        }


def scales_changed(index: Path) -> int:
    with closing(IndexFolder(index).open()) as snapshot:
        return snapshot.manifest.scales.changed


# --- what is reported -------------------------------------------------------------------------------------------------


def test_a_first_version_is_compared_with_nothing(fake: FakeEncoder, index: Path, tmp_path: Path) -> None:
    related = semsearch.rebuild(write_corpus(tmp_path / "corpus", POSTS), index).related
    assert (related.changed, related.compared, related.churn) == (None, 0, 0.0)
    listed = set().union(*lists(index).values())
    assert related.orphans == 20 - len(listed)


def test_what_changed_is_counted_over_the_posts_of_the_version_before(corpus: Path, index: Path) -> None:
    before = lists(index)
    posts = [*changed(2)[1:], raw_post("new", title="a new one", teaser="")]  # p0 is gone
    related = semsearch.rebuild(write_corpus(corpus, posts), index).related
    after = lists(index)
    assert related.compared == 20
    changes = [post_id for post_id in before if before[post_id] != after.get(post_id)]
    assert related.changed == len(changes) > 1
    assert "p0" in changes
    assert related.churn == len(changes) / 20


def test_a_rebuild_of_the_same_posts_changes_nothing(corpus: Path, index: Path) -> None:
    copied = semsearch.rebuild(corpus, index)
    assert copied.unchanged
    assert (copied.related.changed, copied.related.compared) == (0, 20)
    full = semsearch.rebuild(corpus, index, full=True)
    assert not full.unchanged
    assert full.related == copied.related


def test_posts_in_another_order_have_the_same_lists(corpus: Path, index: Path) -> None:
    report = semsearch.rebuild(write_corpus(corpus, POSTS[::-1]), index)
    assert not report.unchanged
    assert (report.related.changed, report.related.compared) == (0, 20)


def test_the_report_says_it_in_json(corpus: Path, index: Path) -> None:
    for posts in (POSTS, changed(1)):  # a copy, and a version of its own
        report = semsearch.rebuild(write_corpus(corpus, posts), index)
        related = json.loads(json.dumps(report.to_json()))["related"]
        assert related == {
            "changed": report.related.changed,
            "compared": 20,
            "orphans": report.related.orphans,
            "hubs": [{"id": hub.id, "title": hub.title, "lists": hub.lists} for hub in report.related.hubs],
        }


def test_a_version_before_that_has_no_lists_is_not_compared(
    corpus: Path, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = IndexFolder.open
    monkeypatch.setattr(IndexFolder, "open", lambda *words: replace(opened(*words), related=None))
    copied = semsearch.rebuild(corpus, index, max_churn=0)
    assert copied.unchanged
    assert (copied.related.changed, copied.related.compared) == (None, 0)
    report = semsearch.rebuild(write_corpus(corpus, changed(20)), index, max_churn=0)
    assert (report.related.changed, report.related.compared) == (None, 0)


def damage(index: Path) -> None:
    """The version in use cannot be read."""
    (index / "versions" / IndexFolder(index).names()[0] / "related.npy").write_bytes(b"")


def test_a_version_before_that_is_damaged_is_not_compared(corpus: Path, index: Path) -> None:
    damage(index)
    report = semsearch.rebuild(write_corpus(corpus, changed(20)), index)
    assert (report.related.changed, report.related.compared) == (None, 0)
    assert IndexFolder(index).current() == report.version


@pytest.mark.parametrize("full", [False, True])
def test_where_lists_may_not_change_a_damaged_version_is_an_error(corpus: Path, index: Path, full: bool) -> None:
    """Nobody can say how many would change; the index stays as it was."""
    damage(index)
    (version,) = IndexFolder(index).names()
    with pytest.raises(DamagedVersion, match=r"related\.npy: 0 bytes"):
        semsearch.rebuild(write_corpus(corpus, changed(20)), index, max_churn=1, full=full)
    assert IndexFolder(index).names() == [version] == [IndexFolder(index).current()]
    assert not (index / "building").exists()


def test_where_the_disk_has_no_room_for_lists_nothing_is_published(
    corpus: Path, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = lists(index)

    def full_disk(*_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "posix_fallocate", full_disk, raising=False)
        with pytest.raises(IndexNotWritable, match="No space left"):
            semsearch.rebuild(write_corpus(corpus, changed(20)), index)
    assert lists(index) == before
    assert semsearch.rebuild(corpus, index).embedded == 0  # what was embedded is not lost


# --- what is kept -----------------------------------------------------------------------------------------------------


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lists of twenty posts are kept too, if no more than four changed."""
    monkeypatch.setattr(keeping, "_FEWEST_POSTS", 20)
    monkeypatch.setattr(keeping, "MOST_CHANGED", 0.2)


@pytest.mark.usefixtures("kept")
def test_changes_are_counted_from_version_to_version_until_all_are_compared(corpus: Path, index: Path) -> None:
    counted = [scales_changed(index)]
    for count in (1, 3, 4, 5):  # one more, two more, one more, one more
        semsearch.rebuild(write_corpus(corpus, changed(count)), index)
        counted.append(scales_changed(index))
        semsearch.rebuild(corpus, index)  # a copy keeps the count
        assert scales_changed(index) == counted[-1]
    assert counted == [0, 1, 3, 4, 0]


@pytest.mark.usefixtures("kept")
def test_a_full_rebuild_compares_all_posts(corpus: Path, index: Path) -> None:
    semsearch.rebuild(write_corpus(corpus, changed(1)), index)
    assert scales_changed(index) == 1
    semsearch.rebuild(corpus, index, full=True)
    assert scales_changed(index) == 0


@pytest.mark.usefixtures("kept")
def test_progress_of_related_lists_reaches_the_end(corpus: Path, index: Path) -> None:
    told: list[Progress] = []
    semsearch.rebuild(write_corpus(corpus, changed(1)), index, on_progress=told.append)
    assert [one.share for one in told if one.stage is Stage.RELATED] == [1.0]


# --- too much churn ---------------------------------------------------------------------------------------------------


def test_where_more_lists_change_than_may_nothing_is_published(corpus: Path, index: Path) -> None:
    version, before = IndexFolder(index).current(), lists(index)
    write_corpus(corpus, changed(20))
    with pytest.raises(
        TooMuchChurn, match="nothing was published; look at what changed, or raise --max-churn"
    ) as caught:
        semsearch.rebuild(corpus, index, max_churn=0.25)
    error = caught.value
    assert isinstance(error, CorpusError)
    assert (error.compared, error.most) == (20, 0.25)
    assert error.changed > 5
    assert str(error).startswith(f"{error.changed} of 20 related lists would change, and at most 25.0% may: ")
    assert IndexFolder(index).names() == [version] == [IndexFolder(index).current()]
    assert lists(index) == before
    assert not (index / "building").exists()


def test_what_was_embedded_before_it_was_refused_is_not_lost(corpus: Path, index: Path, fake: FakeEncoder) -> None:
    write_corpus(corpus, changed(20))
    with pytest.raises(TooMuchChurn):
        semsearch.rebuild(corpus, index, max_churn=0)
    fake.seen.clear()
    assert semsearch.rebuild(corpus, index, max_churn=1).embedded == 0
    assert fake.seen == []


def test_as_many_lists_may_change_as_is_said(corpus: Path, index: Path) -> None:
    write_corpus(corpus, changed(3))
    with pytest.raises(TooMuchChurn) as caught:
        semsearch.rebuild(corpus, index, max_churn=0)
    count = caught.value.changed
    with pytest.raises(TooMuchChurn):
        semsearch.rebuild(corpus, index, max_churn=(count - 1) / 20)
    assert semsearch.rebuild(corpus, index, max_churn=count / 20).related.changed == count


def test_a_first_version_and_an_unchanged_one_may_always_be_published(
    fake: FakeEncoder, tmp_path: Path, index: Path
) -> None:
    corpus = write_corpus(tmp_path / "corpus", POSTS)
    assert semsearch.rebuild(corpus, index, max_churn=0).related.changed is None
    assert semsearch.rebuild(corpus, index, max_churn=0).unchanged
    assert semsearch.rebuild(corpus, index, max_churn=0, full=True).related.changed == 0


@pytest.mark.parametrize("share", [-0.01, 1.01, 5, math.nan, math.inf])
def test_a_share_out_of_range_is_refused_before_anything_is_done(tmp_path: Path, share: float) -> None:
    with pytest.raises(InvalidRequest, match=f"max_churn: {share} is not between 0 and 1"):
        semsearch.rebuild(tmp_path / "no corpus", tmp_path / "index", max_churn=share)
    assert list(tmp_path.iterdir()) == []
