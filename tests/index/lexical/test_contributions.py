from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semsearch.analysis.stems import Analyzer
from semsearch.index.lexical.index import LexicalIndex
from semsearch.index.lexical.query_model import QueryWord
from semsearch.index.lexical.schema import FIELDS
from semsearch.index.lexical.writer import field_values
from semsearch.posts import Post
from tests.index.builders import lexical_index, post, query_words_of

ANALYZER = Analyzer()
PARTS = [part for field in FIELDS.values() for part in field.parts]

POSTS = [
    post(
        "all",
        title="Walrus",
        tags=("walrus", "ice"),
        teaser="A walrus, two walruses.",
        authors=("Ada Walrus",),
        body="The walrus of the ice.",
    ),
    post("none", title="Seal"),
]


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> LexicalIndex:
    return lexical_index(tmp_path_factory.mktemp("contributions"), POSTS)


def test_each_field_with_a_word_has_its_frequency_and_contribution(index: LexicalIndex) -> None:
    contributions = index.contributions(query_words_of("walrus"), 0, POSTS[0], ANALYZER)
    assert {contribution.field: contribution.frequency for contribution in contributions} == {
        "title": 1,
        "tags": 1,
        "teaser": 2,
        "authors": 1,
        "body": 1,
    }
    added = {contribution.field: contribution.bm25 for contribution in contributions}
    # The title counts three times, tags twice, and the teaser has the word twice.
    assert [added[field] / added["authors"] for field in ("title", "tags", "teaser")] == pytest.approx([3, 2, 2])
    assert all(contribution.bm25 > 0 for contribution in contributions)


def test_a_word_that_does_not_occur_contributes_nothing(index: LexicalIndex) -> None:
    assert index.contributions(query_words_of("walrus", "unknown"), 1, POSTS[1], ANALYZER) == ()
    assert index.contributions([], 0, POSTS[0], ANALYZER) == ()


def test_a_contribution_has_the_word_as_typed_and_the_term_as_found(index: LexicalIndex) -> None:
    contributions = index.contributions([QueryWord("walrux", ("walrus", "seal"), weight=0.8)], 1, POSTS[1], ANALYZER)
    assert [(contribution.word, contribution.term, contribution.field) for contribution in contributions] == [
        ("walrux", "seal", "title")
    ]


def test_a_post_is_analysed_in_its_own_language(tmp_path: Path) -> None:
    german = post("a", title="Die Häuser", language="de")
    index = lexical_index(tmp_path, [german])
    words = [QueryWord("häuser", ("hauser", "haus"))]
    contributions = index.contributions(words, 0, german, ANALYZER)
    assert [(contribution.term, contribution.field, contribution.frequency) for contribution in contributions] == [
        ("haus", "title", 1)
    ]
    assert contributions[0].bm25 == pytest.approx(index.search(words, 1)[1][0], rel=1e-5)


few_words = st.lists(st.sampled_from(["walrus", "seals", "the", "ice", "C++", "e-mail", "東京都"]), max_size=6).map(
    " ".join
)
posts_of_few_words = st.builds(
    lambda title, teaser, body, tags, authors: Post("p", title, teaser=teaser, body=body, tags=tags, authors=authors),
    *[few_words] * 3,
    *[st.lists(few_words, max_size=2).map(tuple)] * 2,
)
query_words = st.builds(
    QueryWord,
    st.just("typed"),
    st.lists(
        st.sampled_from(["walrus", "seal", "ice", "c++", "email", "東京", "unknown"]),
        min_size=1,
        max_size=3,
        unique=True,
    ).map(tuple),
    st.integers(1, 3),
    st.sampled_from([1.0, 0.8]),
)


@settings(max_examples=30, deadline=None)  # each example writes an index, which is slow
@given(st.lists(posts_of_few_words, min_size=1, max_size=8), st.lists(query_words, min_size=1, max_size=4))
def test_contributions_add_up_to_the_score_and_name_the_fields_with_the_word(
    tmp_path_factory: pytest.TempPathFactory, corpus: list[Post], words: list[QueryWord]
) -> None:
    index = lexical_index(tmp_path_factory.mktemp("shared"), corpus)
    ordinals, scores = index.search(words, len(corpus))
    found = dict(zip(ordinals.tolist(), scores.tolist(), strict=True))
    for ordinal, one in enumerate(corpus):
        contributions = index.contributions(words, ordinal, one, ANALYZER)
        assert sum(contribution.bm25 for contribution in contributions) == pytest.approx(
            found.get(ordinal, 0.0), rel=1e-5
        )
        for contribution in contributions:
            there = [term for value in field_values(one, contribution.field) for term in ANALYZER.terms(value)]
            assert contribution.frequency == there.count(contribution.term) > 0
        terms = {term for word in words for term in word.terms}
        having = {part for part in PARTS for value in field_values(one, part) if terms & set(ANALYZER.terms(value))}
        assert {contribution.field for contribution in contributions} == having
