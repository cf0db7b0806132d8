"""Post → object of the post format, with its keys in a fixed order and without empty ones."""

from __future__ import annotations

from typing import Any

from semsearch.posts import Post


def record_of(post: Post, post_id: str | None = None) -> dict[str, Any]:
    """Return the object of a line of a corpus. ``post_id`` replaces the id of the post."""
    fields = {
        "id": post_id or post.id,
        "title": post.title,
        "teaser": post.teaser,
        "url": post.url,
        "date": post.date,
        "updated": post.updated,
        "tags": list(post.tags),
        "authors": list(post.authors),
        "language": post.language,
        "series": post.series,
        "translation_of": post.translation_of,
        "image": post.image,
        "sections": [
            {"title": section.title, "anchor": section.anchor, "start": section.start, "end": section.end}
            for section in post.sections
        ],
        "body": post.body,
    }
    known = {key: value for key, value in fields.items() if value}
    return known | {key: value for key, value in post.extra.items() if key not in fields}
