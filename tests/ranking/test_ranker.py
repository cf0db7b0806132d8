from __future__ import annotations

import datetime as dt
import math
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import semsearch
from semsearch.index import Background
from semsearch.index.lexical import index as lexical
from semsearch.posts import language_ranges
from semsearch.ranking.analyzed_query import analyze_query
from semsearch.ranking.matches import DEPTHS, Matches
from semsearch.ranking.ranker import Ranker
from semsearch.ranking.score import LEXICAL_SCALE, Explanation
from semsearch.ranking.syntax import parse
from semsearch.ranking.weights import Weights
from semsearch.search import Searcher
from semsearch.search.requests import MODES, Mode, weights_of
from tests.search.fakes import PLAIN, Planted, planted, searcher_of

MANY = 450
"""More posts than the first depth, so that late pages need the second."""
EXACT = 50
"""Hits that are the best of all, in this corpus. Further down, a post that is among the nearest neither as a whole nor
by a sentence, but by the mean of both, is missed unless every post is a candidate."""
_TAGS, _AUTHORS, _LANGUAGES = ("red", "green", "rare"), ("Ann", "Bob"), (None, "en", "en-GB", "de")


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Searcher:
    """The question "alpha" points along the first axis; the posts' cosines with it are the first coordinates."""
    return searcher_of(
        tmp_path_factory.mktemp("three") / "version",
        [
            planted("whole", (0.8, 0.6), title="alpha"),
            planted("passage", (0.6, 0.8), {"A poor sentence.": (0.0, 1.0), "A rich sentence.": (0.96, 0.28)}),
            planted("neither", (0.28, 0.96), {"One sentence.": (-0.6, 0.8), "Another sentence.": (0.28, 0.96)}),
        ],
        {"alpha": (1.0, 0.0)},
        search=Background(mean=0.1, deviation=0.05),
        pairs=PLAIN,
    )


@pytest.fixture(scope="module")
def many_posts() -> list[Planted]:
    """Posts in all directions of four dimensions, each with some of the words and attributes; no two are copies."""
    generator = np.random.default_rng(7)
    posts = []
    for number in range(MANY):
        whole, first, second = generator.standard_normal((3, 4)).tolist()
        rare = number == MANY - 1
        words = ["alpha"] if rare else [word for word in ("alpha", "beta", "gamma") if generator.random() < 0.4]
        posts.append(
            planted(
                f"p{number:03}",
                whole,
                {"The first sentence.": first, "The second sentence.": second} if number % 3 else None,
                title=f"{number} {' '.join(words)}",
                tags=("rare",) if rare else _TAGS[: number % 3],
                authors=_AUTHORS[: number % 4 % 3],
                language=_LANGUAGES[number % 4],
                date=None if number % 5 == 0 else f"2024-01-{number % 28 + 1:02}",
            )
        )
    return posts


@pytest.fixture(scope="module")
def many(many_posts: list[Planted], tmp_path_factory: pytest.TempPathFactory) -> Searcher:
    return searcher_of(
        tmp_path_factory.mktemp("many") / "version", many_posts, {"alpha beta": (1.0, 0.5, 0.0, 0.0)}, pairs=PLAIN
    )


def _ids(searcher: Searcher, q: str, **parameters: Any) -> list[str]:
    return [hit.id for hit in searcher.search(q, **parameters).hits]


def _semantic_order(posts: Sequence[Planted], question: Sequence[float]) -> list[str]:
    """By brute force: mean of the cosines of the whole and of the best sentence, and 0.3 of the cosine with the mean of
    the five best; ties in the order of the corpus."""

    def cosine(vector: Sequence[float]) -> float:
        return float(np.dot(vector, question)) / math.hypot(*vector) / math.hypot(*question)

    def score(one: Planted) -> float:
        return (cosine(one.whole) + max(map(cosine, one.sentences.values()), default=cosine(one.whole))) / 2

    best = sorted(posts, key=score, reverse=True)
    weighted = [
        math.exp(score(one) - score(best[0])) * np.array(one.whole) / math.hypot(*one.whole) for one in best[:5]
    ]
    first = np.sum(weighted, axis=0)

    def with_feedback(one: Planted) -> float:
        return score(one) + 0.3 * float(np.dot(one.whole, first)) / math.hypot(*one.whole) / math.hypot(*first)

    return [one.post.id for one in sorted(posts, key=with_feedback, reverse=True)]


