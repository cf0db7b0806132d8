"""Front matter → whether readers of the site see a document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from semsearch.ingest.entries import Status
from semsearch.ingest.sites.values import as_text, found, is_true

_NAMES = ("draft", "published", "unpublished", "private", "hidden", "unlisted", "status")
_BY_WORD = {
    "draft": Status.DRAFT,
    "unpublished": Status.DRAFT,
    "skip": Status.DRAFT,
    "hidden": Status.PRIVATE,
    "private": Status.PRIVATE,
    "unlisted": Status.PRIVATE,
    "page": Status.PAGE,
}


def status_of(fields: Mapping[str, Any]) -> Status:
    """Return what ``draft``, ``published``, ``hidden`` and the like say; PUBLISHED where they say nothing."""
    said = dict(found(fields, _NAMES))
    flags = {name: is_true(value) for name, value in said.items()}
    if flags.get("draft") or flags.get("published") is False or flags.get("unpublished"):
        return Status.DRAFT
    if flags.get("private") or flags.get("hidden") or flags.get("unlisted"):
        return Status.PRIVATE
    return _BY_WORD.get(as_text(said.get("status")).lower(), Status.PUBLISHED)
