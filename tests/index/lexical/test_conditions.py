from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semsearch.analysis.stems import Analyzer
from semsearch.index import Filter
from semsearch.index.lexical.index import LexicalIndex
from semsearch.index.lexical.query_model import NO_CONDITION, Condition, Phrase
from semsearch.posts import Post
from tests.index.builders import lexical_index, post, query_words_of

ANALYZER = Analyzer()


def phrase(text: str) -> Phrase:
    return ANALYZER.forms(text).sequence


POSTS = [
    post("0", title="The running walrus", teaser="Ice floes melt.", tags=("sea ice", "krill"), authors=("Ada Ice",)),
    post("1", title="Walrus", teaser="It was running.", tags=("sea", "ice"), body="A walrus runs. Sea lions swim."),
    post("2", title="Ice age", body="Running walruses, on sea ice."),
    post("3", title="node.js and C++", tags=("e-mail",)),
    post("4", title="Die Häuser am Meer", language="de"),
    post("5", title="The Who", teaser="Vitamin D"),
]


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> LexicalIndex:
    return lexical_index(tmp_path_factory.mktemp("conditions"), POSTS)


def satisfying(index: LexicalIndex, condition: Condition) -> list[int]:
    return sorted(index.satisfying(condition).tolist())


@pytest.mark.parametrize(
    ("text", "having"),
    [
        ("running walrus", [0]),  # not stemmed
        ("running walruses", [2]),
        ("walrus running", []),  # with all words between them
        ("walrus it was running", []),  # not across title and teaser
        ("RUNNING Walrus", [0]),
        ("hauser", [4]),  # accents are ignored
        ("the who", [5]),  # stop words count
        ("vitamin d", [5]),
        ("d", [5]),
        ("sea ice", [0, 2]),  # but not across two tags
        ("ice krill", []),
        ("walrus runs sea lions", [1]),  # across sentences
        ("walrus ice", []),  # not across title and teaser
        ("walrus", [0, 1]),
        ("Ada", [0]),  # authors too
        ("node.js", [3]),
        ("c++", [3]),
        ("email", [3]),
        ("e-mail", [3]),
        ("js", [3]),
        ("melt ada", []),
    ],
)
def test_the_words_of_a_phrase_are_adjacent_in_one_value(index: LexicalIndex, text: str, having: list[int]) -> None:
    assert satisfying(index, Condition(required=(phrase(text),))) == having
    assert satisfying(index, Condition(excluded=(phrase(text),))) == sorted(set(range(6)) - set(having))


def test_all_required_phrases_and_no_excluded_one_must_occur(index: LexicalIndex) -> None:
    ice, sea = phrase("ice"), phrase("sea")
    assert satisfying(index, Condition(required=(ice, sea))) == [0, 1, 2]
    assert satisfying(index, Condition(required=(ice,), excluded=(phrase("krill"),))) == [1, 2]
    assert satisfying(index, Condition(excluded=(phrase("krill"), phrase("lions")))) == [2, 3, 4, 5]
    assert satisfying(index, Condition(required=(ice,), excluded=(ice,))) == []


def test_all_posts_satisfy_the_empty_condition(index: LexicalIndex) -> None:
    assert satisfying(index, NO_CONDITION) == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("condition", "ordinals"),
    [
        (Condition(Filter(tags=("sea",))), [1]),
        (Condition(required=(phrase("sea ice"),)), [0, 2]),
        (Condition(excluded=(phrase("krill"),)), [1, 2]),
        (Condition(Filter(tags=("sea",)), excluded=(phrase("swim"),)), []),
        (NO_CONDITION, [0, 1, 2]),
    ],
)
def test_a_condition_does_not_change_scores(index: LexicalIndex, condition: Condition, ordinals: list[int]) -> None:
    words = query_words_of("walrus", "ice")
    scores = dict(zip(*map(list, index.search(words, 10)), strict=True))
    found, found_scores = index.search(words, 10, condition)
    assert sorted(found.tolist()) == sorted(index.matching(words, condition).tolist()) == ordinals
    assert index.count(words, condition) == len(ordinals)
    assert found_scores.tolist() == [scores[ordinal] for ordinal in found]


def test_the_limit_is_filled_with_posts_that_satisfy_the_condition(tmp_path: Path) -> None:
    posts = [
        post(f"{n}", title="walrus" if n % 10 else "A walrus among many others", tags=(f"{n % 10}",)) for n in range(60)
    ]
    index = lexical_index(tmp_path, posts)
    found, scores = index.search(query_words_of("walrus"), 5, Condition(Filter(tags=("0",))))
    assert len(found) == 5
    assert set(found.tolist()) <= set(range(0, 60, 10))
    assert scores.min() < index.search(query_words_of("walrus"), 50)[1].min(), "they are the worst of all"


few_words = st.lists(st.sampled_from(["walrus", "seal", "the", "ice"]), max_size=4)
values = few_words.map(" ".join)
posts_of_few_words = st.builds(
    lambda title, teaser, body, tags, authors: Post("p", title, teaser=teaser, body=body, tags=tags, authors=authors),
    *[values] * 3,
    *[st.lists(values, max_size=3).map(tuple)] * 2,
)
phrases = few_words.map(lambda words: phrase(" ".join(words))).filter(bool)


def has(one: Post, wanted: Phrase) -> bool:
    """The definition of a phrase match, as a plain comparison."""
    for value in (one.title, one.teaser, one.body, *one.tags, *one.authors):
        words = value.split()
        if any(tuple(words[n : n + len(wanted)]) == wanted for n in range(len(words))):
            return True
    return False


@settings(max_examples=20, deadline=None)  # each example writes an index, which is slow
@given(
    st.lists(posts_of_few_words, max_size=8),
    st.lists(st.tuples(st.lists(phrases, max_size=2), st.lists(phrases, max_size=2)), min_size=5, max_size=10),
)
def test_phrases_match_as_by_a_plain_comparison(
    tmp_path_factory: pytest.TempPathFactory, corpus: list[Post], conditions: list[tuple[list[Phrase], list[Phrase]]]
) -> None:
    index = lexical_index(tmp_path_factory.mktemp("phrases"), corpus)
    for required, excluded in conditions:
        meant = [
            ordinal
            for ordinal, one in enumerate(corpus)
            if all(has(one, each) for each in required) and not any(has(one, each) for each in excluded)
        ]
        assert satisfying(index, Condition(required=tuple(required), excluded=tuple(excluded))) == meant
