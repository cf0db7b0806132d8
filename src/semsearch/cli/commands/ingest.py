"""The command ``ingest``: reads posts from where they live, and writes them as a corpus."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from semsearch.cli.options import (
    AllowPrivate,
    FieldMap,
    Include,
    Json,
    MaxLoss,
    SiteUrl,
    SourceKind,
    SourceOptions,
    Strict,
    settings_of_environment,
)
from semsearch.errors import InvalidRequest
from semsearch.ingest import MAX_LOSS

if TYPE_CHECKING:
    from semsearch.ingest.report import SourceReport


def ingest(
    sources: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[SOURCE]...",
            help="A folder, a file, KIND:PATH, or an address.  [default: the sources of semsearch.toml]",
        ),
    ] = None,
    kind: SourceKind = "",
    site_url: SiteUrl = "",
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="The folder of the corpus.  [env: SEMSEARCH_CORPUS, default: corpus]"),
    ] = None,
    include: Include = "",
    fields: FieldMap = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Report, and write nothing.")] = False,
    strict: Strict = False,
    max_loss: MaxLoss = MAX_LOSS,
    allow_private: AllowPrivate = False,
    watch: Annotated[
        bool, typer.Option("--watch", help="Go on, and read again when files change. Needs semsearch[watch].")
    ] = False,
    as_json: Json = False,
) -> None:
    """Read posts from where they live, and write them as a corpus.

    It reads static sites, feeds, exports, built sites and tables, and says what it understood.
    """
    from semsearch.cli.ingesting import corpus_folder, ingest_sources, requests_of_options, web_access  # noqa: PLC0415
    from semsearch.cli.printing import print_json  # noqa: PLC0415
    from semsearch.cli.printing_sources import print_sources  # noqa: PLC0415
    from semsearch.cli.watching import ingest_on_changes  # noqa: PLC0415
    from semsearch.ingest.run import Limits  # noqa: PLC0415

    settings = settings_of_environment()
    if out is not None:
        settings = settings.model_copy(update={"corpus": out})
    options = SourceOptions(sources or (), kind, site_url, include, fields or ())

    def show(reports: list[SourceReport]) -> None:
        if as_json:
            print_json({"sources": [report.to_json() for report in reports]})
        else:
            print_sources(reports, dry_run=dry_run)

    if watch:
        _check_watch(dry_run=dry_run)
        corpus = corpus_folder(settings.corpus)
        web = web_access(settings, allow_private=allow_private)
        ingest_on_changes(
            requests_of_options(options, corpus), corpus, Limits(strict=strict, max_loss=max_loss), web, show
        )
        return
    reports = ingest_sources(
        options, settings, max_loss=max_loss, strict=strict, dry_run=dry_run, allow_private=allow_private
    )
    if not reports:
        raise InvalidRequest("source", "name a folder, a file or an address, or write [[sources]] into semsearch.toml")
    show(reports)


def _check_watch(*, dry_run: bool) -> None:
    if dry_run:
        raise InvalidRequest("watch", "it writes the corpus; leave out --dry-run")
