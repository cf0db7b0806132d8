from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from semsearch.search import Searcher
from semsearch.search.explanation import Explanation, LexicalPart, RelatedExplanation, SemanticPart
from semsearch.search.requests import MODES, Mode
from tests.search.fakes import planted, searcher_of

SEMANTIC = SemanticPart(whole=0.5, passage=0.75, background_mean=0.125, background_deviation=0.25)  # 2 deviations
LEXICAL = LexicalPart(bm25=3.0, best_possible=12.0)  # a quarter: 2 deviations of 8


def test_the_parts_are_on_one_scale() -> None:
    assert SEMANTIC.deviations == 2.0
    assert (LEXICAL.share, LEXICAL.deviations) == (0.25, 2.0)


def test_a_question_without_words_has_no_lexical_share() -> None:
    assert LexicalPart(bm25=0.0, best_possible=0.0).share == 0.0


@pytest.mark.parametrize(
    ("semantic", "lexical", "weights", "expected"),
    [
        (SEMANTIC, LEXICAL, (1.0, 1.0), 4.0),
        (SEMANTIC, LEXICAL, (1.0, 0.25), 2.5),
        (SEMANTIC, LEXICAL, (0.5, 1.0), 3.0),
        (SEMANTIC, None, (1.0, 0.0), 2.0),
        (None, LEXICAL, (0.0, 1.0), 2.0),
    ],
)
def test_a_score_is_the_weighted_sum_of_its_parts(
    semantic: SemanticPart | None, lexical: LexicalPart | None, weights: tuple[float, float], expected: float
) -> None:
    assert Explanation(semantic, lexical, *weights).score == expected


def test_a_related_score_is_likeness_less_half_of_unlikeness() -> None:
    assert RelatedExplanation(positive=0.75, negative=0.5).score == 0.5


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("ratio", [0.0, 0.3, 0.5, 0.9, 1.0])
def test_the_score_of_every_hit_can_be_computed_again_from_what_is_shown(
    demo: Searcher, mode: Mode, ratio: float
) -> None:
    hits = demo.search("how do models do maths?", mode=mode, semantic_ratio=ratio, explain=True).hits
    assert len(hits) >= 8
    for hit in hits:
        parts = hit.explanation
        assert isinstance(parts, Explanation)
        score = 0.0
        if parts.semantic is not None:
            cosines = (parts.semantic.whole + parts.semantic.passage) / 2
            score += parts.semantic_weight * (
                (cosines - parts.semantic.background_mean) / parts.semantic.background_deviation
            )
        if parts.lexical is not None:
            score += parts.lexical_weight * 8 * (parts.lexical.bm25 / parts.lexical.best_possible)
        assert score == hit.score
        assert (parts.semantic is None) == (parts.semantic_weight == 0)
        assert (parts.lexical is None) == (parts.lexical_weight == 0)
        assert max(parts.semantic_weight, parts.lexical_weight) == 1


def test_an_explanation_says_what_the_corpus_is_like(demo: Searcher) -> None:
    parts = demo.search("maths", explain=True).hits[0].explanation
    assert isinstance(parts, Explanation)
    assert parts.semantic is not None
    background = demo.snapshot.manifest.calibration.search
    assert (parts.semantic.background_mean, parts.semantic.background_deviation) == dataclasses.astuple(background)


def test_a_post_that_says_nothing_else_comes_near_the_best_possible_and_not_over_it(tmp_path: Path) -> None:
    said = " ".join(["alpha"] * 500)
    posts = [
        planted("all", (1.0, 0.0), title=said, teaser=said, body=said, tags=(said,)),
        *(planted(f"other-{number}", (1.0, 0.0), title="beta") for number in range(3)),
    ]
    searcher = searcher_of(tmp_path / "version", posts, {})
    (hit,) = searcher.search("alpha", mode="lexical", explain=True).hits
    assert isinstance(hit.explanation, Explanation)
    assert hit.explanation.lexical is not None
    assert 0.98 < hit.explanation.lexical.share < 1


def test_every_post_is_the_best_answer_to_its_own_teaser(demo: Searcher) -> None:
    for post_id in demo.snapshot.documents.ids():
        first = demo.search(demo.post(post_id).teaser[:500], mode="lexical").hits[0]
        assert first.id == post_id
        assert 0.3 < first.confidence < 1
