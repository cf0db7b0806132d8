"""An XML file → what the feed says about itself, and its items."""

from __future__ import annotations

import copy
import dataclasses
import re
from collections.abc import Iterator

from semsearch.ingest.entries import Note, Place
from semsearch.ingest.feeds import atom, rss
from semsearch.ingest.feeds.item import Channel, Item
from semsearch.ingest.feeds.names import Children, base_of, inherited, name_of
from semsearch.ingest.files import Files
from semsearch.ingest.named_fields import fields_of_element
from semsearch.ingest.parsing.xml_decoding import decoded
from semsearch.ingest.parsing.xml_stream import Element, XmlFile

_ITEMS = ("item", "atom:entry", "entry", "?:item", "?:entry")
_CHANNELS = ("channel", "atom:feed", "feed", "rdf:RDF", "rss", "?:channel", "?:feed")
_OF_CHANNEL = (
    "title", "dc:title", "link", "language", "image", "textinput", "textInput", "dc:language", "dc:creator",
    "itunes:author", "itunes:category", "itunes:explicit", "itunes:image", "itunes:owner",
    "atom:title", "atom:link", "atom:author", "author",
)  # fmt: skip
"""Parts of a channel. Of ``image`` and ``textinput``, nothing is used, but they have titles and links of their own."""
_PRINTED_BEFORE = 4_000
"""So far into the file the XML may begin, behind warnings that a program printed."""
_ROOT = re.compile(r"<([A-Za-z_][\w.:-]*)((?:\s[^<>]*)?)>")
_NO_ELEMENT = re.compile(
    r"<!--.*?(?:-->|\Z)|<\?.*?(?:\?>|\Z)|<!DOCTYPE[^>\[]*(?:\[.*?\]\s*)?>", re.DOTALL | re.IGNORECASE
)
_RSS_IN_RDF = re.compile(r"purl\.org/rss/1\.0/|netscape\.com/rdf/simple/0\.9/")


def root_of(files: Files, path: str) -> str:
    """Return which feed a file is by its root element: ``RSS``, ``RDF`` or ``Atom``; empty if it is none.

    Exports that look like a feed are none: those of WordPress and Blogger.
    """
    with files.open(path) as stream:
        start = next(decoded(stream))
    declaration = start.find("<?xml", 0, _PRINTED_BEFORE)
    text = _NO_ELEMENT.sub("", start[max(0, declaration) :])
    root = _ROOT.search(text)
    if root is None or text[: root.start()].strip():
        return ""
    name = root[1].rpartition(":")[2]
    is_export = "wordpress.org/export/" in root[2] or "<wp:wxr_version" in text or _is_blogger_export(text)
    if name == "rss" and not is_export:
        return "RSS"
    if name == "RDF" and _RSS_IN_RDF.search(root[2]):
        return "RDF"
    return "Atom" if name == "feed" and not is_export else ""


def read_channel(files: Files, path: str) -> Channel:
    """Read what a feed says about itself, wherever in the file it does."""
    parts: list[Element] = []
    base = language = prefix = ""
    for element in XmlFile(files, path).elements(*_OF_CHANNEL, *_ITEMS):
        parent = element.getparent()
        if name_of(element) not in _ITEMS and name_of(parent) in _CHANNELS:
            parts.append(copy.deepcopy(element))
            base, language = base_of(parent) or base, inherited(parent, "lang") or language
            prefix = name_of(parent).rpartition(":")[0]
    children = Children(parts, "" if prefix == "rdf" else prefix)
    read = atom.channel if prefix == "atom" else rss.channel
    return read(children, base, language)


def read_items(files: Files, path: str, *, with_fields: bool = False) -> Iterator[Item | Note]:
    """Yield the items of a feed in its order, and notes on what was mended or lost.

    ``with_fields``: with :attr:`Item.fields`.
    """
    file = XmlFile(files, path)
    for element in file.elements(*_ITEMS):
        place = Place(path, element.sourceline)
        read = rss.item if name_of(element).endswith("item") else atom.item
        item = read(element, place, base_of(element))
        yield dataclasses.replace(item, fields=fields_of_element(element)) if with_fields else item
    yield from file.notes()


def _is_blogger_export(text: str) -> bool:
    return "schemas.google.com/blogger/2008/kind#" in text or re.search(r"<blogger:(?:type|status)\b", text) is not None
