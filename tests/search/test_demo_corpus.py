"""Semantic search in the demo corpus, with queries in other words than its posts."""

from __future__ import annotations

import pytest

from semsearch.search import Searcher

QUESTIONS = [
    ("our-approach-to-alignment-research", "keeping superintelligence under control"),
    ("dall-e-2-pre-training-mitigations", "making a picture maker safe"),
    ("dall-e-2-pre-training-mitigations", "how do you stop an artwork program from drawing nudity and gore?"),
    ("vpt", "a bot that watches gamers on YouTube and copies them"),
    ("critiques", "can a machine review an essay and point out its mistakes?"),
    ("techniques-for-training-large-neural-networks", "splitting deep nets over many graphics cards"),
    ("formal-math", "can computers win a contest for gifted pupils?"),
    ("instruction-following", "teaching chatbots to obey people"),
    ("webgpt", "can a chatbot google things and give references?"),
    ("solving-math-word-problems", "can a computer do the arithmetic homework of children?"),
]


def _words(demo: Searcher, post_id: str) -> set[str]:
    post = demo.post(post_id)
    return {term for text in (post.title, post.teaser, *post.tags) for term in demo.snapshot.analyzer.terms(text)}


@pytest.mark.parametrize(("post_id", "question"), QUESTIONS)
def test_paraphrased_query_finds_the_post(demo: Searcher, post_id: str, question: str) -> None:
    terms = demo.snapshot.analyzer.terms(question)
    assert terms
    assert not set(terms) & _words(demo, post_id)
    assert post_id in [hit.id for hit in demo.search(question, limit=2).hits]


def test_every_post_of_the_corpus_has_a_query(demo: Searcher) -> None:
    assert {post_id for post_id, _ in QUESTIONS} == set(demo.snapshot.documents.ids())


@pytest.mark.parametrize(
    ("post_id", "expected"),
    [("formal-math", "solving-math-word-problems"), ("solving-math-word-problems", "formal-math")],
)
def test_the_two_posts_on_mathematics_are_most_related_to_each_other(
    demo: Searcher, post_id: str, expected: str
) -> None:
    assert demo.related(post_id).hits[0].id == expected


@pytest.mark.parametrize("post_id", ["critiques", "our-approach-to-alignment-research"])
def test_posts_on_human_feedback_are_related(demo: Searcher, post_id: str) -> None:
    assert "human feedback" in demo.related(post_id).hits[0].tags


def test_passage_is_the_sentence_that_answers(demo: Searcher) -> None:
    passage = demo.search("can a chatbot google things and give references?").hits[0].passage
    assert passage is not None
    assert (passage.field, passage.text) == ("teaser", demo.post("webgpt").teaser[passage.start : passage.end])
    assert passage.text.startswith("Our prototype copies how humans research answers to questions online")


def test_answerable_query_has_higher_confidence_than_unanswerable_query(demo: Searcher) -> None:
    known = demo.search("can a computer do the arithmetic homework of children?").hits[0]
    unknown = demo.search("when does the ferry to the island leave on Sundays?").hits[0]
    assert known.confidence > 0.7
    assert unknown.confidence < 0.5
