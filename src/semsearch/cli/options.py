"""Which options do commands share? Each with what it says of itself; and the settings that they come before."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from semsearch.settings import Settings

Index = Annotated[
    Path | None, typer.Option("--index", metavar="DIR", help="The folder of the index.  [SEMSEARCH_INDEX, else: index]")
]
Model = Annotated[
    str | None,
    typer.Option(
        metavar="NAME|DIR",
        help="A sentence-transformers model.  [SEMSEARCH_MODEL, else: all-MiniLM-L6-v2, which is built in]",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
Reranker = Annotated[
    str | None,
    typer.Option(metavar="NAME|DIR", help="A CrossEncoder to look at the first hits again.  [SEMSEARCH_RERANKER]"),
]
Limit = Annotated[int, typer.Option(help="Hits at most, 1 to 50.")]
Diversity = Annotated[float, typer.Option(help="0: the most related; towards 1: posts that differ from each other.")]
ExcludeLinked = Annotated[bool, typer.Option("--exclude-linked", help="Nothing that the post links to already.")]
NoNewer = Annotated[bool, typer.Option("--no-newer", help="Nothing newer than the newest of the posts.")]
MinConfidence = Annotated[float, typer.Option(help="Nothing less sure than this, 0 to 1.")]
Explain = Annotated[bool, typer.Option("--explain", help="Show what each score is made of.")]


def settings_of_environment() -> Settings:
    """The settings of this process. Raises InvalidSetting."""
    from semsearch.settings import read_settings  # noqa: PLC0415

    return read_settings()