def _feedback_of(wholes: Sequence[tuple[float, float]], scores: Sequence[float]) -> list[float]:
    """0.3 of the cosine of each unit vector with the mean of all, at most five, by hand."""
    x, y = (sum(math.exp(s - max(scores)) * w[axis] for w, s in zip(wholes, scores, strict=True)) for axis in (0, 1))
    return [0.3 * (a * x + b * y) / math.hypot(x, y) for a, b in wholes]


def test_the_semantic_score_is_the_z_score_of_the_mean_of_post_and_best_passage(three: Searcher) -> None:
    hits = three.search("alpha", mode="semantic", explain=True).hits
    assert [hit.id for hit in hits] == ["whole", "passage", "neither"]
    # Without sentences of its own, the whole stands in for the best one: (0.8 + 0.8) / 2, (0.6 + 0.96) / 2, …
    expected = [(0.8 - 0.1) / 0.05, (0.78 - 0.1) / 0.05, (0.28 - 0.1) / 0.05]
    parts = [hit.explanation for hit in hits]
    assert [part.semantic.score for part in parts] == pytest.approx(expected, abs=1e-5)  # type: ignore[union-attr]
    feedback = _feedback_of(((0.8, 0.6), (0.6, 0.8), (0.28, 0.96)), expected)
    assert [hit.score for hit in hits] == pytest.approx(np.add(expected, feedback), abs=1e-5)


def test_the_best_lexical_match_gains_lexical_scale(three: Searcher) -> None:
    hits = three.search("alpha", explain=True).hits
    assert [hit.id for hit in hits] == ["whole", "passage", "neither"]
    first = hits[0].explanation
    assert isinstance(first, Explanation)
    assert first.lexical is not None
    # BM25 with k1 = 1.2 and b = 0.75 of a word that stands three times, as a word of a title counts, in a field of
    # average length 3 is idf · 3 · 2.2 / (3 + 1.2 · (0.25 + 0.75 · 3 / average)); one of three posts has this word:
    # idf = ln(1 + 2.5 / 1.5). The other titles have one word too, their teasers four and two that count.
    average = (3 + (3 + 4) + (3 + 2)) / 3
    expected = math.log1p(2.5 / 1.5) * 3 * 2.2 / (3 + 1.2 * (0.25 + 0.75 * 3 / average))
    assert first.lexical.bm25 == pytest.approx(expected, rel=1e-5)
    without_feedback = [(0.8 - 0.1) / 0.05 + LEXICAL_SCALE, (0.78 - 0.1) / 0.05, (0.28 - 0.1) / 0.05]
    feedback = _feedback_of(((0.8, 0.6), (0.6, 0.8), (0.28, 0.96)), without_feedback)
    assert [hit.score for hit in hits] == pytest.approx(np.add(without_feedback, feedback), rel=1e-5)


@pytest.mark.parametrize(
    ("mode", "ratio", "expected"),
    [
        ("hybrid", 0.5, (1.0, 1.0)),
        ("hybrid", 1.0, (1.0, 0.0)),
        ("hybrid", 0.0, (0.0, 1.0)),
        ("hybrid", 0.75, (1.0, 1 / 3)),
        ("hybrid", 0.2, (0.25, 1.0)),
        ("semantic", 0.2, (1.0, 0.0)),
        ("lexical", 0.8, (0.0, 1.0)),
    ],
)
def test_the_greater_weight_is_one(mode: Mode, ratio: float, expected: tuple[float, float]) -> None:
    weights = weights_of(mode, ratio)
    assert (weights.semantic, weights.lexical) == pytest.approx(expected)


