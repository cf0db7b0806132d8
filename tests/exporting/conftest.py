from __future__ import annotations

from pathlib import Path

import pytest

from semsearch.search import Searcher
from tests.exporting.folders import corpus, searcher


@pytest.fixture
def five(tmp_path: Path) -> Searcher:
    return searcher(tmp_path / "v1", corpus(*"abcde"))


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return tmp_path / "site"
