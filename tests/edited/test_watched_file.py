from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from semsearch.edited import WatchedFile, watched_file


def test_fingerprint_changes_with_the_content_in_use(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("one", encoding="utf-8")
    watched = WatchedFile(file, Path.read_text)
    first = watched.fingerprint
    assert (watched.current(), watched.fingerprint) == ("one", first)
    file.write_text("three", encoding="utf-8")
    assert (watched.latest, watched.fingerprint) == ("one", first), "nobody has looked"
    assert watched.current() == watched.latest == "three"
    second = watched.fingerprint
    assert second != first
    assert WatchedFile(file, Path.read_text).fingerprint == second, "in another process too, and after a restart"


def test_change_is_read_once_by_many_threads(tmp_path: Path) -> None:
    file, reads = tmp_path / "file", []
    together = threading.Barrier(8, timeout=30)

    def read(path: Path) -> str:
        reads.append(path)
        return path.read_text(encoding="utf-8")

    def ask(_: int) -> str:
        together.wait()
        return watched.current()

    file.write_text("one", encoding="utf-8")
    watched = WatchedFile(file, read)
    file.write_text("three", encoding="utf-8")
    with ThreadPoolExecutor(8) as pool:
        said = set(pool.map(ask, range(8)))
    assert said <= {"one", "three"}  # who asks while it is read has what held before
    assert (watched.current(), len(reads)) == ("three", 2)


def test_a_file_that_is_not_read_on_demand_is_read_only_when_it_is_refreshed(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("one", encoding="utf-8")
    watched = WatchedFile(file, Path.read_text, on_demand=False)
    file.write_text("three", encoding="utf-8")
    assert watched.current() == "one"
    watched.refresh()
    assert watched.current() == "three"


def test_file_is_not_checked_again_within_the_interval(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watched_file, "MIN_CHECK_INTERVAL_SECONDS", 3_600)
    file = tmp_path / "file"
    file.write_text("one", encoding="utf-8")
    watched = WatchedFile(file, Path.read_text)
    assert watched.current() == "one"
    file.write_text("three", encoding="utf-8")
    assert watched.current() == "one"
    watched._next_check = 0.0  # an hour later
    assert watched.current() == "three"