@pytest.mark.parametrize(("ratio", "mode"), [(1.0, "semantic"), (0.0, "lexical")])
def test_ratios_0_and_1_are_lexical_and_semantic_search(many: Searcher, ratio: float, mode: Mode) -> None:
    hybrid = many.search("alpha beta", semantic_ratio=ratio, limit=100, explain=True, facets=["tags"])
    pure = many.search("alpha beta", mode=mode, limit=100, explain=True, facets=["tags"])
    assert hybrid.hits == pure.hits
    assert hybrid.facets == pure.facets
    assert hybrid.estimated_total_hits == pure.estimated_total_hits
    assert len(pure.hits) == 100


def test_semantic_order_equals_brute_force(many: Searcher, many_posts: list[Planted]) -> None:
    expected = _semantic_order(many_posts, (1.0, 0.5, 0.0, 0.0))
    assert _ids(many, "alpha beta", mode="semantic", limit=EXACT) == expected[:EXACT]


def test_lexical_search_finds_posts_with_any_word_and_ranks_both_words_first(
    many: Searcher, many_posts: list[Planted]
) -> None:
    titles = {one.post.id: one.post.title.split() for one in many_posts}
    with_any = {post_id for post_id, words in titles.items() if {"alpha", "beta"} & set(words)}
    found = _pages(many, "lexical", 100)
    assert set(found) == with_any
    assert len(found) == len(with_any)
    with_both = {post_id for post_id, words in titles.items() if {"alpha", "beta"} <= set(words)}
    assert set(found[: len(with_both)]) == with_both


def test_hybrid_search_of_stop_words_is_semantic(many_posts: list[Planted], tmp_path: Path) -> None:
    searcher = searcher_of(tmp_path / "version", many_posts[:20], {"what is it": (1.0, 0.5, 0.0, 0.0)}, pairs=PLAIN)
    expected = _semantic_order(many_posts[:20], (1.0, 0.5, 0.0, 0.0))
    assert _ids(searcher, "what is it", limit=20) == expected
    assert _ids(searcher, "what is it", mode="lexical") == []


@pytest.mark.parametrize("q", ["xqzzt vvkl", "whither thou", "ферма"])
def test_hybrid_search_of_unknown_words_equals_semantic_search(demo: Searcher, q: str) -> None:
    hybrid, semantic = demo.search(q), demo.search(q, mode="semantic")
    assert [(hit.id, hit.score, hit.confidence) for hit in hybrid.hits] == [
        (hit.id, hit.score, hit.confidence) for hit in semantic.hits
    ]
    assert len(hybrid.hits) == 9
    assert not hybrid.answerable
    assert demo.search(q, mode="lexical").hits == ()


def test_a_word_of_one_title_has_at_least_the_confidence_of_lexical_search(demo: Searcher) -> None:
    """A single word means little to a model."""
    for post in demo.snapshot.documents.get(range(9)):
        for word in filter(str.isalpha, post.title.split()):
            by_words = demo.search(word, mode="lexical")
            if by_words.hits and by_words.corrections == {}:
                hybrid = {hit.id: hit.confidence for hit in demo.search(word).hits}
                assert all(hybrid[hit.id] >= hit.confidence - 1e-6 for hit in by_words.hits)


def test_a_filter_does_not_change_the_confidence_for_a_single_word(build: Callable[..., Path]) -> None:
    searcher = semsearch.open(
        build(
            [
                {"id": "best", "title": "Walrus", "tags": ["a"]},
                {"id": "other", "title": "A zoo", "teaser": "It has a lion, an owl and a walrus.", "tags": ["b"]},
                *({"id": f"p{number}", "title": f"Chess, move {number}", "tags": ["b"]} for number in range(9)),
            ]
        )
    )
    everything = {hit.id: hit.confidence for hit in searcher.search("walrus", limit=20).hits}
    for hit in searcher.search("walrus", tags=["b"]).hits:
        assert hit.confidence == pytest.approx(everything[hit.id])


