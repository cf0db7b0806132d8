"""MDX → Markdown: without imports, exports and components, with the text that is in them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from semsearch.ingest.entries import HOLE
from semsearch.ingest.templates import fences
from semsearch.ingest.templates.code import MAX_CHARACTERS
from semsearch.ingest.templates.javascript import end_of_brackets, string_of, value_at
from semsearch.ingest.templates.mdx_indentation import without_indentation

TRUNCATE = "<!-- truncate -->"
_MAX_EXPRESSION = 20_000
_MAX_UNCLOSED = 50
"""Braces and tags without an end before the rest of the text is taken as it is; bounds the time for hostile texts."""
_STATEMENT = re.compile(
    r"import\s+(?:[\w$*{][^'\"`;]{0,2000}?\sfrom\s*)?(?P<quote>['\"])[^'\"\n]*(?P=quote)[^\n]*"
    r"|(?P<export>export\s+(?=default\b|const\b|let\b|var\b|function\b|async\b|class\b|type\b|interface\b|enum\b|\{|\*))"
)
_NEXT = re.compile(r"`|~|\{|<|\\|\$|\n(?=(?:im|ex)port\b)")
"""Only literals at the start, by which the search is many times faster."""
_FENCE_PREFIX = re.compile(fences.PREFIX)
_FENCE = re.compile(fences.FENCE, re.MULTILINE)
_SPAN = re.compile(fences.SPAN)
_TICKS = re.compile(r"`+|~+")
_MATH = re.compile(r"\$\$[\s\S]{1,5000}?\$\$|(?<![\\$\w])\$(?![\s$])[^$\n]{1,500}(?<![\s\\])\$(?![\d$])")
_TAG = re.compile(r"<(?P<close>/?)(?P<name>[A-Za-z][\w-]*(?:[.:][\w-]+)*)?(?=[\s/>])")
_ATTRIBUTE = re.compile(
    r"\s+(?:(?P<name>[A-Za-z_:@][\w:.-]*)(?:\s*=\s*(?P<value>\"[^\"]*\"|'[^']*'|(?P<brace>\{)))?|(?P<spread>\{))"
)
_TAG_END = re.compile(r"\s*(?P<slash>/?)>")
_ATTRIBUTE_LIST = re.compile(r"\{[#:.][^{}\n]*\}")
"""``{#anchor}`` and ``{:.class}`` behind a heading or block, which the Markdown parser understands."""
_REST_OF_BLANK_LINE = re.compile(r"[ \t]*(?:\n|\Z)")
_EXPORT_PART = re.compile(r"\n[ \t]*(?=\n)|[{\[(`]|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'")
_VOID = frozenset(("area", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"))
_NO_TEXT = frozenset(("script", "style"))
_METADATA = re.compile(
    r"^export\s+const\s+(?:metadata|frontmatter|frontMatter|meta)\s*(?::\s*[\w.<>]+\s*)?=\s*(?=\{)", re.MULTILINE
)


def plain_markdown(text: str) -> str:
    """Return the text as Markdown.

    Imports, exports, comments and self-closing components go; components keep what is between their tags;
    ``{'text'}`` becomes its text, another expression :data:`HOLE`; ``{/* truncate */}`` becomes :data:`TRUNCATE`.
    HTML elements stay, without attributes that are expressions. Code stays as it is. A text longer than
    :data:`semsearch.ingest.templates.code.MAX_CHARACTERS` is returned as it is.
    """
    if len(text) > MAX_CHARACTERS:
        return text
    return without_indentation(_Reader(text).read())


def exported_metadata(text: str) -> Mapping[str, Any]:
    """Return the fields of ``export const metadata = {…}`` (or ``frontmatter``, ``meta``), keys in lower case.

    Only literals are read, numbers as text; a field that would have to be computed is left out.
    """
    fields: dict[str, Any] = {}
    source = fences.without_blocks(text)
    match = _METADATA.search(source)
    if match is not None:
        value, _ = value_at(source, match.end())
        for key, entry in value.items() if isinstance(value, dict) else ():
            fields.setdefault(key.lower(), entry)
    return fields


class _Reader:
    """Goes once through a text, from one construct to the next."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._parts: list[str] = []
        self._unclosed = 0
        self._may_end_comments = True

    def read(self) -> str:
        position = self._statement(0)
        while match := _NEXT.search(self._text, position):
            self._parts.append(self._text[position : match.start()])
            position = self._after(match.start())
            if self._unclosed > _MAX_UNCLOSED:
                break
        self._parts.append(self._text[position:])
        return "".join(self._parts)

    def _after(self, start: int) -> int:
        """Write what the construct at ``start`` becomes, and return where it ends."""
        character = self._text[start]
        if character == "{":
            return self._expression(start)
        if character == "<":
            return self._comment(start) or self._tag(start)
        if character == "\n":
            self._parts.append("\n")
            return self._statement(start + 1)
        if character in "`~":
            is_fence = self._is_after_prefix(start)
            end = (is_fence and self._as_it_is(_FENCE, start)) or self._as_it_is(_SPAN, start)
            return end or self._as_it_is(_TICKS, start) or start + 1
        end = self._as_it_is(_MATH, start) if character == "$" else 0
        return end or self._literally(start, length=2 if character == "\\" else 1)

    def _comment(self, start: int) -> int:
        """Write a comment as it is, and return where it ends; 0 if there is none."""
        if not self._may_end_comments or not self._text.startswith("<!--", start):
            return 0
        end = self._text.find("-->", start) + len("-->")
        if end < len("-->"):
            self._may_end_comments = False  # so that the rest of the text is searched once
            return 0
        self._parts.append(self._text[start:end])
        return end

    def _as_it_is(self, pattern: re.Pattern[str], start: int) -> int:
        """Write what a pattern matches, and return where it ends; 0 if it does not match."""
        match = pattern.match(self._text, start)
        if match is None:
            return 0
        self._parts.append(match[0])
        return match.end()

    def _is_after_prefix(self, start: int) -> bool:
        line = self._text.rfind("\n", 0, start) + 1
        return _FENCE_PREFIX.fullmatch(self._text, line, start) is not None

    def _statement(self, start: int) -> int:
        """Skip an import or export, and return where it ends; ``start`` if there is none, but perhaps a sentence."""
        statement = _STATEMENT.match(self._text, start)
        if statement is None:
            return start
        return _end_of_export(self._text, statement.end()) if statement["export"] else statement.end()

    def _expression(self, start: int) -> int:
        if attributes := _ATTRIBUTE_LIST.match(self._text, start):
            self._parts.append(attributes[0])
            return attributes.end()
        end = end_of_brackets(self._text, start, _MAX_EXPRESSION)
        if end is None:
            return self._unclosed_at(start)
        self._parts.append(_value_of(self._text[start + 1 : end - 1]))
        return end

    def _tag(self, start: int) -> int:
        tag = _TAG.match(self._text, start)
        if tag is None:
            return self._literally(start)
        attributes, end = self._attributes(tag.end())
        closing = _TAG_END.match(self._text, end)
        if closing is None:
            return self._unclosed_at(start)
        name = tag["name"] or ""
        if name in _NO_TEXT and not tag["close"] and not closing["slash"]:
            return _end_of_element(self._text, name, closing.end())
        self._parts.append(self._around(start, closing.end(), _html(tag, attributes, is_closed=bool(closing["slash"]))))
        return closing.end()

    def _attributes(self, position: int) -> tuple[str, int]:
        """Return the attributes that are text, and where the attributes end."""
        kept = []
        while match := _ATTRIBUTE.match(self._text, position):
            position = match.end()
            brace = match.start("brace") if match["brace"] else match.start("spread") if match["spread"] else None
            if brace is None:
                kept.append(match[0])
            elif (end := end_of_brackets(self._text, brace, _MAX_EXPRESSION)) is not None:
                position = end
            else:
                break
        return "".join(kept), position

    def _around(self, start: int, end: int, html: str) -> str:
        """Put blank lines around a tag on a line of its own: in MDX, unlike in HTML, Markdown may follow."""
        if not html or html.startswith(("<pre", "</pre")):
            return html
        before = self._text[self._text.rfind("\n", 0, start) + 1 : start]
        is_alone = not before.strip() and _REST_OF_BLANK_LINE.match(self._text, end) is not None
        return f"\n\n{html}\n" if is_alone else html

    def _unclosed_at(self, start: int) -> int:
        self._unclosed += 1
        return self._literally(start)

    def _literally(self, start: int, length: int = 1) -> int:
        self._parts.append(self._text[start : start + length])
        return start + length


def _html(tag: re.Match[str], attributes: str, *, is_closed: bool) -> str:
    """Return the tag of an HTML element; nothing for a component, a fragment and an empty element."""
    name = tag["name"] or ""
    if not name.islower() or "." in name:
        return ""
    if is_closed and name not in _VOID:
        return f"<{name}{attributes}></{name}>" if name == "a" else ""
    return f"<{tag['close']}{name}{attributes}{' /' if is_closed else ''}>"


def _value_of(expression: str) -> str:
    """Return what an expression shows."""
    content = expression.strip()
    if content.startswith("/*") and content.endswith("*/"):
        return TRUNCATE if content[2:-2].strip().lower() == "truncate" else ""
    if not content:
        return ""
    value = string_of(content)
    return HOLE if value is None else value


def _end_of_export(text: str, start: int) -> int:
    """Return where an export ends: at the first blank line outside of its brackets."""
    position, unclosed = start, 0
    while match := _EXPORT_PART.search(text, position):
        if match[0].startswith("\n"):
            return match.start()
        position = match.end()
        if match[0] in "{[(`" and unclosed <= _MAX_UNCLOSED:
            end = end_of_brackets(text, match.start())
            unclosed += end is None
            position = end or match.end()
    return len(text)


def _end_of_element(text: str, name: str, start: int) -> int:
    end = text.find(f"</{name}>", start)
    return start if end < 0 else end + len(name) + 3
