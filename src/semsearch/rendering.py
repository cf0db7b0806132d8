"""How does an answer become HTML? Templates that escape, and addresses that a link may hold."""

from __future__ import annotations

import re
from importlib import resources
from pathlib import Path

import jinja2

WEB = Path(str(resources.files("semsearch") / "web"))

templates = jinja2.Environment(
    loader=jinja2.FileSystemLoader(WEB / "templates"),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
    undefined=jinja2.StrictUndefined,
    auto_reload=False,  # they change with the program alone; else each is looked for on disk for every page
)

# Whole http(s) addresses, and relative ones: no colon before the first slash, and no two slashes, which name a host.
# Browsers drop tabs and line ends from addresses, so one that holds any is not what it seems.
_SAFE_URL = re.compile(r"(?!.*[\t\n\r])(https?://.|(?![/\\]{2})[^:/\\?#]*([/\\?#]|$))", re.IGNORECASE | re.DOTALL)


def safe_url(url: str | None) -> str | None:
    """The address where it is http(s) or relative; None for what a link should never hold, such as ``javascript:``."""
    return url if url and _SAFE_URL.match(url) else None


templates.filters["safe_url"] = safe_url
