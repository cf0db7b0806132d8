from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semsearch.index.lexical import LexicalIndex
from semsearch.search import Searcher
from semsearch.search.highlights import highlights, matching_words


@pytest.fixture(scope="module")
def lexical(demo: Searcher) -> LexicalIndex:
    return demo.snapshot.lexical


def _marked(text: str, question: str, lexical: LexicalIndex) -> str:
    """The text with the ranges in brackets."""
    for start, end in reversed(highlights(text, lexical.terms(question), lexical)):
        text = f"{text[:start]}[{text[start:end]}]{text[end:]}"
    return text


@pytest.mark.parametrize(
    ("question", "marked"),
    [
        ("proofs", "A [proof] of proving is a [Proof]."),
        ("math problems", "Solving [math problems], one [problem] at a time; [maths]"),
        ("problem math", "[math\n\t problem]"),  # white space alone between words: one range
        ("math problem", "[math], [problem]"),
        ("the of and", "Nothing of the kind and more"),
        ("nothing else", "No such word"),
        ("", "Some words"),
        ("maths", ""),
        ("cafe", "Le [CAFÉ] et le [café]"),
        ("robot", "😀😀 A 👨‍👩‍👧‍👦 [robot] 🤖 and [robots]"),
        ("naive", "𝄞 is a [naïve]𝄞 sign"),
        ("strasse", "Die [Straße]"),
        ("поиск", "Это [поиск]."),
        ("gpt 3", "The [GPT]-[3] model"),
        ("o'neill", "[O]'[Neill]"),
        ("lean", "clean leaner gleans; [lean]"),
    ],
)
def test_words_of_one_stem_are_marked_where_they_stand(question: str, marked: str, lexical: LexicalIndex) -> None:
    text = marked.replace("[", "").replace("]", "")
    assert _marked(text, question, lexical) == marked


def test_no_terms_mark_nothing(lexical: LexicalIndex) -> None:
    assert highlights("any text", (), lexical) == ()
    assert matching_words("any text", (), lexical) == []


_WORDS = st.sampled_from(
    [
        "math",
        "Maths",
        "proofs",
        "café",
        "cafe\u0301",
        "naïve",
        "😀",
        "𝄞",
        "the",
        "ﬁne",
        "İx",
        "Ω",
        "數學",
        "a\u0301b",
        "—",
    ]
)
_GAPS = st.sampled_from([" ", "  ", "\n", ", ", "-", "'", "\u00a0", "😀", ""])


@settings(max_examples=300, deadline=None)
@given(
    text=st.lists(st.tuples(_WORDS, _GAPS), max_size=12).map(lambda pairs: "".join(itertools.chain(*pairs))),
    question=st.lists(_WORDS, max_size=4).map(" ".join),
)
def test_ranges_are_in_order_and_hold_all_words_that_match_and_no_other(
    lexical: LexicalIndex, text: str, question: str
) -> None:
    terms = set(lexical.terms(question))
    ranges = highlights(text, terms, lexical)
    assert all(0 <= start < end <= len(text) for start, end in ranges)
    assert all(not text[end:start].isspace() for (_, end), (start, _) in itertools.pairwise(ranges))
    assert list(ranges) == sorted(ranges)
    inside = [word for start, end in ranges for word in lexical.words(text[start:end])]
    assert {word.term for word in inside} <= terms
    outside = text
    for start, end in reversed(ranges):
        outside = f"{outside[:start]} | {outside[end:]}"
    assert not terms & {word.term for word in lexical.words(outside)}


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=40))
def test_a_word_is_marked_in_its_own_text(lexical: LexicalIndex, text: str) -> None:
    words = lexical.words(text)
    found = matching_words(text, lexical.terms(text), lexical)
    assert found == words
    for start, end in highlights(text, [word.term for word in words], lexical):
        assert set(lexical.terms(text[start:end])) <= {word.term for word in words}


def test_hits_mark_title_teaser_and_passage_each_in_its_own_text(demo: Searcher) -> None:
    hit = demo.search("neural network that plays minecraft").hits[0]
    assert hit.id == "vpt"
    assert hit.passage is not None
    texts = {"title": hit.title, "teaser": hit.teaser, "passage": hit.passage.text}
    marked = {name: [texts[name][start:end] for start, end in ranges] for name, ranges in hit.highlights.items()}
    assert marked == {
        "title": ["Play Minecraft"],
        "teaser": ["neural network", "play Minecraft", "Minecraft play"],
        "passage": ["neural network", "play Minecraft", "Minecraft play"],
    }


def test_a_text_without_a_word_that_matches_is_not_named(demo: Searcher) -> None:
    hits = {hit.id: hit for hit in demo.search("olympiad").hits}
    assert set(hits["formal-math"].highlights) == {"title", "teaser", "passage"}
    assert hits["vpt"].highlights == {}
