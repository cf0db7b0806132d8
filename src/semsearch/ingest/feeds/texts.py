"""Texts of feeds as they should be: titles and names as plain text, bodies as HTML."""

from __future__ import annotations

import copy
import html
import re

from lxml import etree

from semsearch.ingest.xml_stream import Element, text_of

_IN_TITLES = (
    "a|abbr|acronym|b|big|cite|code|del|dfn|div|em|font|h[1-6]|i|ins|kbd|mark|p|q|s|samp|small|span|strike|strong|sub|sup|"
    "tt|u|var"
)
_SCRIPT = re.compile(r"<(script|style)\b[^<>]*>.*?</\1\s*>|<!--.*?-->", re.IGNORECASE | re.DOTALL)
_PAIR = re.compile(rf"<({_IN_TITLES})(?:\s[^<>]*)?>(.*?)</\1\s*>", re.IGNORECASE | re.DOTALL)
_BREAK = re.compile(r"<(?:br|wbr|img|hr)\b[^<>]*>", re.IGNORECASE)
_TAG = re.compile(r"</?[a-zA-Z][a-zA-Z0-9]*(?:\s[^<>]*)?/?>")
_WORD = r"[^\s<>()\[\]\"',;:]{1,80}"
_MAIL = re.compile(rf"(?:mailto:)?{_WORD}(?:@|\s?\[at\]\s?){_WORD}\.{_WORD}", re.IGNORECASE)
_PARENTHESES = re.compile(r"[(\[](.*)[)\]]", re.DOTALL)
_CUT = re.compile(r"(?:\s|&nbsp;|&#160;)*(?:\[?(?:…|\.\.\.|&hellip;|&#8230;|&#x2026;)\]?|\[\s*\+\s*\])\s*$")
_MORE = re.compile(
    r"<a\s[^<>]*>\s*(?:read|continue|more|weiter|lire|leer|leggi|lees|läs|les|czytaj|читать|続き)[^<>]{0,80}</a>\s*",
    re.IGNORECASE,
)
_END_TAGS = re.compile(r"(?:\s|</[a-zA-Z0-9]+\s*>|<br\s*/?>)*$")
_MAX_TITLE = 4_000
_END = 400
"""So many characters from the end of a text are looked at."""
_LAST_PARAGRAPH = re.compile(r"<p\b[^<>]*>(?:(?!<p\b).)*?</p>\s*$", re.IGNORECASE | re.DOTALL)
_LINK = re.compile(r"<a\s[^<>]*?href\s*=\s*[\"']([^\"']*)[\"'][^<>]*>(.*?)</a>", re.IGNORECASE | re.DOTALL)


def plain_title(text: str) -> str:
    """Return a title as plain text of one line. It may hold inline HTML, or be escaped once or twice too often."""
    text = text[:_MAX_TITLE]
    for _ in range(2):
        text = _BREAK.sub(" ", _SCRIPT.sub("", text))
        while (stripped := _PAIR.sub(r"\2", text)) != text:
            text = stripped
        unescaped = html.unescape(text)
        if unescaped == text:
            break
        text = unescaped
    return " ".join(text.split())


def person(text: str) -> str:
    """Return the name of a person without e-mail address, as in ``mail (Name)`` or ``Name <mail>``."""
    text = plain_title(text)
    without = _MAIL.sub(" ", text)
    if without == text:
        return text
    inside = _PARENTHESES.search(without)
    name = inside[1] if inside and inside[1].strip() else without
    return " ".join(re.sub(r"[<>()\[\]\"]", " ", name).split()).strip(" ,;:-")


def has_tags(text: str) -> bool:
    """Whether a text has HTML tags."""
    return _TAG.search(text) is not None


def as_html(text: str) -> str:
    """Return a text that is HTML, or plain text with blank lines between paragraphs, as HTML."""
    if has_tags(text) or not re.search(r"\n[ \t\r]*\n", text):
        return text
    return "".join(f"<p>{part.strip()}</p>\n" for part in re.split(r"\n(?:[ \t\r]*\n)+", text) if part.strip())


def visible_length(markup: str) -> int:
    """About how many characters of an HTML text a reader sees."""
    return len(" ".join(_TAG.sub(" ", markup).split()))


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
