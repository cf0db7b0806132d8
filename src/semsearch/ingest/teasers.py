"""The teaser of a post: what its author wrote as one, else what precedes the "more" marker, else the first paragraph."""

from __future__ import annotations

from dataclasses import dataclass

from semsearch.ingest.markup import ReadText


@dataclass(frozen=True, slots=True)
class Teaser:
    """A teaser."""

    text: str
    is_lost: bool


def choose_teaser(own: ReadText | None, body: ReadText) -> Teaser:
    """Choose the teaser."""
    if own is not None and own.prose:
        return Teaser(own.prose, own.teaser_lost)
    return Teaser(body.before_more or body.first_paragraph, body.teaser_lost)
