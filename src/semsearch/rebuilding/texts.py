"""Which texts of a post are embedded? The whole of it, and each sentence that can be shown."""

from __future__ import annotations

from semsearch.posts import Post
from semsearch.text import sentences

TEMPLATE = "title, teaser / sentence, 1"
"""Names what the functions below do; a change to them is a new name, and no old vector is reused."""

MAX_SENTENCES = 256
"""Sentences of a post that are embedded; the words of the rest are still found."""
_STANDIN_CHARACTERS = 2_000


def whole_text(post: Post) -> str:
    """Title and teaser; the start of the body stands in where there is no teaser."""
    return f"{post.title}\n{post.teaser or post.body[:_STANDIN_CHARACTERS]}".strip()


def sentence_spans(post: Post) -> list[tuple[str, int, int]]:
    """The sentences of teaser and body as field and ``[start, end)``; none where there is only one, since the whole
    says the same."""
    spans = [
        (field, start, end)
        for field, text in (("teaser", post.teaser), ("body", post.body))
        if text
        for start, end in sentences(text, post.language)
    ]
    return spans[:MAX_SENTENCES] if len(spans) > 1 else []


def sentence_texts(post: Post, spans: list[tuple[str, int, int]]) -> list[str]:
    """The text of each span."""
    fields = {"teaser": post.teaser, "body": post.body}
    return [fields[field][start:end] for field, start, end in spans]
