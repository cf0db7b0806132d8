"""Files that cannot be opened, for tests that also run as root, who may read everything."""

from __future__ import annotations

import builtins
import io
import os
from pathlib import Path
from typing import Any

import pytest


def refuse_to_open(monkeypatch: pytest.MonkeyPatch, refused: Path, code: int) -> None:
    """Let opening a file, or anything below a folder, fail with an error number; listing the folder fails, too."""
    real_open, real_listdir, real_scandir = io.open, os.listdir, os.scandir

    def check(path: object) -> None:
        if isinstance(path, (str, bytes, os.PathLike)) and Path(os.fsdecode(path)).is_relative_to(refused):
            raise OSError(code, os.strerror(code), os.fsdecode(path))

    def opened(path: Any, *arguments: Any, **options: Any) -> Any:
        check(path)
        return real_open(path, *arguments, **options)

    def listed(path: Any = ".") -> Any:
        check(path)
        return real_listdir(path)

    def scanned(path: Any = ".") -> Any:
        check(path)
        return real_scandir(path)

    monkeypatch.setattr(io, "open", opened)
    monkeypatch.setattr(builtins, "open", opened)
    monkeypatch.setattr(os, "listdir", listed)
    monkeypatch.setattr(os, "scandir", scanned)
