"""The operating systems that an index can be on."""

from __future__ import annotations

import sys

from semsearch.errors import UnsupportedPlatform

_PLATFORMS = ("linux", "darwin")
"""Opening a version needs symbolic links, publishing one needs atomic renames of folders, and a service needs fork."""


def check_platform() -> None:
    """Raise UnsupportedPlatform where no index can be."""
    if sys.platform not in _PLATFORMS:
        raise UnsupportedPlatform(sys.platform)
