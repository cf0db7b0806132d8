"""Extracts the text of a draft from Markdown."""

from __future__ import annotations

import re

import yaml

_FRONT_MATTER = re.compile(r"---[ \t]*\n(?P<fields>.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_CODE = re.compile(r"^(?P<fence>```+|~~~+).*?^(?P=fence)[`~]*[ \t]*$", re.DOTALL | re.MULTILINE)


def text_of_draft(source: str) -> str:
    """Return the title, if the front matter has one, and the text without front matter and code blocks."""
    source, title = source.lstrip("\ufeff"), ""
    if front := _FRONT_MATTER.match(source):
        source, title = source[front.end() :], _title(front["fields"])
    return f"{title}\n\n{_CODE.sub('', source)}".strip()


def _title(fields: str) -> str:
    try:
        content = yaml.safe_load(fields)
    except yaml.YAMLError:
        return ""
    return str(content.get("title") or "") if isinstance(content, dict) else ""
