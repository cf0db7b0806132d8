"""An XML file, however large or broken → its elements of certain names one by one, and what was mended or lost.

Nothing outside of the file is read, no entities are expanded, and memory holds one element at a time.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lxml import etree

from semsearch.errors import SourceUnreadable
from semsearch.ingest.entries import Note, Place, Severity
from semsearch.ingest.files import Files
from semsearch.ingest.parsing.xml_decoding import decoded
from semsearch.ingest.parsing.xml_mending import MAX_TOLD, Mender, Problem
from semsearch.ingest.parsing.xml_names import usual_name

Element = Any
"""An element of lxml, which has no types."""
MAX_FILE_BYTES = 1_000_000_000
"""A larger file is refused at once. WordPress splits its exports far below."""
MAX_ELEMENT_CHARACTERS = 64 * 1024 * 1024
"""Of one element that is yielded, or between two of them. Memory stays below 500 MB."""
MAX_ELEMENT_PIECES = 500_000
"""Tags, attributes and mended places of one element that is yielded, or between two of them."""
MAX_ITEMS = 500_000
"""Maximum number of items in one file. With that many real posts it would be larger than :data:`MAX_FILE_BYTES`."""
MIN_CHARACTERS = 60
"""Minimum size of an item on average: about that of a title and a link. Checked for more than :data:`_FEW` items."""
_FEW = 10_000
_ITEM_TAGS = (b"item>", b"entry>")
_CHUNK = 1024 * 1024
_SEEN_BY_MENDER = ("ERR_TAG_NOT_FINISHED", "ERR_CDATA_NOT_FINISHED", "NS_ERR_UNDEFINED_NAMESPACE")


class XmlFile:
    """An XML file of a source, to be read once."""

    def __init__(self, files: Files, path: str) -> None:
        """Raises SourceUnreadable for a file above :data:`MAX_FILE_BYTES` or :data:`MAX_ITEMS`."""
        self._files, self._path = files, path
        self._mender = Mender()
        self._parser = etree.XMLPullParser(
            events=("start", "end"),
            recover=True,
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            huge_tree=False,
            encoding="utf-8",
        )
        self._open: list[Element] = []
        self._is_root_open = False
        self._problems: list[Problem] = []
        self._characters = self._all_characters = self._items = 0
        self._pieces_before = 0
        if files.size(path) > MAX_FILE_BYTES:
            raise self._unreadable(f"it is larger than {MAX_FILE_BYTES / 1e9:.0f} GB; split it")
        if files.size(path) > _FEW * MIN_CHARACTERS:
            self._check_items(self._tags() // 2, files.size(path))

    def elements(self, *names: str) -> Iterator[Element]:
        """Yield the elements of these names (see :func:`usual_name`) in order of their ends; each is emptied after use.

        Inside an element that is yielded, others are not looked for, as an item may have a ``title`` like its channel.
        An element that the file ends in is not yielded; :meth:`notes` tells of it. Raises SourceUnreadable for what is
        no XML, or where one element is larger than the limits.
        """
        wanted = frozenset(names)
        with self._files.open(self._path) as stream:
            for text in decoded(stream):
                self._parser.feed(self._mender.feed(text))
                yield from self._finished(wanted)
                self._characters += len(text)
                self._all_characters += len(text)
                self._check_limits()
        self._parser.feed(self._mender.feed("", is_last=True))
        yield from self._finished(wanted)
        self._close()

    def notes(self) -> Iterator[Note]:
        """Tell what was mended or lost, to be asked once all elements were read."""
        for problem in sorted((*self._mender.problems, *self._problems), key=lambda problem: problem.line):
            is_broken = problem.reason == "cut off"
            severity = Severity.BROKEN if is_broken else Severity.WARNING
            yield Note(Place(self._path, problem.line), severity, problem.reason, problem.detail)
        for reason, count in self._mender.counts.items():
            if count > MAX_TOLD:
                detail = f"{count - MAX_TOLD:,} more in this file"
                yield Note(Place(self._path), Severity.WARNING, reason, detail)

    def _finished(self, wanted: frozenset[str]) -> Iterator[Element]:
        for event, element in self._parser.read_events():
            name = usual_name(element.tag) if isinstance(element.tag, str) else ""
            if event == "start":
                self._is_root_open = True
                if name in wanted and (not self._open or element.tag == self._open[-1].tag):
                    self._open.append(element)
            elif self._open and element is self._open[-1]:
                self._open.pop()
                self._items += 1
                yield element
                self._empty(element)
                self._characters = 0
                self._pieces_before = self._mender.piece_count
            elif not self._open:
                self._empty(element)
                self._is_root_open = element.getparent() is not None

    def _empty(self, element: Element) -> None:
        """Free the memory of an element and, if no open element needs them, of those before it."""
        element.clear(keep_tail=True)
        if not self._open and (parent := element.getparent()) is not None:
            while parent[0] is not element:
                del parent[0]

    def _tags(self) -> int:
        """Count the tags that begin and end items, before any is parsed: it takes half a second for a gigabyte."""
        with self._files.open(self._path) as stream:
            return sum(chunk.count(tag) for chunk in iter(lambda: stream.read(_CHUNK), b"") for tag in _ITEM_TAGS)

    def _check_items(self, items: int, characters: int) -> None:
        """Refuse a file of too many items, and one of items that are too short for posts."""
        if items > MAX_ITEMS:
            raise self._unreadable(f"it has more than {MAX_ITEMS:,} items; split it")
        if items > _FEW and characters < items * MIN_CHARACTERS:
            size = f"{characters / items:.0f} characters on average"
            raise self._unreadable(f"it has {items:,} items and more, of {size}; these are no posts")

    def _check_limits(self) -> None:
        self._check_items(self._items, self._all_characters)
        if self._characters > MAX_ELEMENT_CHARACTERS:
            size = f"{MAX_ELEMENT_CHARACTERS // 1024**2} million characters"
            raise self._unreadable(f"more than {size} of it belong to one element, or to none that is a post")
        if self._mender.piece_count - self._pieces_before > MAX_ELEMENT_PIECES:
            count = f"{MAX_ELEMENT_PIECES:,} tags, attributes and mended places"
            raise self._unreadable(f"more than {count} of it belong to one element, or to none that is a post")

    def _close(self) -> None:
        """End the parse; what libxml2 closes only now was cut off."""
        was_open, begun = self._is_root_open, self._open[0].sourceline if self._open else None
        last_line = self._mender.line
        try:
            self._parser.close()
        except etree.XMLSyntaxError as error:
            raise self._unreadable("it is no XML") from error
        log = list(self._parser.feed_error_log)
        if any(entry.type_name == "ERR_DOCUMENT_EMPTY" for entry in log):
            raise self._unreadable("it is no XML")
        self._problems += [
            Problem(entry.line, "damaged XML", entry.message.strip())
            for entry in log
            if entry.type_name not in _SEEN_BY_MENDER
        ]
        if was_open:
            begun_at = "" if begun is None else f", in an element that begins on line {begun}, which is lost"
            detail = f"the file ends on line {last_line}{begun_at}; what was whole before is kept. Export it again"
            self._problems.append(Problem(begun or last_line, "cut off", detail))

    def _unreadable(self, reason: str) -> SourceUnreadable:
        location = self._files.location
        return SourceUnreadable(location if self._files.is_file else location / self._path, reason)


def text_of(element: Element | None) -> str:
    """Return all text inside an element, stripped; empty for None."""
    return "" if element is None else "".join(element.itertext(etree.Element)).strip()


def child(element: Element, name: str) -> Element | None:
    """Return the first child of this usual name."""
    return next(children(element, name), None)


def children(element: Element, name: str) -> Iterator[Element]:
    """Yield the children of this usual name."""
    return (part for part in element if isinstance(part.tag, str) and usual_name(part.tag) == name)
