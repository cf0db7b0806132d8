"""Rich text as JSON, as editors store it → HTML.

ProseMirror and TipTap, Contentful, Portable Text (Sanity), Slate, Lexical, Strapi and Notion are trees of nodes with a
type; Editor.js and Draft.js lists of blocks; Quill a list of insertions; Mobiledoc a list of sections.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

_MAX_DEPTH = 60
_CHILDREN = ("content", "children", "nodes")
_TYPES = ("type", "nodeType", "_type", "object")
_HEADING = re.compile(r"(?:heading|h)([1-6]|one|two|three|four|five|six)|heading|header")
_WORDS = {"one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6"}
_TAGS = {
    "paragraph": "p", "p": "p", "block": "p", "normal": "p", "unstyled": "p", "paragraphblock": "p",
    "blockquote": "blockquote", "quote": "blockquote", "pullquote": "blockquote", "callout": "blockquote",
    "bulletlist": "ul", "unorderedlist": "ul", "ullist": "ul", "ul": "ul", "bulletedlist": "ul", "list": "ul",
    "orderedlist": "ol", "ollist": "ol", "ol": "ol", "numberedlist": "ol",
    "listitem": "li", "li": "li", "bulletedlistitem": "li", "numberedlistitem": "li", "unorderedlistitem": "li",
    "orderedlistitem": "li", "bullet": "li", "number": "li", "todo": "li",
    "codeblock": "pre", "code": "pre", "pre": "pre", "preformatted": "pre",
    "table": "table", "tablerow": "tr", "tr": "tr", "tablecell": "td", "td": "td",
    "tableheadercell": "th", "tableheader": "th",
    "listitemchild": "p", "lic": "p",
}  # fmt: skip
"""Type of a node, in lower case without ``_`` and ``-`` → tag."""
_BREAKS = frozenset(("hardbreak", "linebreak", "br"))
_INLINE = frozenset(
    ("text", "span", "link", "hyperlink", "a", "mention", "autolink", "entryhyperlink", "assethyperlink")
)


def as_html(value: Any, depth: int = 0) -> str:
    """Return the text of a document as HTML; empty if the value has the shape of no editor's document."""
    if isinstance(value, Mapping):
        for shape in (_editor_js, _draft_js, _quill, _mobiledoc):
            if found := shape(value):
                return found
        for key in ("root", "document", "doc", "json"):
            if isinstance(value.get(key), Mapping | list) and depth < _MAX_DEPTH:
                return as_html(value[key], depth + 1)
        nodes = next((value[key] for key in _CHILDREN if isinstance(value.get(key), list)), None)
        return _nodes(nodes, 0) if nodes is not None and _has_nodes(nodes) else ""
    return _nodes(value, 0) if isinstance(value, list) and _has_nodes(value) else ""


def _has_nodes(values: Sequence[Any]) -> bool:
    """Whether a list holds nodes of a tree: objects, each with a type, text or children."""
    known = (*_TYPES, *_CHILDREN, "text")
    return bool(values) and all(isinstance(value, Mapping) and any(key in value for key in known) for value in values)


def _nodes(values: Any, depth: int) -> str:
    if not isinstance(values, list) or depth > _MAX_DEPTH:
        return ""
    return "".join(_node(value, depth) for value in values if isinstance(value, Mapping))


def _node(node: Mapping[str, Any], depth: int) -> str:
    kind = _kind(node)
    if kind in _BREAKS:
        return "<br>"
    own = node.get(_type(node))
    if isinstance(own, Mapping) and ("rich_text" in own or "text" in own):  # Notion has the content under the type
        node = {**node, **own}
    inside = _inside(node, depth)
    if kind in _INLINE or (not kind and "text" in node):
        return inside
    tag = _tag(node, kind)
    if not tag or not inside:
        return inside
    return f"<li>{inside}</li>\n" if tag == "li" else f"<{tag}>{inside}</{tag}>\n"


def _inside(node: Mapping[str, Any], depth: int) -> str:
    for key in _CHILDREN:
        if isinstance(node.get(key), list) and node[key]:
            return _nodes(node[key], depth + 1)
    runs = node.get("rich_text") or node.get("title")
    if isinstance(runs, list):
        return "".join(_escaped(run.get("plain_text", "")) for run in runs if isinstance(run, Mapping))
    for key in ("text", "value", "plain_text", "code"):
        if isinstance(node.get(key), str):
            return _escaped(node[key])
    return ""


def _type(node: Mapping[str, Any]) -> str:
    return next((str(node[key]) for key in _TYPES if isinstance(node.get(key), str)), "")


def _kind(node: Mapping[str, Any]) -> str:
    return re.sub(r"[_-]|^wp:|^core/", "", _type(node)).lower()


def _tag(node: Mapping[str, Any], kind: str) -> str:
    if node.get("listItem"):  # Portable Text marks blocks as items of a list
        return "li"
    style = str(node.get("style") or "").lower()
    if kind == "block" and style:
        kind = style
    if kind == "list" and (
        node.get("listType") == "number" or node.get("format") == "ordered" or node.get("tag") == "ol"
    ):
        return "ol"
    heading = _HEADING.fullmatch(kind)
    if heading:
        level = heading[1] or ""
        return f"h{_level(node, _WORDS.get(level, level))}"
    return _TAGS.get(kind, "")


