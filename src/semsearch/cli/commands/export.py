"""The command group ``export``: files for static sites."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from semsearch.cli.options import (
    Diversity,
    ExcludeLinked,
    Index,
    Json,
    Limit,
    MinConfidence,
    NoNewer,
    settings_of_environment,
)
from semsearch.errors import InvalidRequest

export = typer.Typer(help="Write files for a static site.", no_args_is_help=True)


@export.command("related")
def export_related(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder for the files, two for each post.")],
    index: Index = None,
    limit: Limit = 5,
    diversity: Diversity = 0.3,
    exclude_linked: ExcludeLinked = False,
    no_newer: NoNewer = False,
    min_confidence: MinConfidence = 0.3,
    as_json: Json = False,
) -> None:
    """Write the related list of every post.

    Each list is written as JSON and as an HTML fragment.
    """
    from semsearch.cli.printing import print_exported, print_json  # noqa: PLC0415
    from semsearch.exporting import export_related as run  # noqa: PLC0415
    from semsearch.search import Example, RelatedRequest, open_index  # noqa: PLC0415

    settings = settings_of_environment()
    if folder == Path():
        raise InvalidRequest("DIR", "name a folder for the files, which are many")
    request = RelatedRequest(
        positive=(Example(id="-"),),
        limit=limit,
        diversity=diversity,
        exclude_linked=exclude_linked,
        newer=not no_newer,
        min_confidence=min_confidence,
    )
    searcher = open_index(index or settings.index, cache=settings.cache, curation=settings.curation_file)
    exported = run(searcher, folder, request)
    print_json(asdict(exported)) if as_json else print_exported(exported, folder)
