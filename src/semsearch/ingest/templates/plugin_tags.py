"""Tags of plugins, ``{% name … %}``, of Pelican, Hexo and Markdoc → the text between them."""

from __future__ import annotations

import re

from semsearch.ingest.templates import code

_TAG = re.compile(r"\{%[^{}]{0,2000}?%\}")


def without_tags(text: str) -> str:
    """Take the tags out; what is between two of them stays, and so does code."""
    if "{%" not in text:
        return text
    parts = code.take_out(text)
    return parts.restored(_TAG.sub("", parts.text))
