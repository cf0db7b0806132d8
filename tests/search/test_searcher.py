from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import NormalDist
from typing import Any

import pytest

from semsearch.errors import PostNotFound
from semsearch.index import Background
from semsearch.search import Searcher
from semsearch.search.requests import MODES, Mode
from tests.search.fakes import planted, searcher_of

QUESTION = "how do models do maths?"


@pytest.fixture(scope="module")
def four(tmp_path_factory: pytest.TempPathFactory) -> Searcher:
    """Four posts. Their cosines with the query "alpha" are 0.96, 0.8, 0.6, 0.28: 4, 2, 0 and -3.2 standard deviations
    above the background."""
    return searcher_of(
        tmp_path_factory.mktemp("four") / "version",
        [
            planted("a", (0.96, 0.28), title="alpha", tags=("x", "y"), authors=("Ann",), date="2024-05-01"),
            planted("b", (0.8, 0.6), title="beta", tags=("x",), authors=("Bob", "Ann"), language="en-GB"),
            planted("c", (0.6, 0.8), title="alpha beta gamma delta", tags=("y", "x"), date="2024-02-29T12:00:00Z"),
            planted("d", (0.28, 0.96), title="delta", tags=("z",), language="de", date="1999-12-31"),
        ],
        {"alpha": (1.0, 0.0), "omega": (1.0, 0.0)},
        search=Background(mean=0.6, deviation=0.1),
    )


def _ids(hits: Sequence[Any]) -> list[str]:
    return [hit.id for hit in hits]


# --- hits -------------------------------------------------------------------------------------------------------------


def test_hit_has_the_fields_of_its_post(demo: Searcher) -> None:
    hit = demo.search("theorem prover for Lean").hits[0]
    post = demo.post("formal-math")
    assert (hit.id, hit.title, hit.teaser, hit.url) == (post.id, post.title, post.teaser, post.url)
    assert (hit.date, hit.tags, hit.authors) == ("2022-02-02", ("mathematics", "reasoning"), ())


@pytest.mark.parametrize("mode", MODES)
def test_scores_of_hits_descend(demo: Searcher, mode: Mode) -> None:
    hits = demo.search(QUESTION, mode=mode, limit=100).hits
    scores = [hit.score for hit in hits]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= hit.confidence <= 1 for hit in hits)
    assert len(hits) == (8 if mode == "lexical" else 9)  # every post but one names a model


def test_result_has_the_cleaned_query(demo: Searcher) -> None:
    result = demo.search("  cafe\u0301\x00 maths\r\n", limit=3, offset=1)
    assert (result.query, result.limit, result.offset) == ("caf\u00e9 maths", 3, 1)
    assert result.index_version == demo.snapshot.version
    assert result.processing_time_ms > 0


def test_every_result_has_its_own_request_id(demo: Searcher) -> None:
    answers: list[Any] = [demo.search("maths"), demo.search("maths"), demo.related("vpt"), demo.suggest("learn")]
    assert len({answer.request_id for answer in answers}) == 4


def test_highlights_and_explanations_are_optional(demo: Searcher) -> None:
    plain = demo.search("math olympiad").hits[0]
    assert plain.highlights["title"] == ((22, 35),)  # Solving (Some) Formal [Math Olympiad] Problems
    assert plain.explanation is None
    other = demo.search("math olympiad", highlight=False, explain=True).hits[0]
    assert other.highlights == {}
    assert other.explanation is not None
    assert other.score == plain.score
    assert other.explanation.score == pytest.approx(other.score, rel=1e-5)


# --- totals, facets, confidence ---------------------------------------------------------------------------------------


def test_total_is_all_posts_semantically_and_posts_with_a_term_lexically(four: Searcher) -> None:
    assert four.search("alpha", limit=1).estimated_total_hits == 4
    assert four.search("alpha", mode="semantic", limit=1).estimated_total_hits == 4
    assert four.search("alpha", mode="lexical", limit=1).estimated_total_hits == 2
    assert four.search("alpha", mode="lexical", limit=1, authors=["Ann"]).estimated_total_hits == 1
    assert four.search("alpha", limit=1, tags=["x"]).estimated_total_hits == 3
    assert four.search("omega", mode="lexical").estimated_total_hits == 0


def test_facets_count_all_matching_posts_the_most_frequent_first(four: Searcher) -> None:
    facets = four.search("alpha", limit=1, facets=["tags", "authors", "language", "year"]).facets
    assert {name: list(counts.items()) for name, counts in facets.items()} == {
        "tags": [("x", 3), ("y", 2), ("z", 1)],
        "authors": [("Ann", 2), ("Bob", 1)],
        "language": [("de", 1), ("en-GB", 1)],
        "year": [("2024", 2), ("1999", 1)],
    }


