"""The marker between the teaser and the rest of a post, in HTML → one character."""

from __future__ import annotations

import re

from semsearch.ingest.markup.blocks import MORE
from semsearch.ingest.occurrence import has_any

_MARKER = re.compile(
    r"<!--\s*(?:more\b[^>]*?|truncate|(?:end[ _-]?)?excerpt(?:[ _-]?end)?|read[ _-]?more|pelican_end_summary)\s*-->",
    re.IGNORECASE,
)


def with_marks(html: str) -> str:
    """Replace the first marker by :data:`MORE`."""
    return _MARKER.sub(MORE, html, count=1) if has_any(html, "<!--") else html
