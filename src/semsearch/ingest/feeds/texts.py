"""Texts of feeds → HTML without what feed programs add to them."""

from __future__ import annotations

import copy
import html
import re

from lxml import etree

from semsearch.ingest.parsing.xml_stream import Element, text_of
from semsearch.ingest.short_texts import plain_title

_TAG = re.compile(r"</?[a-zA-Z][a-zA-Z0-9]*(?:\s[^<>]*)?/?>")
_CUT = re.compile(r"(?:\s|&nbsp;|&#160;)*(?:\[?(?:…|\.\.\.|&hellip;|&#8230;|&#x2026;)\]?|\[\s*\+\s*\])\s*$")
_MORE = re.compile(
    r"<a\s[^<>]*>\s*(?:read|continue|more|weiter|lire|leer|leggi|lees|läs|les|czytaj|читать|続き)[^<>]{0,80}</a>\s*",
    re.IGNORECASE,
)
_END_TAGS = re.compile(r"(?:\s|</[a-zA-Z0-9]+\s*>|<br\s*/?>)*$")
_END = 400
"""So many characters from the end of a text are looked at."""
_LAST_PARAGRAPH = re.compile(r"<p\b[^<>]*>(?:(?!<p\b).)*?</p>\s*$", re.IGNORECASE | re.DOTALL)
_LINK = re.compile(r"<a\s[^<>]*?href\s*=\s*[\"']([^\"']*)[\"'][^<>]*>(.*?)</a>", re.IGNORECASE | re.DOTALL)


def has_tags(text: str) -> bool:
    """Whether a text has HTML tags."""
    return "<" in text and _TAG.search(text) is not None


def as_html(text: str) -> str:
    """Return a text that is HTML, or plain text with blank lines between paragraphs, as HTML."""
    if has_tags(text) or not re.search(r"\n[ \t\r]*\n", text):
        return text
    return "".join(f"<p>{part.strip()}</p>\n" for part in re.split(r"\n(?:[ \t\r]*\n)+", text) if part.strip())


def visible_length(markup: str) -> int:
    """About how many characters of an HTML text a reader sees."""
    return len(_TAG.sub("", markup)) if "<" in markup else len(markup)


def beginning(markup: str) -> str:
    """The first letters that a reader sees, without spaces and signs."""
    return "".join(filter(str.isalnum, html.unescape(_TAG.sub("", markup[:1_000]))))[:100]


def is_cut(markup: str) -> bool:
    """Whether an HTML text ends in the middle: with ``[…]`` or a link to the rest."""
    tail = markup[-_END:]
    return _MORE.search(tail) is not None or _CUT.search(_END_TAGS.sub("", tail)) is not None


def without_more_link(markup: str) -> str:
    """Take the link to the rest, and the brackets of ``[…]``, from the end of an HTML text."""
    head, tail = markup[:-_END], markup[-_END:]
    tail = _MORE.sub("", tail)
    return head + re.sub(r"\[\s*(…|\.\.\.|&hellip;|&#8230;|&#x2026;)\s*\]", r"\1", tail)


def without_source_line(markup: str, link: str, title: str) -> str:
    """Take away a last paragraph that only says where the text appeared, as WordPress adds to each entry.

    Its first link leads to the entry and has its title, its second to the site; in every language.
    """
    if not link or (last := _LAST_PARAGRAPH.search(markup, max(0, len(markup) - 4_000))) is None:
        return markup
    links = _LINK.findall(last[0])
    if len(links) != 2 or visible_length(last[0]) > len(title) + 300:
        return markup
    (first, first_text), (second, _) = links
    is_entry = _same_page(html.unescape(first), link) and plain_title(first_text) == title
    is_site = link.startswith(html.unescape(second).rstrip("/")) and len(second) < len(link)
    return markup[: last.start()] if is_entry and is_site else markup


def _same_page(one: str, other: str) -> bool:
    def key(address: str) -> str:
        return address.partition("#")[0].partition("?")[0].rstrip("/")

    return key(one) == key(other)


def inner_html(element: Element) -> str:
    """Return the content of an element as HTML: its text if that is escaped HTML, else its elements, serialised.

    XHTML in a ``div``, as in Atom, comes without the ``div``. Namespaces and their prefixes are dropped.
    """
    if not any(isinstance(child.tag, str) for child in element):
        return text_of(element)
    clone = copy.deepcopy(element)
    for node in clone.iter():
        if isinstance(node.tag, str):
            node.tag = re.sub(r"^\{.*\}|^.*:", "", node.tag)
    etree.cleanup_namespaces(clone)
    children = [child for child in clone if isinstance(child.tag, str)]
    is_wrapped = len(children) == 1 and children[0].tag == "div" and not (clone.text or "").strip()
    inside = children[0] if is_wrapped else clone
    parts = [html.escape(inside.text or "", quote=False)]
    parts += [etree.tostring(child, encoding="unicode", method="html") for child in inside]
    return "".join(parts).strip()
