"""Sources as options and ``semsearch.toml`` name them → requests to read them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from semsearch.errors import InvalidRequest

if TYPE_CHECKING:
    from semsearch.ingest.entries import Status
    from semsearch.ingest.run import Request
    from semsearch.settings import Settings
    from semsearch.site_file import SiteFile, SourceTable


def corpus_folder(corpus: Path) -> Path:
    """Return the folder that sources are written into. Raises InvalidRequest for a file."""
    if corpus.is_file():
        raise InvalidRequest("out", f"{corpus} is a file; posts from sources are written into a folder")
    return corpus


def requests_of_options(
    sources: Sequence[str],
    settings: Settings,
    *,
    kind: str = "",
    site_url: str = "",
    include: str = "",
    fields: Sequence[str] = (),
) -> list[Request]:
    """Make the requests for sources of the command line; without any, for those of ``semsearch.toml``.

    Options win over the file. Raises InvalidRequest, InvalidSiteFile.
    """
    from semsearch.ingest.run import Request  # noqa: PLC0415
    from semsearch.ingest.sources import parse_source  # noqa: PLC0415
    from semsearch.site_file import read_site_file  # noqa: PLC0415

    site_file = read_site_file(settings.corpus)
    statuses, mapped, url = _statuses(include), _mapped(fields), _url(site_url)
    if not sources:
        tables = [_request_of(table, site_file, settings.corpus.parent) for table in site_file.sources]
        return [_overridden(request, kind, url, statuses, mapped) for request in tables]
    requests = []
    for text in sources:
        source = parse_source(text)
        requests.append(Request(source, site_url=site_file.site.url))
    return [_overridden(request, kind, url, statuses, mapped) for request in requests]


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
        fields=table.fields,
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
