"""Reads small files of an index that may have been replaced by something else."""

from __future__ import annotations

import errno
import stat
from pathlib import Path


def read_plain_file(file: Path) -> bytes:
    """Return the content of a file. Raises OSError, also for a pipe or a device: to read it might never end."""
    mode = file.stat().st_mode
    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
        raise OSError(errno.EIO, "it is not a plain file", str(file))
    return file.read_bytes()
