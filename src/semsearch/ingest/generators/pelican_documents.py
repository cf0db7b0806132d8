"""A document of a Pelican site → its metadata: from the file, from its name and path, and the defaults."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from semsearch.ingest.entries import Format, Markup, Note, Place, Severity
from semsearch.ingest.generators.config_text import read_text
from semsearch.ingest.generators.pelican_config import PelicanConfig
from semsearch.ingest.parsing import header_lines
from semsearch.ingest.parsing.header_lines import HeadedText
from semsearch.ingest.sites.documents import FORMATS, SiteDocument, read_document
from semsearch.ingest.sites.site import Site
from semsearch.ingest.sites.values import Fields
from semsearch.ingest.templates.admonitions import without_indented_blocks
from semsearch.ingest.templates.plugin_tags import without_tags

_LISTS = frozenset(("tags", "authors", "keywords"))
_FIRST_COUNTS = frozenset(("date", "modified", "status", "category", "author", "save_as", "url", "slug", "title"))
"""Fields of which Pelican takes the first value only."""
_LIST_ITEM = re.compile(r"[-*+][ \t]+")
_READERS = {
    Format.MARKDOWN: header_lines.of_markdown,
    Format.RST: header_lines.of_rst,
    Format.HTML: header_lines.of_html,
}


def read(site: Site, config: PelicanConfig, path: str, path_in_content: str) -> tuple[SiteDocument | None, list[Note]]:
    """Read a document by its path in the source. None: it cannot be read, which a note says.

    Fields have the names and lists of Pelican; those of the file win over those of its name, its path and the defaults.
    """
    document, notes = read_document(site, path)
    if document is None or not document.has_front_matter:
        headed = _READERS[FORMATS[PurePosixPath(path).suffix.lower()]](
            read_text(site.source, path) if document is None else document.body.text
        )
        if document is None and not headed.fields:
            return None, notes
        document = _with_header(site, path, headed)
        notes = [note for note in notes if note.severity is not Severity.BROKEN]
    text = document.body.text
    if document.body.format is Format.MARKDOWN:
        text = without_indented_blocks(without_tags(text))
    fields = {**config.defaults, **dict(_of_path(config, path_in_content)), **document.fields}
    return document.with_fields(fields).with_text(text), notes


def split_list(text: str) -> list[str]:
    """Split tags or authors: at semicolons if there is one, else at commas, and at lines."""
    lines = [_LIST_ITEM.sub("", line.strip()) for line in text.split("\n")]
    if len(lines) > 1 and _LIST_ITEM.match(text):
        return lines
    joined = " ".join(line if line.endswith((",", ";")) or line is lines[-1] else f"{line}," for line in lines)
    return [part.strip() for part in joined.split(";" if ";" in text else ",")]


def _with_header(site: Site, path: str, headed: HeadedText) -> SiteDocument:
    suffix = PurePosixPath(path).suffix.lower()
    body = Markup(headed.body, FORMATS[suffix])
    fields = Fields(_values(headed.fields))
    return SiteDocument(Place(path), site.path_in_site(path), fields, body, bool(fields))


def _values(fields: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[str, Any]]:
    for key, values in fields.items():
        name = "tags" if key == "keywords" and "tags" not in fields else key
        if name in _LISTS:
            yield name, [part for value in values for part in split_list(value) if part]
        elif name in _FIRST_COUNTS:
            yield name, " ".join(values[0].split())
        else:
            yield name, "\n".join(values)


def _of_path(config: PelicanConfig, path: str) -> Iterator[tuple[str, str]]:
    """Yield the metadata that the folder, the path and the file name give, in this order."""
    folder = PurePosixPath(path).parent
    is_kind = f"{folder.as_posix()}/" in (*config.article_folders, *config.page_folders)
    if config.has_folder_categories and not is_kind and not folder.name.isdigit():
        yield "category", folder.name
    for pattern, text in ((config.path_pattern, path), (config.filename_pattern, PurePosixPath(path).stem)):
        try:
            match = re.match(pattern, text) if pattern else None
        except re.error:
            continue
        if match:
            yield from ((key.lower(), value) for key, value in match.groupdict().items() if value)
