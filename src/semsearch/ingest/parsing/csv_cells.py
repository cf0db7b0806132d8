"""The limit of Python's CSV reader for one cell, which is a setting of the whole process."""

from __future__ import annotations

import csv

MAX_CHARACTERS = 8 * 1024 * 1024
"""Of one cell. Python's own limit is 131,072, which a long post in a table exceeds."""


def allow_long_cells() -> None:
    """Let readers that are made from now on read cells of up to :data:`MAX_CHARACTERS`."""
    csv.field_size_limit(max(csv.field_size_limit(), MAX_CHARACTERS))
