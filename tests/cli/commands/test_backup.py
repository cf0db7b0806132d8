from __future__ import annotations

import json
from pathlib import Path

from semsearch.index import IndexFolder
from tests.builders import Command
from tests.index.builders import post, publish, served


def test_a_backup_is_restored(command: Command, tmp_path: Path) -> None:
    index = IndexFolder(tmp_path / "index")
    version = publish(index, post("a"))
    outcome = command("backup", "a.tar", "--index", index.path)
    size = (tmp_path / "a.tar").stat().st_size / 1e6
    assert (outcome.code, outcome.out) == (0, f"a.tar: version {version}, 1 posts, {size:.1f} MB\n")
    outcome = command("restore", "a.tar", "--index", "new")
    restored = IndexFolder(tmp_path / "new")
    assert (outcome.code, outcome.out) == (
        0,
        f"the current version is {restored.current()}: version {version} of a.tar, 1 posts\n",
    )
    assert served(restored) == ["a"]


def test_json_has_the_same(command: Command, tmp_path: Path) -> None:
    index = IndexFolder(tmp_path / "index")
    version = publish(index, post("a"))
    written = json.loads(command("backup", "a.tar", "--index", index.path, "--json").out)
    size = (tmp_path / "a.tar").stat().st_size
    files = len(index.manifest().files) + 1
    assert written == {"file": "a.tar", "index_version": version, "posts": 1, "files": files, "bytes": size}
    restored = json.loads(command("restore", "a.tar", "--index", index.path, "--json").out)
    assert restored == {"file": "a.tar", "index_version": index.current(), "restored_version": version, "posts": 1}


def test_errors_are_one_sentence(command: Command, tmp_path: Path) -> None:
    (tmp_path / "a.tar").touch()
    for name, words in (("backup", "no index at"), ("restore", "a.tar cannot be restored")):
        outcome = command(name, "a.tar", "--index", "index")
        assert (outcome.code, outcome.out, outcome.err.count("\n")) == (1, "", 1)
        assert words in outcome.err
