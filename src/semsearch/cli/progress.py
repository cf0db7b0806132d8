"""How does one see that a rebuild is going on? One live line on a terminal, a plain line a stage elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from semsearch.rebuilding import Progress, Stage
from semsearch.rebuilding.progress import OnProgress

STOPPED = 130
"""The exit code of a process that Ctrl-C ended, as shells have it."""


@contextmanager
def shown() -> Iterator[OnProgress]:
    """Yields what a rebuild reports to; all of it goes to stderr. Ctrl-C ends the process, and says what is left."""
    try:
        with _on_terminal() if sys.stderr.isatty() else _elsewhere() as on_progress:
            yield on_progress
    except KeyboardInterrupt:
        typer.echo("semsearch: stopped; the version in use stays, and what was embedded is kept", err=True)
        raise SystemExit(STOPPED) from None


@contextmanager
def _on_terminal() -> Iterator[OnProgress]:
    from rich.console import Console  # noqa: PLC0415  (0.1 s)

    with Console(stderr=True).status("starting") as status:
        yield lambda progress: status.update(_words(progress))


@contextmanager
def _elsewhere() -> Iterator[OnProgress]:
    last: Stage | None = None

    def print_stage(progress: Progress) -> None:
        nonlocal last
        if progress.stage != last:
            last = progress.stage
            typer.echo(_words(progress), err=True)

    yield print_stage


def _words(progress: Progress) -> str:
    counts = (
        f": {progress.posts} posts, {progress.embedded} embedded, {progress.reused} reused" if progress.posts else ""
    )
    return f"{progress.stage.value}{counts}"
