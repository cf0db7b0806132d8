from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from semsearch.index import Background, Calibration
from semsearch.ranking.confidence import ANSWER_CONFIDENCE, confidence, unanswerable_background
from semsearch.ranking.score import Explanation
from semsearch.search import Hit, Searcher
from semsearch.search.requests import MODES, Mode

_SCORES = st.floats(-60, 60)
_BACKGROUNDS = st.builds(Background, mean=st.floats(-10, 10), deviation=st.floats(0.25, 5))
_NOTHING = Background(mean=0.0, deviation=1.0)
CALIBRATION = Calibration(
    search=_NOTHING,
    hybrid=Background(mean=5.0, deviation=1.0),
    semantic=Background(mean=3.0, deviation=0.5),
    lexical=Background(mean=1.0, deviation=0.25),
)

# --- of scores --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("score", "expected"),
    [
        (3.0, 0.5),  # half of the unanswerable queries score lower
        (3.0 + 1.6448536 * 2, 0.95),
        (3.0 + 2.3263479 * 2, 0.99),
        (3.0 - 1.2815516 * 2, 0.1),
        (1e3, 1.0),
        (-1e3, 0.0),
    ],
)
def test_confidence_is_the_share_of_unanswerable_queries_that_score_lower(score: float, expected: float) -> None:
    assert confidence(np.array([score]), Background(mean=3.0, deviation=2.0))[0] == pytest.approx(expected, abs=1e-6)


@given(st.lists(_SCORES, min_size=2, max_size=20), _BACKGROUNDS)
def test_confidence_lies_between_0_and_1_and_rises_with_the_score(scores: list[float], background: Background) -> None:
    sure = confidence(np.array(sorted(scores)), background)
    assert sure.min() >= 0
    assert sure.max() <= 1
    assert (np.diff(sure) >= 0).all()


def test_confidence_has_the_shape_of_the_scores() -> None:
    assert confidence(np.empty(0), _NOTHING).shape == (0,)
    assert confidence(np.zeros((2, 3)), _NOTHING).shape == (2, 3)


# --- what is unanswerable ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("semantic", "lexical", "expected"),
    [
        (1.0, 0.0, CALIBRATION.semantic),
        (0.0, 1.0, CALIBRATION.lexical),
        (1.0, 1.0, CALIBRATION.hybrid),
        (1.0, 0.5, Background(mean=4.0, deviation=0.75)),
        (0.5, 1.0, Background(mean=3.0, deviation=0.625)),
        (0.5, 0.25, Background(mean=2.0, deviation=0.375)),  # half the weights, half the scores
    ],
)
def test_the_background_is_interpolated_between_the_modes(
    semantic: float, lexical: float, expected: Background
) -> None:
    assert unanswerable_background(CALIBRATION, semantic, lexical) == expected


@given(st.floats(0, 1), st.floats(0, 1).filter(lambda weight: weight > 1e-3))
def test_confidence_does_not_change_if_scores_and_weights_are_scaled(other: float, factor: float) -> None:
    whole, part = (
        unanswerable_background(CALIBRATION, 1.0, other),
        unanswerable_background(CALIBRATION, factor, factor * other),
    )
    scores = np.linspace(-5, 15, 20)
    assert confidence(scores * factor, part) == pytest.approx(confidence(scores, whole), abs=1e-6)


# --- of hits ----------------------------------------------------------------------------------------------------------

HELD = [
    "can a computer do the arithmetic homework of children?",
    "how do you stop a picture generator from drawing gore?",
    "training neural networks on many GPUs",
]
NOT_HELD = [
    "when does the ferry to the island leave on Sundays?",
    "recipe for sourdough bread",
    "how to prune apple trees in winter",
    "xqzzt vvkl",
]


@pytest.mark.parametrize("mode", ["hybrid", "semantic"])
@pytest.mark.parametrize("q", HELD)
def test_a_query_that_the_corpus_answers_is_answerable(demo: Searcher, q: str, mode: Mode) -> None:
    result = demo.search(q, mode=mode)
    assert result.answerable
    assert result.hits[0].confidence >= ANSWER_CONFIDENCE


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("q", NOT_HELD)
def test_a_query_that_the_corpus_does_not_answer_is_not_answerable(demo: Searcher, q: str, mode: Mode) -> None:
    result = demo.search(q, mode=mode)
    assert not result.answerable
    assert all(hit.confidence < ANSWER_CONFIDENCE for hit in result.hits)
    assert len(result.hits) == 9 or mode == "lexical"  # below the line, but shown


@pytest.mark.parametrize("mode", MODES)
def test_answerable_does_not_depend_on_page_or_minimum_confidence(demo: Searcher, mode: Mode) -> None:
    for q in ("math olympiad", "recipe for sourdough bread"):
        answers = {
            demo.search(q, mode=mode, **parameters).answerable
            for parameters in ({}, {"limit": 1}, {"offset": 7}, {"offset": 100}, {"min_confidence": 1.0})
        }
        assert answers == {q == "math olympiad"}


@pytest.mark.parametrize("mode", ["semantic", "lexical"])
@pytest.mark.parametrize("q", ["math olympiad", "learning from people", "mincraft"])
def test_confidence_falls_with_the_score_without_hubness_and_feedback(demo: Searcher, q: str, mode: Mode) -> None:
    hits = demo.search(q, mode=mode, explain=True).hits
    assert hits
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    by_evidence = sorted(hits, key=_evidence, reverse=True)
    assert [hit.confidence for hit in by_evidence] == sorted((hit.confidence for hit in hits), reverse=True)


@pytest.mark.parametrize("q", ["math olympiad", "learning from people", "mincraft", "theorem prover for Lean"])
def test_a_hit_for_few_words_is_at_least_as_confident_as_in_lexical_search(demo: Searcher, q: str) -> None:
    """A model learns little from a word or a name."""
    hybrid = {hit.id: hit.confidence for hit in demo.search(q).hits}
    by_words = {hit.id: hit.confidence for hit in demo.search(q, mode="lexical").hits}
    assert by_words
    assert all(hybrid[post_id] >= confidence - 1e-9 for post_id, confidence in by_words.items())


def _evidence(hit: Hit) -> float:
    """The score without what compares the post with other posts."""
    parts = hit.explanation
    assert isinstance(parts, Explanation)
    semantic = None if parts.semantic is None else replace(parts.semantic, hubness=0.0)
    return replace(parts, semantic=semantic, feedback=None).score


@pytest.mark.parametrize("mode", MODES)
def test_a_filter_changes_neither_score_nor_confidence(demo: Searcher, mode: Mode) -> None:
    everywhere = {hit.id: hit for hit in demo.search("math olympiad", mode=mode).hits}
    among = demo.search("math olympiad", mode=mode, tags=["language models"]).hits
    assert among
    for hit in among:
        assert (hit.score, hit.confidence) == (everywhere[hit.id].score, everywhere[hit.id].confidence)


@pytest.mark.parametrize("mode", MODES)
def test_minimum_confidence_keeps_exactly_the_hits_that_reach_it(demo: Searcher, mode: Mode) -> None:
    hits = demo.search("math problems", mode=mode).hits
    for least in (0.001, 0.05, 0.5, 0.9, 1.0):
        result = demo.search("math problems", mode=mode, min_confidence=least)
        assert [hit.id for hit in result.hits] == [hit.id for hit in hits if hit.confidence >= least]
        assert result.estimated_total_hits == len(result.hits)
