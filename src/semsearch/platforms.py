"""The operating systems that an index can be on."""

from __future__ import annotations

import sys

from semsearch.errors import UnsupportedPlatform

_PLATFORMS = ("linux", "darwin")
"""Systems with symbolic links, which opening a version needs, atomic renames of folders, which publishing one needs,
and fork, which a service needs."""


def check_platform() -> None:
    """Raise UnsupportedPlatform where no index can be."""
    if sys.platform not in _PLATFORMS:
        raise UnsupportedPlatform(sys.platform)
