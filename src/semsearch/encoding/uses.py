"""Which vectors are still of use? The keys that the last rebuilds of each index asked for, kept beside the cache."""

from __future__ import annotations

import hashlib
import logging
import os
import shutil
from pathlib import Path

import numpy as np

from semsearch.encoding.key_table import Prefixes

log = logging.getLogger(__name__)

KEPT_REBUILDS = 5
"""A vector that so many rebuilds of an index did not ask for is of no use to it."""
_USER, _PRUNED_AT = "user.txt", "pruned-at.txt"


class Uses:
    """A folder a user of the cache, named after its path, with a file of sorted key prefixes for each last rebuild."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def record(self, user: Path, keys: Prefixes) -> None:
        """Notes what a rebuild asked for. ``user``: the folder on whose behalf, which must exist for it to count."""
        path = str(user.resolve())
        folder = self._folder / hashlib.sha256(path.encode(errors="surrogateescape")).hexdigest()[:16]
        folder.mkdir(parents=True, exist_ok=True)
        scratch = folder / "new"
        if not (folder / _USER).exists():  # half a path would be that of a user who is gone
            scratch.write_text(path, encoding="utf-8", errors="surrogateescape")
            scratch.replace(folder / _USER)
        before = _rebuilds(folder)
        number = int(before[-1].stem) + 1 if before else 1
        with scratch.open("wb") as stream:
            np.save(stream, np.unique(keys), allow_pickle=False)
            stream.flush()
            os.fsync(stream.fileno())
        scratch.replace(folder / f"{number:08}.npy")
        for old in before[: 1 - KEPT_REBUILDS]:
            old.unlink(missing_ok=True)

    def pruned_at(self) -> int:
        """How many records the cache had when it was last pruned: those behind are new. 0 where that is not known."""
        try:
            return int((self._folder / _PRUNED_AT).read_text(encoding="ascii"))
        except (OSError, ValueError):
            return 0

    def set_pruned_at(self, count: int) -> None:
        """Notes it."""
        self._folder.mkdir(parents=True, exist_ok=True)
        (self._folder / _PRUNED_AT).write_text(str(count), encoding="ascii")

    def keys(self) -> Prefixes | None:
        """All that the last rebuilds of any user asked for, sorted; None where that cannot be read. Users that are gone
        are forgotten."""
        found = [np.empty(0, dtype=np.uint64)]
        for folder in filter(Path.is_dir, self._folder.glob("*")):
            if _is_gone(folder):
                shutil.rmtree(folder, ignore_errors=True)
                continue
            for file in _rebuilds(folder):
                try:
                    found.append(np.load(file, allow_pickle=False).astype(np.uint64, casting="no"))
                except (OSError, ValueError, EOFError, TypeError) as error:
                    log.warning("%s cannot be read (%s): no vector is forgotten while it is there", file, error)
                    return None
        return np.unique(np.concatenate(found))


def _is_gone(folder: Path) -> bool:
    """Whether a user's folder is no more; one that may not be looked at is there."""
    try:
        Path((folder / _USER).read_text(encoding="utf-8", errors="surrogateescape")).stat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False


def _rebuilds(folder: Path) -> list[Path]:
    return sorted(file for file in folder.glob("*.npy") if file.stem.isascii() and file.stem.isdigit())
