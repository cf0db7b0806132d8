"""The documents of a site → which of its folders hold posts, for generators that do not say it.

A folder most of whose documents are dated holds posts; another one holds pages, such as a manual. Where nothing is
dated, all folders do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from semsearch.ingest.sites.dating import PUBLISHED, dates_of, paths_with_date
from semsearch.ingest.sites.documents import read_document
from semsearch.ingest.sites.site import Site

SAMPLE = 20
"""Documents of each folder that are looked into."""


def sections_with_posts(documents: Iterable[tuple[str, str]], is_dated: Callable[[str], bool]) -> frozenset[str]:
    """Return the folders that hold posts. ``documents``: folder and path of each document."""
    by_section: dict[str, list[str]] = {}
    for section, path in documents:
        by_section.setdefault(section, []).append(path)
    dated = frozenset(section for section, paths in by_section.items() if _most_are_dated(paths, is_dated))
    return dated or frozenset(by_section)


def has_date(site: Site, path: str, names: tuple[str, ...] = PUBLISHED) -> bool:
    """Tell whether a document, by its path in the source, has a date in its front matter or path."""
    document, _ = read_document(site, path)
    if document is None:
        return False
    return (
        dates_of(document.fields, document.place, paths_with_date(document.fields, document.path), names, ()).date
        is not None
    )


def _most_are_dated(paths: list[str], is_dated: Callable[[str], bool]) -> bool:
    sample = paths[:: max(1, len(paths) // SAMPLE)][:SAMPLE]
    return 2 * sum(map(is_dated, sample)) >= len(sample)
