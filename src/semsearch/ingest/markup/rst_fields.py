"""The title and the field list at the top of a reStructuredText file, such as ``:date:`` of Pelican."""

from __future__ import annotations

import re
from collections.abc import Mapping

_FIELD = re.compile(r":(?P<name>(?:[^:\\\n]|\\.){1,100}):(?:[ \t]+(?P<value>.*))?")
_RULE = re.compile(r"([!-/:-@[-`{-~])\1*[ \t]*")
_COMMENT = re.compile(r"\.\.(?:[ \t]|$)")
_ESCAPE = re.compile(r"\\(.)")


def read_rst_fields(text: str) -> Mapping[str, str]:
    """Return the fields, names in lower case and values in one line, and the title of the text as ``title``.

    A field ``:title:`` wins over the title of the text. Needs no docutils.
    """
    lines = text.splitlines()
    title, position = _title(lines, _after_comments(lines, 0))
    fields = _fields(lines, _after_comments(lines, position))
    if title:
        fields.setdefault("title", title)
    return fields


def _after_comments(lines: list[str], position: int) -> int:
    """The next line that is not empty and in no comment or directive."""
    while position < len(lines):
        if _COMMENT.match(lines[position]):
            position += 1
            while position < len(lines) and (not lines[position].strip() or lines[position][0].isspace()):
                position += 1
        elif lines[position].strip():
            break
        else:
            position += 1
    return position


def _title(lines: list[str], position: int) -> tuple[str, int]:
    """The title at a line, and the line after it. Without a title, empty and the same line."""
    first, second, third = [*lines[position : position + 3], "", "", ""][:3]
    if _RULE.fullmatch(first) and second.strip() and third.rstrip() == first.rstrip():
        return second.strip(), position + 3
    if first.strip() and not first[0].isspace() and not _FIELD.match(first) and _RULE.fullmatch(second):
        return first.strip(), position + 2
    return "", position


def _fields(lines: list[str], position: int) -> dict[str, str]:
    fields: dict[str, str] = {}
    name = ""
    for line in lines[position:]:
        if match := _FIELD.fullmatch(line):
            name = _ESCAPE.sub(r"\1", match["name"]).strip().lower()
            fields.setdefault(name, "")
            line_value = match["value"] or ""
        elif name and line[:1].isspace():
            line_value = line
        elif not line.strip():
            continue
        else:
            break
        fields[name] = " ".join(f"{fields[name]} {_ESCAPE.sub(chr(92) + '1', line_value)}".split())
    return fields
