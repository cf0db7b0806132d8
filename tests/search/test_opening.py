from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

import semsearch
from semsearch.encoding import Encoder
from semsearch.errors import IndexNotFound, VersionNotFound
from semsearch.search import open_index
from tests.builders import raw_post, write_corpus
from tests.conftest import link_encoder


@dataclass(frozen=True)
class Versions:
    """An index of two versions: one of the post "old", then one of the post "new". Tests only read it."""

    index: Path
    old: str
    new: str


@pytest.fixture(scope="module")
def versions(encoder: Encoder, cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Versions:
    folder = tmp_path_factory.mktemp("versions")
    link_encoder(cache, folder / "index")
    old, new = (
        semsearch.rebuild(write_corpus(folder / post_id, [raw_post(post_id)]), folder / "index").version
        for post_id in ("old", "new")
    )
    return Versions(folder / "index", old, new)


def test_the_version_in_use_is_opened_unless_another_is_named(versions: Versions) -> None:
    for version, opened, post_id in (
        (None, versions.new, "new"),
        (versions.new, versions.new, "new"),
        (versions.old, versions.old, "old"),
    ):
        searcher = open_index(versions.index, version=version)
        result = searcher.search("title")
        assert result.index_version == opened
        assert [hit.id for hit in result.hits] == [post_id]
        searcher.snapshot.close()


def test_a_searcher_stays_with_its_version(versions: Versions, tmp_path: Path) -> None:
    index = shutil.copytree(versions.index, tmp_path / "index", symlinks=True)
    searcher = open_index(str(index))
    semsearch.rebuild(write_corpus(tmp_path / "newer", [raw_post("newer")]), index)
    assert searcher.search("title").index_version == versions.new
    assert [hit.id for hit in searcher.search("title").hits] == ["new"]
    assert open_index(index).search("title").hits[0].id == "newer"


def test_an_exported_model_may_be_kept_elsewhere(versions: Versions, cache: Path, tmp_path: Path) -> None:
    index = shutil.copytree(versions.index, tmp_path / "index", ignore=shutil.ignore_patterns("cache"))
    assert open_index(index, cache=cache).search("title").hits[0].id == "new"
    assert not (index / "cache").exists()


def test_what_is_not_there_is_named(versions: Versions, tmp_path: Path) -> None:
    with pytest.raises(IndexNotFound) as nothing:
        open_index(tmp_path / "nowhere")
    assert nothing.value.path == tmp_path / "nowhere"
    assert not (tmp_path / "nowhere").exists()
    with pytest.raises(VersionNotFound) as unknown:
        open_index(versions.index, version="000009-20260131T000000Z")
    assert unknown.value.available == [versions.old, versions.new]
