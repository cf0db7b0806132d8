from __future__ import annotations

import builtins
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from semsearch.errors import MissingExtra
from semsearch.ingest.watch import changes

PATIENCE_SECONDS = 20


class Watched:
    """Watches a folder in a thread, and counts its changes."""

    def __init__(self, folder: Path, ignored: Path) -> None:
        self.count, self._stop = 0, False
        self._changed = threading.Event()
        self._paths, self._ignored = [folder], [ignored]
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        assert self.sees(), "the watch did not begin"

    def _watch(self) -> None:
        for _ in changes(self._paths, ignored=self._ignored):
            if self._stop:
                return
            self.count += 1
            self._changed.set()

    def settle(self) -> None:
        """Wait until no more changes are reported for some time."""
        while self._changed.wait(0.4):
            self._changed.clear()

    def sees(self) -> bool:
        seen = self._changed.wait(PATIENCE_SECONDS)
        self._changed.clear()
        return seen

    def sees_nothing(self) -> bool:
        return not self._changed.wait(0.7)

    def stop(self) -> None:
        self._stop = True
        (self._paths[0] / "stop.md").touch()  # the watch looks only after a change
        self._thread.join(PATIENCE_SECONDS)
        assert not self._thread.is_alive(), "it does not stop"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A blog in a hidden folder, which is no reason to overlook its changes."""
    for name in ("posts", "corpus", ".git"):
        (tmp_path / ".sites" / "blog" / name).mkdir(parents=True)
    return tmp_path / ".sites" / "blog"


@pytest.fixture
def watched(folder: Path) -> Iterator[Watched]:
    watched = Watched(folder, folder / "corpus")
    yield watched
    watched.stop()


def test_files_that_are_saved_moved_and_removed_are_changes(watched: Watched, folder: Path) -> None:
    file = folder / "posts" / "a.md"
    file.write_text("text", encoding="utf-8")
    assert watched.sees()
    watched.settle()
    file.rename(folder / "posts" / "b.md")
    assert watched.sees()
    watched.settle()
    (folder / "posts" / "b.md").unlink()
    assert watched.sees()


def test_the_corpus_hidden_and_backup_files_are_no_changes(watched: Watched, folder: Path) -> None:
    for path in ("corpus/blog.jsonl", ".git/index", "posts/.a.md.swp", "posts/a.md~"):
        (folder / path).write_text("text", encoding="utf-8")
    assert watched.sees_nothing()


def test_without_the_extra_it_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    real_import = builtins.__import__

    def without_watchfiles(name: str, *arguments: Any) -> Any:
        if name == "watchfiles":
            raise ImportError(name)
        return real_import(name, *arguments)

    monkeypatch.setattr(builtins, "__import__", without_watchfiles)
    with pytest.raises(MissingExtra, match=r"semsearch\[watch\]"):
        next(changes([tmp_path]))
