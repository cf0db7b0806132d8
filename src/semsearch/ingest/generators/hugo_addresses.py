"""A document of a Hugo site → its address.

Source: https://gohugo.io/content-management/urls/ and https://gohugo.io/configuration/permalinks/
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from semsearch.ingest.generators.hugo_config import HugoConfig
from semsearch.ingest.sites import addresses, values

_SECTIONS = re.compile(r":sections\[([^\]]*)\]")
_REMOVED = re.compile(r"[^\w\s./\\#+~@%-]+")
_GO_DATE = {"2006": "year", "06": "short_year", "01": "month", "02": "day", "january": "monthname"}
"""Go's layouts of dates, as ``:2006`` in permalinks."""


@dataclass(frozen=True, slots=True)
class Location:
    """Where a document is among the content of a site."""

    sections: tuple[str, ...]
    """The folders above it; a page bundle is not among them."""
    name: str
    """The file name without suffix and language; of a page bundle, the name of its folder."""
    language: str
    """In lower case; empty if the site has one language."""
    is_bundle: bool = False

    @property
    def section(self) -> str:
        """The top section, in lower case; empty at the root of the content."""
        return self.sections[0].lower() if self.sections else ""

    @property
    def path(self) -> str:
        """The same for all translations."""
        return "/".join((*self.sections, self.name))


def address_of(location: Location, fields: Mapping[str, Any], title: str, date: str | None, config: HugoConfig) -> str:
    """Return the path of a document, below the base address of the site."""
    url = values.text_of(fields, "url")
    if url:
        url = addresses.expand(url, _values(location, fields, title, date)) or url if ":" in url else url
        if not url.startswith("/") and "://" not in url:
            url = f"{language_prefix(location.language, config)}/{url}"
        return url if url.endswith("/") or "." in url.rpartition("/")[2] else f"{url}/"
    pattern = config.permalinks.get(location.section or "/")
    path = _by_pattern(pattern, location, fields, title, date) if pattern else None
    if path is None:
        folder = "".join(f"{_path_part(section)}/" for section in location.sections)
        path = f"/{folder}{_slug(fields) or _path_part(location.name)}/"
    if _is_ugly(location, config) and path != "/":
        path = f"{path.rstrip('/')}.html"
    prefix = language_prefix(location.language, config)
    return prefix + (path if config.keeps_case else path.lower())


def language_prefix(language: str, config: HugoConfig) -> str:
    """Return what stands before the paths of a language: ``/fr``, or nothing."""
    if not language or (language == config.default_language and not config.default_in_subfolder):
        return ""
    return f"/{language}"


def _by_pattern(
    pattern: str, location: Location, fields: Mapping[str, Any], title: str, date: str | None
) -> str | None:
    pattern = _SECTIONS.sub(lambda match: "/".join(_sliced(location.sections, match[1])), pattern)
    path = addresses.expand(pattern, _values(location, fields, title, date))
    if path is None:
        return None
    path = f"/{path.strip('/')}/"
    return "/" if path == "//" else path


def _values(location: Location, fields: Mapping[str, Any], title: str, date: str | None) -> dict[str, str]:
    dates = addresses.date_values(date)
    name = _path_part(location.name)
    slug = _slug(fields)
    return {
        **{key: value.lower() if key in ("monthname", "weekdayname") else value for key, value in dates.items()},
        **{layout: dates[key] for layout, key in _GO_DATE.items() if key in dates},
        "section": _path_part(location.section),
        "sections": "/".join(map(_path_part, location.sections)),
        "title": _path_part(title) or name,
        "slug": slug or _path_part(title) or name,
        "filename": name,
        "contentbasename": name,
        "slugorfilename": slug or name,
        "slugorcontentbasename": slug or name,
    }


def _sliced(sections: tuple[str, ...], spec: str) -> tuple[str, ...]:
    """Apply ``1:``, ``:last``, ``last`` and the like to sections."""

    def index(text: str) -> int | None:
        if text == "last":
            return len(sections) - 1
        return int(text) if text.isdigit() else None

    start, colon, end = spec.partition(":")
    if not colon:
        at = index(start)
        return sections[at : at + 1] if at is not None and at >= 0 else ()
    return sections[slice(index(start), index(end))]


def _slug(fields: Mapping[str, Any]) -> str:
    return _path_part(values.text_of(fields, "slug"))


def _path_part(text: str) -> str:
    """Return a text as Hugo writes it in a path: spaces become hyphens, letters of all scripts stay."""
    return addresses.hyphenated(_REMOVED.sub("", text))


def _is_ugly(location: Location, config: HugoConfig) -> bool:
    if isinstance(config.ugly, Mapping):
        return values.flag(config.ugly, location.section)
    return config.ugly
