from __future__ import annotations

import importlib
import math
import random
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from semsearch.index import Background, Calibration, IndexFolder
from semsearch.posts import Post
from semsearch.ranking.syntax import ParsedQuery
from semsearch.rebuilding import rebuild_from
from semsearch.rebuilding.calibration import (
    SAMPLE_POSTS,
    CalibrationQueries,
    PostSample,
    calibrate_similarity,
    made_up_queries,
    similarity_background,
)
from semsearch.rebuilding.embedding import Embedder
from semsearch.rebuilding.prior import BEST_SCORES, POSTS, SIMILARITY, BestScorePrior, blend
from semsearch.search.query_plan import QueryPlan
from semsearch.search.requests import MODES, weights_of
from tests.rebuilding.fakes import FakeEncoder, open_cache, vector_of

NO_SENTENCES: NDArray[np.float32] = np.empty((0, 2), dtype=np.float32)


def at(*degrees: float) -> NDArray[np.float32]:
    """Unit vectors in a plane."""
    angles = np.radians(degrees)
    return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)


def sampled(count: int, size: int = SAMPLE_POSTS) -> list[str]:
    sample = PostSample(size)
    for number in range(count):
        sample.offer(f"{number}", b"", [])
    return [drawn.title for drawn in sample.posts]


# --- sample -----------------------------------------------------------------------------------------------------------


def test_a_small_sample_holds_all_posts() -> None:
    assert sampled(3) == ["0", "1", "2"]
    assert sampled(SAMPLE_POSTS) == [f"{number}" for number in range(SAMPLE_POSTS)]
    assert sampled(0) == []


def test_a_sample_is_deterministic_and_without_repetition() -> None:
    drawn = sampled(5_000)
    assert drawn == sampled(5_000)
    assert len(set(drawn)) == SAMPLE_POSTS


def test_every_post_is_equally_likely_in_the_sample() -> None:
    counts = np.zeros(40)
    for seed in range(2_000):
        sample = PostSample(10)
        sample._random = random.Random(seed)
        for number in range(40):
            sample.offer(f"{number}", b"", [])
        for drawn in sample.posts:
            counts[int(drawn.title)] += 1
    # Each is drawn 500 times in 2,000 samples on average, with a standard deviation of 19.4.
    assert counts.sum() == 20_000
    assert np.abs(counts - 500).max() < 4 * 19.4
    assert np.std(counts) == pytest.approx(19.4, rel=0.3)


def test_a_sample_is_spread_over_the_whole_stream() -> None:
    numbers = np.array([int(title) for title in sampled(25_600)])
    counts = np.histogram(numbers, bins=8, range=(0, 25_600))[0]
    assert ((counts - 32) ** 2 / 32).sum() < 24.3  # chi-square of 7 degrees of freedom, at one in a thousand


# --- background -------------------------------------------------------------------------------------------------------


def of_pairs(measured: Background, prior: Background, posts: int) -> Background:
    """What is expected of so many posts: their pairs weigh as much as 20 of the prior."""
    return blend(measured, prior, posts * (posts - 1), 20)


def test_without_pairs_the_background_is_the_prior() -> None:
    measured = similarity_background(at(0), at(0), [NO_SENTENCES])
    assert (measured.search, measured.posts) == (SIMILARITY, POSTS)


def test_the_more_pairs_the_less_the_prior_counts() -> None:
    vectors = np.eye(200, dtype=np.float32)
    found = []
    for posts in (2, 5, 20, 200):
        rows = vectors[:posts]
        measured = similarity_background(rows, rows, [np.empty((0, 200), dtype=np.float32)] * posts)
        assert measured.search.mean == pytest.approx(of_pairs(Background(0.0, 0.01), SIMILARITY, posts).mean)
        found.append(measured.search.mean)
    assert found[0] == pytest.approx(SIMILARITY.mean * 20 / 22)
    assert found[1] == pytest.approx(SIMILARITY.mean / 2)
    assert found == sorted(found, reverse=True)
    assert found[-1] < 0.001


