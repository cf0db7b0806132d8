"""A document of a Jekyll site → its address. Source: https://jekyllrb.com/docs/permalinks/"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from semsearch.ingest.generators.jekyll_config import JekyllConfig
from semsearch.ingest.sites import addresses, values

_NOT_PRETTY = re.compile(r"[^\w._~!$&'()+,;=@]+")
_NOT_IN_SLUG = re.compile(r"[^\w]+|_+")
_SHORT_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def of_post(
    name: str, fields: Mapping[str, Any], date: str | None, categories: Sequence[str], config: JekyllConfig
) -> str:
    """Return the path of a post. ``name``: its file name without date and suffix."""
    pattern = values.text_of(fields, "permalink") or config.permalink
    days = addresses.date_values(date)
    slug = values.text_of(fields, "slug") or name
    names = {
        **days,
        "short_day": _SHORT_DAYS[int(days["w_day"]) - 1] if days else "",
        "title": _NOT_PRETTY.sub("-", slug).strip("-"),
        "slug": slugified(slug),
        "categories": "/".join(category.lower() for category in categories),
        "slugified_categories": "/".join(map(slugified, categories)),
        "output_ext": ".html",
        "collection": "posts",
        "name": slugified(name),
    }
    return _absolute(addresses.expand(pattern, names) or f"/{names['title']}.html")


def of_collection(
    collection: str, path: str, title: str, fields: Mapping[str, Any], date: str | None, config: JekyllConfig
) -> str:
    """Return the path of a document of a collection.

    ``path``: below its folder, without suffix. ``title``: the file name without date and suffix.
    """
    folder, _, name = path.rpartition("/")
    pattern = (
        values.text_of(fields, "permalink")
        or config.collections[collection].permalink
        or ("/:collection/:path/" if config.has_folders else "/:collection/:path:output_ext")
    )
    names = {
        **addresses.date_values(date),
        "collection": collection,
        "path": (f"{folder}/" if folder else "") + name,
        "name": slugified(name),
        "title": _NOT_PRETTY.sub("-", values.text_of(fields, "slug") or title),
        "slug": slugified(values.text_of(fields, "slug") or title),
        "output_ext": ".html",
    }
    return _absolute(addresses.expand(pattern, names) or f"/{collection}/{path}.html")


def of_page(path: str, fields: Mapping[str, Any], config: JekyllConfig) -> str:
    """Return the path of a page. ``path``: in the site, without suffix."""
    folder, _, name = path.rpartition("/")
    folder = f"/{folder}/" if folder else "/"
    if pattern := values.text_of(fields, "permalink"):
        names = {"basename": name, "path": folder.strip("/"), "output_ext": ".html"}
        return _absolute(addresses.expand(pattern, names) or pattern)
    if name == "index":
        return folder
    return f"{folder}{name}/" if config.has_folders else f"{folder}{name}.html"


def slugified(text: str) -> str:
    """Return a text in lower case with one hyphen for all that is neither letter nor digit."""
    return _NOT_IN_SLUG.sub("-", text.lower()).strip("-")


def _absolute(path: str) -> str:
    return path if path.startswith("/") or "://" in path else f"/{path}"
