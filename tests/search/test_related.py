from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semsearch.errors import InvalidRequest, PostNotFound
from semsearch.index import Background
from semsearch.search import Searcher
from semsearch.search.explanation import RelatedExplanation
from semsearch.search.related import marginal_relevance
from tests.search.fakes import planted, searcher_of


@pytest.fixture(scope="module")
def six(tmp_path_factory: pytest.TempPathFactory) -> Searcher:
    """Posts around ``a``, with which they have the cosines 0.96 (twice), 0.8, 0.6 and 0."""
    return searcher_of(
        tmp_path_factory.mktemp("six") / "version",
        [
            planted("a", (1.0, 0.0, 0.0), tags=("x",)),
            planted("near", (0.96, 0.28, 0.0), tags=("x", "y"), date="2024-01-01"),
            planted("twin", (0.96, 0.28, 0.0), tags=("y",), authors=("Ann",)),
            planted("other", (0.8, 0.0, 0.6), language="en"),
            planted("middle", (0.6, 0.8, 0.0), language="de", date="2020-01-01"),
            planted("far", (0.0, 0.0, 1.0), tags=("x",)),
        ],
        {"up": (0.0, 1.0, 0.0), "ahead": (1.0, 0.0, 0.0)},
        related=Background(mean=0.5, deviation=0.1),
    )


def _found(searcher: Searcher, *post_ids: str, **parameters: Any) -> list[str]:
    return [hit.id for hit in searcher.related(*post_ids, **parameters).hits]


# --- order ------------------------------------------------------------------------------------------------------------


def test_the_most_related_come_first_and_the_post_itself_never(six: Searcher) -> None:
    result = six.related("a", diversity=0, limit=50)
    assert [hit.id for hit in result.hits] == ["near", "twin", "other", "middle", "far"]
    assert [hit.score for hit in result.hits] == pytest.approx([0.96, 0.96, 0.8, 0.6, 0.0], abs=1e-6)
    assert (result.post_id, result.limit, result.index_version) == ("a", 50, six.snapshot.version)


def test_diversity_leaves_out_what_is_like_the_list_already(six: Searcher) -> None:
    assert _found(six, "a", limit=3, diversity=0) == ["near", "twin", "other"]
    # After "near", "twin" gains 0.7·0.96 - 0.3·1 = 0.372, "other" 0.7·0.8 - 0.3·0.768 = 0.3296.
    assert _found(six, "a", limit=2, diversity=0.3) == ["near", "twin"]
    # At 0.5 it is -0.02 against 0.016 for "other", -0.1 for "middle" and 0 for "far".
    assert _found(six, "a", limit=2, diversity=0.5) == ["near", "other"]
    # At 1 only unlikeness counts, after the first: "far" has the cosine 0 with "near". The list is in order of score.
    assert _found(six, "a", limit=2, diversity=1) == ["near", "far"]
    assert _found(six, "a", limit=3, diversity=1) == ["near", "other", "far"]


def test_several_examples_count_as_their_mean(six: Searcher) -> None:
    result = six.related("a", "far", diversity=0)
    assert result.post_id is None
    assert [hit.id for hit in result.hits] == ["other", "near", "twin", "middle"]
    assert [hit.score for hit in result.hits] == pytest.approx([0.7, 0.48, 0.48, 0.3], abs=1e-6)


def test_a_text_is_an_example_too(six: Searcher) -> None:
    result = six.related(texts=["up"], diversity=0)
    assert result.post_id is None
    assert [hit.id for hit in result.hits] == ["middle", "near", "twin", "a", "other"]
    mixed = six.related("far", texts=["up", "ahead", "up"], diversity=0)
    # Means of the cosines with "far", twice "up", and "ahead".
    assert [hit.id for hit in mixed.hits] == ["middle", "near", "twin", "other", "a"]
    assert [hit.score for hit in mixed.hits] == pytest.approx([0.55, 0.38, 0.38, 0.35, 0.25], abs=1e-6)


