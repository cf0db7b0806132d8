"""Front matter → whether readers of the site see a document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from semsearch.ingest.entries import Status
from semsearch.ingest.sites.values import flag, is_true, lookup, text_of

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
    if flag(fields, "draft") or is_true(lookup(fields, "published")) is False or flag(fields, "unpublished"):
        return Status.DRAFT
    if flag(fields, "private") or flag(fields, "hidden") or flag(fields, "unlisted"):
        return Status.PRIVATE
    return _BY_WORD.get(text_of(fields, "status").lower(), Status.PUBLISHED)
