from __future__ import annotations

import pytest

from semsearch.posts import Post
from semsearch.rebuilding.texts import MAX_SENTENCES, TEMPLATE, post_text, sentence_spans, sentence_texts

ONE, TWO, THREE = "The walrus came in from the ice.", "It ordered two cups of tea.", "Nobody was surprised by it."


def texts(post: Post) -> list[str]:
    return [post_text(post), *sentence_texts(post, sentence_spans(post))]


@pytest.mark.parametrize(
    ("post", "embedded"),
    [
        (Post("a", "Title"), ["Title"]),
        (Post("a", "Title", teaser=ONE), [f"Title\n{ONE}"]),
        (Post("a", "Title", body=ONE), [f"Title\n{ONE}"]),
        (Post("a", "Title", teaser=f"{ONE} {TWO}"), [f"Title\n{ONE} {TWO}", ONE, TWO]),
        (Post("a", "Title", body=f"{ONE} {TWO}"), [f"Title\n{ONE} {TWO}", ONE, TWO]),
        (Post("a", "Title", teaser=ONE, body=f"{TWO}\n\n{THREE}"), [f"Title\n{ONE}", ONE, TWO, THREE]),
        (Post("a", "Title", teaser=ONE, body=ONE), [f"Title\n{ONE}", ONE, ONE]),
    ],
)
def test_the_template_names_these_texts(post: Post, embedded: list[str]) -> None:
    # Other texts need another name, or vectors of the old ones are taken for theirs.
    assert TEMPLATE == "title, teaser / sentence, 1"
    assert texts(post) == embedded


def test_spans_have_the_field_and_offsets_in_it() -> None:
    post = Post("a", "Title", teaser=f"🫖 {ONE}", body=f"  {TWO} {THREE} ")
    spans = sentence_spans(post)
    assert spans == [("teaser", 0, 34), ("body", 2, 29), ("body", 30, 57)]
    assert sentence_texts(post, spans) == [f"🫖 {ONE}", TWO, THREE]


def test_the_start_of_the_body_is_used_without_a_teaser() -> None:
    body = "word " * 1_000
    assert post_text(Post("a", "Title", body=body)) == f"Title\n{body[:2_000].strip()}"


def test_the_number_of_sentences_is_limited_and_those_of_the_teaser_come_first() -> None:
    post = Post("a", "Title", teaser=ONE, body=" ".join([TWO] * 2 * MAX_SENTENCES))
    spans = sentence_spans(post)
    assert len(spans) == MAX_SENTENCES
    assert [field for field, _, _ in spans[:2]] == ["teaser", "body"]
