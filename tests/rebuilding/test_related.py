"""Related lists in a rebuild: reused or computed again, and compared with those of the previous version."""

from __future__ import annotations

import errno
import importlib
import json
import math
import os
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

import semsearch
from semsearch.errors import CorpusError, DamagedVersion, IndexNotWritable, InvalidRequest, TooMuchChurn
from semsearch.index import IndexFolder
from semsearch.rebuilding import Progress, Stage, measures
from semsearch.relating import incremental as keeping
from semsearch.relating.site import related_lists
from tests.builders import raw_post, write_corpus
from tests.rebuilding.fakes import FakeEncoder

module = importlib.import_module("semsearch.rebuilding.rebuild")  # the attribute "rebuild" is the function
POSTS = [raw_post(f"p{number}", title=f"w{number}", teaser="") for number in range(20)]


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> FakeEncoder:
    """Replaces the model."""
    encoder = FakeEncoder(batch=100)
    monkeypatch.setattr(module, "open_encoder", lambda *_, **__: encoder)
    return encoder


@pytest.fixture
def index(tmp_path: Path) -> Path:
    """An index without versions and without an exported model."""
    return tmp_path / "index"


@pytest.fixture
def corpus(tmp_path: Path, index: Path, fake: FakeEncoder) -> Path:
    """A corpus of twenty posts, of which the index has a version."""
    folder = write_corpus(tmp_path / "corpus", POSTS)
    semsearch.rebuild(folder, index)
    return folder


def change_titles(count: int) -> list[dict[str, Any]]:
    """Return the posts with another title in the first ones."""
    return [post | {"title": f"other {post['title']}"} for post in POSTS[:count]] + POSTS[count:]


def lists(index: Path) -> dict[str, set[str]]:
    """Return the related list of each post of the current version."""
    with closing(IndexFolder(index).open()) as snapshot:
        ids = snapshot.documents.ids()
        return {
            post_id: {ids[other] for other in listed if other >= 0}
            for post_id, listed in zip(ids, related_lists(snapshot).tolist(), strict=True)
        }


def scales_changed(index: Path) -> int:
    with closing(IndexFolder(index).open()) as snapshot:
        return snapshot.manifest.scales.changed


# --- what is reported -------------------------------------------------------------------------------------------------


def test_the_first_version_is_not_compared(fake: FakeEncoder, index: Path, tmp_path: Path) -> None:
    related = semsearch.rebuild(write_corpus(tmp_path / "corpus", POSTS), index).related
    assert (related.changed, related.compared, related.churn) == (None, 0, 0.0)
    listed = set().union(*lists(index).values())
    assert related.orphans == 20 - len(listed)


def test_changed_lists_are_counted_over_the_posts_of_the_previous_version(corpus: Path, index: Path) -> None:
    before = lists(index)
    posts = [*change_titles(2)[1:], raw_post("new", title="a new one", teaser="")]  # p0 is removed
    related = semsearch.rebuild(write_corpus(corpus, posts), index).related
    after = lists(index)
    assert related.compared == 20
    changes = [post_id for post_id in before if before[post_id] != after.get(post_id)]
    assert related.changed == len(changes) > 1
    assert "p0" in changes
    assert related.churn == len(changes) / 20


def test_a_rebuild_of_the_same_posts_changes_no_list(corpus: Path, index: Path) -> None:
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


def test_the_report_of_related_lists_in_json(corpus: Path, index: Path) -> None:
    for posts in (POSTS, change_titles(1)):  # a copy, and a version of its own
        report = semsearch.rebuild(write_corpus(corpus, posts), index)
        related = json.loads(json.dumps(report.to_json()))["related"]
        assert related == {
            "changed": report.related.changed,
            "compared": 20,
            "orphans": report.related.orphans,
            "hubs": [{"id": hub.id, "title": hub.title, "lists": hub.lists} for hub in report.related.hubs],
        }


def damage(index: Path) -> None:
    """Make the current version unreadable."""
    (index / "versions" / IndexFolder(index).names()[0] / "related.npy").write_bytes(b"")


def test_a_damaged_previous_version_is_not_compared(corpus: Path, index: Path) -> None:
    damage(index)
    report = semsearch.rebuild(write_corpus(corpus, change_titles(20)), index)
    assert (report.related.changed, report.related.compared) == (None, 0)
    assert IndexFolder(index).current() == report.version


@pytest.mark.parametrize("full", [False, True])
def test_a_damaged_previous_version_is_an_error_with_max_churn(corpus: Path, index: Path, full: bool) -> None:
    """It is unknown how many lists would change. The index is unchanged."""
    damage(index)
    (version,) = IndexFolder(index).names()
    with pytest.raises(DamagedVersion, match=r"related\.npy: 0 bytes"):
        semsearch.rebuild(write_corpus(corpus, change_titles(20)), index, max_churn=1, full=full)
    assert IndexFolder(index).names() == [version] == [IndexFolder(index).current()]
    assert not (index / "building").exists()


