"""The commands that build, inspect and switch versions of the index."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from semsearch.cli.options import (
    AllowPrivate,
    Include,
    Index,
    Json,
    MaxLoss,
    Model,
    SiteUrl,
    SourceKind,
    SourceOptions,
    settings_of_environment,
)
from semsearch.errors import InvalidRequest
from semsearch.ingest import MAX_LOSS


def rebuild(
    corpus: Annotated[
        Path | None,
        typer.Option(metavar="PATH", help="A folder of posts, or a file.  [env: SEMSEARCH_CORPUS, default: corpus]"),
    ] = None,
    index: Index = None,
    model: Model = None,
    full: Annotated[bool, typer.Option("--full", help="Encode every text and compare all posts again.")] = False,
    max_churn: Annotated[
        float | None,
        typer.Option(metavar="SHARE", help="Publish only if at most this share of related lists changes, 0 to 1."),
    ] = None,
    sources: Annotated[
        list[str] | None,
        typer.Option("--from", metavar="SOURCE", help="First read posts from here, as the command ingest does."),
    ] = None,
    more_sources: Annotated[list[str] | None, typer.Argument(metavar="[SOURCE]...", help="Further sources.")] = None,
    kind: SourceKind = "",
    site_url: SiteUrl = "",
    include: Include = "",
    max_loss: MaxLoss = MAX_LOSS,
    allow_private: AllowPrivate = False,
    as_json: Json = False,
) -> None:
    """Index every post of a corpus and publish the new version.

    Posts are first read from the sources of --from, or of semsearch.toml, if there are any.
    """
    from semsearch.cli.ingesting import ingest_sources  # noqa: PLC0415
    from semsearch.cli.printing import print_json, print_report  # noqa: PLC0415
    from semsearch.cli.printing_sources import print_sources  # noqa: PLC0415
    from semsearch.cli.progress import progress_display  # noqa: PLC0415
    from semsearch.rebuilding import rebuild as run  # noqa: PLC0415

    settings = settings_of_environment()
    if more_sources and not sources:
        raise InvalidRequest("source", f"to read posts from {more_sources[0]}, write --from {more_sources[0]}")
    given = SourceOptions([*(sources or ()), *(more_sources or ())], kind=kind, site_url=site_url, include=include)
    read = ingest_sources(
        given,
        settings if corpus is None else settings.model_copy(update={"corpus": corpus}),
        max_loss=max_loss,
        allow_private=allow_private,
    )
    if read and not as_json:
        print_sources(read)
    with progress_display() as on_progress:
        report = run(
            corpus or settings.corpus,
            index or settings.index,
            model=model or settings.model,
            full=full,
            max_churn=max_churn,
            cache=settings.cache,
            on_progress=on_progress,
        )
    for rejection in report.rejections:
        typer.echo(f"rejected: {rejection}", err=True)
    if report.rejected > len(report.rejections):
        typer.echo(f"rejected: {report.rejected - len(report.rejections)} more lines", err=True)
    if as_json:
        print_json(report.to_json() | ({"sources": [source.to_json() for source in read]} if read else {}))
    else:
        print_report(report)


def doctor(index: Index = None, as_json: Json = False) -> None:
    """List posts that need attention, and boilerplate.

    These are near-duplicates, orphans, hubs, and posts with a thin teaser, without a date or without tags. Boilerplate
    is what recurs in many posts, such as calls for donations; it is left out of the index.
    """
    from semsearch.cli.printing import print_diagnosis, print_json  # noqa: PLC0415
    from semsearch.index import IndexFolder  # noqa: PLC0415
    from semsearch.relating.doctor import diagnose  # noqa: PLC0415

    snapshot = IndexFolder(index or settings_of_environment().index).open()
    diagnosis = diagnose(snapshot)
    snapshot.close()
    print_json(asdict(diagnosis)) if as_json else print_diagnosis(diagnosis)


def versions(index: Index = None, as_json: Json = False) -> None:
    """List the versions of the index, newest first."""
    from semsearch.cli.printing import print_json, print_versions  # noqa: PLC0415
    from semsearch.index import IndexFolder  # noqa: PLC0415

    folder = IndexFolder(index or settings_of_environment().index)
    infos = folder.infos()
    print_json({"versions": [asdict(info) for info in infos]}) if as_json else print_versions(infos)
    if (problem := folder.problem()) is not None:
        typer.echo(f"semsearch: {problem}", err=True)


def rollback(
    version: Annotated[str | None, typer.Argument(help="The version to make current.  [default: the previous]")] = None,
    index: Index = None,
) -> None:
    """Make an older version the current one, by default the newest intact one."""
    from semsearch.index import IndexFolder  # noqa: PLC0415

    name = IndexFolder(index or settings_of_environment().index).rollback(version)
    typer.echo(f"the current version is {name}")


def verify(
    version: Annotated[str | None, typer.Argument(help="The version to check.  [default: the current]")] = None,
    index: Index = None,
) -> None:
    """Check the files of a version against their checksums."""
    from semsearch.index import IndexFolder  # noqa: PLC0415

    snapshot = IndexFolder(index or settings_of_environment().index).open(version)
    manifest = snapshot.manifest
    size = sum(file.size for file in manifest.files.values()) / 1e6
    typer.echo(
        f"version {manifest.version} is intact: {manifest.posts} posts, {len(manifest.files)} files, {size:.1f} MB"
    )
    snapshot.close()
