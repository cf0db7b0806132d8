from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import semsearch
from semsearch.index.lexical.query_model import WordContribution
from semsearch.ranking.score import (
    LEXICAL_SCALE,
    MIN_SHARE,
    Explanation,
    FeedbackPart,
    LexicalPart,
    RecencyPart,
    RerankingPart,
    SemanticPart,
    full_bm25,
    lexical_score,
    reranked_scores,
)
from semsearch.search import Hit, Searcher
from semsearch.search.requests import MODES, Mode
from semsearch.search.second_stage import SecondStage
from tests.search.fakes import FakeReranker, planted, searcher_of

SEMANTIC = SemanticPart(
    whole=0.5, passage=0.75, hubness=0.0, background_mean=0.125, background_deviation=0.25
)  # 2 deviations
FEEDBACK = FeedbackPart(similarity=0.75, background_mean=0.25, background_deviation=0.25)  # 2 deviations, of which 0.3
LEXICAL = LexicalPart(
    words=(
        WordContribution(word="maths", term="math", field="title", frequency=1, bm25=2.0),
        WordContribution(word="maths", term="math", field="body", frequency=3, bm25=1.0),
    ),
    full=4.0,
)  # three quarters of LEXICAL_SCALE
RECENCY = RecencyPart(weight=4.0, freshness=0.5, confidence=0.25)  # half a deviation


# --- the parts --------------------------------------------------------------------------------------------------------


def test_the_parts_are_on_one_scale() -> None:
    assert SEMANTIC.score == 2.0
    assert dataclasses.replace(SEMANTIC, hubness=0.125).score == pytest.approx(2 - 0.3 * 0.125 / 0.25)
    assert FEEDBACK.score == pytest.approx(0.6)
    assert LEXICAL.bm25 == 3.0
    assert LEXICAL.score == 0.75 * LEXICAL_SCALE
    assert RECENCY.score == 0.5


def test_the_lexical_score_without_words_is_0() -> None:
    assert LexicalPart(words=(), full=0.0).score == 0.0


@pytest.mark.parametrize(
    ("semantic", "lexical", "weights", "expected"),
    [
        (SEMANTIC, LEXICAL, (1.0, 1.0), 2 + 0.75 * LEXICAL_SCALE),
        (SEMANTIC, LEXICAL, (1.0, 0.25), 2 + 0.25 * 0.75 * LEXICAL_SCALE),
        (SEMANTIC, LEXICAL, (0.5, 1.0), 1 + 0.75 * LEXICAL_SCALE),
        (SEMANTIC, None, (1.0, 0.0), 2.0),
        (None, LEXICAL, (0.0, 1.0), 0.75 * LEXICAL_SCALE),
    ],
)
def test_a_score_is_the_weighted_sum_of_its_parts(
    semantic: SemanticPart | None, lexical: LexicalPart | None, weights: tuple[float, float], expected: float
) -> None:
    assert Explanation(semantic, lexical, *weights).score == expected
    assert Explanation(semantic, lexical, *weights, recency=RECENCY).score == expected + 0.5
    with_feedback = Explanation(semantic, lexical, *weights, feedback=FEEDBACK).score
    assert with_feedback == pytest.approx(expected + 0.6 * weights[0])


def test_reranking_replaces_the_other_parts() -> None:
    parts = Explanation(SEMANTIC, LEXICAL, 1.0, 1.0, RECENCY, RerankingPart(relevance=0.25, lowest=1.0, highest=3.0))
    assert parts.score == 1.5


@given(st.lists(st.floats(0, 1), min_size=1), st.floats(-50, 50), st.floats(0, 50))
def test_reranked_scores_keep_the_order_and_range(relevances: list[float], lowest: float, spread: float) -> None:
    scores = reranked_scores(np.array(sorted(relevances)), lowest, lowest + spread)
    assert (np.diff(scores) >= 0).all()
    assert scores.min() >= lowest
    assert scores.max() <= lowest + spread + 1e-9


# --- what words are worth ---------------------------------------------------------------------------------------------


