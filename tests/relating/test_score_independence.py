"""The relatedness of two posts is the same, bit for bit, whichever other posts are compared."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semsearch.index import Tail
from semsearch.index.related import CANDIDATES
from semsearch.relating.features import Features
from semsearch.relating.relater import Relater, parts_of
from semsearch.search import Searcher
from tests.relating.builders import PLAIN
from tests.search.fakes import planted, searcher_of

POSTS = 300
DIMENSION = 50
"""Not a multiple of the rows and columns that a matrix product takes at once."""
SCALES = replace(PLAIN, tail=Tail(start=-0.25, slope=0.25))
"""Makes many related posts confident enough for a list, and few certain."""
WORDS = ("violin", "harbour", "bridge", "engine", "river", "winter", "garden")


@pytest.fixture(scope="module")
def searcher(tmp_path_factory: pytest.TempPathFactory) -> Searcher:
    generator = np.random.default_rng(3)
    posts = [
        planted(
            f"p{number}",
            tuple(generator.standard_normal(DIMENSION)),
            title=f"{number} {' '.join(generator.permutation(WORDS)[: number % 5])}",
            tags=("even",) if number % 2 == 0 else ("odd",),
            date=f"2024-01-{number % 28 + 1:02}",
        )
        for number in range(POSTS)
    ]
    return searcher_of(tmp_path_factory.mktemp("posts") / "version", posts, {}, scales=SCALES)


@pytest.fixture(scope="module")
def relater(searcher: Searcher) -> Relater:
    related = searcher.snapshot.related
    assert related is not None
    return Relater(Features(searcher.snapshot, related.centres, SCALES))


@settings(max_examples=50, deadline=None)
@given(
    example=st.integers(0, POSTS - 1), others=st.lists(st.integers(0, POSTS - 1), min_size=1, unique=True, max_size=200)
)
def test_posts_score_the_same_alone_and_among_any_others(relater: Relater, example: int, others: list[int]) -> None:
    of_example, every = relater.features.of_post(example), np.arange(POSTS)
    shared = relater.shared([of_example])[0]
    scores = relater.scores(of_example, shared, every)
    assert relater.scores(of_example, shared, np.array(others)).tolist() == scores[others].tolist()
    hubness = [0.5] * POSTS
    parts = [found for found, _ in parts_of(relater.features, of_example, every, hubness)]
    among_others = parts_of(relater.features, of_example, np.array(others), hubness[: len(others)])
    assert [found for found, _ in among_others] == [parts[other] for other in others]


@settings(max_examples=50, deadline=None)
@given(one=st.integers(0, POSTS - 1), others=st.lists(st.integers(0, POSTS - 1), min_size=1, unique=True, max_size=20))
def test_a_score_is_the_same_whichever_post_is_the_example(relater: Relater, one: int, others: list[int]) -> None:
    examples = [relater.features.of_post(ordinal) for ordinal in (one, *others)]
    shared = relater.shared(examples)
    scores = relater.scores(examples[0], shared[0], np.array(others)).tolist()
    reverse = [
        float(relater.scores(example, found, np.array([one]))[0])
        for example, found in zip(examples[1:], shared[1:], strict=True)
    ]
    assert scores == reverse


def test_written_scores_are_those_of_one_post_compared_with_another(searcher: Searcher, relater: Relater) -> None:
    """Those of a whole site are written in single precision, less the hubness of each candidate."""
    related = searcher.snapshot.related
    assert related is not None
    for post in range(0, POSTS, 7):
        candidates, written = related.candidates(post)
        assert len(candidates) == CANDIDATES
        example = relater.features.of_post(post)
        shared = relater.shared([example])[0]
        for candidate, score in zip(candidates.tolist(), written.tolist(), strict=True):
            [alone] = relater.scores(example, shared, np.array([candidate]))
            hubness = related.hubness(np.array([candidate]))[0]
            assert np.float32(score) == np.float32(alone) - np.float32(0.25) * hubness


@settings(max_examples=30, deadline=None)
@given(
    post=st.integers(0, POSTS - 1),
    limit=st.integers(1, 50),
    diversity=st.sampled_from((0.0, 0.3, 1.0)),
    parameters=st.fixed_dictionaries(
        {}, optional={"tags": st.sampled_from((["even"], ["odd"])), "explain": st.booleans()}
    ),
)
def test_a_related_post_scores_the_same_in_every_list(
    searcher: Searcher, post: int, limit: int, diversity: float, parameters: dict[str, Any]
) -> None:
    """Whether the list was looked up or computed for the request."""
    most = searcher.related(f"p{post}", limit=50, diversity=0.0)
    expected = {hit.id: (hit.score, hit.confidence) for hit in most.hits}
    found = searcher.related(f"p{post}", limit=limit, diversity=diversity, **parameters).hits
    assert found
    in_both = {hit.id: (hit.score, hit.confidence) for hit in found if hit.id in expected}
    assert in_both == {post_id: expected[post_id] for post_id in in_both}
    assert in_both or parameters.get("tags")
