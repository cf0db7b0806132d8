"""How long did each stage of a search take? Written by the threads that do the work, read when it is done."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, get_args

Stage = Literal["queue", "encode", "rank"]
STAGES: tuple[Stage, ...] = get_args(Stage)


@dataclass(slots=True)
class Timing:
    """Seconds; None for what did not happen, or not yet. Each stage is written by one thread at a time."""

    submitted: float = 0.0
    """When it was handed to the ranking thread, on the clock of ``time.perf_counter``."""
    queue: float | None = None
    """From then until the ranking thread began with it."""
    encode: float | None = None
    """From when the question was handed to the model until its vector was there. Words are looked up meanwhile, so the
    stages may add up to more than the whole."""
    rank: float | None = None
    """On the ranking thread, in all."""

    def step_begins(self) -> float:
        """The time now; the first step ends the queue."""
        now = time.perf_counter()
        if self.queue is None:
            self.queue = now - self.submitted
        return now

    def step_ends(self, begun: float) -> None:
        """Adds a step on the ranking thread to the others."""
        self.rank = (self.rank or 0.0) + time.perf_counter() - begun

    def stages(self) -> Iterator[tuple[Stage, float]]:
        """What happened, with its seconds."""
        for stage in STAGES:
            if (seconds := getattr(self, stage)) is not None:
                yield stage, seconds


def server_timing(timing: Timing, started: float, *, kept: bool) -> str:
    """The value of a ``Server-Timing`` header (https://www.w3.org/TR/server-timing), in milliseconds.

    ``started``: when the request came; ``kept``: whether the answer was there already.
    """
    parts = [f"{stage};dur={seconds * 1_000:.3f}" for stage, seconds in timing.stages()]
    total = f"total;dur={(time.perf_counter() - started) * 1_000:.3f}"
    return ", ".join([*(["cache;desc=hit"] if kept else []), *parts, total])
