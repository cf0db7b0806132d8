from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from semsearch.index import Background
from semsearch.rebuilding.calibration import PRIOR, SAMPLE_POSTS, Sample, backgrounds, calibrate, question_keys
from semsearch.rebuilding.embedding import Embedder
from tests.rebuilding.fakes import FakeEncoder, open_cache, vector_of

NO_SENTENCES: NDArray[np.float32] = np.empty((0, 2), dtype=np.float32)


def at(*degrees: float) -> NDArray[np.float32]:
    """Unit vectors in a plane."""
    angles = np.radians(degrees)
    return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)


def sampled(count: int, size: int = SAMPLE_POSTS) -> list[str]:
    sample = Sample(size)
    for number in range(count):
        sample.offer(f"{number}", b"", [])
    return [drawn.title for drawn in sample.drawn]


# --- sample -----------------------------------------------------------------------------------------------------------


def test_a_sample_of_few_posts_is_all_of_them() -> None:
    assert sampled(3) == ["0", "1", "2"]
    assert sampled(SAMPLE_POSTS) == [f"{number}" for number in range(SAMPLE_POSTS)]
    assert sampled(0) == []


def test_a_sample_is_the_same_for_the_same_posts_and_has_no_post_twice() -> None:
    drawn = sampled(5_000)
    assert drawn == sampled(5_000)
    assert len(set(drawn)) == SAMPLE_POSTS


def test_every_post_is_as_likely_to_be_drawn() -> None:
    counts = np.zeros(40)
    for seed in range(2_000):
        sample = Sample(10)
        sample._random = random.Random(seed)
        for number in range(40):
            sample.offer(f"{number}", b"", [])
        for drawn in sample.drawn:
            counts[int(drawn.title)] += 1
    # Each is drawn 500 times of 2,000 on average, with a standard deviation of 19.4.
    assert counts.sum() == 20_000
    assert np.abs(counts - 500).max() < 4 * 19.4
    assert np.std(counts) == pytest.approx(19.4, rel=0.3)


def test_one_sample_is_spread_over_all_posts() -> None:
    numbers = np.array([int(title) for title in sampled(25_600)])
    counts = np.histogram(numbers, bins=8, range=(0, 25_600))[0]
    assert ((counts - 32) ** 2 / 32).sum() < 24.3  # chi-square of 7 degrees of freedom, at one in a thousand


# --- backgrounds ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("posts", [1, 2, 4])
def test_too_few_pairs_tell_nothing(posts: int) -> None:
    vectors = at(*range(posts))
    measured = backgrounds(vectors, vectors, [NO_SENTENCES] * posts)
    assert (measured.search, measured.related) == (PRIOR, PRIOR)


def test_five_posts_are_enough_and_a_post_is_not_compared_with_itself() -> None:
    # 5 posts on a circle: 10 ordered pairs are 72 degrees apart and 10 are 144, no pair is 0.
    vectors = at(0, 72, 144, 216, 288)
    near, far = np.cos(np.radians([72, 144]))
    measured = backgrounds(vectors, vectors, [NO_SENTENCES] * 5)
    assert measured.related.mean == pytest.approx((near + far) / 2, abs=1e-6)
    assert measured.related.deviation == pytest.approx(1.4826 * (near - far) / 2, abs=1e-6)
    assert measured.search == measured.related


def test_a_question_meets_the_whole_of_a_post_and_its_best_sentence_half_and_half() -> None:
    questions, whole = at(0, 0, 0, 0, 0), at(90, 90, 90, 90, 90)
    sentences = [at(180, 60)] * 4 + [NO_SENTENCES]
    # 16 of 20 pairs: half of cos(90) and half of cos(60); a post without sentences counts with its whole.
    measured = backgrounds(questions, whole, sentences)
    assert measured.search.mean == pytest.approx(0.25, abs=1e-6)
    assert measured.search.deviation == 0.01  # the least: most pairs are equal
    assert measured.related.mean == pytest.approx(1, abs=1e-6)


def test_a_few_pairs_that_belong_together_do_not_move_it() -> None:
    # 10 posts at right angles to each other, and two that say the same as two of them.
    vectors = np.eye(10, dtype=np.float32)[[*range(10), 0, 1]]
    measured = backgrounds(vectors, vectors, [np.empty((0, 10), dtype=np.float32)] * 12)
    assert measured.related == measured.search == Background(mean=0.0, deviation=0.01)


def test_titles_stand_in_for_questions(tmp_path: Path) -> None:
    encoder, sample = FakeEncoder(), Sample()
    titles = [f"title {number}" for number in range(6)]
    with open_cache(tmp_path) as vectors:
        rows = Embedder(encoder, vectors, full=False, on_wait=lambda: None)
        for title in titles:
            sample.offer(title, rows.add(f"whole of {title}"), [rows.add(f"{title}, said {way}") for way in "abc"])
        rows.flush()
        encoder.seen.clear()
        keys = question_keys(sample, encoder, vectors, full=False)
        measured = calibrate(sample, keys, vectors)
        assert vectors.known(keys).all()  # so that the next rebuild need not ask the model
        assert encoder.seen == []  # no title is encoded as a document
    questions = np.stack([vector_of(title) for title in titles])
    whole = np.stack([vector_of(f"whole of {title}") for title in titles])
    sentences = [np.stack([vector_of(f"{title}, said {way}") for way in "abc"]) for title in titles]
    expected = backgrounds(questions, whole, sentences)
    for found, exact in ((measured.search, expected.search), (measured.related, expected.related)):
        assert found.mean == pytest.approx(exact.mean, abs=1e-3)
        assert found.deviation == pytest.approx(exact.deviation, abs=2e-3)
