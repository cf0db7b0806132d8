from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from semsearch.index import Scale, Scales
from semsearch.index.attributes import NO_LANGUAGE
from semsearch.index.lexical.terms import count_terms
from semsearch.posts import Post
from semsearch.relating import features as module
from semsearch.relating.features import NO_SERIES, Features, post_centres
from tests.relating.builders import PLAIN, corpora, features_of, overlap_of
from tests.search.fakes import Planted, Vector, planted

RIGHT, UP, BEHIND = (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)


def _titled(*titles: str, **fields: Sequence[Any]) -> list[Planted]:
    """Posts of these titles, named by their places; of each other field a value for each post."""
    return [
        planted(str(place), RIGHT, title=title, **{name: values[place] for name, values in fields.items()})
        for place, title in enumerate(titles)
    ]


def _products(features: Features) -> list[list[float]]:
    products: list[list[float]] = (features.shared @ features.shared.T).toarray().tolist()
    return products


# --- what is shared ---------------------------------------------------------------------------------------------------


def test_shared_words_weigh_the_product_of_their_weights(tmp_path: Path) -> None:
    features = features_of(tmp_path / "v", _titled("violin harbour", "violin bridge", "engine"))
    # "violin" is in two of three posts, ln(1 + 1.5/2.5) = 0.4700, the others in one, ln(1 + 2.5/1.5) = 0.9808: of
    # the square of a row's length, 0.2209 + 0.9620, "violin" is 0.1867.
    assert _products(features)[0] == pytest.approx([1.0, 0.1867, 0.0], abs=1e-3)


def test_shared_words_weigh_more_if_posts_rarely_share_words(tmp_path: Path) -> None:
    scales = Scales(meaning=PLAIN.meaning, words=Scale(0.0, 0.25), tail=PLAIN.tail)
    features = features_of(tmp_path / "v", _titled("violin harbour", "violin bridge", "engine"), scales)
    assert _products(features)[0] == pytest.approx([4.0, 4 * 0.1867, 0.0], abs=4e-3)


@pytest.mark.parametrize("name", ["tags", "authors"])
def test_rare_tags_and_authors_weigh_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    values = [("often", "rare"), ("often",), ("often",), ("seldom",), ("seldom",), ()]
    features = features_of(tmp_path / "v", _titled("violin", "harbour", "bridge", "engine", "garden", "room"))
    alone = _products(features)
    monkeypatch.setattr(module, "binding_units", lambda frequencies, posts: np.zeros(len(frequencies)))
    features = features_of(
        tmp_path / "w", _titled("violin", "harbour", "bridge", "engine", "garden", "room", **{name: values})
    )
    products = np.array(_products(features)) - np.array(alone)
    # Of six posts, ln(1 + 5.5/1.5) = 1.5404 for one, ln(1 + 4.5/2.5) = 1.0296 for two, ln(1 + 3.5/3.5) = 0.6931 for
    # three. Two posts with the same one value have its share of the rarest in common, and of that a half.
    assert products[3, 4] == pytest.approx(0.5 * 1.0296 / 1.5404, abs=1e-4)
    assert products[1, 2] == pytest.approx(0.5 * 0.6931 / 1.5404, abs=1e-4)
    # With a rarer one beside it, less: 0.6931/√(0.6931² + 1.5404²) of √((0.6931 + 1.5404)/(2·1.5404)) = 0.3494, times
    # √(0.6931/1.5404) = 0.6708, is 0.2344.
    assert products[0, 1] == pytest.approx(0.5 * 0.2344, abs=1e-4)
    assert products[0, 3] == products[3, 5] == products[5, 5] == 0.0


def test_the_same_tags_and_authors_weigh_at_most_a_half(tmp_path: Path) -> None:
    values = [("rarest",), ()]
    features = features_of(tmp_path / "v", _titled("violin", "harbour", tags=values, authors=values))
    assert _products(features)[0][0] == pytest.approx(1.0 + 0.5 + 0.5, abs=1e-3)


@settings(max_examples=15, deadline=None)
@given(posts=corpora())
def test_overlap_equals_the_product_of_two_rows(tmp_path_factory: pytest.TempPathFactory, posts: list[Planted]) -> None:
    features = features_of(tmp_path_factory.mktemp("common") / "v", posts)
    products = _products(features)
    for one in range(len(posts)):
        example = features.of_post(one)
        for other in range(len(posts)):
            common = overlap_of(features, example, other)
            assert math.fsum(common.weights) == pytest.approx(products[one][other], abs=1e-5)
            assert sum(common.by_kind) == pytest.approx(products[one][other], abs=1e-5)
            assert np.all(np.diff(common.weights) <= 0)
            assert np.all(common.weights > 0)
            tags, authors = features.telling(common, posts[other].post)
            assert set(tags) <= set(posts[one].post.tags) & set(posts[other].post.tags)
            assert set(authors) <= set(posts[one].post.authors) & set(posts[other].post.authors)


def test_shared_tags_and_authors_are_named_greatest_weight_first(tmp_path: Path) -> None:
    titles = ["violin harbour bridge", "violin harbour", "engine violin"]
    tags = [("often", "rare"), ("often", "rare"), ("often",)]
    posts = _titled(*titles, tags=tags, authors=[("Ann",), ("Ann",), ("Ben",)])
    features = features_of(tmp_path / "v", posts)
    assert features.telling(overlap_of(features, features.of_post(0), 1), posts[1].post) == (
        ("rare", "often"),
        ("Ann",),
    )
    assert features.telling(overlap_of(features, features.of_post(0), 2), posts[2].post) == (("often",), ())


