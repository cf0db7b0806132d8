"""Durations of the stages of a search."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, get_args

Stage = Literal["queue", "encode", "rank"]
STAGES: tuple[Stage, ...] = get_args(Stage)


@dataclass(slots=True)
class Timing:
    """Seconds per stage; None for a stage that was skipped or has not ended. Each stage is written by one thread at a
    time; read it when the search is done."""

    submitted: float = 0.0
    """``time.perf_counter`` when the search was submitted to the ranking thread."""
    queue: float | None = None
    """From then until the ranking thread began with it."""
    encode: float | None = None
    """From the submission of the query to the model until its vector was there. Lexical matching runs meanwhile, so the
    stages may add up to more than the total."""
    rank: float | None = None
    """On the ranking thread, all steps together."""

    def begin_step(self) -> float:
        """The start of a step on the ranking thread; the first ends the stage ``queue``."""
        now = time.perf_counter()
        if self.queue is None:
            self.queue = now - self.submitted
        return now

    def end_step(self, begun: float) -> None:
        """Add a step on the ranking thread, which began at ``begun``, to the stage ``rank``."""
        self.rank = (self.rank or 0.0) + time.perf_counter() - begun

    def stages(self) -> Iterator[tuple[Stage, float]]:
        """The stages that took place, with their seconds."""
        for stage in STAGES:
            if (seconds := getattr(self, stage)) is not None:
                yield stage, seconds


def server_timing(timing: Timing, started: float, *, is_cached: bool) -> str:
    """The value of a ``Server-Timing`` header (https://www.w3.org/TR/server-timing), in milliseconds.

    ``started``: ``time.perf_counter`` at the start of the request; ``is_cached``: whether the response came from the
    cache.
    """
    parts = [f"{stage};dur={seconds * 1_000:.3f}" for stage, seconds in timing.stages()]
    total = f"total;dur={(time.perf_counter() - started) * 1_000:.3f}"
    return ", ".join([*(["cache;desc=hit"] if is_cached else []), *parts, total])
