"""Options that several commands share, and the settings that they override."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from semsearch.settings import Settings


class ModeName(StrEnum):
    """The search modes, as choices of an option."""

    HYBRID = "hybrid"
    SEMANTIC = "semantic"
    LEXICAL = "lexical"


Index = Annotated[
    Path | None,
    typer.Option("--index", metavar="DIR", help="The index folder.  [env: SEMSEARCH_INDEX, default: index]"),
]
Model = Annotated[
    str | None,
    typer.Option(
        metavar="NAME|DIR",
        help="A sentence-transformers model.  [env: SEMSEARCH_MODEL, default: the built-in all-MiniLM-L6-v2]",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
Reranker = Annotated[
    str | None,
    typer.Option(
        metavar="NAME|DIR", help="A CrossEncoder model that reranks the first hits.  [env: SEMSEARCH_RERANKER]"
    ),
]
Limit = Annotated[int, typer.Option(help="Maximum number of hits, 1 to 50.")]
Diversity = Annotated[
    float, typer.Option(help="0 lists the most related posts; towards 1, they differ more from each other.")
]
ExcludeLinked = Annotated[bool, typer.Option("--exclude-linked", help="Leave out posts that the post links to.")]
NoNewer = Annotated[bool, typer.Option("--no-newer", help="Leave out posts newer than the newest of the posts.")]
MinConfidence = Annotated[float, typer.Option(help="Leave out hits with a lower confidence, 0 to 1.")]
Explain = Annotated[bool, typer.Option("--explain", help="Show the parts of each score.")]

SourceKind = Annotated[
    str, typer.Option("--as", metavar="KIND", help="Read the sources as this kind, such as hugo.  [default: detected]")
]
SiteUrl = Annotated[
    str, typer.Option(metavar="URL", help="The address of the site, which relative links are completed with.")
]
Include = Annotated[
    str,
    typer.Option(
        metavar="WHAT", help="Read these as well, separated by commas: drafts, future, expired, private, pages."
    ),
]
FieldMap = Annotated[
    list[str] | None,
    typer.Option("--map", metavar="FIELD=NAME", help="A field's name in the source, or its CSS selector in HTML."),
]
Strict = Annotated[bool, typer.Option("--strict", help="Fail if anything in a source is broken or doubtful.")]
MaxLoss = Annotated[
    float, typer.Option(metavar="SHARE", help="Fail if a source has lost more than this share of its posts, 0 to 1.")
]
AllowPrivate = Annotated[bool, typer.Option("--allow-private", help="Fetch from addresses of the local network, too.")]


@dataclass(frozen=True, slots=True)
class SourceOptions:
    """Sources of posts as they were typed, with the options for reading them."""

    sources: Sequence[str]
    """Empty: those of ``semsearch.toml``."""
    kind: str = ""
    site_url: str = ""
    include: str = ""
    fields: Sequence[str] = ()


def settings_of_environment() -> Settings:
    """Read the settings from the environment. Raises InvalidSetting."""
    from semsearch.settings import read_settings  # noqa: PLC0415

    return read_settings()
