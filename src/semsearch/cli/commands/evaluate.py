"""The command ``evaluate``: quality on a test collection."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from semsearch.cli.options import Json, Model, ModeName, settings_of_environment


def evaluate(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A test collection, for search or for related posts.")],
    mode: Annotated[ModeName | None, typer.Option(help="One mode of a search collection.  [default: all]")] = None,
    against: Annotated[
        Path | None,
        typer.Option(metavar="RUN.json", help="Compare with an earlier output of --json, with a significance test."),
    ] = None,
    model: Model = None,
    as_json: Json = False,
) -> None:
    """Measure quality on a test collection.

    The collection has relevance judgments, for search or for related posts.
    """
    from semsearch.cli.printing import print_comparison, print_evaluation, print_json  # noqa: PLC0415
    from semsearch.cli.progress import progress_display  # noqa: PLC0415
    from semsearch.evaluation import compare, read_run  # noqa: PLC0415
    from semsearch.evaluation import evaluate as run  # noqa: PLC0415

    settings = settings_of_environment()
    cache = settings.cache or settings.index / "cache"
    if against:
        read_run(against)  # an invalid file should fail before the evaluation, not after it
    with progress_display() as on_progress:
        evaluation = run(
            folder,
            mode=None if mode is None else mode.value,
            model=model or settings.model,
            cache=cache,
            on_progress=on_progress,
        )
    comparison = compare(evaluation, against) if against else None
    if as_json:
        print_json(asdict(evaluation) | ({"against": asdict(comparison)} if comparison else {}))
        return
    print_evaluation(evaluation)
    if comparison:
        print_comparison(comparison)
