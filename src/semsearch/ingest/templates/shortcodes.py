"""Shortcodes in Markdown → the text inside them. Those without text inside are dropped; code keeps everything."""

from __future__ import annotations

import re
from collections.abc import Callable

from semsearch.ingest.entries import HOLE
from semsearch.ingest.templates import code

_ANGLE = (
    r"\{\{[<%](?!/\*)\s*+(?:/\s*+)?(?P<name>[\w./-]{0,100}+)"
    r"(?P<args>(?:\"(?:\\.|[^\"\\]){0,2000}\"|`[^`]{0,2000}`|[^\"`{]|\{(?!\{[<%])){0,2000}?)[>%]\}\}"
)
_ANGLE_SHORTCODE = re.compile(_ANGLE)
_ANGLE_LEFT = re.compile(r"\{\{[<%](?!/\*)[^{}]{0,2000}[>%]\}\}")
_INSIDE = r"(?:[^*{]|\*(?!/)|\{(?!\{|%)){0,2000}"
_ANGLE_COMMENT = re.compile(rf"\{{\{{-?\s*/\*{_INSIDE}\*/\s*-?\}}\}}")
_ANGLE_ESCAPED = re.compile(rf"\{{\{{([<%])/\*({_INSIDE})\*/([>%])\}}\}}")
_CODE_SHORTCODE = r"\{[<%]\s*(?:highlight|code|mermaid|chart|plantuml|raw-code)\b(?P<hl>[^{}]*?)[>%]\}\}"
_CODE_SHORTCODE_END = r"\{\{[<%]\s*/\s*(?:highlight|code|mermaid|chart|plantuml|raw-code)\s*[>%]\}\}"
_CALL = r"[A-Za-z_]\w*(?:::\w+)*\((?:\"[^\"]{0,2000}\"|'[^']{0,2000}'|`[^`]{0,2000}`|[^\"'`{}]){0,400}?\)"
_CALL_SHORTCODE = re.compile(rf"\{{\{{-?\s*{_CALL}\s*-?\}}\}}|\{{%-?\s*{_CALL}\s*-?%\}}|\{{%-?\s*end\s*-?%\}}")
_CALL_ESCAPED = re.compile(rf"\{{(\{{|%)-?\s*/\*({_INSIDE})\*/\s*-?(\}}|%)\}}")


def without_angle_shortcodes(text: str, value_of: Callable[[str], str | None] = lambda _: None) -> str:
    """Take out ``{{< name >}}`` and ``{{% name %}}``, as Hugo has them.

    ``{{< param name >}}`` becomes its value by ``value_of``; one that is not known becomes a HOLE.
    """
    if "{{" not in text:
        return text
    if len(text) > code.MAX_CHARACTERS:
        return _ANGLE_LEFT.sub("", text)

    def replacement(match: re.Match[str]) -> str:
        if match["name"] != "param":
            return ""
        value = value_of(match["args"].strip("/ \n\t").strip("\"`'"))
        return HOLE if value is None else value

    parts = code.take_out(text, (code.Block(_CODE_SHORTCODE, _CODE_SHORTCODE_END, _as_code),), _unescaped)
    bare = _ANGLE_COMMENT.sub("", parts.text)
    bare = _ANGLE_LEFT.sub("", _ANGLE_SHORTCODE.sub(replacement, bare))
    return parts.restored(_unescaped(bare))


def without_call_shortcodes(text: str) -> str:
    """Take out ``{{ name(…) }}`` and ``{% name(…) %}``, ``{% end %}``, as Zola has them."""
    if "{{" not in text and "{%" not in text:
        return text
    if len(text) > code.MAX_CHARACTERS:
        return _CALL_SHORTCODE.sub("", text)
    parts = code.take_out(text, in_code=lambda piece: _CALL_ESCAPED.sub(r"{\1\2\3}", piece))
    bare = _CALL_SHORTCODE.sub("", parts.text)
    return parts.restored(_CALL_ESCAPED.sub(r"{\1\2\3}", bare))


def _unescaped(text: str) -> str:
    """Shortcodes that are shown: ``{{</* name */>}}`` is ``{{< name >}}`` to readers."""
    return _ANGLE_ESCAPED.sub(r"{{\1\2\3}}", text)


def _as_code(match: re.Match[str], content: str) -> str:
    words = match["hl"].split()
    return code.fenced(content, words[0].strip("\"'") if words and words[0].isalnum() else "")
