from __future__ import annotations

from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from numpy.typing import NDArray

from semsearch.index import Scales, Snapshot
from semsearch.index.related import CANDIDATES, LISTED, NONE, RelatedPosts
from semsearch.relating.diversity import DIVERSITY, marginal_relevance, pairwise_similarities
from semsearch.relating.features import Features
from semsearch.relating.lists import write_lists
from semsearch.relating.relater import Relater, best_places
from semsearch.relating.score import HUBNESS_WEIGHT, MIN_CONFIDENCE, confidence
from tests.relating.builders import CONFIDENT, PLAIN, corpora
from tests.search.fakes import Planted, Vector, planted, searcher_of


def _written(folder: Path, posts: list[Planted], scales: Scales = PLAIN) -> Snapshot:
    return searcher_of(folder, posts, {}, scales=scales).snapshot


def _related(snapshot: Snapshot) -> RelatedPosts:
    return snapshot.related


def _random(count: int, seed: int = 3, dimension: int = 6) -> list[Planted]:
    vectors = np.random.default_rng(seed).standard_normal((count, dimension))
    return [planted(str(place), tuple(vector)) for place, vector in enumerate(vectors.tolist())]


def _is_confident(snapshot: Snapshot, scores: NDArray[np.float64]) -> NDArray[np.bool_]:
    confident: NDArray[np.bool_] = confidence(scores, PLAIN.tail, len(snapshot)) >= MIN_CONFIDENCE
    return confident


# --- candidates and crowds --------------------------------------------------------------------------------------------


def test_hubs_score_less(tmp_path: Path) -> None:
    # Cosines: 0.8 between a and b, 0.6 between b and c, 0 between a and c; the crowds are half of the sums of both:
    # 0.4, 0.7 and 0.3, less the 0.4667 that is usual.
    vectors: dict[str, Vector] = {"a": (1.0, 0.0), "b": (0.8, 0.6), "c": (0.0, 1.0)}
    related = _related(_written(tmp_path / "v", [planted(name, vector) for name, vector in vectors.items()]))
    crowd = related.hubness(np.arange(3))
    assert crowd.tolist() == pytest.approx([-0.0667, 0.2333, -0.1667], abs=1e-3)
    candidates, scores = related.candidates(0)
    assert candidates.tolist() == [1, 2]
    assert scores.tolist() == pytest.approx([0.8 - 0.2333 / 4, 0.1667 / 4], abs=1e-3)


@settings(max_examples=20, deadline=None)
@given(posts=corpora())
def test_written_lists_equal_those_of_a_new_comparison(
    tmp_path_factory: pytest.TempPathFactory, posts: list[Planted]
) -> None:
    snapshot = _written(tmp_path_factory.mktemp("lists") / "v", posts)
    attributes, related = snapshot.attributes, _related(snapshot)
    features = Features(snapshot, related.centres, PLAIN)
    relater = Relater(features)
    for ordinal in range(len(posts)):
        example = features.of_post(ordinal)
        shared = relater.shared([example])[0]
        others = attributes.work_of != attributes.work_of[ordinal]
        found = relater.candidates(example, shared, attributes.one_per_work(others, example.language))
        scores = relater.scores(example, shared, found)
        places = best_places(found, scores, CANDIDATES)
        expected = dict(
            zip(found[places].tolist(), scores[places] - HUBNESS_WEIGHT * related.hubness(found[places]), strict=True)
        )
        candidates, looked_up = related.candidates(ordinal)
        assert set(candidates.tolist()) == set(expected)
        assert looked_up.tolist() == pytest.approx([expected[place] for place in candidates.tolist()], abs=1e-4)
        assert np.all(np.diff(looked_up) <= 0)
        confident = int(np.count_nonzero(_is_confident(snapshot, looked_up)))
        alike = pairwise_similarities(features.vectors(candidates[:confident])[None], PLAIN.meaning)
        chosen = marginal_relevance(looked_up[None, :confident], alike, min(LISTED, confident), DIVERSITY)[0]
        assert related.listed(ordinal).tolist() == chosen.tolist()


