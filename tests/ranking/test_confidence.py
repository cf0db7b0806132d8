from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from semsearch.index import Background, Calibration
from semsearch.ranking.confidence import ANSWERED, confidence, unanswerable
from semsearch.search import Searcher
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
        (3.0, 0.5),  # what half of the unanswerable questions reach
        (3.0 + 1.6448536 * 2, 0.95),
        (3.0 + 2.3263479 * 2, 0.99),
        (3.0 - 1.2815516 * 2, 0.1),
        (1e3, 1.0),
        (-1e3, 0.0),
    ],
)
def test_it_is_the_share_of_unanswerable_questions_that_score_lower(score: float, expected: float) -> None:
    assert confidence(np.array([score]), Background(mean=3.0, deviation=2.0))[0] == pytest.approx(expected, abs=1e-6)


@given(st.lists(_SCORES, min_size=2, max_size=20), _BACKGROUNDS)
def test_it_lies_between_0_and_1_and_grows_with_the_score(scores: list[float], background: Background) -> None:
    sure = confidence(np.array(sorted(scores)), background)
    assert sure.min() >= 0
    assert sure.max() <= 1
    assert (np.diff(sure) >= 0).all()


def test_no_scores_have_no_confidences() -> None:
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
def test_between_the_modes_it_is_in_proportion_to_the_lesser_weight(
    semantic: float, lexical: float, expected: Background
) -> None:
    assert unanswerable(CALIBRATION, semantic, lexical) == expected


@given(st.floats(0, 1), st.floats(0, 1).filter(lambda weight: weight > 1e-3))
def test_scores_and_weights_in_proportion_are_equally_sure(other: float, factor: float) -> None:
    whole, part = unanswerable(CALIBRATION, 1.0, other), unanswerable(CALIBRATION, factor, factor * other)
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
def test_a_question_that_the_corpus_answers_is_answerable(demo: Searcher, q: str, mode: Mode) -> None:
    result = demo.search(q, mode=mode)
    assert result.answerable
    assert result.hits[0].confidence >= ANSWERED


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("q", NOT_HELD)
def test_a_question_about_what_the_corpus_does_not_hold_is_not(demo: Searcher, q: str, mode: Mode) -> None:
    result = demo.search(q, mode=mode)
    assert not result.answerable
    assert all(hit.confidence < ANSWERED for hit in result.hits)
    assert len(result.hits) == 9 or mode == "lexical"  # below the line, but shown


@pytest.mark.parametrize("mode", MODES)
def test_whether_it_is_answerable_does_not_depend_on_the_page_or_on_what_is_asked_for(
    demo: Searcher, mode: Mode
) -> None:
    for q in ("math olympiad", "recipe for sourdough bread"):
        answers = {
            demo.search(q, mode=mode, **parameters).answerable
            for parameters in ({}, {"limit": 1}, {"offset": 7}, {"offset": 100}, {"min_confidence": 1.0})
        }
        assert answers == {q == "math olympiad"}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("q", ["math olympiad", "learning from people", "mincraft"])
def test_confidence_falls_with_the_score(demo: Searcher, q: str, mode: Mode) -> None:
    hits = demo.search(q, mode=mode).hits
    assert hits
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert [hit.confidence for hit in hits] == sorted((hit.confidence for hit in hits), reverse=True)


@pytest.mark.parametrize("mode", MODES)
def test_a_filter_makes_no_post_surer(demo: Searcher, mode: Mode) -> None:
    everywhere = {hit.id: hit for hit in demo.search("math olympiad", mode=mode).hits}
    among = demo.search("math olympiad", mode=mode, tags=["language models"]).hits
    assert among
    for hit in among:
        assert hit.confidence == pytest.approx(everywhere[hit.id].confidence, rel=1e-5)
        assert hit.score == pytest.approx(everywhere[hit.id].score, rel=1e-5)


@pytest.mark.parametrize("mode", MODES)
def test_a_least_confidence_keeps_exactly_the_hits_that_reach_it(demo: Searcher, mode: Mode) -> None:
    hits = demo.search("math problems", mode=mode).hits
    for least in (0.001, 0.05, 0.5, 0.9, 1.0):
        result = demo.search("math problems", mode=mode, min_confidence=least)
        assert [hit.id for hit in result.hits] == [hit.id for hit in hits if hit.confidence >= least]
        assert result.estimated_total_hits == len(result.hits)