def test_negative_examples_take_half_of_their_likeness_away_and_are_not_listed(six: Searcher) -> None:
    result = six.related("a", negative=["middle"], diversity=0, explain=True)
    assert result.post_id is None
    explained = {hit.id: hit.explanation for hit in result.hits}
    assert list(explained) == ["other", "near", "twin", "far"]
    near = explained["near"]
    assert isinstance(near, RelatedExplanation)
    assert (near.positive, near.negative) == pytest.approx((0.96, 0.96 * 0.6 + 0.28 * 0.8), abs=1e-6)
    assert [hit.score for hit in result.hits] == pytest.approx([0.8 - 0.24, 0.56, 0.56, 0.0], abs=1e-6)
    assert [hit.explanation.score for hit in result.hits if hit.explanation] == [hit.score for hit in result.hits]
    assert _found(six, "a", negative_texts=["up"], diversity=0) == ["near", "twin", "other", "middle", "far"]


def test_an_example_may_be_its_own_counterexample(six: Searcher) -> None:
    assert _found(six, "a", negative=["a"], diversity=0) == ["near", "twin", "other", "middle", "far"]


def test_explanations_come_only_where_they_are_asked_for(six: Searcher) -> None:
    assert {hit.explanation for hit in six.related("a").hits} == {None}


# --- what may be listed -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"tags": ["x"]}, ["near", "far"]),
        ({"tags": ["x", "y"]}, ["near"]),
        ({"authors": ["Ann"]}, ["twin"]),
        ({"language": "en"}, ["other"]),
        ({"date_from": "2021-01-01"}, ["near"]),
        ({"date_to": dt.date(2023, 1, 1)}, ["middle"]),
        ({"exclude": ["near", "far", "unknown", "a"]}, ["twin", "other", "middle"]),
        ({"tags": ["unknown"]}, []),
        ({"min_confidence": 0.5}, ["near", "twin", "other"]),
        ({"min_confidence": 1.0}, []),
    ],
)
def test_only_posts_that_pass_are_listed(six: Searcher, condition: dict[str, Any], expected: list[str]) -> None:
    assert _found(six, "a", diversity=0, **condition) == expected


def test_confidence_is_measured_against_posts_of_the_corpus(six: Searcher) -> None:
    hits = {hit.id: hit.confidence for hit in six.related("a", diversity=0, limit=50).hits}
    # 3, 1 and -5 deviations above the background: the normal distribution function to the power of six posts.
    assert hits["other"] == pytest.approx(0.99865010**6, abs=1e-6)
    assert hits["middle"] == pytest.approx(0.84134475**6, abs=1e-5)
    assert hits["far"] == pytest.approx(0.0, abs=1e-9)


def test_a_limit_cuts_the_list(six: Searcher) -> None:
    for limit in range(1, 6):
        assert len(_found(six, "a", limit=limit, diversity=0)) == limit
    assert _found(six, "a", "near", "twin", "other", "middle", "far") == []


@pytest.mark.parametrize("post_ids", [("unknown",), ("a", "A"), ("",)])
def test_an_unknown_post_is_named(six: Searcher, post_ids: Sequence[str]) -> None:
    with pytest.raises(PostNotFound) as caught:
        six.related(*post_ids)
    assert caught.value.post_id == post_ids[-1]


def test_an_unknown_negative_example_is_named(six: Searcher) -> None:
    with pytest.raises(PostNotFound, match="'nobody'"):
        six.related("a", negative=["nobody"])


def test_nothing_to_go_by_is_refused(six: Searcher) -> None:
    with pytest.raises(InvalidRequest, match="positive: at least one"):
        six.related(negative=["a"])


def test_a_corpus_of_one_post_has_nothing_related(tmp_path: Path) -> None:
    searcher = searcher_of(tmp_path / "version", [planted("only", (1.0, 0.0))], {"text": (1.0, 0.0)})
    assert _found(searcher, "only") == []
    assert _found(searcher, texts=["text"]) == ["only"]


