"""How does one see that a rebuild is going on? One live line on a terminal, a plain line a stage elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from semsearch.rebuilding import Progress, Stage
from semsearch.rebuilding.progress import OnProgress


@contextmanager
def shown() -> Iterator[OnProgress]:
    """Yields what a rebuild reports to. All of it goes to stderr."""
    if sys.stderr.isatty():
        from rich.console import Console  # noqa: PLC0415  (0.1 s)

        with Console(stderr=True).status("starting") as status:
            yield lambda progress: status.update(_words(progress))
        return

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
