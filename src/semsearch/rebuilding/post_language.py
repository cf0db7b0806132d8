"""The languages of posts: detected where a post declares none, and compared with those of the model."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from semsearch.analysis.language_detection import MAX_CHARACTERS, detect_language
from semsearch.posts import Post

MANY_POSTS = 0.1
"""The share of posts in languages that the model does not know from which a rebuild warns."""


def with_detected_language(post: Post) -> Post:
    """Return the post with its detected language; unchanged if it declares one, or none is sure."""
    if post.language is not None:
        return post
    text = "\n".join(filter(None, (post.title, post.teaser, post.body[:MAX_CHARACTERS])))
    language = detect_language(text)
    return post if language is None else replace(post, language=language)


def unknown_languages(languages: Mapping[str, int], known: Collection[str]) -> dict[str, int]:
    """Return the languages of a corpus that a model does not know, with their posts, if these are many.

    ``languages``: posts by ISO 639 code. ``known``: the languages of the model; none if it does not name them.
    """
    unknown = {code: posts for code, posts in languages.items() if code not in known}
    is_many = sum(unknown.values()) >= MANY_POSTS * sum(languages.values())
    return unknown if known and is_many else {}