def test_a_post_is_not_compared_with_itself() -> None:
    # 5 posts on a circle: 10 ordered pairs are 72 degrees apart and 10 are 144, no pair is 0.
    vectors = at(0, 72, 144, 216, 288)
    near, far = np.cos(np.radians([72, 144])).tolist()
    on_circle = Background((near + far) / 2, 1.4826 * (near - far) / 2)
    measured = similarity_background(vectors, vectors, [NO_SENTENCES] * 5)
    for found, prior in ((measured.search, SIMILARITY), (measured.posts, POSTS)):
        expected = of_pairs(on_circle, prior, 5)
        assert (found.mean, found.deviation) == pytest.approx((expected.mean, expected.deviation), abs=1e-6)


def test_similarity_is_the_mean_of_post_and_best_sentence() -> None:
    queries, whole = at(0, 0, 0, 0, 0), at(90, 90, 90, 90, 90)
    sentences = [at(180, 60)] * 4 + [NO_SENTENCES]
    # 16 of 20 pairs: the mean of cos(90) and cos(60). For a post without sentences the post vector counts twice.
    measured = similarity_background(queries, whole, sentences)
    expected = of_pairs(Background(0.25, 0.01), SIMILARITY, 5)  # the minimum deviation, since most pairs are equal
    assert measured.search.mean == pytest.approx(expected.mean, abs=1e-6)
    assert measured.search.deviation == pytest.approx(expected.deviation)


def test_a_few_related_pairs_do_not_change_the_background() -> None:
    # 10 orthogonal posts, and two that equal two of them.
    vectors = np.eye(10, dtype=np.float32)[[*range(10), 0, 1]]
    measured = similarity_background(vectors, vectors, [np.empty((0, 10), dtype=np.float32)] * 12)
    assert measured.search == of_pairs(Background(mean=0.0, deviation=0.01), SIMILARITY, 12)


def test_similarity_is_calibrated_with_titles_as_queries(tmp_path: Path) -> None:
    encoder, sample = FakeEncoder(), PostSample()
    titles = [f"title {number}" for number in range(6)]
    with open_cache(tmp_path) as vectors:
        rows = Embedder(encoder, vectors, full=False, on_wait=lambda: None)
        for title in titles:
            sample.offer(title, rows.add(f"whole of {title}"), [rows.add(f"{title}, said {way}") for way in "abc"])
        rows.flush()
        encoder.documents.clear()
        queries = CalibrationQueries.encode(sample, encoder, vectors, full=False)
        measured = calibrate_similarity(sample, queries.title_keys, vectors)
        assert encoder.documents == []  # no title is encoded as a document
    query_vectors = np.stack([vector_of(title) for title in titles])
    whole = np.stack([vector_of(f"whole of {title}") for title in titles])
    sentences = [np.stack([vector_of(f"{title}, said {way}") for way in "abc"]) for title in titles]
    expected = similarity_background(query_vectors, whole, sentences)
    assert measured.search.mean == pytest.approx(expected.search.mean, abs=1e-3)
    assert measured.search.deviation == pytest.approx(expected.search.deviation, abs=2e-3)


# --- queries that no post answers -------------------------------------------------------------------------------------

NOUNS = ["anchor", "bread", "cloud", "drum", "engine", "forest", "glacier", "harbour", "island", "jewel", "kettle"]
VERBS = ["breaks", "calls", "drifts", "echoes", "falls", "grows", "hides", "invites", "joins", "keeps", "leaves"]


