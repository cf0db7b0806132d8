from __future__ import annotations

import pytest

from semsearch.posts import Post, Section
from semsearch.rebuilding.texts import MAX_SENTENCES, post_text, sentence_texts, sentences_of

ONE, TWO, THREE = "The walrus came in from the ice.", "It ordered two cups of tea.", "Nobody was surprised by it."


def texts(post: Post) -> list[str]:
    return [post_text(post), *sentence_texts(post, sentences_of(post))]


def spans(post: Post) -> list[tuple[str, int, int]]:
    return [sentence.span for sentence in sentences_of(post)]


def in_post(post: Post) -> list[str]:
    """The sentences as they are in the post."""
    return [{"teaser": post.teaser, "body": post.body}[field][start:end] for field, start, end in spans(post)]


def with_sections(*parts: str | tuple[str], teaser: str = "", separator: str = "\n\n") -> Post:
    """A post of paragraphs, and of headings, which are tuples."""
    body, starts = "", []
    for part in parts:
        body += separator if body else ""
        if isinstance(part, tuple):
            starts.append((part[0], len(body)))
        body += part if isinstance(part, str) else part[0]
    ends = [*(start for _, start in starts[1:]), len(body)]
    sections = tuple(Section(title, "", start, end) for (title, start), end in zip(starts, ends, strict=True))
    return Post("a", "Title", teaser=teaser, body=body, sections=sections)


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
def test_these_texts_are_embedded(post: Post, embedded: list[str]) -> None:
    assert texts(post) == embedded


def test_spans_have_the_field_and_offsets_in_it() -> None:
    post = Post("a", "Title", teaser=f"🫖 {ONE}", body=f"  {TWO} {THREE} ")
    assert spans(post) == [("teaser", 0, 34), ("body", 2, 29), ("body", 30, 57)]
    assert in_post(post) == [f"🫖 {ONE}", TWO, THREE]


def test_the_start_of_the_body_is_used_without_a_teaser() -> None:
    body = "word " * 1_000
    assert post_text(Post("a", "Title", body=body)) == f"Title\n{body[:2_000].strip()}"


def test_the_number_of_sentences_is_limited_and_those_of_the_teaser_come_first() -> None:
    post = Post("a", "Title", teaser=ONE, body=" ".join([TWO] * 2 * MAX_SENTENCES))
    assert len(spans(post)) == MAX_SENTENCES
    assert [field for field, _, _ in spans(post)[:2]] == ["teaser", "body"]


@pytest.mark.parametrize("heading", ["Tea", "How the walrus ordered its tea", "茶"])
@pytest.mark.parametrize("separator", ["\n\n", "\n"])
def test_a_heading_is_no_passage_but_embedded_with_the_sentence_below_it(heading: str, separator: str) -> None:
    post = with_sections(ONE, (heading,), f"{TWO} {THREE}", separator=separator)
    assert in_post(post) == [ONE, TWO, THREE]
    assert sentence_texts(post, sentences_of(post)) == [ONE, f"{heading}\n{TWO}", THREE]


def test_no_passage_begins_or_ends_with_a_heading_although_short_sentences_are_joined() -> None:
    post = with_sections(("Menu",), "Tea.", ("Ice",), ONE, "No!", ("Ends",), "Really?")
    assert in_post(post) == ["Tea.", f"{ONE}\n\nNo!", "Really?"]
    assert sentence_texts(post, sentences_of(post)) == ["Menu\nTea.", f"Ice\n{ONE}\n\nNo!", "Ends\nReally?"]


def test_headings_without_text_between_them_belong_to_the_text_below_them() -> None:
    post = with_sections(("Walrus",), ("Tea",), ONE, ("Ends",))
    assert in_post(post) == [ONE]
    assert sentence_texts(post, sentences_of(post)) == [f"Walrus\nTea\n{ONE}"]


def test_a_body_of_headings_alone_has_them_as_passages() -> None:
    post = with_sections(("What the walrus drank",), ("Where the walrus slept",))
    assert in_post(post) == ["What the walrus drank", "Where the walrus slept"]


def test_the_only_sentence_below_a_heading_is_a_passage_as_the_whole_body_is_another_text() -> None:
    assert in_post(with_sections(("Tea",), ONE)) == [ONE]


def test_a_section_whose_title_is_not_in_the_body_cuts_no_sentence() -> None:
    body = f"{ONE} {TWO}"
    middle = len(ONE) // 2
    sections = (Section("A title", "", middle, len(body)), Section(TWO[:9], "", len(ONE) + 1, len(body)))
    assert in_post(Post("a", "Title", body=body, sections=sections)) == [ONE, TWO]