@given(st.floats(0.01, 100), st.floats(1, 5))
def test_a_good_best_match_scores_lexical_scale(best: float, times: float) -> None:
    possible = best * times * (1 - 1e-9)  # at least a fifth of what is possible
    full = full_bm25(best, possible, semantic_weight=1.0)
    assert lexical_score(best, full) <= LEXICAL_SCALE
    if times <= 1 / MIN_SHARE:
        assert lexical_score(best, full) == LEXICAL_SCALE
    else:
        assert lexical_score(best, full) == pytest.approx(LEXICAL_SCALE * best / (MIN_SHARE * possible))


def test_full_bm25_is_the_best_possible_in_lexical_search() -> None:
    assert full_bm25(6.0, 8.0, semantic_weight=0.0) == 8.0
    assert full_bm25(6.0, 8.0, semantic_weight=1.0) == 6.0
    assert full_bm25(1.0, 8.0, semantic_weight=1.0) == 8.0 * MIN_SHARE
    assert full_bm25(0.0, 0.0, semantic_weight=1.0) == 0.0


# --- the score of a hit -----------------------------------------------------------------------------------------------


def _recomputed(parts: Any) -> float:
    """The score from nothing but the numbers that are shown."""
    assert isinstance(parts, Explanation)
    if (reranked := parts.reranking) is not None:
        return reranked.lowest + reranked.relevance * (reranked.highest - reranked.lowest)
    score = 0.0
    if parts.semantic is not None:
        cosine = (parts.semantic.whole + parts.semantic.passage) / 2 - 0.3 * parts.semantic.hubness
        deviations = (cosine - parts.semantic.background_mean) / parts.semantic.background_deviation
        score += parts.semantic_weight * deviations
    if parts.feedback is not None:
        part = parts.feedback
        deviations = (part.similarity - part.background_mean) / part.background_deviation
        score += parts.semantic_weight * 0.3 * deviations
    if parts.lexical is not None and parts.lexical.words:
        score += parts.lexical_weight * 3.5 * sum(word.bm25 for word in parts.lexical.words) / parts.lexical.full
    if parts.recency is not None:
        score += parts.recency.weight * parts.recency.freshness * parts.recency.confidence
    return score


def _close(score: float) -> Any:
    """A deviation is a difference of numbers in single precision: small ones are as exact as large ones."""
    return pytest.approx(score, rel=1e-5, abs=1e-5)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("ratio", [0.0, 0.3, 0.5, 0.9, 1.0])
@pytest.mark.parametrize(
    "q", ["how do models do maths?", "modles that lern maths maths", '"language models" -minecraft']
)
def test_scores_can_be_recomputed_from_explanations(demo: Searcher, mode: Mode, ratio: float, q: str) -> None:
    hits = demo.search(q, mode=mode, semantic_ratio=ratio, explain=True).hits
    assert len(hits) >= 3
    for hit in hits:
        parts = hit.explanation
        assert isinstance(parts, Explanation)
        assert _recomputed(parts) == _close(hit.score)
        assert parts.score == _close(hit.score)
        assert (parts.semantic is None) == (parts.semantic_weight == 0)
        assert (parts.feedback is None) == (parts.semantic_weight == 0)
        assert (parts.lexical is None) == (parts.lexical_weight == 0)
        assert max(parts.semantic_weight, parts.lexical_weight) == 1
        assert (parts.recency, parts.reranking) == (None, None)


