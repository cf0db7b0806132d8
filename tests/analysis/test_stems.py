from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from semsearch.analysis.compounds import Part
from semsearch.analysis.stems import Analyzer, Word, language_code
from tests.index.builders import plain_text

ANALYZER = Analyzer()

LANGUAGES = [None, "en", "de", "fr", "ja", "xx"]
"""English by default and by tag, two languages with stemmers, and two without."""
joined_text = st.lists(
    st.sampled_from(
        [
            "the",
            "Café",
            "runs",
            " ",
            ".NET",
            "node.js",
            "C++",
            "GPT-3",
            "e-mails",
            "(",
            ".",
            "”",
            "'s",
            "*",
            "🚀",
            "e\u0301",
            *("İ", "i\u0307", "\u200d", "\u0301", "東京都", "में", "x" * 81, "\n", "\u3000", "\x1f", "-", "_"),
            *("state-of-the-art", "x-", "-7", "ΑΣ", "7-7"),
        ]
    ),
    max_size=12,
).map("".join)
texts = plain_text | joined_text


# --- terms ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "text", "terms"),
    [
        ("en", "the running models", ["run", "model"]),
        (None, "the running models", ["run", "model"]),
        ("", "the running models", ["run", "model"]),
        ("EN-GB", "the running models", ["run", "model"]),
        ("de", "die Häuser, ein Haus", ["haus", "haus"]),
        ("de-AT", "die Häuser", ["haus"]),
        ("fr", "les maisons étaient belles", ["maison", "bel"]),
        ("ru", "и книги", ["книг"]),
        ("el", "δρόμος ΔΡΟΜΟΙ", ["δρομ", "δρομ"]),  # no stop words
        ("xx", "the running models", ["the", "running", "models"]),  # no stemmer and no stop words
        ("ja", "the Straße", ["the", "strasse"]),
    ],
)
def test_words_are_stemmed_in_the_language_of_their_text(language: str | None, text: str, terms: list[str]) -> None:
    assert ANALYZER.terms(text, language) == terms


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Café", "cafe"),
        ("CAFÉS", "cafe"),
        ("Cafe\u0301", "cafe"),
        ("замо\u0301к", "замок"),  # no precomposed letter exists
        ("İstanbul", "istanbul"),
        ("i\u0307stanbul", "istanbul"),
        ("Straße", "STRASSE"),
        ("naïve", "naive"),
        ("e-mails", "email"),
        ("E-Mail", "emails"),
        ("(C++)", "c++"),
        ("“node.js”.", "Node.js"),
        ("cats’", "cat"),
        ("ΟΔΟΣ", "οδοσ"),
    ],
)
def test_case_accents_and_punctuation_do_not_change_a_term(one: str, other: str) -> None:
    assert ANALYZER.terms(one)[0] == ANALYZER.terms(other)[0]
    assert ANALYZER.terms(one)


@pytest.mark.parametrize("term", ["c++", "c#", "gpt3", "node.js", ".net", "at&t", "std::vectors", "🚀"])
def test_code_like_terms_are_not_stemmed_in_any_language(term: str) -> None:
    for language in LANGUAGES:
        assert ANALYZER.terms(f"x {term.upper()} y", language)[1] == term


def test_terms_come_in_order_with_repetitions() -> None:
    assert ANALYZER.terms("Cats and dogs: a cat, the DOG") == ["cat", "dog", "cat", "dog"]


@pytest.mark.parametrize("text", ["", " ", "the", "What is it? And who?", "?!… --", "a" * 500, "\x00", "\u0301"])
def test_a_text_of_stop_words_and_signs_has_no_terms(text: str) -> None:
    assert ANALYZER.terms(text) == []
    assert ANALYZER.for_language().words(text) == []


def test_the_language_of_a_tag_is_its_first_part() -> None:
    assert [language_code(tag) for tag in ("en", "de-AT", "ZH-Hant-TW", "", None)] == ["en", "de", "zh", "en", "en"]


# --- offsets ----------------------------------------------------------------------------------------------------------


def test_offsets_of_words_count_code_points() -> None:
    text = "👩‍🚀🚀 Running e\u0301te\u0301 — the 東京 𐐷𐑌."
    words = ANALYZER.for_language().words(text)
    assert [(word.term, text[word.start : word.end]) for word in words] == [
        ("👩‍🚀", "👩‍🚀"),
        ("👩", "👩‍🚀"),
        ("🚀", "👩‍🚀"),
        ("🚀", "🚀"),
        ("run", "Running"),
        ("ete", "e\u0301te\u0301"),
        ("東京", "東京"),
        ("東", "東"),
        ("京", "京"),
        ("𐐷𐑌", "𐐷𐑌"),
    ]


@given(texts, st.sampled_from(LANGUAGES))
@example("...NET .5 .NET", "en")
@example(".NET", "de")
@settings(max_examples=100, deadline=None)
def test_every_word_is_in_the_text_and_has_its_term(text: str, language: str | None) -> None:
    words = ANALYZER.for_language(language).words(text)
    assert all(0 <= word.start < word.end <= len(text) for word in words)
    assert not any(char.isspace() for word in words for char in text[word.start : word.end])
    in_capitals = {term for term in ANALYZER.for_language(language).indexed_terms(text) if term.isupper()}
    of_words = [word.term for word in words if not word.term.isupper() or word.term in in_capitals]
    assert of_words == ANALYZER.for_language(language).indexed_terms(text)


