"""A text with Liquid, or Nunjucks, and the values of its site → the text that readers see.

Values that are not known become a HOLE. Tags that only a site's own programs know are dropped; what stands between
such a tag and its end is kept. Code keeps everything. With the extra ``liquid`` values, conditions and loops are
evaluated; without it every value is a HOLE.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from semsearch.ingest.entries import HOLE
from semsearch.ingest.templates import code

try:
    from semsearch.ingest.templates import liquid_engine
except ImportError:  # the extra is not installed
    liquid_engine = None  # type: ignore[assignment]

_OUTPUT = re.compile(r"\{\{-?(?P<inside>(?:[^{}\"']|\"[^\"]{0,5000}\"|'[^']{0,5000}'){0,500}?)-?\}\}")
_TAG = re.compile(
    r"\{%-?\s*+(?P<name>\w*+)(?P<args>(?:[^%\"'{]|\{(?!%)|%(?!\})|\"[^\"]{0,5000}\"|'[^']{0,5000}'){0,2000}?)-?%\}"
)
_MARKUP = re.compile(f"{_OUTPUT.pattern}|{_TAG.pattern}")
_GUARD = code.RESERVED[-1]
_ODD_TAG = re.compile(r"\{%-?\s*+(?P<name>\w*+)[^{}]{0,2000}?%\}")
"""A tag with one quote."""
_ANCHOR = re.compile(r"\{#[\w-]+[ }]")
_RAW_MARK = re.compile(r"\{%-?\s*(?:end)?(?:raw|verbatim)\s*-?%\}\n?")
_LANGUAGE_TAGS = frozenset(
    """assign capture endcapture case when endcase if elsif else unless endif endunless for endfor break continue cycle
    increment decrement ifchanged endifchanged tablerow endtablerow echo""".split()  # noqa: SIM905
)
_INCLUDES = frozenset(("include", "include_cached"))


def _block(name: str, replacement: Callable[[re.Match[str], str], str]) -> code.Block:
    return code.Block(rf"%-?\s*{name}\b[^%\n]*?-?%\}}", rf"\{{%-?\s*end{name}\s*-?%\}}", replacement)


def _highlighted(match: re.Match[str], content: str) -> str:
    words = re.findall(r"[\w+#-]+", match[0])
    return code.fenced(_RAW_MARK.sub("", content), words[1] if len(words) > 1 else "")


_BLOCKS = (
    _block("raw", lambda _, content: content),
    _block("verbatim", lambda _, content: content),
    _block("comment", lambda *_: ""),
    _block("highlight", _highlighted),
    _block("(?:js|css|script|style)", lambda *_: ""),
)


class LiquidRenderer:
    """Renders the texts of one site."""

    def __init__(
        self,
        site: Mapping[str, Any],
        include: Callable[[str], str | None] = lambda _: None,
        tags: Mapping[str, Callable[[str], str | None]] = MappingProxyType({}),
    ) -> None:
        """Take the values that all texts share, and what returns an included file: its text, or None.

        ``tags``: tags of the generator that stand for a text, with what makes it of their arguments; None: not known.
        """
        self._tags = tags
        self._engine = None if liquid_engine is None else liquid_engine.Engine(site, self._included)
        self._read = include

    def render(self, text: str, values: Mapping[str, Any]) -> str:
        """Render a text with its own values (``page``, and so on)."""
        if not any(mark in text for mark in ("{{", "{%", "#}")):
            return text
        if len(text) > code.MAX_CHARACTERS:
            return _stripped(text)
        parts = code.take_out(text, _BLOCKS, in_code=lambda piece: _RAW_MARK.sub("", piece))
        return parts.restored(self._rendered(self._known_tags(parts.text), values))

    def _known_tags(self, text: str) -> str:
        return _ODD_TAG.sub(self._tag, _TAG.sub(self._tag, _without_comments(text)))

    def _rendered(self, text: str, values: Mapping[str, Any]) -> str:
        engine = self._engine
        if engine is None:
            return _stripped(text)
        rendered = engine.render(_guarded(text, engine.can_parse), values)
        if rendered is None:  # another template language, or a mistake: values alone
            rendered = engine.render(_guarded(_without_tags(text), engine.can_parse), values)
        return _stripped(text) if rendered is None else rendered.replace(_GUARD, "")

    def _included(self, name: str) -> str | None:
        text = self._read(name)
        if text is None or self._engine is None:
            return None
        return _guarded(self._known_tags(text), self._engine.can_parse)

    def _tag(self, match: re.Match[str]) -> str:
        """Keep the tags of the language and of includes, replace those of the generator, and drop all others."""
        name = match["name"]
        if name in _LANGUAGE_TAGS or (name in _INCLUDES and self._engine is not None):
            return match[0]
        if name in self._tags:
            text = self._tags[name](match.groupdict().get("args") or "")
            return HOLE if text is None else text
        return ""


def _guarded(text: str, can_parse: Callable[[str], bool]) -> str:
    """Replace what is no value by a HOLE, and break braces that open nothing: looking for their end would take long."""
    result: list[str] = []
    done = 0
    for match in _MARKUP.finditer(text):
        result.append(text[done : match.start()].replace("{", f"{{{_GUARD}"))
        is_tag = match[0].startswith("{%")
        result.append(match[0] if is_tag or can_parse(match[0]) else HOLE)
        done = match.end()
    result.append(text[done:].replace("{", f"{{{_GUARD}"))
    return "".join(result)


def _stripped(text: str) -> str:
    return _without_tags(_OUTPUT.sub(HOLE, text))


def _without_comments(text: str) -> str:
    """Take out ``{# … #}`` of Nunjucks, and keep ``{#anchor}`` of Markdown."""
    kept: list[str] = []
    done = start = 0
    end = text.find("#}")
    while end >= 0 and (start := text.find("{#", start)) >= 0:
        if end < start + 2:
            end = text.find("#}", start + 2)
        elif _ANCHOR.match(text, start):
            start += 2
        else:
            kept.append(text[done:start])
            done = start = end + 2
    return "".join((*kept, text[done:]))


def _without_tags(text: str) -> str:
    return _ODD_TAG.sub("", _TAG.sub("", text))