@pytest.mark.parametrize("mode", MODES)
def test_a_word_unknown_to_encoder_and_corpus_finds_nothing(demo: Searcher, mode: Mode) -> None:
    """To the model, all of that is the same."""
    assert demo.search("😀😀😀", mode=mode).hits == ()


def test_a_word_unknown_to_the_encoder_is_found_lexically(build: Callable[..., Path]) -> None:
    searcher = semsearch.open(build([{"id": "thai", "title": "ขอบคุณ"}, {"id": "pizza", "title": "Lunch 🍕"}]))
    assert [_ids(searcher, "🍕", mode=mode) for mode in MODES] == [["pizza"], [], ["pizza"]]


@given(st.floats(0, 1))
def test_of_the_weights_of_any_ratio_the_greater_is_one(ratio: float) -> None:
    weights = Weights.of_ratio(ratio)
    assert max(weights.semantic, weights.lexical) == 1
    assert min(weights.semantic, weights.lexical) >= 0
    assert weights.semantic * (1 - ratio) == pytest.approx(weights.lexical * ratio)


# --- pages ------------------------------------------------------------------------------------------------------------


def _pages(searcher: Searcher, mode: Mode, size: int, **condition: Any) -> list[str]:
    """All pages of a size, one after the other, until an empty one."""
    found: list[str] = []
    while page := _ids(searcher, "alpha beta", mode=mode, limit=size, offset=len(found), **condition):
        found += page
    return found


@pytest.mark.parametrize("mode", MODES)
def test_pages_to_the_end_hold_every_post_once(many: Searcher, mode: Mode) -> None:
    found = _pages(many, mode, 90)
    assert len(found) == len(set(found)) == many.search("alpha beta", mode=mode).estimated_total_hits
    if mode != "lexical":
        assert len(found) == MANY


@settings(max_examples=60, deadline=None)
@given(mode=st.sampled_from(MODES), offset=st.integers(0, MANY + 5), limit=st.integers(1, 100), data=st.data())
def test_a_page_equals_the_smaller_pages_it_consists_of(
    many: Searcher, mode: Mode, offset: int, limit: int, data: st.DataObject
) -> None:
    cut = data.draw(st.integers(0, limit))
    page = _ids(many, "alpha beta", mode=mode, offset=offset, limit=limit)
    first = _ids(many, "alpha beta", mode=mode, offset=offset, limit=cut) if cut else []
    second = _ids(many, "alpha beta", mode=mode, offset=offset + cut, limit=limit - cut) if cut < limit else []
    assert first + second == page


def test_an_offset_past_the_end_is_an_empty_page(many: Searcher) -> None:
    result = many.search("alpha beta", offset=1_000, limit=100)
    assert result.hits == ()
    assert result.estimated_total_hits == MANY


# --- filters ----------------------------------------------------------------------------------------------------------


def _passes(one: Planted, condition: dict[str, Any]) -> bool:
    """What a filter means, in plain words of Python."""
    post, day = one.post, one.post.day
    wanted_language = condition.get("language")
    first, last = condition.get("date_from"), condition.get("date_to")
    return (
        set(condition.get("tags", ())) <= set(post.tags)
        and set(condition.get("authors", ())) <= set(post.authors)
        and (wanted_language is None or wanted_language.lower() in language_ranges(post.language or "-"))
        and (first is None or (day is not None and day >= first))
        and (last is None or (day is not None and day <= last))
    )


