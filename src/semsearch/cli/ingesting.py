"""Sources as options and ``semsearch.toml`` name them → requests to read them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from semsearch.errors import InvalidRequest
from semsearch.ingest import MAX_LOSS

if TYPE_CHECKING:
    from semsearch.cli.options import SourceOptions
    from semsearch.ingest.entries import Status
    from semsearch.ingest.report import SourceReport
    from semsearch.ingest.run import Request, WebAccess
    from semsearch.settings import Settings
    from semsearch.site_file import SiteFile, SourceTable


def corpus_folder(corpus: Path) -> Path:
    """Return the folder that sources are written into. Raises InvalidRequest for a file."""
    if corpus.is_file():
        raise InvalidRequest("out", f"{corpus} is a file; posts from sources are written into a folder")
    return corpus


def ingest_sources(
    options: SourceOptions,
    settings: Settings,
    *,
    max_loss: float = MAX_LOSS,
    strict: bool = False,
    dry_run: bool = False,
    allow_private: bool = False,
) -> list[SourceReport]:
    """Read the sources, if any, and write them to the corpus of ``settings``. Shows progress on a terminal.

    Raises CorpusError, InvalidRequest, InvalidSiteFile; the corpus then stays as it was.
    """
    from semsearch.cli.progress import counting_posts  # noqa: PLC0415
    from semsearch.ingest.run import Limits, ingest  # noqa: PLC0415

    requests = requests_of_options(options, settings.corpus)
    if not requests:
        return []
    with counting_posts() as on_posts:
        return ingest(
            requests,
            corpus_folder(settings.corpus),
            limits=Limits(strict=strict, max_loss=max_loss),
            web=web_access(settings, allow_private=allow_private),
            dry_run=dry_run,
            on_posts=on_posts,
        )


def web_access(settings: Settings, *, allow_private: bool = False) -> WebAccess:
    """Return how sources on the web are fetched: copies are kept in the cache."""
    from semsearch.ingest.run import WebAccess  # noqa: PLC0415

    return WebAccess((settings.cache or settings.index / "cache") / "sources", allow_private)


def requests_of_options(options: SourceOptions, corpus: Path) -> list[Request]:
    """Make the requests for the sources of the command line; without any, for those of ``semsearch.toml``.

    Options win over the file. Raises InvalidRequest, InvalidSiteFile.
    """
    from semsearch.ingest.run import Request  # noqa: PLC0415
    from semsearch.ingest.sources import parse_source  # noqa: PLC0415
    from semsearch.site_file import read_site_file  # noqa: PLC0415

    site_file = read_site_file(corpus)
    if options.sources:
        requests = [Request(parse_source(text), site_url=site_file.site.url) for text in options.sources]
    else:
        requests = [_request_of(table, site_file, corpus.parent) for table in site_file.sources]
    url, statuses, fields = _url(options.site_url), _statuses(options.include), _mapped(options.fields)
    return [_overridden(request, options.kind, url, statuses, fields) for request in requests]


def _request_of(table: SourceTable, site_file: SiteFile, folder: Path) -> Request:
    """The request for a table ``[[sources]]``, whose paths begin at the folder of the file."""
    from semsearch.ingest.run import INCLUDABLE, Request  # noqa: PLC0415
    from semsearch.ingest.sources import Source, parse_source  # noqa: PLC0415

    source = parse_source(table.location)
    if not source.is_remote:
        source = Source(str(folder / source.location), source.kind)
    return Request(
        Source(source.location, table.kind or source.kind),
        name=table.name,
        site_url=table.url or site_file.site.url,
        include=frozenset(INCLUDABLE[name] for name in table.include),
        fields={str(name): value for name, value in table.fields.items()},
    )


def _overridden(
    request: Request, kind: str, site_url: str, include: frozenset[Status] | None, fields: dict[str, str]
) -> Request:
    source = replace(request.source, kind=kind) if kind else request.source
    return replace(
        request,
        source=source,
        site_url=site_url or request.site_url,
        include=request.include if include is None else include,
        fields=request.fields | fields,
    )


def _statuses(include: str) -> frozenset[Status] | None:
    """Read ``drafts,pages``; None for an empty text. Raises InvalidRequest."""
    from semsearch.ingest.run import INCLUDABLE  # noqa: PLC0415

    names = include.replace(",", " ").split()
    if unknown := [name for name in names if name not in INCLUDABLE]:
        raise InvalidRequest("include", f"{unknown[0]!r} is none of {', '.join(INCLUDABLE)}")
    return frozenset(INCLUDABLE[name] for name in names) if names else None


def _mapped(fields: Sequence[str]) -> dict[str, str]:
    """Read ``title=headline``. Raises InvalidRequest."""
    from semsearch.site_file import FieldName  # noqa: PLC0415

    known = get_args(FieldName)
    mapped = {}
    for text in fields:
        name, equals, value = text.partition("=")
        if not equals or not value.strip() or name.strip() not in known:
            raise InvalidRequest("map", f"{text!r} is not FIELD=NAME, where FIELD is one of {', '.join(known)}")
        mapped[name.strip()] = value.strip()
    return mapped


def _url(site_url: str) -> str:
    if site_url and not site_url.lower().startswith(("http://", "https://")):
        raise InvalidRequest("site-url", f"{site_url!r} does not begin with https://")
    return site_url.rstrip("/")
