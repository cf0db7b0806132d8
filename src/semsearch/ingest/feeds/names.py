"""The parts of an element of a feed, by their usual names."""

from __future__ import annotations

from collections.abc import Iterable

from semsearch.ingest.parsing.xml_names import usual_name
from semsearch.ingest.parsing.xml_stream import Element, text_of
from semsearch.ingest.web_addresses import joined


def name_of(element: Element) -> str:
    """Return the usual name of an element; empty for a comment or None."""
    return usual_name(element.tag) if element is not None and isinstance(element.tag, str) else ""


class Children:
    """The children of an element by name, in Atom with and without the prefix: ``atom:title`` is ``title`` as well."""

    def __init__(self, children: Iterable[Element], own_prefix: str = "") -> None:
        """``own_prefix``: of the name of their parent."""
        self._by_name: dict[str, list[Element]] = {}
        for child in children:
            name = name_of(child)
            prefix, _, local = name.rpartition(":")
            for key in {name, local} if prefix == own_prefix else {name}:
                self._by_name.setdefault(key, []).append(child)

    def all(self, *names: str) -> list[Element]:
        """The elements of these names, those of the first name first."""
        return [element for name in names for element in self._by_name.get(name, ())]

    def first(self, *names: str) -> Element | None:
        """The first element of the first of these names that is there."""
        return next(iter(self.all(*names)), None)

    def text(self, *names: str) -> str:
        """The first text of these names that is not blank, without spaces around it; empty without one."""
        return next(iter(self.texts(*names)), "")

    def texts(self, *names: str) -> tuple[str, ...]:
        """All texts of these names that are not blank, without spaces around them."""
        return tuple(filter(None, map(text_of, self.all(*names))))


def children_of(element: Element) -> Children:
    """Return the children of an element by name."""
    return Children(element, name_of(element).rpartition(":")[0])


def attribute(element: Element, name: str) -> str:
    """Return an attribute of any namespace by its local name, without case; empty if it is missing."""
    value = element.get(name)
    if value is None:
        wanted = name.lower()
        pairs = element.attrib.items()
        value = next((text for key, text in pairs if key.rpartition("}")[2].rpartition(":")[2].lower() == wanted), "")
    return str(value).strip()


def inherited(element: Element, name: str) -> str:
    """Return an attribute of an element or of the nearest element around it that has it; empty if none has."""
    while element is not None:
        if value := attribute(element, name):
            return value
        element = element.getparent()
    return ""


def base_of(element: Element) -> str:
    """Return the address that links in an element are relative to, by ``xml:base`` of it and those around it."""
    base = ""
    while element is not None:
        base = joined(attribute(element, "base"), base) if base else attribute(element, "base")
        element = element.getparent()
    return base
