from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import semsearch
from semsearch.analysis.stems import Analyzer
from semsearch.errors import InvalidRequest
from semsearch.search import Searcher
from semsearch.search.arrangement import LANGUAGE_WEIGHT
from semsearch.search.curation import Curation, QueryCuration
from semsearch.search.preferred_language import language_of_query
from tests.builders import raw_post

CODES = ("en", "de", "fr")
POSTS = [
    raw_post(
        "en",
        title="Kubernetes for beginners",
        teaser="An introduction to Kubernetes, containers and deployments for people who never used them.",
    ),
    raw_post(
        "de",
        title="Kubernetes für Einsteiger",
        teaser="Eine Einführung in Kubernetes, Container und Deployments für alle, die sie noch nie benutzt haben.",
    ),
    raw_post("fr", title="Kubernetes pour les débutants", teaser="", language="fr-CA"),
    *(raw_post(f"bread-{number}", title=f"Bread {number}", teaser="", language="en") for number in range(4)),
]


@pytest.fixture(scope="module")
def searcher(build: Callable[..., Path]) -> Searcher:
    return semsearch.open(build(POSTS))


@pytest.mark.parametrize(
    ("q", "language"),
    [
        ("what is Kubernetes", "en"),
        ("how do I repair a bike?", "en"),
        ("was ist Kubernetes", "de"),
        ("Einführung in Container", "de"),
        ("recettes de pain sans gluten", "fr"),
        ("Kubernetes", None),
        ("Docker Kubernetes Terraform", None),
        ("Angela Merkel", None),
        ("CVE-2024-6387", None),
        ("", None),
    ],
)
def test_the_language_of_a_query_is_told_if_it_is_sure(q: str, language: str | None) -> None:
    assert language_of_query(q, CODES, Analyzer()) == language


def test_a_corpus_in_one_language_has_no_preference(demo: Searcher) -> None:
    hits = demo.search("was ist ein Modell", page_language="de", explain=True).hits
    assert all(getattr(hit.explanation, "language", None) is None for hit in hits)


@pytest.mark.parametrize(("q", "first"), [("what is kubernetes", "en"), ("was ist kubernetes", "de")])
def test_answers_in_the_language_of_the_question_come_first_and_the_others_stay(
    searcher: Searcher, q: str, first: str
) -> None:
    for page_language in (None, "en", "de", "fr"):
        hits = searcher.search(q, page_language=page_language).hits
        assert hits[0].id == first
        assert {"en", "de", "fr"} <= {hit.id for hit in hits}


@pytest.mark.parametrize(("page", "first"), [("en-GB", "en"), ("de_AT", "de")])
def test_the_language_of_the_page_decides_where_the_question_does_not(
    searcher: Searcher, page: str, first: str
) -> None:
    assert searcher.search("Kubernetes", page_language=page, mode="semantic").hits[0].id == first
    assert searcher.search("Kubernetes", page_language=page).hits[0].id == first


def test_hits_carry_their_declared_or_detected_language(searcher: Searcher) -> None:
    hits = searcher.search("Kubernetes", limit=10).hits
    assert {hit.id: hit.language for hit in hits} == {
        "en": "en",
        "de": "de",
        "fr": "fr-CA",
        **{f"bread-{number}": "en" for number in range(4)},
    }
    assert {hit.language for hit in searcher.related("en").hits} <= {"en", "de", "fr-CA"}


def test_the_boost_changes_the_order_not_the_confidence_and_is_explained(searcher: Searcher) -> None:
    plain = {hit.id: hit for hit in searcher.search("Kubernetes", page_language="fr").hits}
    boosted = searcher.search("Kubernetes", page_language="de", explain=True).hits
    for hit in boosted:
        assert hit.explanation is not None
        assert hit.explanation.score == pytest.approx(hit.score, abs=1e-4)
        assert (getattr(hit.explanation, "language", None) is not None) is (hit.id == "de")
        assert hit.confidence == plain[hit.id].confidence
    [german] = [hit for hit in boosted if hit.id == "de"]
    assert german.score == pytest.approx(plain["de"].score + LANGUAGE_WEIGHT * german.confidence)


def test_a_page_language_that_is_no_tag_is_refused(searcher: Searcher) -> None:
    with pytest.raises(InvalidRequest, match="page_language: 'English' is not a BCP 47 tag"):
        searcher.search("tides", page_language="English")


def test_pins_stay_first_whatever_their_language(searcher: Searcher) -> None:
    pinned = searcher.with_curation(Curation().with_query("what is kubernetes", QueryCuration(("fr",))))
    hits = pinned.search("what is kubernetes", explain=True).hits
    assert [hit.id for hit in hits[:2]] == ["fr", "en"]
    assert hits[0].explanation is not None
    assert hits[0].explanation.score == pytest.approx(hits[0].score, abs=1e-4)