def test_tags_and_authors_of_many_posts_and_of_the_site_are_not_named(tmp_path: Path) -> None:
    titles = [f"violin{n}" for n in range(20)]
    few = [("few", "fieldnote")] * 2 + [()] * 18
    posts = _titled(*titles, tags=[(*some, "many") if n < 4 else some for n, some in enumerate(few)])
    features = features_of(tmp_path / "v", posts)
    of_site = Post(id="x", title="x", url="https://fieldnote.example/x")
    assert features.telling(overlap_of(features, features.of_post(0), 1), of_site) == (("few",), ())


def test_posts_may_share_no_features_and_have_none(tmp_path: Path) -> None:
    features = features_of(tmp_path / "v", _titled("violin", "the", "harbour"))
    for one, other in [(0, 2), (0, 1), (1, 0), (1, 1)]:
        common = overlap_of(features, features.of_post(one), other)
        assert common.by_kind == (0.0, 0.0, 0.0)
        assert features.telling(common, Post(id="x", title="x")) == ((), ())


def test_the_most_common_features_are_dropped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tags = [("all", "pair"), ("all", "pair"), ("all",), ("all",)]
    posts = _titled("violin", "harbour", "bridge", "engine", tags=tags)
    monkeypatch.setattr(module, "_MAX_PAIRS", 0)
    monkeypatch.setattr(module, "_MEAN_PAIRS", 2)  # for four posts 8: 1 for each of four words, 2² for "pair"
    features = features_of(tmp_path / "v", posts)
    nobody = Post(id="x", title="x")
    assert features.telling(overlap_of(features, features.of_post(0), 1), nobody) == (("pair",), ())
    assert overlap_of(features, features.of_post(2), 3).columns.tolist() == []
    assert features.shared.has_sorted_indices
    monkeypatch.setattr(module, "_MEAN_PAIRS", 6)  # 24, with 4² for "all"
    features = features_of(tmp_path / "w", posts)
    assert len(overlap_of(features, features.of_post(2), 3).columns) == 1


# --- meaning ----------------------------------------------------------------------------------------------------------


def test_a_centre_lies_between_post_vector_and_sentences(tmp_path: Path) -> None:
    sentences: dict[str, Vector] = {"The first sentence.": UP, "The second sentence.": UP}
    features = features_of(tmp_path / "v", [planted("a", RIGHT, sentences), planted("b", BEHIND)])
    half = 0.5**0.5
    assert features.vectors(np.array([0, 1])).tolist() == [
        pytest.approx([half, half, 0.0], abs=1e-3),
        pytest.approx([0.0, 0.0, 1.0], abs=1e-3),
    ]
    assert features.similarities(features.of_post(1), np.array([0, 1])).tolist() == pytest.approx([0.0, 1.0], abs=1e-3)


def test_sentences_that_cancel_out_do_not_move_the_centre() -> None:
    found = post_centres(np.array([RIGHT], dtype=np.float32), np.zeros((1, 3), dtype=np.float32))
    assert found.tolist() == [[1.0, 0.0, 0.0]]


# --- examples ---------------------------------------------------------------------------------------------------------


def test_features_have_day_and_series_if_known(tmp_path: Path) -> None:
    posts = _titled("Letters Part 1", "letters, part 2", "harbour", date=["1970-01-11", None, None])
    features = features_of(tmp_path / "v", posts)
    examples = [features.of_post(ordinal) for ordinal in range(3)]
    assert examples[0].day == features.days[0]
    assert math.isnan(examples[1].day)
    assert examples[0].series == examples[1].series != NO_SERIES
    assert examples[2].series == NO_SERIES


def test_features_of_a_post_have_its_language(tmp_path: Path) -> None:
    features = features_of(tmp_path / "v", _titled("violin", "harbour", "bridge", language=["en", None, "en"]))
    examples = [features.of_post(ordinal) for ordinal in range(3)]
    assert features.snapshot.attributes.column("language").values[examples[0].language] == "en"
    assert [example.language for example in examples] == [examples[0].language, NO_LANGUAGE, examples[0].language]
    assert features.of_post_words(0).language == examples[0].language
    assert features.of_terms(np.array(RIGHT, np.float32), features.snapshot.terms.vectorize({})).language == NO_LANGUAGE


def test_words_of_a_post_exclude_tags_and_authors(tmp_path: Path) -> None:
    same = [("same",), ("same",)]
    features = features_of(tmp_path / "v", _titled("violin harbour", "violin", tags=same, authors=same))
    words, *others = overlap_of(features, features.of_post_words(0), 1).by_kind
    assert words == overlap_of(features, features.of_post(0), 1).by_kind[0] > 0
    assert others == [0.0, 0.0]


@settings(max_examples=15, deadline=None)
@given(posts=corpora())
def test_a_text_has_the_features_of_a_post_with_that_text(
    tmp_path_factory: pytest.TempPathFactory, posts: list[Planted]
) -> None:
    features = features_of(tmp_path_factory.mktemp("text") / "v", posts)
    for ordinal, one in enumerate(posts):
        post = one.post
        texts = [(post.title, 3), (post.teaser, 1), (post.body, 1)]
        counts = count_terms(texts, features.snapshot.analyzer, post.language)
        text = features.of_terms(np.array(one.whole, np.float32), features.snapshot.terms.vectorize(counts))
        words = features.of_post_words(ordinal)
        assert text.columns.tolist() == words.columns.tolist()
        assert text.weights.tolist() == pytest.approx(words.weights.tolist(), abs=1e-3)
        assert math.isnan(text.day)
        assert text.series == NO_SERIES
