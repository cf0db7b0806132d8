"""Report the progress of a rebuild: its stage, counts, and seconds per stage."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class Stage(StrEnum):
    """The stages of a rebuild, in order."""

    MODEL = "loading the model"
    READ = "reading posts"
    POSTS = "embedding posts"
    VECTORS = "indexing vectors"
    RELATED = "relating posts"
    PUBLISH = "checking and publishing"


@dataclass(frozen=True, slots=True)
class Progress:
    """The counts so far."""

    stage: Stage
    posts: int = 0
    embedded: int = 0
    """Texts encoded. A post has one text, plus one per sentence if it has more than one."""
    reused: int = 0
    """Texts whose vectors were cached."""
    share: float | None = None
    """How much of the stage is done, from 0 to 1; None if that is unknown."""
    seconds: float = 0.0
    """Since the stage began."""

    @property
    def posts_per_second(self) -> float | None:
        """None until there are posts."""
        return self.posts / self.seconds if self.posts and self.seconds else None

    @property
    def seconds_left(self) -> float | None:
        """Of the stage, at its average speed so far; None if that is unknown."""
        return self.seconds * (1 - self.share) / self.share if self.share else None


OnProgress = Callable[[Progress], None]


def ignore_progress(_: Progress) -> None:
    """Do nothing: the default callback."""


class ProgressReporter:
    """Measures the seconds of each stage and calls the progress callback."""

    def __init__(self, on_progress: OnProgress) -> None:
        self._on_progress = on_progress
        self._started = self._stage_started = time.perf_counter()
        self.stage = Stage.MODEL
        self._stages: dict[str, float] = {}
        self.report()

    @property
    def seconds(self) -> float:
        """Since the rebuild began."""
        return time.perf_counter() - self._started

    @property
    def stages(self) -> dict[str, float]:
        """The seconds of each stage so far, the current one included."""
        spent = self._stages.get(self.stage, 0.0) + time.perf_counter() - self._stage_started
        return self._stages | {self.stage: spent}

    def enter(self, stage: Stage) -> None:
        """Begin a stage."""
        self._stages = self.stages
        self.stage, self._stage_started = stage, time.perf_counter()

    def report(self, posts: int = 0, embedded: int = 0, reused: int = 0, share: float | None = None) -> None:
        """Call the callback with these counts of the current stage."""
        seconds = time.perf_counter() - self._stage_started
        self._on_progress(Progress(self.stage, posts, embedded, reused, share, seconds))
