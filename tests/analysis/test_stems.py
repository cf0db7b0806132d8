from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from semsearch.analysis.stems import Analyzer, Word, code_of
from tests.index.builders import plain_text

ANALYZER = Analyzer()

LANGUAGES = [None, "en", "de", "fr", "ja", "xx"]
"""English with and without a name, two with stemmers, and two without."""
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


# --- which term -------------------------------------------------------------------------------------------------------


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
        ("el", "δρόμος ΔΡΟΜΟΙ", ["δρομ", "δρομ"]),  # no list of words that say nothing
        ("xx", "the running models", ["the", "running", "models"]),  # no stemmer and no list
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
        ("замо\u0301к", "замок"),  # no letter has this accent
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
def test_case_accents_and_what_stands_around_a_word_make_no_other_term(one: str, other: str) -> None:
    assert ANALYZER.terms(one)[0] == ANALYZER.terms(other)[0]
    assert ANALYZER.terms(one)


@pytest.mark.parametrize("term", ["c++", "c#", "gpt3", "node.js", ".net", "at&t", "std::vectors", "🚀"])
def test_code_like_terms_are_as_they_are_written_in_every_language(term: str) -> None:
    for language in LANGUAGES:
        assert ANALYZER.terms(f"x {term.upper()} y", language)[1] == term


def test_terms_come_in_their_order_each_as_often_as_its_word() -> None:
    assert ANALYZER.terms("Cats and dogs: a cat, the DOG") == ["cat", "dog", "cat", "dog"]


@pytest.mark.parametrize("text", ["", " ", "the", "What is it? And who?", "?!… --", "a" * 500, "\x00", "\u0301"])
def test_a_text_that_says_nothing_has_no_terms(text: str) -> None:
    assert ANALYZER.terms(text) == []
    assert ANALYZER.reader().words(text) == []


def test_the_language_of_a_tag_is_its_first_part() -> None:
    assert [code_of(tag) for tag in ("en", "de-AT", "ZH-Hant-TW", "", None)] == ["en", "de", "zh", "en", "en"]


# --- where they are ---------------------------------------------------------------------------------------------------


def test_words_stand_where_their_offsets_say_in_code_points() -> None:
    text = "👩‍🚀🚀 Running e\u0301te\u0301 — the 東京 𐐷𐑌."
    words = ANALYZER.reader().words(text)
    assert [(word.term, text[word.start : word.end]) for word in words] == [
        ("👩", "👩"),
        ("🚀", "🚀"),
        ("🚀", "🚀"),
        ("run", "Running"),
        ("ete", "e\u0301te\u0301"),
        ("東京", "東京"),
        ("𐐷𐑌", "𐐷𐑌"),
    ]


@given(texts, st.sampled_from(LANGUAGES))
@example("...NET .5 .NET", "en")
@example(".NET", "de")
@settings(max_examples=300, deadline=None)
def test_every_word_is_in_the_text_and_the_words_are_the_terms(text: str, language: str | None) -> None:
    words = ANALYZER.reader(language).words(text)
    assert all(0 <= word.start < word.end <= len(text) for word in words)
    assert not any(char.isspace() for word in words for char in text[word.start : word.end])
    assert [word.term for word in words] == ANALYZER.terms(text, language)


@given(texts, st.sampled_from(LANGUAGES))
@settings(max_examples=200, deadline=None)
def test_a_word_cut_out_by_its_offsets_has_the_same_term(text: str, language: str | None) -> None:
    for word in ANALYZER.reader(language).words(text):
        cut = text[word.start : word.end]
        assert word.term in ANALYZER.terms(cut, language)


@given(
    texts, st.sampled_from(LANGUAGES), st.sampled_from(["the caf run", "run email net", "gpt3 東京 京都 🚀 .net x", ""])
)
@settings(max_examples=300, deadline=None)
def test_matching_words_are_those_of_all_words_that_are_wanted(text: str, language: str | None, terms: str) -> None:
    wanted = {*terms.split(), *ANALYZER.terms(text, language)[::2]} if terms else set()
    expected = [word for word in ANALYZER.reader(language).words(text) if word.term in wanted]
    assert ANALYZER.reader(language).matching(text, wanted) == sorted(
        expected, key=lambda word: (word.start, -word.end)
    )


def test_what_is_matched_first_is_the_whole_of_joined_words() -> None:
    assert ANALYZER.reader().matching("Use node.js.", {"node", "node.js"}) == [
        Word("node.js", 4, 11),
        Word("node", 4, 8),
    ]


# --- several languages ------------------------------------------------------------------------------------------------


def test_a_word_has_a_term_in_each_language_once() -> None:
    assert ANALYZER.variants("running", ["en", "xx", "en"], ["en"]) == ("run", "running")
    assert ANALYZER.variants("tide", ["en", "xx"], ["en"]) == ("tide",)


def test_a_word_that_says_nothing_in_a_main_language_is_not_looked_for() -> None:
    assert ANALYZER.variants("die", ["en", "de"], ["en", "de"]) == ()
    assert ANALYZER.variants("die", ["en", "de"], ["en"]) == ("die",)


# --- what is remembered -----------------------------------------------------------------------------------------------


def test_an_analyzer_that_remembers_little_says_the_same() -> None:
    forgetful = Analyzer(most=2)
    text = "Running models of the Café in Paris, node.js and C++ " * 2
    for _ in range(2):
        assert forgetful.terms(text) == ANALYZER.terms(text)
        assert forgetful.reader("fr").words(text) == ANALYZER.reader("fr").words(text)
    assert len(list(forgetful.known())) <= 2 * 2  # of each language


def test_known_words_are_those_that_were_seen_without_their_accents() -> None:
    analyzer = Analyzer()
    analyzer.terms("Running Cafés, node.js", "en")
    analyzer.terms("Häuser", "de")
    assert set(analyzer.known()) == {"running", "cafes", "node", "js", "hauser"}


def test_many_threads_get_the_terms_that_one_gets() -> None:
    analyzer = Analyzer(most=5)
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
def test_words_come_by_where_they_begin_and_the_longest_first(text: list[str]) -> None:
    words = Analyzer().reader("de").words("".join(text))
    assert words == sorted(words, key=lambda word: (word.start, -word.end))
