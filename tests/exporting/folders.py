"""Posts to export, and what lies in a folder after that."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from semsearch.search import Searcher
from tests.relating.builders import CONFIDENT
from tests.search.fakes import Planted, planted, searcher_of


def corpus(*ids: str, **fields: Any) -> list[Planted]:
    """Posts in directions of their own, each a little nearer to the first."""
    vectors = [(1.0, place / 4, 1.0 if place % 2 else -1.0) for place in range(len(ids))]
    return [planted(name, vector, **fields) for name, vector in zip(ids, vectors, strict=True)]


def searcher(folder: Path, posts: list[Planted]) -> Searcher:
    return searcher_of(folder, posts, {}, scales=CONFIDENT)


def names_in(folder: Path) -> set[str]:
    return {file.name for file in folder.iterdir()}


def contents(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()}