# --- copies -----------------------------------------------------------------------------------------------------------


def _copies(count: int, near: Sequence[float]) -> list[Any]:
    """A post, a copy of it, many copies of another, and three more."""
    return [
        planted("a", (1.0, 0.0), title="A"),
        planted("a-again", (1.0, 0.0), title="A"),
        *(planted(f"b{number}", near, title="B", tags=("even",) if number % 2 == 0 else ()) for number in range(count)),
        *(planted(f"c{number}", (0.6, 0.8 + number / 10), title=f"C{number}") for number in range(3)),
    ]


def test_of_copies_the_list_has_the_first_and_of_the_post_none(tmp_path: Path) -> None:
    searcher = searcher_of(tmp_path / "version", _copies(5, (0.96, 0.28)), {})
    assert _found(searcher, "a", diversity=0) == ["b0", "c0", "c1", "c2"]
    assert _found(searcher, "a-again", diversity=0) == ["b0", "c0", "c1", "c2"]
    assert _found(searcher, "b3", diversity=0) == ["a", "c0", "c1", "c2"]
    assert _found(searcher, "c0", negative=["b1"], diversity=0) == ["c2", "c1", "a"]
    # The first that passes, where the very first does not.
    assert _found(searcher, "a", diversity=0, exclude=["b0", "b1"], tags=["even"]) == ["b2"]


def test_many_copies_crowd_nothing_out(tmp_path: Path) -> None:
    searcher = searcher_of(tmp_path / "version", _copies(300, (0.96, 0.28)), {})
    assert _found(searcher, "a", diversity=0) == ["b0", "c0", "c1", "c2"]


def test_posts_of_one_title_and_different_bodies_are_no_copies(tmp_path: Path) -> None:
    posts = [planted(post_id, (1.0, 0.0), title="Same", body=f"Body of {post_id}.") for post_id in ("a", "b", "c")]
    assert _found(searcher_of(tmp_path / "version", posts, {}), "a") == ["b", "c"]


# --- marginal relevance -----------------------------------------------------------------------------------------------


@settings(max_examples=200, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), count=st.integers(0, 12), limit=st.integers(1, 15), diversity=st.floats(0, 1))
def test_each_choice_gains_the_most_of_what_is_left(seed: int, count: int, limit: int, diversity: float) -> None:
    generator = np.random.default_rng(seed)
    vectors = generator.standard_normal((count, 3)).astype(np.float32)
    scores = generator.standard_normal(count)
    chosen = marginal_relevance(scores, vectors, limit, diversity).tolist()
    assert len(chosen) == len(set(chosen)) == min(limit, count)
    if diversity == 0:
        assert scores[chosen].tolist() == sorted(scores.tolist(), reverse=True)[:limit]
    for step, place in enumerate(chosen):
        before = chosen[:step]

        def gain(candidate: int, before: list[int] = before) -> float:
            if not before:
                return float(scores[candidate])
            likeness = max(float(vectors[candidate] @ vectors[other]) for other in before)
            return float((1 - diversity) * scores[candidate] - diversity * likeness)

        assert gain(place) >= max(gain(other) for other in range(count) if other not in before) - 1e-5


# --- with the real model ----------------------------------------------------------------------------------------------


def test_a_text_finds_what_a_post_of_that_text_finds(demo: Searcher) -> None:
    post = demo.post("formal-math")
    by_text = demo.related(texts=[f"{post.title}\n{post.teaser}"], diversity=0, limit=9).hits
    by_id = demo.related("formal-math", diversity=0, limit=9).hits
    assert by_text[0].id == "formal-math"
    assert by_text[0].score == pytest.approx(1.0, abs=1e-3)
    assert [hit.id for hit in by_text[1:]] == [hit.id for hit in by_id]
    assert len(by_id) == 8