_FILTERS = st.fixed_dictionaries(
    {},
    optional={
        "tags": st.lists(st.sampled_from((*_TAGS, "unknown")), max_size=2),
        "authors": st.lists(st.sampled_from((*_AUTHORS, "bob")), max_size=2),
        "language": st.sampled_from(("en", "EN-gb", "de", "fr", "en-AU")),
        "date_from": st.dates(dt.date(2023, 12, 30), dt.date(2024, 2, 1)),
        "date_to": st.dates(dt.date(2023, 12, 30), dt.date(2024, 2, 1)),
    },
)


def _everything(searcher: Searcher, mode: Mode) -> list[tuple[str, float]]:
    """Every post by its score, however deep it lies; by words, those that have one."""
    question = analyze_query(parse("alpha beta"), searcher.snapshot, searcher.encoder.is_known_word)
    vector, weights = searcher.encoder.encode_queries(["alpha beta"])[0], weights_of(mode)
    ranking = Ranker(Matches(searcher.snapshot, question, weights), vector).score(np.arange(MANY))
    found = np.flatnonzero(ranking.bm25 > 0) if mode == "lexical" else np.arange(MANY)
    posts = searcher.snapshot.documents.get(ranking.ordinals[found].tolist())
    return list(zip([post.id for post in posts], ranking.scores[found].tolist(), strict=True))


@settings(max_examples=80, deadline=None)
@given(condition=_FILTERS, mode=st.sampled_from(MODES), limit=st.integers(1, 100))
@example(condition={}, mode="hybrid", limit=100)
@example(condition={"tags": ["red"]}, mode="hybrid", limit=100)
def test_a_filtered_search_is_a_search_whose_hits_pass(
    many: Searcher, many_posts: list[Planted], condition: dict[str, Any], mode: Mode, limit: int
) -> None:
    passing = {one.post.id: one.post for one in many_posts if _passes(one, condition)}
    expected = [(post_id, score) for post_id, score in _everything(many, mode) if post_id in passing]
    result = many.search("alpha beta", mode=mode, limit=limit, facets=["tags", "language"], **condition)
    exact = limit if len(expected) <= DEPTHS[0] else min(limit, EXACT)
    assert [hit.id for hit in result.hits[:exact]] == [post_id for post_id, _ in expected[:exact]]
    scores = dict(expected)
    assert [hit.score for hit in result.hits] == pytest.approx([scores[hit.id] for hit in result.hits], rel=1e-5)
    assert len(result.hits) == len({hit.id for hit in result.hits}) == min(limit, len(expected))
    assert result.estimated_total_hits == len(expected)
    matching = [passing[post_id] for post_id, _ in expected]
    assert result.facets["tags"] == Counter(tag for post in matching for tag in post.tags)
    assert result.facets["language"] == Counter(post.language for post in matching if post.language)


@pytest.mark.parametrize("mode", MODES)
def test_frequent_and_rare_words_are_scored_alike(many: Searcher, mode: Mode, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = many.search("alpha beta", mode=mode, limit=100).hits
    monkeypatch.setattr(lexical, "_MAX_MEMOISED_POSTS", 0)
    found = many.search("alpha beta", mode=mode, limit=100).hits
    assert [hit.id for hit in found] == [hit.id for hit in expected]
    assert [hit.score for hit in found] == pytest.approx([hit.score for hit in expected], rel=1e-6)


@pytest.mark.parametrize("mode", MODES)
def test_the_only_post_that_passes_a_filter_is_found(many: Searcher, mode: Mode) -> None:
    assert _ids(many, "alpha beta", mode=mode, tags=["rare"]) == [f"p{MANY - 1}"]


def test_equal_posts_are_in_the_order_of_the_corpus(tmp_path: Path) -> None:
    posts = [planted(post_id, (0.6, 0.8), title="alpha") for post_id in ("b", "c", "a")]
    searcher = searcher_of(tmp_path / "version", posts, {"alpha": (1.0, 0.0)})
    for mode in MODES:
        assert _ids(searcher, "alpha", mode=mode, collapse=False) == ["b", "c", "a"]
