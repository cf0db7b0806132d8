from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from semsearch.edited import Watched, watching


def test_what_holds_has_a_name_that_changes_with_it(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("one", encoding="utf-8")
    watched = Watched(file, Path.read_text)
    first = watched.held
    assert (watched.current(), watched.held) == ("one", first)
    file.write_text("three", encoding="utf-8")
    assert (watched.latest, watched.held) == ("one", first), "nobody has looked"
    assert watched.current() == watched.latest == "three"
    second = watched.held
    assert second != first
    assert Watched(file, Path.read_text).held == second, "in another process too, and after a restart"


def test_a_change_is_read_once_however_many_ask(tmp_path: Path) -> None:
    file, reads = tmp_path / "file", []
    together = threading.Barrier(8, timeout=30)

    def read(path: Path) -> str:
        reads.append(path)
        return path.read_text(encoding="utf-8")

    def ask(_: int) -> str:
        together.wait()
        return watched.current()

    file.write_text("one", encoding="utf-8")
    watched = Watched(file, read)
    file.write_text("three", encoding="utf-8")
    with ThreadPoolExecutor(8) as pool:
        said = set(pool.map(ask, range(8)))
    assert said <= {"one", "three"}  # who asks while it is read has what held before
    assert (watched.current(), len(reads)) == ("three", 2)


def test_a_file_is_not_looked_at_again_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "SECONDS_BETWEEN", 3_600)
    file = tmp_path / "file"
    file.write_text("one", encoding="utf-8")
    watched = Watched(file, Path.read_text)
    assert watched.current() == "one"
    file.write_text("three", encoding="utf-8")
    assert watched.current() == "one"
    watched._again = 0.0  # an hour later
    assert watched.current() == "three"