def title(number: int) -> str:
    """A title of three to five words for each number, a different one below 1,331."""
    words = [NOUNS[number % 11], VERBS[number // 11 % 11], NOUNS[number // 121]]
    return " ".join(words + VERBS[: number % 3])


def sample_of(titles: Sequence[str]) -> PostSample:
    sample = PostSample()
    for text in titles:
        sample.offer(text, b"", [])
    return sample


def test_made_up_queries_are_deterministic() -> None:
    titles = [title(number) for number in range(100)]
    queries = made_up_queries(sample_of(titles))
    assert queries == made_up_queries(sample_of(titles))
    assert queries != made_up_queries(sample_of(titles[::-1]))
    assert 20 < len(queries) <= 64
    assert len(set(queries)) == len(queries)


def test_made_up_queries_mix_words_of_many_titles_and_have_their_lengths() -> None:
    titles = [f"{number}a {number}b {number}c" for number in range(200)] + [f"{number}d {number}e" for number in "xyz"]
    queries = [query.split() for query in made_up_queries(sample_of(titles))]
    assert {len(query) for query in queries} == {2, 3}
    mixed = [query for query in queries if len({word[:-1] for word in query}) == len(query)]
    assert len(mixed) > 60  # each word is of another title, with rare exceptions


@pytest.mark.parametrize(
    "titles",
    [[], ["Walrus"] * 300, ["", " "] * 10, ["Two words"] * 4, ["Two words"] * 4 + ["One"] * 300],
    ids=["no post", "single words", "no words", "four titles", "four titles among many"],
)
def test_no_queries_are_made_up_of_too_few_titles(titles: list[str]) -> None:
    assert made_up_queries(sample_of(titles)) == []


def test_five_titles_of_two_words_are_enough_for_made_up_queries() -> None:
    assert len(made_up_queries(sample_of([f"{word}1 {word}2" for word in "abcde"]))) > 32


def test_a_query_whose_words_are_all_in_one_title_is_not_made_up() -> None:
    assert made_up_queries(sample_of(["Two words"] * 5)) == []
    releases = [f"Release {number}" for number in range(30)]
    assert all(query.count("Release") == 0 for query in made_up_queries(sample_of(releases)))


@settings(deadline=None)
@given(st.lists(st.text(max_size=60) | st.just("word " * 400), max_size=30))
def test_every_word_of_a_made_up_query_is_a_word_of_a_title(titles: list[str]) -> None:
    words = {word for text in titles for word in text.split()}
    for query in made_up_queries(sample_of(titles)):
        assert 2 <= len(query.split()) <= 20
        assert set(query.split()) <= words


def test_calibration_queries_are_encoded_once_and_as_queries(tmp_path: Path) -> None:
    encoder, sample = FakeEncoder(), sample_of([title(number) for number in range(50)])
    with open_cache(tmp_path) as vectors:
        first = CalibrationQueries.encode(sample, encoder, vectors, full=False)
        assert encoder.queries == [title(number) for number in range(50)] + first.made_up
        assert encoder.documents == []
        assert len(first.title_keys) == 50
        assert len(first.made_up_keys) == len(first.made_up) > 20
        keys = first.title_keys + first.made_up_keys
        assert vectors.contains(keys).all()
        for text, vector in zip(first.made_up, vectors.get(first.made_up_keys), strict=True):
            assert vector == pytest.approx(vector_of(text), abs=1e-3)
        encoder.queries.clear()
        assert CalibrationQueries.encode(sample, encoder, vectors, full=False) == first
        assert encoder.queries == []
        CalibrationQueries.encode(sample, encoder, vectors, full=True)
        assert len(encoder.queries) == 50 + len(first.made_up)
        rows = Embedder(encoder, vectors, full=False, on_wait=lambda: None)
        assert rows.add(title(0)) not in keys  # a document has another key, even with the same text
        rows.flush()
        assert encoder.documents == [title(0)]


# --- the calibration of a version -------------------------------------------------------------------------------------


def posts_of(count: int) -> Iterator[Post]:
    return (Post(f"p{number}", title(number), f"What {title(number)[::-1]} is about.") for number in range(count))


@pytest.fixture
def encoder(monkeypatch: pytest.MonkeyPatch) -> FakeEncoder:
    """Replaces the model."""
    encoder = FakeEncoder(batch=100)
    module = importlib.import_module("semsearch.rebuilding.rebuild")  # the attribute "rebuild" is the function
    monkeypatch.setattr(module, "open_encoder", lambda *_, **__: encoder)
    return encoder


def calibrated(index: Path, posts: Iterator[Post], *, full: bool = False) -> Calibration:
    """Rebuild with these posts and return the calibration."""
    rebuild_from(posts, index, source=index, full=full)
    with closing(IndexFolder(index).open()) as snapshot:
        return snapshot.manifest.calibration


@pytest.mark.parametrize("count", [1, 2, 9, 300])
def test_a_corpus_of_any_size_has_a_finite_calibration(count: int, encoder: FakeEncoder, tmp_path: Path) -> None:
    for name, background in asdict(calibrated(tmp_path / "index", posts_of(count))).items():
        assert math.isfinite(background["mean"]), name
        assert 0 < background["deviation"] < math.inf, name


@pytest.mark.parametrize(
    "text",
    ["Same title here", "… !!! ???", "the of and", '-not "quoted text', "C++ in 2024", "猫は 寝る", "a " * 3_000],
)
def test_titles_of_any_kind_give_a_finite_calibration(text: str, encoder: FakeEncoder, tmp_path: Path) -> None:
    posts = (Post(f"p{number}", text) for number in range(12))
    for name, background in asdict(calibrated(tmp_path / "index", posts)).items():
        assert math.isfinite(background["mean"]), name
        assert 0 < background["deviation"] < math.inf, name


def test_equal_posts_have_an_equal_calibration(encoder: FakeEncoder, tmp_path: Path) -> None:
    first = calibrated(tmp_path / "index", posts_of(40))
    assert calibrated(tmp_path / "index", posts_of(40)) == first
    assert calibrated(tmp_path / "index", posts_of(40), full=True) == first
    assert calibrated(tmp_path / "other", posts_of(40)) == first
    assert calibrated(tmp_path / "another", posts_of(41)) != first


@pytest.mark.parametrize("mode", MODES)
def test_without_made_up_queries_the_prior_holds(mode: str, encoder: FakeEncoder, tmp_path: Path) -> None:
    for count in (1, 2, 9, 100):
        found = calibrated(tmp_path / f"{count}", (Post(f"p{number}", "Walrus") for number in range(count)))
        assert getattr(found, mode) == BEST_SCORES[mode].of(count)


def test_the_prior_grows_with_the_logarithm_of_the_number_of_posts() -> None:
    prior = BestScorePrior(one_post=2.0, growth=0.5, deviation=0.75)
    assert prior.of(1) == Background(2.0, 0.75)
    assert prior.of(100).mean == pytest.approx(2 + 0.5 * math.log(100))


@pytest.mark.parametrize("count", [16, 64, 192])
def test_scores_of_made_up_queries_are_averaged_with_the_prior_by_number_of_titles(
    count: int, encoder: FakeEncoder, tmp_path: Path
) -> None:
    found = calibrated(tmp_path / "index", posts_of(count))
    queries = made_up_queries(sample_of([title(number) for number in range(count)]))
    observations = count * len(queries) / 64
    with closing(IndexFolder(tmp_path / "index").open()) as snapshot:
        for mode in MODES:
            best = [
                QueryPlan(snapshot, encoder, ParsedQuery.plain(query), weights_of(mode)).run(encoder).best_evidence()
                for query in queries
            ]
            low, middle, high = np.quantile(best, [0.25, 0.5, 0.75]).tolist()
            measured = Background(middle, max((high - low) / 1.349, 0.25))
            expected = blend(measured, BEST_SCORES[mode].of(count), observations, 64)
            background = getattr(found, mode)
            assert background.mean == pytest.approx(expected.mean, abs=0.01)
            assert background.deviation == pytest.approx(expected.deviation, abs=0.01)
