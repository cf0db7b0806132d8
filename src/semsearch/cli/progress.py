"""Shows the progress of a rebuild: a live line on a terminal, else a plain line now and then."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import typer

from semsearch.rebuilding import Progress, Stage
from semsearch.rebuilding.progress import OnProgress

INTERRUPTED = 130
"""Exit code after Ctrl-C: 128 + SIGINT, as shells report it."""
_LINE_INTERVAL_SECONDS = 30.0
"""Time between two plain lines of one stage."""


@contextmanager
def progress_display() -> Iterator[OnProgress]:
    """Yield the callback for a rebuild. Progress goes to stderr. Ctrl-C exits with a message instead of a traceback."""
    try:
        with _live_line() if sys.stderr.isatty() else _plain_lines() as on_progress:
            yield on_progress
    except KeyboardInterrupt:
        typer.echo(
            "semsearch: stopped; nothing new was published, and the vectors made so far are kept in the cache", err=True
        )
        raise SystemExit(INTERRUPTED) from None


@contextmanager
def counting_posts() -> Iterator[Callable[[int], None]]:
    """Yield a callback for the number of posts read so far. Shows it on a terminal. Ctrl-C exits with a message."""
    try:
        if not sys.stderr.isatty():
            yield lambda _: None
            return
        from rich.console import Console  # noqa: PLC0415  (0.1 s)

        with Console(stderr=True).status("reading") as status:
            yield lambda posts: status.update(f"reading: {posts:,} posts")
    except KeyboardInterrupt:
        typer.echo("semsearch: stopped; the corpus stays as it was", err=True)
        raise SystemExit(INTERRUPTED) from None


@contextmanager
def _live_line() -> Iterator[OnProgress]:
    from rich.console import Console  # noqa: PLC0415  (0.1 s)
    from rich.progress import BarColumn, SpinnerColumn, TextColumn  # noqa: PLC0415
    from rich.progress import Progress as Display  # noqa: PLC0415

    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(20), TextColumn("{task.fields[counts]}"))
    with Display(*columns, console=Console(stderr=True), transient=True) as display:
        task = display.add_task("starting", total=None, counts="")
        bar: tuple[Stage, bool] | None = None

        def show(progress: Progress) -> None:
            nonlocal task, bar
            has_share = progress.share is not None
            if bar != (progress.stage, has_share):  # rich cannot make a measured bar indeterminate again
                bar = (progress.stage, has_share)
                display.remove_task(task)
                task = display.add_task(progress.stage.value, total=1.0 if has_share else None, counts="")
            display.update(task, completed=progress.share or 0.0, counts=_counts(progress))

        yield show


@contextmanager
def _plain_lines() -> Iterator[OnProgress]:
    last_stage: Stage | None = None
    last_time = 0.0

    def print_line(progress: Progress) -> None:
        nonlocal last_stage, last_time
        if progress.stage != last_stage or time.monotonic() - last_time >= _LINE_INTERVAL_SECONDS:
            last_stage, last_time = progress.stage, time.monotonic()
            counts = _counts(progress)
            typer.echo(f"{progress.stage.value}: {counts}" if counts else progress.stage.value, err=True)

    yield print_line


def _counts(progress: Progress) -> str:
    """Format as ``4,096 posts, 812 a second, 4,000 embedded, 96 reused, 1:05 left``."""
    if not progress.posts:
        return ""
    counts = [f"{progress.posts:,} posts"]
    if progress.stage in (Stage.READ, Stage.POSTS) and progress.posts_per_second is not None:
        counts.append(f"{progress.posts_per_second:,.0f} a second")
    if progress.stage is not Stage.READ:
        counts += [f"{progress.embedded:,} embedded", f"{progress.reused:,} reused"]
    if progress.seconds_left is not None:
        counts.append(f"{_clock(progress.seconds_left)} left")
    return ", ".join(counts)


def _clock(seconds: float) -> str:
    """Format as ``0:05``, ``12:30`` or ``1:02:03``."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
