"""A text with Liquid, or Nunjucks, and the values of its site → the text that readers see.

Values that are not known become a HOLE. Tags that only a site's own programs know are dropped; what stands between
such a tag and its end is kept. Code keeps everything. With the extra ``liquid`` values, conditions and loops are
evaluated; without it every value is a HOLE.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
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

    def __init__(self, site: Mapping[str, Any], include: Callable[[str], str | None] = lambda _: None) -> None:
        """Take the values that all texts share, and what returns an included file: its text, or None."""
        self._site, self._include = site, include
        self._engine = None if liquid_engine is None else liquid_engine.Engine(site, include)

    def render(self, text: str, values: Mapping[str, Any]) -> str:
        """Render a text with its own values (``page``, and so on)."""
        if not any(mark in text for mark in ("{{", "{%", "#}")):
            return text
        if len(text) > code.MAX_CHARACTERS:
            return _stripped(text)
        parts = code.take_out(text, _BLOCKS, in_code=lambda piece: _RAW_MARK.sub("", piece))
        bare = _ODD_TAG.sub(self._tag, _TAG.sub(self._tag, _without_comments(parts.text)))
        return parts.restored(bare if "{" not in bare else self._rendered(bare, values))

    def _rendered(self, text: str, values: Mapping[str, Any]) -> str:
        if self._engine is None:
            return _stripped(text)
        engine = self._engine
        text = _OUTPUT.sub(lambda match: match[0] if engine.can_parse(match[0]) else HOLE, text)
        rendered = engine.render(text, values)
        if rendered is None:  # another template language, or a mistake: values alone
            rendered = engine.render(_without_tags(text), values)
        return _stripped(text) if rendered is None else rendered

    def _tag(self, match: re.Match[str]) -> str:
        """Keep the tags of the language and of includes; drop all others."""
        name = match["name"]
        if name in _LANGUAGE_TAGS or (name in _INCLUDES and self._engine is not None):
            return match[0]
        return ""


def _stripped(text: str) -> str:
    return _without_tags(_OUTPUT.sub(HOLE, text))


def _without_comments(text: str) -> str:
    """Take out ``{# … #}`` of Nunjucks, and keep ``{#anchor}`` of Markdown."""
    kept: list[str] = []
    done = start = 0
    while (start := text.find("{#", start)) >= 0 and (end := text.find("#}", start + 2)) >= 0:
        if _ANCHOR.match(text, start):
            start += 2
            continue
        kept.append(text[done:start])
        done = start = end + 2
    return "".join((*kept, text[done:]))


def _without_tags(text: str) -> str:
    return _ODD_TAG.sub("", _TAG.sub("", text))
