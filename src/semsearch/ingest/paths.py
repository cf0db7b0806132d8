"""A path in a source → its parts, as :class:`pathlib.PurePosixPath` has them, in a tenth of its time.

Paths are relative and plain: no ``.``, no ``..``, no doubled or final slash.
"""

from __future__ import annotations


def folder_of(path: str) -> str:
    """Return the folder of a file without a slash at the end; empty at the top."""
    return path.rpartition("/")[0]


def name_of(path: str) -> str:
    """Return what follows the last slash."""
    return path.rpartition("/")[2]


def stem_of(path: str) -> str:
    """Return the name without its suffix."""
    return split_name(path)[0]


def suffix_of(path: str) -> str:
    """Return the suffix with its dot. ``.hidden`` and ``end.`` have none, so the result is empty."""
    return split_name(path)[1]


def split_name(path: str) -> tuple[str, str]:
    """Return the stem and the suffix of the name."""
    name = name_of(path)
    dot = name.rfind(".")
    return (name[:dot], name[dot:]) if 0 < dot < len(name) - 1 else (name, "")
