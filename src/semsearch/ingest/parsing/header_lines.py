"""Texts that begin with metadata lines instead of front matter → their fields and the rest.

Three notations: ``Title: …`` of Python-Markdown, ``:title: …`` of reStructuredText, ``<meta name="…">`` of HTML.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass

_MARKDOWN = re.compile(r" {0,3}(?P<key>[A-Za-z0-9_-]+):(?!//)[ \t]*(?P<value>[^\n]*)")
_RST = re.compile(r":(?P<key>[^:\n`]+):(?:[ \t]+(?P<value>[^\n]*)|[ \t]*$)")
_CONTINUED = re.compile(r"(?: {4}|\t)[ \t]*(?P<value>\S[^\n]*)")
_RST_CONTINUED = re.compile(r"[ \t]+(?P<value>\S[^\n]*)")
_RULE = re.compile(r"([=\-`:.'\"~^_*+#<>])\1*")
_TITLE = re.compile(r"<title\b[^>]*>([\s\S]*?)</title\s*>", re.IGNORECASE)
_META = re.compile(r"<meta\b((?:\"[^\"]{0,5000}\"|'[^']{0,5000}'|[^>\"']){0,1000})>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"([\w:-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))")
_MAX_HEAD = 100_000
"""Characters that are searched for metadata."""
_BODY = re.compile(r"<body\b[^>]*>([\s\S]*?)(?:</body\s*>|\Z)", re.IGNORECASE)
_COMMENT = re.compile(r"<!--[\s\S]*?-->")


@dataclass(frozen=True, slots=True)
class HeadedText:
    """A text in parts."""

    fields: Mapping[str, tuple[str, ...]]
    """Keys in lower case; the values of each, one for each line or element."""
    body: str


def of_markdown(text: str) -> HeadedText:
    """Split the lines ``Key: value`` off a Markdown text, up to the first blank or other line.

    Lines indented by four spaces continue a value. Lines ``---`` may stand around.
    """
    lines = text.split("\n")
    position = 1 if lines and re.fullmatch(r"-{3}[ \t]*", lines[0]) else 0
    position, fields = _fields(lines, position, _MARKDOWN, _CONTINUED)
    if fields and position < len(lines) and re.fullmatch(r"(?:-{3}|\.{3})[ \t]*", lines[position]):
        position += 1
    return HeadedText(fields, "\n".join(lines[position:])) if fields else HeadedText({}, text)


def of_rst(text: str) -> HeadedText:
    """Split the title (field ``title``) and the fields ``:key: value`` below it off a reStructuredText."""
    lines = text.split("\n")
    position = _skip_blank(lines, 0)
    title, position = _rst_title(lines, position)
    position, fields = _fields(lines, _skip_blank(lines, position), _RST, _RST_CONTINUED, skips_blank=True)
    return HeadedText({"title": (title,), **fields} if title else fields, "\n".join(lines[position:]))


def of_html(text: str) -> HeadedText:
    """Take ``<title>`` and the ``<meta>`` elements with a name out of an HTML page; the rest is its body."""
    body = _BODY.search(text)
    head = _COMMENT.sub("", text[: min(body.start() if body else len(text), _MAX_HEAD)])
    title = _TITLE.search(head)
    fields: dict[str, tuple[str, ...]] = {}
    if title:
        fields["title"] = (" ".join(html.unescape(title[1]).split()),)
    for element in _META.finditer(head):
        attributes = {
            match[1].lower(): html.unescape(next((value for value in match.groups()[1:] if value is not None), ""))
            for match in _ATTRIBUTE.finditer(element[1])
        }
        name = attributes.get("name", "").lower()
        if name:
            value = attributes.get("content", attributes.get("contents", ""))
            fields[name] = (*fields.get(name, ()), value)
    return HeadedText(fields, body[1] if body else text)


def _fields(
    lines: list[str],
    position: int,
    pattern: re.Pattern[str],
    continued: re.Pattern[str],
    *,
    skips_blank: bool = False,
) -> tuple[int, dict[str, tuple[str, ...]]]:
    """Read fields; return the position of the first line that is none."""
    fields: dict[str, tuple[str, ...]] = {}
    key = ""
    while position < len(lines):
        line = lines[position]
        if match := pattern.fullmatch(line):
            key = match["key"].strip().lower()
            value = (match["value"] or "").strip()
            fields[key] = (*fields.get(key, ()), value)
        elif key and (match := continued.fullmatch(line)):
            fields[key] = (*fields[key][:-1], f"{fields[key][-1]}\n{match['value'].strip()}".strip())
        elif not (skips_blank and not line.strip() and _next_is(lines, position, pattern)):
            break
        position += 1
    return position, fields


def _next_is(lines: list[str], position: int, pattern: re.Pattern[str]) -> bool:
    position = _skip_blank(lines, position)
    return position < len(lines) and pattern.fullmatch(lines[position]) is not None


def _skip_blank(lines: list[str], position: int) -> int:
    while position < len(lines) and not lines[position].strip():
        position += 1
    return position


def _rst_title(lines: list[str], position: int) -> tuple[str, int]:
    """Return the title, which is underlined and may be overlined, and the position after it; empty if there is none."""
    here = [line.rstrip() for line in lines[position : position + 3]] + ["", "", ""]
    if _is_rule(here[0], here[1]) and here[1].strip() and here[2] == here[0]:
        return here[1].strip(), position + 3
    if here[0] and not here[0].startswith((" ", ":", "..")) and _is_rule(here[1], here[0]):
        return here[0].strip(), position + 2
    return "", position


def _is_rule(line: str, title: str) -> bool:
    """Whether a line is the underline or overline of this title."""
    return len(line) >= min(4, len(title)) and _RULE.fullmatch(line) is not None
