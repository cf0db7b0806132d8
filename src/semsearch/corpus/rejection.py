"""Why is a line not a post?"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Rejection:
    """A line that was left out, and why. The lines around it are not touched."""

    file: Path
    line: int
    """Counted from 1."""
    reason: str
    duplicate: bool = False
    """The line is a good post, but its id was taken by an earlier one."""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.reason}"