def test_nothing_is_published_when_the_disk_is_full(corpus: Path, index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = lists(index)

    def full_disk(*_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "posix_fallocate", full_disk, raising=False)
        with pytest.raises(IndexNotWritable, match="No space left"):
            semsearch.rebuild(write_corpus(corpus, change_titles(20)), index)
    assert lists(index) == before
    assert semsearch.rebuild(corpus, index).embedded == 0  # the vectors are cached


# --- reused lists -----------------------------------------------------------------------------------------------------


@pytest.fixture
def reusable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make lists of only twenty posts reusable, if at most four posts changed."""
    monkeypatch.setattr(keeping, "_MIN_POSTS", 20)
    monkeypatch.setattr(keeping, "MAX_CHANGED_SHARE", 0.2)
    monkeypatch.setattr(measures, "MAX_CHANGED_SHARE", 1.0)


@pytest.mark.usefixtures("reusable")
def test_changes_add_up_over_versions_until_all_lists_are_computed_again(corpus: Path, index: Path) -> None:
    counted = [scales_changed(index)]
    for count in (1, 3, 4, 5):  # one more, two more, one more, one more
        semsearch.rebuild(write_corpus(corpus, change_titles(count)), index)
        counted.append(scales_changed(index))
        semsearch.rebuild(corpus, index)  # a copy has the same count
        assert scales_changed(index) == counted[-1]
    assert counted == [0, 1, 3, 4, 0]


@pytest.mark.usefixtures("reusable")
def test_a_full_rebuild_computes_all_lists_again(corpus: Path, index: Path) -> None:
    semsearch.rebuild(write_corpus(corpus, change_titles(1)), index)
    assert scales_changed(index) == 1
    semsearch.rebuild(corpus, index, full=True)
    assert scales_changed(index) == 0


@pytest.mark.usefixtures("reusable")
def test_progress_of_related_lists_reaches_the_end(corpus: Path, index: Path) -> None:
    reported: list[Progress] = []
    semsearch.rebuild(write_corpus(corpus, change_titles(1)), index, on_progress=reported.append)
    assert [progress.share for progress in reported if progress.stage is Stage.RELATED] == [1.0]


# --- too much churn ---------------------------------------------------------------------------------------------------


def test_nothing_is_published_above_max_churn(corpus: Path, index: Path) -> None:
    version, before = IndexFolder(index).current(), lists(index)
    write_corpus(corpus, change_titles(20))
    with pytest.raises(TooMuchChurn, match="nothing was published; check what changed, or raise --max-churn") as caught:
        semsearch.rebuild(corpus, index, max_churn=0.25)
    error = caught.value
    assert isinstance(error, CorpusError)
    assert (error.compared, error.limit) == (20, 0.25)
    assert error.changed > 5
    assert str(error).startswith(f"{error.changed} of 20 related lists would change, over the limit of 25.0%; ")
    assert IndexFolder(index).names() == [version] == [IndexFolder(index).current()]
    assert lists(index) == before
    assert not (index / "building").exists()


def test_vectors_of_a_version_with_too_much_churn_are_kept(corpus: Path, index: Path, fake: FakeEncoder) -> None:
    write_corpus(corpus, change_titles(20))
    with pytest.raises(TooMuchChurn):
        semsearch.rebuild(corpus, index, max_churn=0)
    fake.documents.clear()
    assert semsearch.rebuild(corpus, index, max_churn=1).embedded == 0
    assert fake.documents == []


def test_exactly_max_churn_is_allowed(corpus: Path, index: Path) -> None:
    write_corpus(corpus, change_titles(3))
    with pytest.raises(TooMuchChurn) as caught:
        semsearch.rebuild(corpus, index, max_churn=0)
    count = caught.value.changed
    with pytest.raises(TooMuchChurn):
        semsearch.rebuild(corpus, index, max_churn=(count - 1) / 20)
    assert semsearch.rebuild(corpus, index, max_churn=count / 20).related.changed == count


def test_first_and_unchanged_versions_have_no_churn(fake: FakeEncoder, tmp_path: Path, index: Path) -> None:
    corpus = write_corpus(tmp_path / "corpus", POSTS)
    assert semsearch.rebuild(corpus, index, max_churn=0).related.changed is None
    assert semsearch.rebuild(corpus, index, max_churn=0).unchanged
    assert semsearch.rebuild(corpus, index, max_churn=0, full=True).related.changed == 0


@pytest.mark.parametrize("share", [-0.01, 1.01, 5, math.nan, math.inf])
def test_max_churn_out_of_range_is_refused_first(tmp_path: Path, share: float) -> None:
    with pytest.raises(InvalidRequest, match=f"max_churn: {share} is not between 0 and 1"):
        semsearch.rebuild(tmp_path / "no corpus", tmp_path / "index", max_churn=share)
    assert list(tmp_path.iterdir()) == []
