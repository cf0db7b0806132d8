"""Which text is the teaser of a post."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from semsearch.ingest.entries import HOLE, Format, Markup
from semsearch.ingest.markup import ReadText, read
from semsearch.ingest.teasers import Teaser, choose_teaser, shortened

BODY = "The first paragraph has several words.\n\n<!--more-->\n\nThe second paragraph has them as well."
SENTENCE = "Each of these sentences has nearly ninety characters, so that four of them are too long. "


def markdown(text: str) -> ReadText:
    return read(Markup(text, Format.MARKDOWN))


def test_what_the_author_wrote_as_a_teaser_wins() -> None:
    assert choose_teaser(markdown("An *own* teaser."), markdown(BODY)) == Teaser("An own teaser.", is_lost=False)


def test_what_precedes_the_marker_comes_next() -> None:
    assert choose_teaser(None, markdown(BODY)).text == "The first paragraph has several words."


def test_first_paragraph_comes_last() -> None:
    body = markdown("# Title\n\nThe first paragraph has several words.\n\nThe second one too, of course.")

    assert choose_teaser(None, body).text == "The first paragraph has several words."


def test_own_teaser_without_text_is_none() -> None:
    assert choose_teaser(markdown("![picture](a.png)"), markdown(BODY)).text == "The first paragraph has several words."


def test_own_teaser_that_is_a_heading_alone_is_kept() -> None:
    assert choose_teaser(markdown("# All about it"), markdown(BODY)).text == "All about it"


def test_sentences_before_a_hole_stay_and_the_loss_is_said() -> None:
    own = markdown(f"We are happy with the result. Today we release Ruby {HOLE}. It is fast.")

    assert choose_teaser(own, markdown(BODY)) == Teaser("We are happy with the result.", is_lost=True)


def test_body_stands_in_for_an_own_teaser_that_is_lost() -> None:
    lost = choose_teaser(markdown(f"Today we release Ruby {HOLE}."), markdown(BODY))

    assert lost == Teaser("The first paragraph has several words.", is_lost=True)


def test_paragraph_after_a_hole_stands_in_for_the_first() -> None:
    body = markdown(f"Today we release Ruby {HOLE} to everyone.\n\nIt has several new features in it.")

    assert choose_teaser(None, body) == Teaser("It has several new features in it.", is_lost=True)


def test_hole_after_the_teaser_is_no_loss() -> None:
    body = markdown(f"It has several new features in it.\n\nToday we release Ruby {HOLE} to everyone.")

    assert choose_teaser(None, body) == Teaser("It has several new features in it.", is_lost=False)


def test_long_paragraph_is_cut_at_the_end_of_a_sentence() -> None:
    assert shortened((SENTENCE * 9).strip()) == (SENTENCE * 3).strip()


def test_paragraph_a_little_too_long_is_not_cut() -> None:
    assert shortened("word " * 70) == "word " * 70


def test_sentence_without_an_end_is_cut_after_a_word() -> None:
    assert shortened("abcdefghi " * 100) == "abcdefghi " * 29 + "abcdefghi…"


def test_text_without_spaces_is_cut_all_the_same() -> None:
    assert len(shortened("字" * 1_000)) == 301


def test_link_to_the_rest_is_no_part_of_a_teaser() -> None:
    own = markdown("The first words of it […] Continue reading The whole title →")

    assert choose_teaser(own, markdown(BODY)).text == "The first words of it …"


def test_teaser_as_long_as_a_book_is_cut() -> None:
    assert len(choose_teaser(markdown(SENTENCE * 1_000), markdown(BODY)).text) < 500


@given(st.text(st.characters(codec="utf-8"), min_size=361, max_size=2_000))
@settings(max_examples=50, deadline=None)
def test_cut_text_begins_the_text(text: str) -> None:
    cut = shortened(text)

    assert text.startswith(cut.removesuffix("…"))
    assert len(cut) <= 501
