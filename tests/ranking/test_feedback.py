from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from semsearch.ranking.feedback import FEEDBACK_POSTS, feedback_vector
from semsearch.ranking.score import Explanation
from semsearch.search import Searcher
from semsearch.search.curation import Curation
from tests.search.fakes import PLAIN, planted, searcher_of


def test_hits_weigh_less_the_lower_they_score() -> None:
    vectors = np.array([[1.0, 0.0], [0.0, 1.0]], dtype=np.float32)
    found = feedback_vector(vectors, np.array([5.0, 4.0]))
    assert found.tolist() == pytest.approx([1 / math.hypot(1, 1 / math.e), 1 / math.e / math.hypot(1, 1 / math.e)])
    assert found.dtype == np.float32


def test_a_single_hit_is_its_own_mean_and_opposite_hits_are_no_error() -> None:
    assert feedback_vector(np.array([[0.6, 0.8]], dtype=np.float32), np.array([-3.0])).tolist() == pytest.approx(
        [0.6, 0.8]
    )
    opposite = feedback_vector(np.array([[1.0, 0.0], [-1.0, 0.0]], dtype=np.float32), np.array([1.0, 1.0]))
    assert opposite.tolist() == [0.0, 0.0]


@pytest.fixture(scope="module")
def ring(tmp_path_factory: pytest.TempPathFactory) -> Searcher:
    """Twelve posts in directions from 0 to 165 degrees, every second with a tag; the query points at 0 degrees."""
    names = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven"]
    posts = [
        planted(
            f"p{place}",
            (math.cos(math.radians(15 * place)), math.sin(math.radians(15 * place))),
            title=f"alpha {name}",
            tags=("even",) if place % 2 == 0 else ("odd",),
        )
        for place, name in enumerate(names)
    ]
    texts = {"alpha": (1.0, 0.0), "alpha zero": (1.0, 0.0)}
    return searcher_of(tmp_path_factory.mktemp("ring") / "version", posts, texts, pairs=PLAIN)


def _parts(searcher: Searcher, q: str, **parameters: Any) -> dict[str, tuple[float, float]]:
    """The score and the feedback of each hit."""
    found = {}
    for hit in searcher.search(q, explain=True, limit=20, **parameters).hits:
        assert isinstance(hit.explanation, Explanation)
        assert hit.explanation.feedback is not None
        found[hit.id] = hit.score, hit.explanation.feedback.similarity
    return found


@pytest.mark.parametrize("mode", ["hybrid", "semantic"])
def test_feedback_is_of_the_five_best_of_all_posts_whatever_the_filter(ring: Searcher, mode: str) -> None:
    everything = _parts(ring, "alpha", mode=mode)
    assert len(everything) == 12
    conditions: list[dict[str, Any]] = [{"tags": ["odd"]}, {"tags": ["even"]}, {"collapse": False}]
    for condition in conditions:
        found = _parts(ring, "alpha", mode=mode, **condition)
        assert found == {post_id: everything[post_id] for post_id in found}
    first_page = ring.search("alpha", mode=mode, limit=1).hits  # type: ignore[arg-type]
    last_page = ring.search("alpha", mode=mode, limit=1, offset=11).hits  # type: ignore[arg-type]
    assert [hit.id for hit in (*first_page, *last_page)] == [next(iter(everything)), list(everything)[-1]]
    assert all(hit.score == everything[hit.id][0] for hit in (*first_page, *last_page))


def test_hiding_a_post_does_not_change_the_scores_of_others(ring: Searcher) -> None:
    everything = _parts(ring, "alpha")
    found = _parts(ring.with_curation(Curation(hidden=frozenset({"p0"}))), "alpha")
    assert found == {post_id: parts for post_id, parts in everything.items() if post_id != "p0"}


def test_posts_that_the_query_excludes_give_no_feedback(ring: Searcher) -> None:
    everything, without = _parts(ring, "alpha", mode="semantic"), _parts(ring, "alpha -zero", mode="semantic")
    assert without.keys() == everything.keys() - {"p0"}
    assert without["p1"][1] < everything["p1"][1], "without its neighbour, the mean is further away"
    assert without["p4"][1] > everything["p4"][1]
    only = _parts(ring, '"alpha zero"', mode="semantic")
    assert only.keys() == {"p0"}
    assert only["p0"] == pytest.approx((1.3, 1.0)), "the only post is the mean"


def test_feedback_lifts_posts_that_resemble_the_best_hits(tmp_path: Path) -> None:
    """Two posts are as similar to the query; the one that resembles the best hit comes first."""
    posts = [
        planted("unlike", (0.6, -0.8, 0.0)),
        planted("alike", (0.6, 0.8, 0.0)),
        planted("best", (0.9, math.sqrt(1 - 0.81), 0.0)),
        *(planted(f"other-{place}", (-1.0, 0.1 * place, 1.0)) for place in range(4)),
    ]
    searcher = searcher_of(tmp_path / "version", posts, {"q": (1.0, 0.0, 0.0)}, pairs=PLAIN)
    assert [hit.id for hit in searcher.search("q", mode="semantic").hits][:3] == ["best", "alike", "unlike"]
    assert FEEDBACK_POSTS == 5


def test_lexical_search_has_no_feedback(ring: Searcher) -> None:
    explanation = ring.search("alpha", mode="lexical", explain=True).hits[0].explanation
    assert isinstance(explanation, Explanation)
    assert explanation.feedback is None
