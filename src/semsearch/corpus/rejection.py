"""Rejected lines of a corpus."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Rejection:
    """A line that was left out, with the reason. Other lines are not affected.

    A rebuild publishes nothing if more than 10 % of the lines are rejected, or if any id occurs twice.
    """

    file: Path
    line: int
    """The line number, from 1."""
    reason: str
    """What is wrong, in one line."""
    duplicate: bool = False
    """Whether the line is a valid post whose id an earlier post has."""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.reason}"
