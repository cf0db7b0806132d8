from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semsearch.index import Scale, Scales, Tail
from semsearch.relating.relater import Relater, Shared, best_places, parts_of
from semsearch.relating.score import HUBNESS_WEIGHT
from tests.relating.builders import PLAIN, VECTORS, corpora, features_of, overlap_of
from tests.search.fakes import Planted, planted

scales = st.builds(
    Scales,
    st.builds(Scale, st.floats(-0.5, 0.5), st.floats(0.05, 1)),
    st.builds(Scale, st.floats(0, 0.5), st.floats(0.05, 1)),
    st.just(Tail(0.5, 0.3)),
)


@settings(max_examples=15, deadline=None)
@given(posts=corpora(), scales=scales, crowd=st.floats(-2, 2))
def test_scores_equal_the_sum_of_the_parts_without_hubness(
    tmp_path_factory: pytest.TempPathFactory, posts: list[Planted], scales: Scales, crowd: float
) -> None:
    features = features_of(tmp_path_factory.mktemp("pairs") / "v", posts, scales)
    relater, every = Relater(features), np.arange(len(posts))
    examples = [features.of_post(ordinal) for ordinal in every.tolist()]
    for example, shared in zip(examples, relater.shared(examples), strict=True):
        scores, about = relater.scores(example, shared, every), relater.about(example, shared, every)
        for ordinal in every.tolist():
            [(parts, common)] = parts_of(features, example, np.array([ordinal]), [crowd])
            assert sum(common.by_kind) == pytest.approx(sum(overlap_of(features, example, ordinal).by_kind))
            assert scores[ordinal] - HUBNESS_WEIGHT * crowd == pytest.approx(parts.score, abs=1e-4)
            assert about[ordinal] == pytest.approx(parts.about, abs=1e-4)


@settings(max_examples=15, deadline=None)
@given(posts=corpora(), depth=st.integers(1, 9), seed=st.integers(0, 99))
def test_candidates_pass_the_mask_and_are_all_at_full_depth(
    tmp_path_factory: pytest.TempPathFactory, posts: list[Planted], depth: int, seed: int
) -> None:
    features = features_of(tmp_path_factory.mktemp("masked") / "v", posts)
    relater, mask = Relater(features), np.random.default_rng(seed).random(len(posts)) < 0.6
    for ordinal in range(len(posts)):
        example = features.of_post(ordinal)
        shared = relater.shared([example])[0]
        found = relater.candidates(example, shared, mask, depth)
        assert found.tolist() == sorted(set(found.tolist()))
        assert np.all(mask[found])
        assert len(found) >= min(depth, int(np.count_nonzero(mask)))
        assert relater.candidates(example, shared, mask, len(posts)).tolist() == np.flatnonzero(mask).tolist()


def test_candidates_are_similar_or_share_features(tmp_path: Path) -> None:
    posts = [
        planted("a", (1.0, 0.0, 0.0), title="violin"),
        planted("near", (0.96, 0.28, 0.0), title="engine"),
        planted("sharing", (0.0, 0.0, 1.0), title="violin harbour"),
        planted("neither", (0.6, 0.8, 0.0), title="bridge"),
    ]
    features = features_of(tmp_path / "v", posts)
    relater, example = Relater(features), features.of_post(0)
    others = np.array([False, True, True, True])
    assert relater.candidates(example, relater.shared([example])[0], others, 1).tolist() == [1, 2]


def test_shared_features_are_computed_for_many_examples_at_once(tmp_path: Path) -> None:
    posts = [
        planted(str(place), VECTORS[place], title=title) for place, title in enumerate(("violin", "the", "violin"))
    ]
    relater = Relater(features_of(tmp_path / "v", posts))
    examples = [relater.features.of_post(ordinal) for ordinal in (2, 1)]
    violin, nothing = relater.shared(examples)
    assert sorted(violin.ordinals.tolist()) == [0, 2]
    assert relater.shared_weight(violin, np.arange(3)).tolist() == pytest.approx([1.0, 0.0, 1.0], abs=1e-3)
    assert relater.shared_weight(nothing, np.arange(3)).tolist() == [0.0, 0.0, 0.0]  # nothing is left of the one before


def test_top_posts_pass_the_mask() -> None:
    shared = Shared(np.array([4, 0, 2, 3], dtype=np.int32), np.array([0.1, 0.4, 0.3, 0.2], dtype=np.float32))
    allowed = np.array([True, True, True, False, True])
    assert sorted(shared.top(allowed, 2).tolist()) == [0, 2]
    assert sorted(shared.top(allowed, 9).tolist()) == [0, 2, 4]
    assert shared.top(np.zeros(5, dtype=np.bool_), 2).tolist() == []


def test_days_and_series_count_in_full_where_they_are_the_same(tmp_path: Path) -> None:
    posts = [
        planted("a", (1.0, 0.0), title="Violin Part 1", date="2025-01-01"),
        planted("same", (0.0, 1.0), title="Violin Part 2", date="2025-01-01T23:00:00Z"),
        planted("year", (0.0, 1.0), title="Engine", date="2026-01-01"),
        planted("undated", (0.0, 1.0), title="Harbour"),
    ]
    features = features_of(tmp_path / "v", posts)
    relater, example = Relater(features), features.of_post(0)
    shared = relater.shared([example])[0]
    others = np.array([1, 2, 3])
    beyond = relater.scores(example, shared, others) - relater.about(example, shared, others)
    assert beyond.tolist() == pytest.approx([0.5 + 0.5, 0.5 / math.e, 0.0], abs=1e-6)
    undated = features.of_post(3)
    assert relater.scores(undated, relater.shared([undated])[0], np.array([0])).tolist() == [0.0]


def test_no_shared_words_score_below_the_usual(tmp_path: Path) -> None:
    scales = Scales(meaning=PLAIN.meaning, words=Scale(start=0.1, unit=0.5), tail=PLAIN.tail)
    posts = [planted("a", (1.0, 0.0), title="violin"), planted("b", (0.0, 1.0), title="engine")]
    relater = Relater(features_of(tmp_path / "v", posts, scales))
    example = relater.features.of_post(0)
    assert relater.about(example, relater.shared([example])[0], np.array([1])).tolist() == pytest.approx([-0.2])


# --- the best ---------------------------------------------------------------------------------------------------------


def _best(scores: Sequence[float], limit: int, ordinals: Sequence[int] | None = None) -> list[int]:
    places = np.arange(len(scores)) if ordinals is None else np.array(ordinals)
    found: list[int] = best_places(places, np.array(scores), limit).tolist()
    return found


def test_best_places_have_the_highest_scores_and_ties_keep_their_order() -> None:
    assert _best([0.5, 0.9, 0.5, 0.7], 3) == [1, 3, 0]
    assert _best([0.5, 0.9, 0.5, 0.7], 9) == [1, 3, 0, 2]
    assert _best([], 9) == []


def test_best_places_are_positions_and_ties_are_ordered_by_ordinal() -> None:
    assert _best([0.5, 0.9, 0.5], 9, ordinals=[7, 8, 2]) == [1, 2, 0]
    assert _best([0.5, 0.9, 0.5], 2, ordinals=[7, 8, 2]) == [1, 2]