def _level(node: Mapping[str, Any], written: str) -> str:
    attributes = node.get("attrs")
    candidates = (
        written,
        node.get("level"),
        attributes.get("level") if isinstance(attributes, Mapping) else None,
        str(node.get("tag") or "")[-1:],
        node.get("depth"),
    )
    return next((str(value) for value in candidates if str(value) in "123456" and str(value)), "2")


def _editor_js(value: Mapping[str, Any]) -> str:
    blocks = value.get("blocks")
    if not isinstance(blocks, list) or not any(isinstance(block, Mapping) and "data" in block for block in blocks):
        return ""
    parts = []
    for block in blocks:
        if not isinstance(block, Mapping) or not isinstance(data := block.get("data"), Mapping):
            continue
        kind = str(block.get("type")).lower()
        if kind in ("header", "heading"):
            level = str(data.get("level")) if str(data.get("level")) in list("123456") else "2"
            parts.append(f"<h{level}>{_string(data, 'text')}</h{level}>")
        elif kind in ("list", "nestedlist", "checklist"):
            parts.append(_editor_list(data, 0))
        elif kind == "code":
            parts.append(f"<pre>{_escaped(_string(data, 'code'))}</pre>")
        elif kind == "quote":
            parts.append(f"<blockquote>{_string(data, 'text')}</blockquote>")
        elif kind == "raw":
            parts.append(_string(data, "html"))
        elif text := _string(data, "text"):
            parts.append(f"<p>{text}</p>")
    return "\n".join(filter(None, parts))


def _editor_list(data: Mapping[str, Any], depth: int) -> str:
    tag = "ol" if data.get("style") == "ordered" else "ul"
    items = data.get("items")
    if not isinstance(items, list) or depth > _MAX_DEPTH:
        return ""
    parts = []
    for item in items:
        if isinstance(item, str):
            parts.append(f"<li>{item}</li>")
        elif isinstance(item, Mapping):
            parts.append(f"<li>{_string(item, 'content') or _string(item, 'text')}{_editor_list(item, depth + 1)}</li>")
    return f"<{tag}>{''.join(parts)}</{tag}>" if parts else ""


def _draft_js(value: Mapping[str, Any]) -> str:
    blocks = value.get("blocks")
    if not isinstance(blocks, list) or "entityMap" not in value:
        return ""
    parts = []
    for block in blocks:
        if isinstance(block, Mapping) and (text := _escaped(_string(block, "text")).strip()):
            name, _, level = str(block.get("type")).lower().partition("-")
            tag = (
                f"h{_WORDS.get(level, '2')}" if name == "header" else _TAGS.get(f"{name}{level}".replace("-", ""), "p")
            )
            parts.append(f"<{tag}>{text}</{tag}>")
    return "\n".join(parts)


def _quill(value: Mapping[str, Any]) -> str:
    """Insertions of Quill: a line ends with a line break, whose attributes say what the line is."""
    operations = value.get("ops")
    if not isinstance(operations, list):
        return ""
    parts: list[str] = []
    line = ""
    for operation in operations:
        if not isinstance(operation, Mapping) or not isinstance(text := operation.get("insert"), str):
            continue
        attributes = operation.get("attributes")
        tag = _quill_tag(attributes if isinstance(attributes, Mapping) else {})
        *ended, rest = text.split("\n")
        for end in ended:
            line += _escaped(end)
            if line.strip():
                parts.append(f"<{tag}>{line}</{tag}>")
            line = ""
        line += _escaped(rest)
    return "\n".join([*parts, f"<p>{line}</p>"] if line.strip() else parts)


def _quill_tag(attributes: Mapping[str, Any]) -> str:
    if str(attributes.get("header")) in list("123456"):
        return f"h{attributes['header']}"
    named = {"list": "li", "code-block": "pre", "blockquote": "blockquote"}
    return next((tag for key, tag in named.items() if attributes.get(key)), "p")


def _mobiledoc(value: Mapping[str, Any]) -> str:
    """Sections of Mobiledoc: ``[1, tag, markers]``, ``[3, tag, items]`` for lists, ``[10, card]`` for cards."""
    sections, cards = value.get("sections"), value.get("cards")
    if not isinstance(sections, list) or "markups" not in value:
        return ""
    readers: dict[Any, Callable[[list[Any]], str]] = {
        1: lambda section: _wrapped(section[1], _markers(section[2])),
        3: lambda section: _wrapped(section[1], "".join(_wrapped("li", _markers(item)) for item in section[2])),
        10: lambda section: _card(cards[section[1]]) if isinstance(cards, list) else "",
    }
    parts = []
    for section in sections:
        try:
            parts.append(readers[section[0]](section))
        except (KeyError, IndexError, TypeError):
            continue
    return "\n".join(filter(None, parts))


def _markers(markers: list[Any]) -> str:
    return "".join(_escaped(marker[3]) for marker in markers if isinstance(marker[3], str))


def _card(card: list[Any]) -> str:
    name, payload = card[0], card[1]
    if name == "code":
        return _wrapped("pre", _escaped(payload["code"]))
    return str(payload["html"]) if name == "html" else ""


def _wrapped(tag: str, inside: str) -> str:
    tag = tag if re.fullmatch("h[1-6]|[uo]l|li|blockquote|pre", str(tag)) else "p"
    return f"<{tag}>{inside}</{tag}>" if inside else ""


def _string(value: Mapping[str, Any], key: str) -> str:
    entry = value.get(key)
    return entry if isinstance(entry, str) else ""


def _escaped(text: Any) -> str:
    return html.escape(str(text), quote=False)