def test_facets_count_posts_that_pass_the_filter_and_lexically_match(four: Searcher) -> None:
    assert four.search("alpha", facets=["tags"], authors=["Ann"]).facets == {"tags": {"x": 2, "y": 1}}
    assert four.search("alpha", mode="lexical", facets=["tags", "language"]).facets == {
        "tags": {"x": 2, "y": 2},
        "language": {},
    }
    assert four.search("omega", mode="lexical", facets=["tags"]).facets == {"tags": {}}
    assert four.search("alpha").facets == {}


def test_confidence_is_the_share_of_unanswerable_questions_whose_best_hit_scores_lower(four: Searcher) -> None:
    hits = four.search("omega", mode="semantic").hits
    assert _ids(hits) == ["a", "b", "c", "d"]
    assert [hit.score for hit in hits] == pytest.approx([3.6, 2.0, 0.0, -3.2], abs=1e-4)
    # The normal distribution function at the deviations of 3.6, 2, 0 and -3.2 from 3, of 0.8 each.
    expected = [0.77337265, 0.10564977, 8.8417285e-05, 0.0]
    assert [hit.confidence for hit in hits] == pytest.approx(expected, abs=1e-5)


def test_lexical_confidence_uses_the_lexical_calibration(four: Searcher) -> None:
    hits = four.search("alpha", mode="lexical", explain=True).hits
    assert _ids(hits) == ["a", "c"]
    for hit in hits:
        assert hit.confidence == pytest.approx(NormalDist(1.2, 0.5).cdf(hit.score), abs=1e-9)
        assert 0 < hit.confidence < 1


def test_query_without_known_terms_uses_the_semantic_calibration(four: Searcher) -> None:
    hybrid, semantic = (four.search("omega", mode=mode).hits for mode in ("hybrid", "semantic"))
    assert [hit.confidence for hit in hybrid] == [hit.confidence for hit in semantic]
    assert [hit.score for hit in hybrid] == [hit.score for hit in semantic]


@pytest.mark.parametrize(("least", "expected"), [(0.0, "abcd"), (1e-5, "abc"), (0.1, "ab"), (0.5, "a"), (0.8, "")])
def test_only_hits_of_min_confidence_are_returned(four: Searcher, least: float, expected: str) -> None:
    result = four.search("omega", min_confidence=least)
    assert _ids(result.hits) == list(expected)
    assert result.estimated_total_hits == len(expected)


@pytest.mark.parametrize("mode", MODES)
def test_min_confidence_cuts_the_list_and_keeps_its_order(demo: Searcher, mode: Mode) -> None:
    hits = demo.search(QUESTION, mode=mode).hits
    least = hits[2].confidence
    assert _ids(demo.search(QUESTION, mode=mode, min_confidence=least).hits) == _ids(hits)[:3]
    assert _ids(demo.search(QUESTION, mode=mode, min_confidence=least, offset=1, limit=1).hits) == [hits[1].id]


# --- posts ------------------------------------------------------------------------------------------------------------


def test_a_post_is_found_by_its_id_as_the_corpus_wrote_it(tmp_path: Path) -> None:
    searcher = searcher_of(tmp_path / "version", [planted("caf\u00e9", (1.0, 0.0), title="Coffee")], {})
    assert searcher.post("caf\u00e9").title == "Coffee"
    assert searcher.post("cafe\u0301").title == "Coffee"  # ids are kept in NFC, however they were written
    assert searcher.related("cafe\u0301").post_id == "caf\u00e9"


@pytest.mark.parametrize("post_id", ["", "VPT", "vp", "vpt ' OR 1=1 --", "%", "\ud800", "x" * 10_000])
def test_an_unknown_id_is_named(demo: Searcher, post_id: str) -> None:
    with pytest.raises(PostNotFound) as caught:
        demo.post(post_id)
    assert caught.value.post_id == post_id


# --- threads ----------------------------------------------------------------------------------------------------------


def test_results_are_the_same_from_many_threads(demo: Searcher) -> None:
    def fixed(answer: Any) -> Any:
        """The result without the fields that differ every time."""
        content = {name: getattr(answer, name) for name in answer.__slots__}
        return content | {"request_id": None, "processing_time_ms": None}

    questions = ("maths", "minecraft videos", "safe pictures", "a chatbot that cites sources", "what is it")
    asks: list[Callable[[], Any]] = [
        *(lambda q=q, mode=mode: demo.search(q, mode=mode, explain=True) for q in questions for mode in MODES),
        *(lambda q=q: demo.search(q, tags=["alignment"], facets=["tags"], limit=2) for q in questions),
        *(lambda post_id=post_id: demo.related(post_id) for post_id in demo.snapshot.documents.ids()),
        *(lambda q=q: demo.related(texts=[q]) for q in questions),
        *(lambda q=q: demo.suggest(q) for q in ("l", "tr", "prob", "x")),
    ]
    alone = [fixed(ask()) for ask in asks]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda ask: fixed(ask()), asks * 3))
    assert together == alone * 3