@settings(max_examples=20, deadline=None)
@given(posts=corpora())
def test_no_list_has_the_post_itself_nor_any_post_twice(
    tmp_path_factory: pytest.TempPathFactory, posts: list[Planted]
) -> None:
    snapshot = _written(tmp_path_factory.mktemp("lists") / "v", posts)
    related, works = _related(snapshot), snapshot.attributes.work_of
    for ordinal in range(len(posts)):
        candidates, scores = related.candidates(ordinal)
        assert ordinal not in candidates
        assert works[ordinal] not in works[candidates]
        assert len(set(works[candidates].tolist())) == len(candidates) == len(set(works.tolist())) - 1
        listed, confident = related.listed(ordinal), np.flatnonzero(_is_confident(snapshot, scores))
        assert len(set(listed.tolist())) == len(listed) == min(LISTED, len(confident))
        assert set(listed.tolist()) <= set(confident.tolist())
        assert listed[:1].tolist() == [0] * min(1, len(confident))  # the most related comes first


@settings(max_examples=20, deadline=None)
@given(posts=corpora())
def test_mean_hubness_is_0_and_lists_are_reproducible(
    tmp_path_factory: pytest.TempPathFactory, posts: list[Planted]
) -> None:
    folder, again = tmp_path_factory.mktemp("lists") / "v", tmp_path_factory.mktemp("again")
    with closing(_written(folder, posts)) as snapshot:
        assert float(np.mean(_related(snapshot).hubness(np.arange(len(posts))))) == pytest.approx(0.0, abs=1e-5)
        write_lists(again, snapshot, scales=PLAIN)
    for file in ("related.npy", "centres.npy"):
        assert (again / file).read_bytes() == (folder / file).read_bytes()


# --- many posts -------------------------------------------------------------------------------------------------------


def test_the_sixty_most_related_posts_are_candidates(tmp_path: Path) -> None:
    snapshot = _written(tmp_path / "v", _random(CANDIDATES + 40), CONFIDENT)
    related = _related(snapshot)
    features = Features(snapshot, related.centres, PLAIN)
    for ordinal in range(0, len(snapshot), 7):
        cosines = features.similarities(features.of_post(ordinal), np.arange(len(snapshot)))
        cosines[ordinal] = -2.0
        candidates, scores = related.candidates(ordinal)
        assert set(candidates.tolist()) == set(np.argsort(-cosines)[:CANDIDATES].tolist())
        assert scores.tolist() == pytest.approx(
            (cosines[candidates] - HUBNESS_WEIGHT * related.hubness(candidates)).tolist(), abs=1e-3
        )
        assert np.all(np.diff(scores) <= 0)
        assert len(related.listed(ordinal)) == LISTED


def test_hubness_is_the_mean_of_the_twenty_best_scores(tmp_path: Path) -> None:
    snapshot = _written(tmp_path / "v", _random(50))
    features = Features(snapshot, _related(snapshot).centres, PLAIN)
    every = np.arange(50)
    cosines = np.stack([features.similarities(features.of_post(ordinal), every) for ordinal in range(50)])
    np.fill_diagonal(cosines, -2.0)
    crowd = np.sort(cosines, axis=1)[:, -20:].mean(axis=1)
    assert _related(snapshot).hubness(every).tolist() == pytest.approx((crowd - crowd.mean()).tolist(), abs=1e-3)


def test_progress_is_reported(tmp_path: Path) -> None:
    told: list[int] = []
    with closing(_written(tmp_path / "v", _random(1_030))) as snapshot:
        (tmp_path / "again").mkdir()
        write_lists(tmp_path / "again", snapshot, on_posts=told.append, scales=PLAIN)
    assert told == [1_024, 1_030]


def test_one_post_has_an_empty_list(tmp_path: Path) -> None:
    related = _related(_written(tmp_path / "v", _random(1)))
    assert related.candidates(0)[0].tolist() == []
    assert related.listed(0).tolist() == []
    assert related.lists(LISTED).tolist() == [[NONE] * LISTED]
    assert related.hubness(np.array([0])).tolist() == [0.0]


def test_a_corpus_of_duplicates_has_empty_lists(tmp_path: Path) -> None:
    related = _related(_written(tmp_path / "v", [planted(str(place), (1.0, 0.0), title="Same") for place in range(4)]))
    assert related.lists(LISTED).tolist() == [[NONE] * LISTED] * 4
    assert related.hubness(np.arange(4)).tolist() == [0.0] * 4


