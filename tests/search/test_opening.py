from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

import semsearch
from semsearch.encoding import Encoder
from semsearch.errors import CurationError, IndexNotFound, InvalidRequest, ModelError, VersionNotFound
from semsearch.search import open_index
from semsearch.search.opening import open_curation, open_second_stage
from tests.builders import raw_post, write_corpus
from tests.conftest import link_encoder
from tests.search.fakes import FakeReranker


@dataclass(frozen=True)
class Versions:
    """An index of two versions: one of the post "old", then one of the post "new". Tests must not change it."""

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


def test_current_version_is_opened_by_default(versions: Versions) -> None:
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


def test_missing_index_and_version_are_named(versions: Versions, tmp_path: Path) -> None:
    with pytest.raises(IndexNotFound) as nothing:
        open_index(tmp_path / "nowhere")
    assert nothing.value.path == tmp_path / "nowhere"
    assert not (tmp_path / "nowhere").exists()
    with pytest.raises(VersionNotFound) as unknown:
        open_index(versions.index, version="000009-20260131T000000Z")
    assert unknown.value.available == [versions.old, versions.new]


def test_without_a_curation_file_and_a_reranker_there_is_neither(versions: Versions) -> None:
    searcher = open_index(versions.index)
    assert (searcher.curation, searcher.second_stage) == (None, None)
    assert (open_curation(None), open_second_stage(None)) == (None, None)
    assert searcher.search("title").reranking is None


def test_curation_file_applies_and_may_be_created_later(versions: Versions, tmp_path: Path) -> None:
    file = tmp_path / "curation.yaml"
    searcher = open_index(versions.index, curation=str(file))
    assert [hit.id for hit in searcher.search("title").hits] == ["new"]
    file.write_text("hide: [new]", encoding="utf-8")
    assert searcher.search("title").hits == ()


def test_invalid_curation_file_and_unknown_reranker_are_named(versions: Versions, tmp_path: Path) -> None:
    (tmp_path / "curation.yaml").write_text("hide: new", encoding="utf-8")
    with pytest.raises(CurationError, match="hide: this is not a list"):
        open_index(versions.index, curation=tmp_path / "curation.yaml")
    with pytest.raises(ModelError, match="there is no such folder"):
        open_index(versions.index, reranker=str(tmp_path / "nowhere"))
    (tmp_path / "empty").mkdir()
    with pytest.raises(ModelError, match="is not a reranker"):
        open_second_stage(str(tmp_path / "empty"))


def test_invalid_budget_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("semsearch.search.opening.open_reranker", lambda name: FakeReranker(name=name))
    stage = open_second_stage("some/model", 120)
    assert stage is not None
    assert (stage.reranker.name, stage.depth, stage.budget_ms) == ("some/model", 20, 120)
    with pytest.raises(InvalidRequest, match="budget_ms: 0 is not a finite number above 0"):
        open_second_stage("some/model", 0)
