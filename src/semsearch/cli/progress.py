"""How does one see that a rebuild is going on? One live line on a terminal, plain lines now and then elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from semsearch.rebuilding import Progress, Stage
from semsearch.rebuilding.progress import OnProgress

STOPPED = 130
"""The exit code of a process that Ctrl-C ended, as shells have it."""
_PLAIN_EVERY = 30.0
"""Seconds between two plain lines of one stage."""


@contextmanager
def shown() -> Iterator[OnProgress]:
    """Yields what a rebuild reports to; all of it goes to stderr. Ctrl-C ends the process, and says what is left."""
    try:
        with _on_terminal() if sys.stderr.isatty() else _elsewhere() as on_progress:
            yield on_progress
    except KeyboardInterrupt:
        typer.echo(
            "semsearch: stopped; nothing new was published, and what was embedded is kept for the next run", err=True
        )
        raise SystemExit(STOPPED) from None


@contextmanager
def _on_terminal() -> Iterator[OnProgress]:
    from rich.console import Console  # noqa: PLC0415  (0.1 s)
    from rich.progress import BarColumn, SpinnerColumn, TextColumn  # noqa: PLC0415
    from rich.progress import Progress as Display  # noqa: PLC0415

    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(20), TextColumn("{task.fields[counts]}"))
    with Display(*columns, console=Console(stderr=True), transient=True) as display:
        task = display.add_task("starting", total=None, counts="")
        kind: tuple[Stage, bool] | None = None

        def show(progress: Progress) -> None:
            nonlocal task, kind
            measured = progress.share is not None
            if kind != (progress.stage, measured):  # a bar that was measured cannot go back to one that only moves
                kind = (progress.stage, measured)
                display.remove_task(task)
                task = display.add_task(progress.stage.value, total=1.0 if measured else None, counts="")
            display.update(task, completed=progress.share or 0.0, counts=_counts(progress))

        yield show


@contextmanager
def _elsewhere() -> Iterator[OnProgress]:
    last: Stage | None = None
    told = 0.0

    def print_line(progress: Progress) -> None:
        nonlocal last, told
        if progress.stage != last or time.monotonic() - told >= _PLAIN_EVERY:
            last, told = progress.stage, time.monotonic()
            counts = _counts(progress)
            typer.echo(f"{progress.stage.value}: {counts}" if counts else progress.stage.value, err=True)

    yield print_line


def _counts(progress: Progress) -> str:
    """Such as ``4,096 posts, 812 a second, 4,000 embedded, 96 reused, 1:05 left``."""
    if not progress.posts:
        return ""
    counts = [f"{progress.posts:,} posts"]
    if progress.stage is Stage.POSTS and progress.posts_per_second is not None:
        counts.append(f"{progress.posts_per_second:,.0f} a second")
    counts += [f"{progress.embedded:,} embedded", f"{progress.reused:,} reused"]
    if progress.seconds_left is not None:
        counts.append(f"{_clock(progress.seconds_left)} left")
    return ", ".join(counts)


def _clock(seconds: float) -> str:
    """Such as ``0:05``, ``12:30`` or ``1:02:03``."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