def test_duplicates_have_the_same_list(tmp_path: Path) -> None:
    copies = [planted(name, (1.0, 0.0), title="Same") for name in ("first", "again", "once more")]
    others = [planted("near", (0.96, 0.28)), planted("far", (0.0, 1.0)), planted("far again", (0.0, 1.0), title="far")]
    related = _related(_written(tmp_path / "v", copies + others, CONFIDENT))
    lists = [related.lists(3)[ordinal].tolist() for ordinal in range(6)]
    assert lists[:3] == [[3, 4, NONE]] * 3
    assert lists[3] == [0, 4, NONE]
    assert lists[4] == lists[5] == [3, 0, NONE]


# --- editions ---------------------------------------------------------------------------------------------------------


def test_of_a_work_the_edition_in_the_language_of_a_post_is_listed_and_else_the_first(tmp_path: Path) -> None:
    posts = [
        planted("en", (1.0, 0.0), language="en"),
        planted("de", (0.0, 1.0), language="de"),
        planted("fr", (0.6, 0.8), language="fr"),
        planted("unknown", (0.28, 0.96)),
        planted("walrus", (0.8, 0.6), language="fr"),
        planted("walross", (0.6, 0.8), language="de", translation_of="walrus"),
        planted("the walrus", (0.0, 1.0), language="en", translation_of="walrus"),
    ]
    related, walrus = _related(_written(tmp_path / "v", posts)), {4, 5, 6}
    beside = [walrus & set(related.candidates(post)[0].tolist()) for post in range(7)]
    assert beside == [{6}, {5}, {4}, {4}, set(), set(), set()]


def test_of_copies_the_one_in_the_language_of_a_post_is_listed_whichever_post_comes_first(tmp_path: Path) -> None:
    """Written lists equal those computed for a request: posts in the same language come first."""
    german, english = planted("de", (0.0, 1.0), language="de"), planted("en", (0.6, 0.8), language="en")
    copies = [planted(f"in {language}", (1.0, 0.0), title="Same", language=language) for language in ("en", "de")]
    for number, posts in enumerate(([german, english], [english, german])):
        related = _related(_written(tmp_path / f"v{number}", [*posts, *copies]))
        for place, post in enumerate(posts):
            wanted, other = (2, 3) if post is english else (3, 2)
            assert wanted in related.candidates(place)[0]
            assert other not in related.candidates(place)[0]


def test_every_list_of_a_site_in_many_languages_is_full(tmp_path: Path) -> None:
    """The editions of one work are nearer to each other than other works: the nearest 100 of 1,200 are of few works."""
    random = np.random.default_rng(5)
    directions = random.standard_normal((30, 6))
    posts = []
    for work, direction in enumerate(directions):
        for language in range(40):
            vector = tuple((direction + random.normal(scale=0.01, size=6)).tolist())
            name, original = f"w{work}-{language}", f"w{work}-0"
            posts.append(planted(name, vector, language=f"l{language}", translation_of=original))
    snapshot = _written(tmp_path / "v", posts, CONFIDENT)
    works, languages = snapshot.attributes.work_of, snapshot.attributes.language
    assert len(set(works.tolist())) == 30
    lists = _related(snapshot).lists(5)
    assert np.all(lists != NONE)
    assert np.all(languages[lists] == languages[:, None])
    for ordinal, listed in enumerate(lists):
        assert len({works[ordinal], *works[listed].tolist()}) == 6
    assert [len(_related(snapshot).candidates(ordinal)[0]) for ordinal in range(0, 1_200, 7)] == [29] * 172


def test_progress_is_reported_for_each_language(tmp_path: Path) -> None:
    told: list[int] = []
    posts = [planted("en", (1.0, 0.0), language="en"), planted("de", (0.8, 0.6), language="de")]
    posts += [planted("fr", (0.6, 0.8), language="fr", translation_of="en"), planted("none", (0.0, 1.0))]
    with closing(_written(tmp_path / "v", posts)) as snapshot:
        (tmp_path / "again").mkdir()
        write_lists(tmp_path / "again", snapshot, on_posts=told.append, scales=PLAIN)
    assert told == [1, 2, 3, 4]
