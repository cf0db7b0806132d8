"""The texts of a post that are embedded: one for the whole post, and one for each sentence of teaser and body."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from semsearch.body_parts import body_parts
from semsearch.posts import Post
from semsearch.text import sentences

TEMPLATE = "title, teaser / sentence, 1"
"""Identifies what is encoded of a text. The cache of vectors is keyed by it and by the text itself."""

MAX_SENTENCES = 256
"""Sentences of a post that are embedded; the rest of the post is found by its words alone."""
_BODY_START_CHARACTERS = 2_000


@dataclass(frozen=True, slots=True)
class PostSentence:
    """A sentence of a post."""

    field: str
    """``teaser`` or ``body``."""
    start: int
    """Where it begins in the field, in code points."""
    end: int
    """Where it ends, exclusive."""
    headings: str = ""
    """The headings directly before it, one a line."""

    @property
    def span(self) -> tuple[str, int, int]:
        return self.field, self.start, self.end


def post_text(post: Post) -> str:
    """Return title and teaser, or title and the start of the body if there is no teaser."""
    return f"{post.title}\n{post.teaser or post.body[:_BODY_START_CHARACTERS]}".strip()


def sentences_of(post: Post) -> list[PostSentence]:
    """Return the sentences of teaser and body. Headings are none, unless a body has nothing else.

    A single sentence that is all of teaser or body is left out, since the text of the post says the same.
    """
    found = [PostSentence("teaser", *span) for span in sentences(post.teaser, post.language)]
    in_body = list(_of_body(post)) or [PostSentence("body", *span) for span in sentences(post.body, post.language)]
    found += in_body
    is_all = len(found) == 1 and sentence_texts(post, found) == [(post.teaser or post.body).strip()]
    return [] if is_all else found[:MAX_SENTENCES]


def sentence_texts(post: Post, found: list[PostSentence]) -> list[str]:
    """Return the text of each sentence, below its headings."""
    fields = {"teaser": post.teaser, "body": post.body}
    return [f"{one.headings}\n{fields[one.field][one.start : one.end]}".lstrip("\n") for one in found]


def _of_body(post: Post) -> Iterator[PostSentence]:
    for part in body_parts(post.body, post.sections):
        headings = part.headings
        for start, end in sentences(post.body[part.start : part.end], post.language):
            yield PostSentence("body", part.start + start, part.start + end, headings)
            headings = ""


@dataclass(frozen=True, slots=True)
class EncodedTexts:
    """What is embedded of a post, with the cache keys of the vectors."""

    sentences: list[PostSentence]
    """See :func:`sentences_of`."""
    post_key: bytes
    sentence_keys: list[bytes]


def encoded_texts(post: Post, key_of: Callable[[str, str], bytes]) -> EncodedTexts:
    """Return the texts of a post. ``key_of`` makes a cache key of a text and the name of the template."""
    found = sentences_of(post)
    keys = [key_of(text, TEMPLATE) for text in sentence_texts(post, found)]
    return EncodedTexts(found, key_of(post_text(post), TEMPLATE), keys)