@given(texts, st.sampled_from(LANGUAGES))
@settings(max_examples=100, deadline=None)
def test_a_word_cut_out_by_its_offsets_has_the_same_term(text: str, language: str | None) -> None:
    for word in ANALYZER.for_language(language).words(text):
        cut = text[word.start : word.end]
        assert word.term in ANALYZER.terms(cut, language)


@given(
    texts, st.sampled_from(LANGUAGES), st.sampled_from(["the caf run", "run email net", "gpt3 東京 京都 🚀 .net x", ""])
)
@settings(max_examples=100, deadline=None)
def test_matching_returns_the_words_with_wanted_terms(text: str, language: str | None, terms: str) -> None:
    wanted = {*terms.split(), *ANALYZER.terms(text, language)[::2]} if terms else set()
    expected = [word for word in ANALYZER.for_language(language).words(text) if word.term in wanted]
    assert ANALYZER.for_language(language).matching(text, wanted) == sorted(
        expected, key=lambda word: (word.start, -word.end)
    )


def test_joined_words_match_as_a_whole_before_their_parts() -> None:
    assert ANALYZER.for_language().matching("Use node.js.", {"node", "node.js"}) == [
        Word("node.js", 4, 11),
        Word("node", 4, 8),
    ]


# --- several languages ------------------------------------------------------------------------------------------------


def test_variants_are_the_distinct_terms_in_each_language() -> None:
    assert ANALYZER.variants("running", ["en", "xx", "en"]) == ("run", "running")
    assert ANALYZER.variants("tide", ["en", "xx"]) == ("tide",)


def test_a_word_has_no_variant_in_a_language_where_it_is_a_stop_word() -> None:
    assert ANALYZER.variants("war", ["en", "de"]) == ("war",)
    assert ANALYZER.variants("in", ["en", "de"]) == ()


@pytest.mark.parametrize(
    ("word", "before", "after", "terms"),
    [
        ("US", "the", "election", ("US",)),
        ("U.S", "", "", ("US",)),
        ("us", "", "", ()),
        ("Us", "", "", ()),
        ("A", "", "", ()),
        ("US", "CONTACT", "", ()),  # a text in capitals
        ("AND", "THIS", "", ()),
        ("US", "", "GDP", ("US",)),
    ],
)
def test_a_stop_word_in_capitals_is_an_acronym(word: str, before: str, after: str, terms: tuple[str, ...]) -> None:
    plain = word.lower().replace(".", "")
    assert ANALYZER.variants(plain, ["en"], written=word, before=before, after=after) == terms


def test_texts_in_capitals_have_no_acronyms() -> None:
    assert ANALYZER.terms("The WHO and US policy") == ["WHO", "US", "polici"]
    assert ANALYZER.terms("WHO WE ARE. CONTACT US. READ ABOUT IT") == ["contact", "read"]


def test_a_compound_has_its_own_term_and_those_of_its_parts() -> None:
    parts = (Part("sonne", 0, 5), Part("blume", 6, 11))
    analyzer = Analyzer(compounds={"de": {"sonnenblume": parts}}).for_language("de")
    assert analyzer.terms("Sonnenblume") == ["sonnenblum", "sonn", "blum"]
    assert analyzer.words("Eine Sonnenblume")[1:] == [Word("sonn", 5, 10), Word("blum", 11, 16)]


# --- memo -------------------------------------------------------------------------------------------------------------


def test_the_size_of_the_memo_does_not_change_results() -> None:
    small = Analyzer(max_words=2)
    text = "Running models of the Café in Paris, node.js and C++ " * 2
    for _ in range(2):
        assert small.terms(text) == ANALYZER.terms(text)
        assert small.for_language("fr").words(text) == ANALYZER.for_language("fr").words(text)
    assert len(list(small.memoised_words())) <= 2 * 2  # for each language


def test_memoised_words_have_no_accents() -> None:
    analyzer = Analyzer()
    analyzer.terms("Running Cafés, node.js", "en")
    analyzer.terms("Häuser", "de")
    assert set(analyzer.memoised_words()) == {"running", "cafes", "node", "js", "hauser"}


def test_many_threads_get_the_same_terms_as_one() -> None:
    analyzer = Analyzer(max_words=5)
    jobs = [
        (f"Running models{number % 7} of Cafés, node.js", language) for number in range(40) for language in LANGUAGES
    ]
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda job: analyzer.terms(*job), jobs))
    assert found == [ANALYZER.terms(*job) for job in jobs]


@given(
    text=st.lists(
        st.sampled_from(["node.js", "C++", ".NET", "e-mail", "a/b", "日本語", "x", "3.5", " ", "-", "ß", "İ"])
    )
)
def test_words_are_sorted_by_start_and_then_longest_first(text: list[str]) -> None:
    words = Analyzer().for_language("de").words("".join(text))
    assert words == sorted(words, key=lambda word: (word.start, -word.end))
