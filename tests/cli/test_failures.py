"""Errors that a user can act on are one sentence, whatever their type; a defect keeps its traceback."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from semsearch.cli.failures import MIN_ADDRESS_SPACE, sentence_of
from semsearch.errors import PostNotFound
from semsearch.index import IndexFolder
from tests.builders import Command
from tests.serving.fakes import Panic

LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv.pop(1)), resource.RLIM_INFINITY))
from semsearch.cli import main
main()
"""


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (PostNotFound("a"), "no post has the id 'a'"),
        (
            PermissionError(errno.EACCES, os.strerror(errno.EACCES), "/cache/a"),
            "/cache/a: Permission denied; give this",
        ),
        (MemoryError(), "not enough memory: an allocation failed; free memory"),
        (RuntimeError("can't start new thread"), "not enough memory: can't start new thread; free memory"),
        (ImportError("libx.so: failed to map segment from shared object"), "not enough memory: libx.so: failed to map"),
        (Panic("memory allocation: out of memory"), "not enough memory: memory allocation"),
    ],
)
def test_an_error_that_a_user_can_act_on_is_one_sentence(
    error: BaseException, says: str, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: IndexFolder) -> None:
        raise error

    monkeypatch.setattr(IndexFolder, "infos", fail)
    result = command("versions")
    assert result.code == 1
    assert result.err.startswith(f"semsearch: {says}")
    assert result.err.count("\n") == 1
    assert "Errno" not in result.err


@pytest.mark.parametrize("error", [RuntimeError("a defect"), Panic("index out of bounds"), KeyboardInterrupt()])
def test_a_defect_is_not_hidden(error: BaseException) -> None:
    assert sentence_of(error) is None


def test_too_little_address_space_is_an_error_of_one_sentence_instead_of_a_crash(tmp_path: Path) -> None:
    for limit in (400 << 20, MIN_ADDRESS_SPACE - 1):
        done = subprocess.run(
            [sys.executable, "-c", LIMITED, str(limit), "search", "a", "--index", str(tmp_path)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 1
        assert done.stderr.startswith("semsearch: not enough memory: this process may use ")
        assert "ulimit -v" in done.stderr
        assert done.stderr.count("\n") == 1
