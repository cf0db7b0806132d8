"""The score of a post is the same, bit for bit, whichever other posts are scored with it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semsearch.index.lexical import index as lexical
from semsearch.ranking.analyzed_query import analyze_query
from semsearch.ranking.matches import Matches
from semsearch.ranking.ranker import Ranker
from semsearch.ranking.syntax import parse
from semsearch.search import Hit, Searcher
from semsearch.search.requests import MODES, Mode, weights_of
from tests.search.fakes import PLAIN, planted, searcher_of

POSTS = 1_000
DIMENSION = 50
"""Not a multiple of the rows and columns that a matrix product takes at once."""
QUERY = "alpha beta gamma"


@pytest.fixture(scope="module", params=["rare words", "frequent words"])
def searcher(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Searcher]:
    """Posts with up to seven passages in all directions. Frequent words are scored by the index, rare ones from
    cached postings."""
    generator = np.random.default_rng(11)
    posts = []
    for number in range(POSTS):
        passages = {f"Sentence {place}.": tuple(generator.standard_normal(DIMENSION)) for place in range(number % 8)}
        words = [word for word in QUERY.split() for _ in range(generator.integers(3))]
        posts.append(
            planted(
                f"p{number}",
                tuple(generator.standard_normal(DIMENSION)),
                passages,
                title=f"{number} {' '.join(words)}",
                tags=("even",) if number % 2 == 0 else ("odd",),
            )
        )
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "frequent words":
            patch.setattr(lexical, "_MAX_MEMOISED_POSTS", 0)
        nearness = generator.uniform(0.2, 0.8, POSTS).tolist()
        texts = {QUERY: tuple(generator.standard_normal(DIMENSION))}
        yield searcher_of(tmp_path_factory.mktemp("posts") / "version", posts, texts, pairs=PLAIN, nearness=nearness)


@pytest.fixture
def ranker(searcher: Searcher, mode: Mode) -> Ranker:
    query = analyze_query(parse(QUERY), searcher.snapshot, searcher.encoder.is_known_word)
    return Ranker(Matches(searcher.snapshot, query, weights_of(mode)), searcher.encoder.encode_queries([QUERY])[0])


Scores = dict[int, tuple[float, ...]]


def _scores(ranker: Ranker, ordinals: list[int]) -> Scores:
    """By ordinal, the score and what it is computed from."""
    ranking = ranker.score(np.array(ordinals))
    arrays = (
        ranking.scores,
        ranking.post_similarity,
        ranking.passage_similarity,
        ranking.feedback_similarity,
        ranking.passage_rows,
        ranking.bm25,
    )
    return dict(zip(ranking.ordinals.tolist(), zip(*(array.tolist() for array in arrays), strict=True), strict=True))


@pytest.mark.parametrize("mode", MODES)
def test_a_post_scores_the_same_alone_and_among_any_others(ranker: Ranker) -> None:
    generator = np.random.default_rng(5)
    every = _scores(ranker, list(range(POSTS)))
    assert len(every) == POSTS
    for count in (1, 2, 3, 10, 17, 100, POSTS):
        for _ in range(5):
            chosen = generator.permutation(POSTS)[:count].tolist()
            assert _scores(ranker, chosen) == {ordinal: every[ordinal] for ordinal in chosen}


@settings(max_examples=40, deadline=None)
@given(
    mode=st.sampled_from(MODES),
    limit=st.integers(1, 100),
    offset=st.integers(0, 400),
    parameters=st.fixed_dictionaries(
        {},
        optional={
            "tags": st.sampled_from((["even"], ["odd"])),
            "explain": st.booleans(),
            "collapse": st.booleans(),
            "highlight": st.booleans(),
        },
    ),
)
def test_a_hit_scores_the_same_on_every_page_behind_a_filter_and_explained(
    searcher: Searcher, mode: Mode, limit: int, offset: int, parameters: dict[str, Any]
) -> None:
    query = analyze_query(parse(QUERY), searcher.snapshot, searcher.encoder.is_known_word)
    vector = searcher.encoder.encode_queries([QUERY])[0]
    ranker = Ranker(Matches(searcher.snapshot, query, weights_of(mode)), vector)
    every = {f"p{ordinal}": scores for ordinal, scores in _scores(ranker, list(range(POSTS))).items()}
    hits: tuple[Hit, ...] = searcher.search(QUERY, mode=mode, limit=limit, offset=offset, **parameters).hits
    assert hits
    assert {hit.id: hit.score for hit in hits} == {hit.id: every[hit.id][0] for hit in hits}
    ranking = ranker.score(np.array([int(hit.id[1:]) for hit in hits]))
    confidences = dict(zip(ranking.ordinals.tolist(), ranker.confidence(ranking).tolist(), strict=True))
    assert {int(hit.id[1:]): hit.confidence for hit in hits} == confidences
    for hit in hits:
        if parameters.get("explain") and mode != "lexical":
            part, feedback = hit.explanation.semantic, hit.explanation.feedback  # type: ignore[union-attr]
            shown = (part.whole, part.passage, feedback.similarity)  # type: ignore[union-attr]
            assert shown == every[hit.id][1:4]