@pytest.mark.parametrize("mode", MODES)
def test_recency_and_reranking_are_parts_of_the_score(demo: Searcher, mode: Mode) -> None:
    q, boost = "models that do maths", {"recency_weight": 3.0, "recency_origin": "2022-06-13", "recency_scale": 200}
    plain = {hit.id: hit for hit in demo.search(q, mode=mode, explain=True).hits}
    lifted = demo.search(q, mode=mode, explain=True, **boost).hits  # type: ignore[arg-type]
    assert len(lifted) == len(plain) > 5
    for hit in lifted:
        parts = hit.explanation
        assert isinstance(parts, Explanation)
        assert parts.recency is not None
        assert _recomputed(parts) == _close(hit.score)
        assert hit.score == _close(plain[hit.id].score + 3 * parts.recency.freshness * hit.confidence)
        assert hit.confidence == plain[hit.id].confidence

    stage = SecondStage(FakeReranker(), depth=4, budget_ms=1e9)
    reranked = dataclasses.replace(demo, second_stage=stage).search(q, mode=mode, explain=True, **boost).hits  # type: ignore[arg-type]
    shown: list[Hit] = list(reranked)
    assert [bool(hit.explanation.reranking) for hit in shown] == [True] * 4 + [False] * (len(plain) - 4)  # type: ignore[union-attr]
    for hit in shown:
        assert _recomputed(hit.explanation) == _close(hit.score)
        assert hit.confidence == plain[hit.id].confidence


def test_each_word_is_named_as_typed_and_as_found_with_the_field_it_stands_in(
    build: Callable[[Iterable[Mapping[str, Any] | str]], Path],
) -> None:
    index = build(
        [
            {
                "id": "a",
                "title": "Growing tomatoes",
                "teaser": "Tomatoes like sun.",
                "tags": ["tomato"],
                "body": "Sun.",
            },
            {"id": "b", "title": "Growing beans", "teaser": "They climb."},
        ]
    )
    with_words = semsearch.open(index).search("tomatos sun growing", mode="lexical", explain=True)
    parts = with_words.hits[0].explanation
    assert with_words.hits[0].id == "a"
    assert with_words.corrections == {}  # "tomatos" has the stem of "tomato"
    assert isinstance(parts, Explanation)
    assert parts.lexical is not None
    found = {(word.word, word.term, word.field): word.frequency for word in parts.lexical.words}
    assert found == {
        ("tomatos", "tomato", "title"): 1,
        ("tomatos", "tomato", "tags"): 1,
        ("tomatos", "tomato", "teaser"): 1,
        ("sun", "sun", "teaser"): 1,
        ("sun", "sun", "body"): 1,
        ("growing", "grow", "title"): 1,
    }
    by_field = {word.field: word.bm25 for word in parts.lexical.words if word.word == "tomatos"}
    assert by_field["title"] > by_field["tags"] > by_field["teaser"] > 0


def test_an_explanation_has_the_background_of_the_corpus(demo: Searcher) -> None:
    parts = demo.search("maths", explain=True).hits[0].explanation
    assert isinstance(parts, Explanation)
    assert parts.semantic is not None
    assert parts.feedback is not None
    calibration = demo.snapshot.manifest.calibration
    found = [(part.background_mean, part.background_deviation) for part in (parts.semantic, parts.feedback)]
    assert found == [dataclasses.astuple(calibration.search), dataclasses.astuple(calibration.posts)]


def test_a_post_of_one_repeated_word_comes_near_the_best_possible_bm25(tmp_path: Path) -> None:
    said = " ".join(["alpha"] * 500)
    posts = [
        planted("all", (1.0, 0.0), title=said, teaser=said, body=said, tags=(said,)),
        *(planted(f"other-{number}", (1.0, 0.0), title="beta") for number in range(3)),
    ]
    (hit,) = searcher_of(tmp_path / "version", posts, {}).search("alpha", mode="lexical", explain=True).hits
    assert isinstance(hit.explanation, Explanation)
    assert hit.explanation.lexical is not None
    assert 0.98 < hit.explanation.lexical.bm25 / hit.explanation.lexical.full < 1
    assert hit.score == pytest.approx(hit.explanation.lexical.score, rel=1e-5)
    assert math.isfinite(hit.score)


def test_every_post_is_the_best_answer_to_its_own_teaser(demo: Searcher) -> None:
    for post_id in demo.snapshot.documents.ids():
        first = demo.search(demo.post(post_id).teaser[:500].replace("-", " "), mode="lexical").hits[0]
        assert first.id == post_id
        assert 0.5 < first.confidence < 1
