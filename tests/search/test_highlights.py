from __future__ import annotations

import itertools
import unicodedata
from pathlib import Path

import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from semsearch.analysis.stems import Analyzer
from semsearch.search import Searcher
from semsearch.search.highlights import highlights
from tests.search.fakes import planted, searcher_of

ANALYZER = Analyzer()


def _marked(text: str, question: str, language: str | None = None) -> str:
    """The text with the ranges in brackets."""
    terms = ANALYZER.terms(question, language)
    for start, end in reversed(highlights(text, terms, ANALYZER, language)):
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
        ("o'neill", "[O'Neill]"),
        ("lean", "clean leaner gleans; [lean]"),
    ],
)
def test_words_with_the_same_stem_are_highlighted(question: str, marked: str) -> None:
    text = marked.replace("[", "").replace("]", "")
    assert _marked(text, question) == marked


def test_stemming_uses_the_language_of_the_text() -> None:
    text = "Die Häuser, the houses"
    assert _marked(text, "Haus", "de") == "Die [Häuser], the houses"
    assert _marked(text, "house") == "Die Häuser, the [houses]"


def test_no_terms_give_no_ranges() -> None:
    assert highlights("any text", (), ANALYZER) == ()


_GRAPHEMES = [  # each is one character to a reader
    "e\u0323\u0301",  # a letter and two accents, of which no single code point is made
    "\u0928\u093f",  # a Devanagari letter and its vowel sign
    "👨‍👩‍👧‍👦",
    "👍🏽",
    "🇩🇪",
    "1\ufe0f\u20e3",  # keycap one
    "\u1112\u1161\u11ab",  # a Hangul syllable of three parts
]


@pytest.mark.parametrize("grapheme", _GRAPHEMES)
@pytest.mark.parametrize("around", ["{}", "lean {} lean", "{}{}", "lean{}lean", "{}, lean"])
def test_ranges_do_not_split_graphemes(grapheme: str, around: str) -> None:
    text = around.replace("{}", grapheme)
    places = {match.span()[0] for match in regex.finditer(r"\X", text)} | {len(text)}
    for size in range(1, len(grapheme) + 1):  # whatever part of it is a word
        for start in range(len(grapheme) - size + 1):
            terms = {"lean", *ANALYZER.terms(grapheme), *ANALYZER.terms(grapheme[start : start + size])}
            for begin, end in highlights(text, terms, ANALYZER):
                assert {begin, end} <= places


def test_range_is_extended_to_the_end_of_a_grapheme() -> None:
    tagged = "x\U000e0041"
    (word,) = ANALYZER.for_language().words(tagged)
    assert word.end < len(tagged)
    assert highlights(f"No. {tagged}!", [word.term], ANALYZER) == ((4, 6),)


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


@settings(max_examples=100, deadline=None)
@given(
    text=st.lists(st.tuples(_WORDS, _GAPS), max_size=12).map(lambda pairs: "".join(itertools.chain(*pairs))),
    question=st.lists(_WORDS, max_size=4).map(" ".join),
)
def test_ranges_are_ordered_and_cover_exactly_the_matching_words(text: str, question: str) -> None:
    terms = set(ANALYZER.terms(question))
    ranges = highlights(text, terms, ANALYZER)
    words = [word for word in ANALYZER.for_language().words(text) if word.term in terms]
    characters = {match.start() for match in regex.finditer(r"\X", text)} | {len(text)}
    assert all(0 <= start < end <= len(text) for start, end in ranges)
    assert {place for both in ranges for place in both} <= characters
    assert all(end < start or not text[end:start].isspace() for (_, end), (start, _) in itertools.pairwise(ranges))
    assert all(end <= start for (_, end), (start, _) in itertools.pairwise(ranges))
    for word in words:
        assert any(start <= word.start and word.end <= end for start, end in ranges)
    for start, end in ranges:
        covered = {place for word in words for place in range(word.start, word.end)}
        beyond = [text[place] for place in range(start, end) if place not in covered]
        assert all(one.isspace() or unicodedata.category(one)[0] in "MCS" for one in beyond)


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=40))
def test_every_word_of_a_text_matches_itself(text: str) -> None:
    words = ANALYZER.for_language().words(text)
    ranges = highlights(text, {word.term for word in words}, ANALYZER)
    assert all(any(start <= word.start and word.end <= end for start, end in ranges) for word in words)


def test_hits_have_highlights_of_title_teaser_and_passage(demo: Searcher) -> None:
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


def test_text_without_matching_words_has_no_highlights_entry(demo: Searcher) -> None:
    hits = {hit.id: hit for hit in demo.search("olympiad").hits}
    assert set(hits["formal-math"].highlights) == {"title", "teaser", "passage"}
    assert set(hits["vpt"].highlights) == {"teaser", "passage"}  # its passage, which is a part of its teaser


def test_passage_is_highlighted_in_a_hit_without_query_terms(demo: Searcher) -> None:
    hit = demo.search("can a computer do the arithmetic homework of children?").hits[0]
    assert hit.passage is not None
    assert hit.highlights["passage"] == ((0, len(hit.passage.text)),)
    (where,) = hit.highlights["teaser"]
    assert (where, hit.teaser[slice(*where)]) == ((hit.passage.start, hit.passage.end), hit.passage.text)
    assert "title" not in hit.highlights


def test_body_passage_is_highlighted_in_passage_only(tmp_path: Path) -> None:
    posts = [
        planted("body", (1.0, 0.0), title="Plums", body="One sentence on cherries."),
        planted("title", (0.0, 1.0), title="Figs"),
    ]
    body, title = searcher_of(tmp_path / "version", posts, {"x": (1.0, 0.0)}).search("x").hits
    assert (body.id, body.highlights) == ("body", {"passage": ((0, 25),)})
    assert (title.id, title.highlights) == ("title", {})


def test_correction_of_a_misspelt_word_is_highlighted(demo: Searcher) -> None:
    hit = demo.search("mincraft").hits[0]
    assert [hit.title[start:end] for start, end in hit.highlights["title"]] == ["Minecraft"]
