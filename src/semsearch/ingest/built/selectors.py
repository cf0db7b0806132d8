"""CSS selectors of the owner → what they select on a page."""

from __future__ import annotations

from collections.abc import Mapping

from selectolax.lexbor import LexborHTMLParser, SelectolaxError

from semsearch.errors import InvalidRequest
from semsearch.ingest.markup.html_tree import text_of
from semsearch.ingest.markup.nesting import flattened

FIELDS = ("id", "title", "body", "teaser", "date", "updated", "tags", "authors", "language", "image", "series", "url")
_ATTRIBUTES = {
    "date": ("datetime", "content"),
    "updated": ("datetime", "content"),
    "image": ("src", "content", "href"),
    "url": ("href", "content"),
    "language": ("lang", "content"),
}
"""Where the value of an element is, before its text."""
_SINGULAR = {"author": "authors", "tag": "tags", "address": "url", "permalink": "url"}


class Selectors:
    """The selectors of a source, by field."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        """Raises InvalidRequest for a field that a post does not have."""
        self._fields = fields
        self._by_field = {_SINGULAR.get(name, name): selector for name, selector in fields.items()}
        for name in self._by_field:
            if name not in FIELDS:
                raise InvalidRequest(name, f"no field of a post; those of pages are {', '.join(FIELDS)}")

    @property
    def body(self) -> str:
        """The selector of the main part; empty if it is not given."""
        return self._by_field.get("body", "")

    def named(self, values: Mapping[str, list[str]]) -> frozenset[str]:
        """Return which of the fields are among values that a page has. It has a body, or else it is no post."""
        return frozenset(name for name in self._fields if name == "body" or values.get(_SINGULAR.get(name, name)))

    def values(self, html: str) -> dict[str, list[str]]:
        """Return the texts that each field's selector finds. Raises InvalidRequest for an invalid selector."""
        selectors = {name: selector for name, selector in self._by_field.items() if name != "body"}
        if not selectors:
            return {}
        tree = LexborHTMLParser(flattened(html))
        return {name: _texts(tree, name, selector) for name, selector in selectors.items()}


def _texts(tree: LexborHTMLParser, name: str, selector: str) -> list[str]:
    try:
        nodes = tree.css(selector)
    except (SelectolaxError, ValueError) as error:
        raise InvalidRequest(name, f"{selector!r} is not a CSS selector") from error
    texts = []
    for node in nodes:
        attributes = (node.attributes.get(attribute) for attribute in (*_ATTRIBUTES.get(name, ()), "content"))
        value = next(filter(None, attributes), None) or text_of(node)
        texts.append(" ".join(value.split()))
    return [text for text in texts if text]
