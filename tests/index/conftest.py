from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from semsearch.index import IndexFolder
from tests.index.builders import post, publish

pytest.register_assert_rewrite("tests.index.vector_index_conformance")


@pytest.fixture(scope="session")
def three_versions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("three") / "index"
    for name in ("first", "second", "third"):
        publish(IndexFolder(path), post(name))
    return path


@pytest.fixture
def three(three_versions: Path, tmp_path: Path) -> IndexFolder:
    """A copy of an index with three versions, of one post each: ``first``, ``second`` and ``third``."""
    return IndexFolder(Path(shutil.copytree(three_versions, tmp_path / "index")))
