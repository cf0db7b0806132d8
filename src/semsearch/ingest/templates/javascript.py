"""JavaScript source → where an expression ends, and the values of plain literals. Nothing is executed."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from typing import Any

_TOKEN = re.compile(
    r"(?P<string>\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*')"
    r"|(?P<comment>/\*[\s\S]*?\*/|(?<!:)//[^\n]*)"
    r"|(?P<open>[{\[(])|(?P<close>[}\])])|(?P<template>`)"
)
_TOKEN_OR_END = re.compile(rf"{_TOKEN.pattern}|(?P<end>[,;])")
_IN_TEMPLATE = re.compile(r"\\[\s\S]|(?P<close>`)|(?P<open>\$\{)")
_CLOSING = {"{": "}", "[": "]", "(": ")"}
_SPACE = re.compile(r"(?:\s+|/\*[\s\S]*?\*/|//[^\n]*)*")
_STRING = re.compile(r"\"((?:\\.|[^\"\\\n])*)\"|'((?:\\.|[^'\\\n])*)'|`((?:\\[\s\S]|[^`\\$]|\$(?!\{))*)`")
_KEY = re.compile(r"([\w$]+)|\"((?:\\.|[^\"\\\n])*)\"|'((?:\\.|[^'\\\n])*)'")
_WORD = re.compile(r"(?P<constant>true|false|null|undefined)\b|(?P<number>-?\d[\d_]*(?:\.\d+)?)\b")
_DATE = re.compile(r"new\s+Date\(")
_REST = re.compile(r"\s*(?:(?:as|satisfies)\s+[\w.<>\[\]]+\s*)?(?=[,;}\])]|\Z)")
"""What may follow a literal, so that it is the whole value: ``'a' + b`` is none."""
_ESCAPE = re.compile(r"\\(?:u\{([0-9A-Fa-f]{1,6})\}|u([0-9A-Fa-f]{4})|x([0-9A-Fa-f]{2})|(\n)|([\s\S]))")
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "b": "", "f": "", "v": "", "0": ""}
_CONSTANTS = {"true": True, "false": False, "null": None, "undefined": None}
_MAX_DEPTH = 50
_MAX_PROPERTIES = 100
"""Of one name that are read; bounds the time for hostile files."""


class _Unknown:
    """Stands for a value that only running the program would give."""


UNKNOWN = _Unknown()


def end_of_brackets(text: str, start: int, limit: int = 100_000) -> int | None:
    """Return where the bracket at ``start`` is closed (the position after it); None if not within ``limit``."""
    stack = [text[start]]
    position, end = start + 1, min(len(text), start + limit)
    while stack:
        in_template = stack[-1] == "`"
        match = (_IN_TEMPLATE if in_template else _TOKEN).search(text, position, end)
        if match is None:
            return None
        position = match.end()
        kind = match.lastgroup
        if kind == "template":
            stack.append("`")
        elif kind == "open":
            stack.append(match[0][-1])
        elif kind == "close":
            if not in_template and _CLOSING[stack[-1]] != match[0]:
                return None
            stack.pop()
    return position


def value_at(text: str, start: int, depth: int = 0) -> tuple[Any, int]:
    """Read the literal at ``start`` and where it ends.

    Text, true, false, null, arrays and objects of those; numbers and ``new Date("…")`` become text. Anything else is
    :data:`UNKNOWN`: as an element or property it is left out, and what is around it is read.
    """
    position = _skip_space(text, start)
    value, end = _literal(text, position, depth)
    if value is not UNKNOWN:
        rest = _REST.match(text, _skip_space(text, end))
        if depth == 0 or rest:
            return value, rest.end() if rest else end
    return UNKNOWN, _end_of_expression(text, position)


def string_of(expression: str) -> str | None:
    """Return the text if the whole expression is one string literal without placeholders."""
    match = _STRING.fullmatch(expression.strip())
    return None if match is None else _unescaped(match)


def properties(text: str, name: str) -> Iterator[Any]:
    """Yield the known values of every property and variable of this name, wherever it stands."""
    source = without_comments(text)
    found = re.finditer(rf"(?<![\w$.'\"-])['\"]?{re.escape(name)}['\"]?\s*(?::|=(?![=>]))", source)
    for match in itertools.islice(found, _MAX_PROPERTIES):
        value, _ = value_at(source, match.end(), depth=1)
        if value is not UNKNOWN:
            yield value


def without_comments(text: str) -> str:
    """Return the source with spaces in place of comments."""
    return re.sub(
        r"(\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'|`(?:\\[\s\S]|[^`\\])*`)|/\*[\s\S]*?\*/|(?<!:)//[^\n]*",
        lambda match: match[1] or " ",
        text,
    )


def _literal(text: str, position: int, depth: int) -> tuple[Any, int]:
    if match := _STRING.match(text, position):
        return _unescaped(match), match.end()
    if match := _WORD.match(text, position):
        is_constant = match["constant"] is not None
        return (_CONSTANTS[match[0]] if is_constant else match[0].replace("_", "")), match.end()
    if match := _DATE.match(text, position):
        value, end = value_at(text, match.end(), depth + 1) if depth < _MAX_DEPTH else (UNKNOWN, position)
        return (value, end + 1) if isinstance(value, str) and text.startswith(")", end) else (UNKNOWN, position)
    if text.startswith("(", position) and depth < _MAX_DEPTH:
        return _in_parentheses(text, position + 1, depth + 1)
    if text.startswith(("{", "["), position) and depth < _MAX_DEPTH:
        is_object = text[position] == "{"
        return (_object if is_object else _array)(text, position + 1, depth + 1)
    return UNKNOWN, position


def _in_parentheses(text: str, position: int, depth: int) -> tuple[Any, int]:
    value, end = value_at(text, position, depth)
    return (value, end + 1) if value is not UNKNOWN and text.startswith(")", end) else (UNKNOWN, position)


def _array(text: str, position: int, depth: int) -> tuple[Any, int]:
    values: list[Any] = []
    while True:
        position = _skip_space(text, position)
        if position >= len(text):
            return UNKNOWN, position
        if text[position] == "]":
            return values, position + 1
        value, position = value_at(text, position, depth)
        if value is not UNKNOWN:
            values.append(value)
        position = _skip_comma(text, position, "]")


def _object(text: str, position: int, depth: int) -> tuple[Any, int]:
    values: dict[str, Any] = {}
    while True:
        position = _skip_space(text, position)
        if position >= len(text):
            return UNKNOWN, position
        if text[position] == "}":
            return values, position + 1
        key = _KEY.match(text, position)
        colon = _skip_space(text, key.end()) if key else position
        if key and text.startswith(":", colon):
            value, position = value_at(text, colon + 1, depth)
            if value is not UNKNOWN:
                values.setdefault(_unescaped(key), value)
        else:  # a method, a shorthand or a spread
            position = _end_of_expression(text, position)
        position = _skip_comma(text, position, "}")


def _skip_comma(text: str, position: int, closing: str) -> int:
    """Go past a comma; past any other character that would hold up the reader."""
    position = _skip_space(text, position)
    return position if text.startswith(closing, position) else position + 1


def _skip_space(text: str, position: int) -> int:
    match = _SPACE.match(text, position)
    return match.end() if match else position


def _end_of_expression(text: str, position: int) -> int:
    """Return the position of the comma, semicolon or bracket that ends the expression."""
    while match := _TOKEN_OR_END.search(text, position):
        if match.lastgroup in ("end", "close"):
            return match.start()
        position = match.end()
        if match.lastgroup in ("open", "template"):
            end = end_of_brackets(text, match.start())
            position = len(text) if end is None else end
    return len(text)


def _unescaped(match: re.Match[str]) -> str:
    source = next(group for group in match.groups() if group is not None)
    return _ESCAPE.sub(_unescape, source) if "\\" in source else source


def _unescape(match: re.Match[str]) -> str:
    if code := match[1] or match[2] or match[3]:
        number = int(code, 16)
        return chr(number) if number < 0x110000 and not 0xD800 <= number < 0xE000 else ""
    return "" if match[4] else _ESCAPED.get(match[5], match[5])
