"""Calibration, scales and compression are those of the version before while few posts changed."""

from __future__ import annotations

import dataclasses
import importlib
from pathlib import Path
from typing import Any

import pytest

import semsearch
from semsearch.index import IndexFolder, Manifest
from semsearch.rebuilding import version_build
from tests.builders import raw_post, write_corpus
from tests.rebuilding.fakes import FakeEncoder

POSTS = [raw_post(f"p{number}", title=f"w{number} x{number}", teaser="") for number in range(20)]


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> FakeEncoder:
    """Replaces the model."""
    encoder = FakeEncoder(batch=100)
    module = importlib.import_module("semsearch.rebuilding.rebuild")  # the attribute "rebuild" is the function
    monkeypatch.setattr(module, "open_encoder", lambda *_, **__: encoder)
    return encoder


def rebuilt(folder: Path, posts: list[dict[str, Any]], *, full: bool = False) -> Manifest:
    semsearch.rebuild(write_corpus(folder / "corpus", posts), folder / "index", full=full)
    return IndexFolder(folder / "index").manifest()


def changed(count: int, said: str = "other") -> list[dict[str, Any]]:
    """The posts with another title in the first ones."""
    return [post | {"title": f"{said} {post['title']}"} for post in POSTS[:count]] + POSTS[count:]


@pytest.mark.usefixtures("fake")
@pytest.mark.parametrize(
    ("posts", "count"),
    [
        (changed(2), 2),
        (changed(3), 0),
        (POSTS[2:], 0),  # two are gone, of eighteen
        (POSTS[1:], 1),
        ([*POSTS, raw_post("new", title="new one")], 1),
        ([*POSTS[1:], raw_post("new", title="new one")], 2),  # one is gone, and one came
        (POSTS[::-1], 0),
    ],
    ids=["two changed", "three changed", "two removed", "one removed", "one added", "one replaced", "in reverse"],
)
def test_up_to_a_tenth_of_the_posts_may_have_changed(tmp_path: Path, posts: list[dict[str, Any]], count: int) -> None:
    first, second = rebuilt(tmp_path, POSTS), rebuilt(tmp_path, posts)
    assert second.changed_since_measured == count
    is_reused = count > 0 or posts == POSTS[::-1]
    assert (second.calibration == first.calibration) == is_reused
    anew = rebuilt(tmp_path / "anew", posts)
    assert (second.calibration == anew.calibration) == (not is_reused)
    assert second.scales == (dataclasses.replace(first.scales, changed=0) if is_reused else anew.scales)


@pytest.mark.usefixtures("fake")
def test_changes_add_up_until_all_is_measured_again(tmp_path: Path) -> None:
    counted = [rebuilt(tmp_path, POSTS).changed_since_measured]
    edits = ("one", "one", "another", "a third", "a fourth")  # of the same post; once nothing changes
    counted += [rebuilt(tmp_path, changed(1, said)).changed_since_measured for said in edits]
    assert counted == [0, 1, 1, 2, 0, 1]


@pytest.mark.usefixtures("fake")
def test_a_full_rebuild_measures_again(tmp_path: Path) -> None:
    rebuilt(tmp_path, POSTS)
    assert rebuilt(tmp_path, changed(1)).changed_since_measured == 1
    full = rebuilt(tmp_path, changed(1), full=True)
    assert full.changed_since_measured == 0
    assert full.calibration == rebuilt(tmp_path / "anew", changed(1)).calibration


def test_no_calibration_query_is_encoded_while_measures_hold(tmp_path: Path, fake: FakeEncoder) -> None:
    rebuilt(tmp_path, POSTS)
    fake.queries.clear()
    rebuilt(tmp_path, changed(1))
    assert fake.queries == []


def test_measures_of_another_model_are_not_used(tmp_path: Path, fake: FakeEncoder) -> None:
    rebuilt(tmp_path, POSTS)
    setattr(fake, "card", dataclasses.replace(fake.card, fingerprint="f" * 64))  # noqa: B010
    assert rebuilt(tmp_path, changed(1)).changed_since_measured == 0


@pytest.mark.usefixtures("fake")
def test_measures_of_another_release_of_a_library_are_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(version_build, "library_releases", lambda: {"numpy": "0.1"})
        rebuilt(tmp_path, POSTS)
    assert rebuilt(tmp_path, changed(1)).changed_since_measured == 0
