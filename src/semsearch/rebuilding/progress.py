"""What is a rebuild doing just now?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class Stage(StrEnum):
    """The steps of a rebuild, in order."""

    MODEL = "loading the model"
    POSTS = "reading and embedding posts"
    VECTORS = "indexing vectors"
    PUBLISH = "checking and publishing"


@dataclass(frozen=True, slots=True)
class Progress:
    """Counts so far."""

    stage: Stage
    posts: int = 0
    embedded: int = 0
    reused: int = 0


OnProgress = Callable[[Progress], None]


def ignore(_: Progress) -> None:
    """For those who do not watch."""
