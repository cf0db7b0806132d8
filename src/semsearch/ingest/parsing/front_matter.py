"""A text file → its front matter (YAML, TOML or JSON) and its body."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from semsearch.ingest.parsing.data_texts import InvalidData, Language, parse

_FENCE = re.compile(r"(?P<fence>---|\+\+\+|;;;)[ \t]*(?:yaml|toml|json)?[ \t]*\n")
_LANGUAGES: dict[str, Language] = {"---": "yaml", "+++": "toml", ";;;": "json"}
_END = {
    "---": re.compile(r"^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.MULTILINE),
    "+++": re.compile(r"^\+\+\+[ \t]*(?:\n|\Z)", re.MULTILINE),
    ";;;": re.compile(r"^;;;[ \t]*(?:\n|\Z)", re.MULTILINE),
}
_KEY_LINE = re.compile(r"[\w-]+:(?:\s|\Z)")
_ANY_KEY_LINE = re.compile(rf"^{_KEY_LINE.pattern}", re.MULTILINE)
_BEFORE = "\n \t\u200b\u2060\ufeff"
"""What may stand before front matter: white space and invisible characters."""
_ODD_KEY = re.compile(r"[<>*\[\](){}!?]|\s\S+\s")
"""What a key does not have and a sentence has: markup, or three words."""


@dataclass(frozen=True, slots=True)
class Document:
    """A text file in parts."""

    fields: Mapping[str, Any]
    """Keys in lower case. Values: text, bool, None, list, dict; from TOML and JSON also numbers and dates."""
    body: str
    body_line: int
    """The line of the file on which the body begins, from 1."""
    has_front_matter: bool
    problem: str = ""
    """What is wrong with the front matter, if it could not be read; ``fields`` is then empty."""
    problem_line: int | None = None
    odd_keys: tuple[str, ...] = ()
    """Keys that look like a sentence: a paragraph that parses as a key."""


def split(text: str) -> Document:
    """Split a text at its front matter. A text without one is all body. Front matter may follow blank lines."""
    start = len(text) - len(text.lstrip(_BEFORE))
    fence = _FENCE.match(text, start)
    if fence is None:
        return _json_document(text, start) if text.startswith("{", start) else Document({}, text, 1, False)
    end = _END[fence["fence"]].search(text, fence.end())
    first_line = text.count("\n", 0, fence.end()) + 1
    if end is not None and _is_between_rules(text[fence.end() : end.start()]):
        return Document({}, text, 1, False)
    if end is None:
        if fence["fence"] == "---" and not _KEY_LINE.match(text, fence.end()):  # a rule at the start of a text
            return Document({}, text, 1, False)
        return Document({}, text, 1, True, f"the front matter has no closing {fence['fence']}", first_line - 1)
    source, body = text[fence.end() : end.start()], text[end.end() :]
    body_line = text.count("\n", 0, end.end()) + 1
    try:
        value = parse(source, _LANGUAGES[fence["fence"]])
    except InvalidData as error:
        return Document({}, body, body_line, True, str(error), first_line + (error.line or 1) - 1)
    return _document(value, body, body_line, first_line)


def _is_between_rules(source: str) -> bool:
    """Whether this is a text between two rules of Markdown: it begins with a blank line, and has no keys."""
    return source.startswith("\n") and bool(source.strip()) and _ANY_KEY_LINE.search(source) is None


def _document(value: Any, body: str, body_line: int, first_line: int) -> Document:
    if value is None:
        value = {}
    if not isinstance(value, dict):
        return Document({}, body, body_line, True, "the front matter has no keys", first_line)
    fields: dict[str, Any] = {}
    for key, entry in value.items():
        fields.setdefault(str(key).strip().lower(), entry)
    odd = tuple(key for key in value if _ODD_KEY.search(str(key)))
    return Document(fields, body, body_line, True, odd_keys=odd)


def _json_document(text: str, start: int) -> Document:
    """A text that begins with a JSON object, as Hugo allows. Text such as ``{{< figure >}}`` is no object."""
    try:
        value, end = json.JSONDecoder().raw_decode(text, start)
    except (ValueError, RecursionError):
        return Document({}, text, 1, False)
    rest = text[end:]
    body = rest.removeprefix("\n")
    return _document(value, body, text.count("\n", 0, len(text) - len(body)) + 1, 1)
