"""Markdown of one generator → Markdown that all understand: attributes, tables of contents, abbreviations, marks."""

from __future__ import annotations

import re

from semsearch.ingest.markup.containers import without_containers
from semsearch.ingest.occurrence import has_any

_BRACES = ("{:", "){", "]{", "`{", "*{", "_{", "\n{", "{toc", "{/*")
_BRACKETS = ("[toc", "[TOC", "[_TOC", "\n*[")
"""One of them stands in each text that has something to rewrite."""
_VALUE = r"""(?:[.#][\w:-]+|[\w:-]+=(?:"[^"]*"|'[^']*'|[^\s{}"']+))"""
_ATTRIBUTES = rf"\{{(?::[^{{}}]*|[ ]*{_VALUE}(?:[ ]+{_VALUE})*[ ]*)\}}"
"""``{: .class #id}`` of kramdown and Python-Markdown, ``{.class width=50%}`` of Pandoc, Hugo and Python-Markdown."""
_ATTRIBUTES_LINE = re.compile(_ATTRIBUTES)
_SPAN_ATTRIBUTES = re.compile(rf"(?P<code>(?P<ticks>`+)(?!`).+?(?<!`)(?P=ticks)(?!`))|(?<=[)\]*_`]){_ATTRIBUTES}")
_HEADING = re.compile(rf"(?P<heading>[ ]{{0,3}}\#{{1,6}}[ \t][^{{]*)(?P<attributes>{_ATTRIBUTES})")
_HEADING_LINE = re.compile(r"[ ]{0,3}#{1,6}[ \t]")
_ID = re.compile(r"#([\w:-]+)")
_IS_TOC = re.compile(r"\{:[^{}]*\btoc\b")
_TOC_MARKS = frozenset(("[toc]", "[[toc]]", "[[_toc_]]", "${toc}"))
_ABBREVIATION = re.compile(r"\*\[[^\]]+\]:")
_TRUNCATE = re.compile(r"\{/\*\s*truncate\s*\*/\}")
_MAX_LINE = 20_000
"""Longer lines have no attributes that somebody wrote."""


def common_markdown(text: str) -> str:
    """Rewrite what only one generator understands; code stays as it is."""
    text = without_containers(text)
    if not _may_be_rewritten(text):
        return text
    fence = ""
    lines: list[str] = []
    for line in text.split("\n"):
        stripped = line.strip()
        if fence:
            if stripped.startswith(fence) and not stripped.strip("`~"):
                fence = ""
        elif stripped.startswith(("```", "~~~")):
            fence = stripped[: len(stripped) - len(stripped.lstrip(stripped[0]))]
        elif ("{" in line or "[" in line) and len(line) <= _MAX_LINE:
            _add_rewritten(lines, line, stripped)
            continue
        lines.append(line)
    return "\n".join(lines)


def _may_be_rewritten(text: str) -> bool:
    return has_any(text, *_BRACES, *_BRACKETS)


def _add_rewritten(lines: list[str], line: str, stripped: str) -> None:
    """Add a line outside of code to the lines before it, which it may change."""
    if stripped.lower() in _TOC_MARKS or _ABBREVIATION.match(line):
        lines.append("")
    elif "{" not in line:
        lines.append(line)
    elif _TRUNCATE.fullmatch(stripped):
        lines.append("<!-- truncate -->")
    elif "{::" in line or "{:/" in line:
        lines.append(_without_extensions(line))
    elif _ATTRIBUTES_LINE.fullmatch(stripped):
        _apply(lines, stripped)
    elif heading := _HEADING.fullmatch(line.rstrip()):
        lines.append(_with_id(heading["heading"], heading["attributes"]))
    else:
        lines.append(_SPAN_ATTRIBUTES.sub(lambda match: match["code"] or "", line))


def _apply(lines: list[str], attributes: str) -> None:
    """Apply a line of attributes to the line above: an id to a heading, and ``toc`` to a list, which it replaces."""
    if lines and _HEADING_LINE.match(lines[-1]):
        lines[-1] = _with_id(lines[-1], attributes)
    elif lines and _IS_TOC.match(attributes):
        lines[-1] = ""
    lines.append("")


def _with_id(heading: str, attributes: str) -> str:
    anchor = _ID.search(attributes)
    return f"{heading.rstrip()} {{#{anchor[1]}}}" if anchor else heading.rstrip()


def _without_extensions(line: str) -> str:
    """Make HTML comments of kramdown's; drop the marks of its other extensions."""
    line = line.replace("{::comment}", "<!--").replace("{:/comment}", "-->")
    return re.sub(r"\{::?/?(?:nomarkdown|options|comment)?[^{}]*\}", "", line)
