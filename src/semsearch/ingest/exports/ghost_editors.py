"""The documents of Ghost's editors, Lexical and Mobiledoc → HTML, for posts that hold nothing else.

https://lexical.dev/docs/concepts/serialization and https://github.com/bustle/mobiledoc-kit/blob/master/MOBILEDOC.md
"""

from __future__ import annotations

import html
import json
from typing import Any

_MAX_DEPTH = 100
_LEXICAL_TAGS = {"paragraph": "p", "quote": "blockquote", "aside": "blockquote", "listitem": "li"}
_BLOCK_TAGS = ("p", "blockquote", "li", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6")
_TEXT_CARDS = (
    "html",
    "calloutText",
    "heading",
    "content",
    "caption",
    "subheader",
    "productTitle",
    "productDescription",
)
"""Fields of cards that hold HTML a reader sees."""
_MOBILEDOC_TEXT, _MOBILEDOC_LIST, _MOBILEDOC_CARD = 1, 3, 10


def html_of_lexical(document: str) -> str:
    """Return the HTML of a Lexical document; empty for what is none."""
    root = _parsed(document).get("root")
    return _lexical(root, 0) if isinstance(root, dict) else ""


def html_of_mobiledoc(document: str) -> str:
    """Return the HTML of a Mobiledoc document; empty for what is none. See :func:`markdown_of_mobiledoc`."""
    parsed = _parsed(document)
    cards = parsed.get("cards")
    cards = cards if isinstance(cards, list) else []
    return "\n".join(_section(section, cards) for section in _list(parsed.get("sections")))


def markdown_of_mobiledoc(document: str) -> str:
    """Return the Markdown of a document that is one Markdown card, as Ghost 1 saved posts; empty for others."""
    cards = _list(_parsed(document).get("cards"))
    if len(cards) != 1 or not isinstance(cards[0], list) or len(cards[0]) < 2 or not isinstance(cards[0][1], dict):
        return ""
    name, payload = cards[0][:2]
    markdown = payload.get("markdown")
    return markdown if name in ("markdown", "card-markdown") and isinstance(markdown, str) else ""


def _parsed(document: str) -> dict[str, Any]:
    try:
        value = json.loads(document)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _lexical(node: Any, depth: int) -> str:
    if not isinstance(node, dict) or depth > _MAX_DEPTH:
        return ""
    kind = str(node.get("type", "")).removeprefix("extended-")
    if kind in ("text", "linebreak"):
        return "<br>" if kind == "linebreak" else html.escape(str(node.get("text", "")), quote=False)
    inner = "".join(_lexical(child, depth + 1) for child in _list(node.get("children")))
    tag = node.get("tag") if kind in ("heading", "list") else _LEXICAL_TAGS.get(kind)
    if tag in _BLOCK_TAGS:
        return f"<{tag}>{inner}</{tag}>"
    return inner or _card(kind, node)


def _card(name: str, payload: Any) -> str:
    """Return what a reader sees of a card; of buttons, sign-up forms and e-mail parts nothing."""
    if not isinstance(payload, dict) or name in ("button", "signup", "email", "email-cta", "paywall", "call-to-action"):
        return ""
    if name in ("code", "codeblock"):
        return _code(payload.get("code"))
    if name in ("markdown", "card-markdown"):
        return f"<pre>{html.escape(str(payload.get('markdown', '')), quote=False)}</pre>"
    texts = (payload.get(field) for field in _TEXT_CARDS)
    return "".join(f"<div>{text}</div>" for text in texts if isinstance(text, str) and text.strip())


def _code(code: Any) -> str:
    return f"<pre><code>{html.escape(str(code or ''), quote=False)}</code></pre>"


def _section(section: Any, cards: list[Any]) -> str:
    if not isinstance(section, list) or len(section) < 2:
        return ""
    kind = section[0]
    if kind == _MOBILEDOC_TEXT and len(section) > 2:
        tag = section[1] if section[1] in _BLOCK_TAGS else "p"
        return f"<{tag}>{_markers(section[2])}</{tag}>"
    if kind == _MOBILEDOC_LIST and len(section) > 2:
        items = "".join(f"<li>{_markers(item)}</li>" for item in _list(section[2]))
        return f"<ul>{items}</ul>"
    if kind == _MOBILEDOC_CARD and isinstance(section[1], int) and 0 <= section[1] < len(cards):
        card = cards[section[1]]
        return _card(str(card[0]), card[1]) if isinstance(card, list) and len(card) > 1 else ""
    return ""


def _markers(markers: Any) -> str:
    """Return the text of markers ``[type, opened markups, closed markups, text]``; atoms (type 1) are line breaks."""
    result = []
    for marker in _list(markers):
        if isinstance(marker, list) and len(marker) > 3:
            is_text = marker[0] == 0
            result.append(html.escape(str(marker[3]), quote=False) if is_text else "<br>")
    return "".join(result)
