"""A strict HTML parser for tests: every element must be closed in order."""

from __future__ import annotations

from html.parser import HTMLParser


class Page(HTMLParser):
    """The tags of a page, in order, and the texts of its elements."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self._open: list[tuple[str, int]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "link", "input", "img"):
            texts = self.texts.setdefault(tag, [])
            self._open.append((tag, len(texts)))
            texts.append("")

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        for tag, place in self._open:
            self.texts[tag][place] += data

    def links(self) -> list[str]:
        return [attributes["href"] or "" for tag, attributes in self.tags if tag == "a"]

    def links_out(self) -> list[str]:
        """Return the links to posts, not to other pages of the service."""
        return [link for link in self.links() if not link.startswith(("search?", "related?"))]

    def values(self, name: str) -> list[str | None]:
        """Return the values of the form controls with a name."""
        return [attributes.get("value") for tag, attributes in self.tags if attributes.get("name") == name]
