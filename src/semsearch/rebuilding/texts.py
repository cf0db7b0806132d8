"""The texts of a post that are embedded: one for the whole post, and one for each sentence of teaser and body."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from semsearch.posts import Post
from semsearch.text import sentences

TEMPLATE = "title, teaser / sentence, 1"
"""Identifies how the functions below make texts. Change it whenever they change, so that no old vector is reused."""

MAX_SENTENCES = 256
"""Sentences of a post that are embedded; the rest of the post is found by its words alone."""
_BODY_START_CHARACTERS = 2_000


def post_text(post: Post) -> str:
    """Return title and teaser, or title and the start of the body if there is no teaser."""
    return f"{post.title}\n{post.teaser or post.body[:_BODY_START_CHARACTERS]}".strip()


def sentence_spans(post: Post) -> list[tuple[str, int, int]]:
    """Return the sentences of teaser and body as field and ``[start, end)``.

    A single sentence is left out, since the text of the post says the same.
    """
    spans = [
        (field, start, end)
        for field, text in (("teaser", post.teaser), ("body", post.body))
        if text
        for start, end in sentences(text, post.language)
    ]
    return spans[:MAX_SENTENCES] if len(spans) > 1 else []


def sentence_texts(post: Post, spans: list[tuple[str, int, int]]) -> list[str]:
    """Return the text of each span."""
    fields = {"teaser": post.teaser, "body": post.body}
    return [fields[field][start:end] for field, start, end in spans]


@dataclass(frozen=True, slots=True)
class EncodedTexts:
    """What is embedded of a post, with the cache keys of the vectors."""

    spans: list[tuple[str, int, int]]
    """See :func:`sentence_spans`."""
    post_key: bytes
    sentence_keys: list[bytes]


def encoded_texts(post: Post, key_of: Callable[[str, str], bytes]) -> EncodedTexts:
    """Return the texts of a post. ``key_of`` makes a cache key of a text and the name of the template."""
    spans = sentence_spans(post)
    keys = [key_of(text, TEMPLATE) for text in sentence_texts(post, spans)]
    return EncodedTexts(spans, key_of(post_text(post), TEMPLATE), keys)
