from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semsearch.analysis.stems import Analyzer
from semsearch.index.lexical.index import LexicalIndex, values_of
from semsearch.index.lexical.queries import FIELDS
from semsearch.index.lexical.query_model import QueryWord
from semsearch.posts import Post
from tests.index.builders import lexical_index, looked_for, post

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
    return lexical_index(tmp_path_factory.mktemp("shares"), POSTS)


def test_each_field_that_has_a_word_says_how_often_and_what_it_adds(index: LexicalIndex) -> None:
    shares = index.shares(looked_for("walrus"), 0, POSTS[0], ANALYZER)
    assert {share.field: share.frequency for share in shares} == {
        "title": 1,
        "tags": 1,
        "teaser": 2,
        "authors": 1,
        "body": 1,
    }
    added = {share.field: share.bm25 for share in shares}
    # Three times, twice, twice (one each time) and once, of what the four together add.
    assert [added[field] / added["authors"] for field in ("title", "tags", "teaser")] == pytest.approx([3, 2, 2])
    assert all(share.bm25 > 0 for share in shares)


def test_a_word_that_is_not_there_adds_nothing(index: LexicalIndex) -> None:
    assert index.shares(looked_for("walrus", "unknown"), 1, POSTS[1], ANALYZER) == ()
    assert index.shares([], 0, POSTS[0], ANALYZER) == ()


def test_shares_name_the_word_as_it_was_typed_and_the_term_as_it_was_found(index: LexicalIndex) -> None:
    shares = index.shares([QueryWord("walrux", ("walrus", "seal"), weight=0.8)], 1, POSTS[1], ANALYZER)
    assert [(share.word, share.term, share.field) for share in shares] == [("walrux", "seal", "title")]


def test_the_language_of_the_post_says_what_its_words_are(tmp_path: Path) -> None:
    german = post("a", title="Die Häuser", language="de")
    index = lexical_index(tmp_path, [german])
    words = [QueryWord("häuser", ("hauser", "haus"))]
    shares = index.shares(words, 0, german, ANALYZER)
    assert [(share.term, share.field, share.frequency) for share in shares] == [("haus", "title", 1)]
    assert shares[0].bm25 == pytest.approx(index.search(words, 1)[1][0], rel=1e-5)


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


@settings(max_examples=30, deadline=None)  # each writes an index, which costs more than asking it does
@given(st.lists(posts_of_few_words, min_size=1, max_size=8), st.lists(query_words, min_size=1, max_size=4))
def test_shares_add_up_to_the_score_and_are_of_the_fields_that_have_the_word(
    tmp_path_factory: pytest.TempPathFactory, corpus: list[Post], words: list[QueryWord]
) -> None:
    index = lexical_index(tmp_path_factory.mktemp("shared"), corpus)
    ordinals, scores = index.search(words, len(corpus))
    found = dict(zip(ordinals.tolist(), scores.tolist(), strict=True))
    for ordinal, one in enumerate(corpus):
        shares = index.shares(words, ordinal, one, ANALYZER)
        assert sum(share.bm25 for share in shares) == pytest.approx(found.get(ordinal, 0.0), rel=1e-5)
        for share in shares:
            there = [term for value in values_of(one, share.field) for term in ANALYZER.terms(value)]
            assert share.frequency == there.count(share.term) > 0
        terms = {term for word in words for term in word.terms}
        having = {part for part in PARTS for value in values_of(one, part) if terms & set(ANALYZER.terms(value))}
        assert {share.field for share in shares} == having
