from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from semsearch.errors import InvalidRequest, PostNotFound
from semsearch.index import Scale, Scales, Tail
from semsearch.relating.score import Parts
from semsearch.search import Searcher
from semsearch.search.requests import MAX_RELATED
from tests.relating.builders import PLAIN
from tests.search.fakes import planted, searcher_of

LOOKED_UP, AFRESH = ("a",), ("a", "a")
"""One post, whose list is precomputed; and the same post twice, for which the list is computed."""


@pytest.fixture(scope="module")
def six(tmp_path_factory: pytest.TempPathFactory) -> Searcher:
    """Posts around ``a``, with which they have the cosines 0.96 (twice), 0.8, 0.6 and 0, and nothing else in common.

    With all others, the posts have in the mean 0.6640, 0.7056 (twice), 0.6832, 0.5360 and 0.1200 in common; usual is
    0.5691. A quarter of what is more, or less, is taken away: 0.0341 from ``near`` and ``twin``, 0.0285 from ``other``,
    -0.0083 from ``middle``, -0.1123 from ``far`` and 0.0237 from ``a``.
    """
    return searcher_of(
        tmp_path_factory.mktemp("six") / "version",
        [
            planted("a", (1.0, 0.0, 0.0)),
            planted("near", (0.96, 0.28, 0.0)),
            planted("twin", (0.96, 0.28, 0.0)),
            planted("other", (0.8, 0.0, 0.6)),
            planted("middle", (0.6, 0.8, 0.0)),
            planted("far", (0.0, 0.0, 1.0)),
        ],
        {"up": (0.0, 1.0, 0.0), "ahead": (1.0, 0.0, 0.0)},
        scales=PLAIN,
    )


@pytest.fixture(scope="module")
def described(tmp_path_factory: pytest.TempPathFactory) -> Searcher:
    """Posts by descending similarity to ``a``, with dates, tags, authors and series."""
    return searcher_of(
        tmp_path_factory.mktemp("described") / "version",
        [
            planted("a", (1.0, 0.0), date="2023-06-01", url="https://site.example/posts/a"),
            planted("b", (0.95, 0.3), tags=("x",), date="2024-01-01", url="https://site.example/posts/b"),
            planted("c", (0.8, 0.6), tags=("x", "y"), authors=("Ann",), url="https://site.example/posts/c"),
            planted("d", (0.6, 0.8), language="en", date="2023-06-01", url="https://site.example/posts/d"),
            planted("e", (0.3, 0.95), language="de-AT", date="2020-01-01", url="https://site.example/posts/e/"),
            planted("f", (0.0, 1.0), tags=("y",), authors=("Ben",), date="2025-01-01"),
        ],
        {"text": (1.0, 0.0)},
        scales=PLAIN,
    )


def _found(searcher: Searcher, *post_ids: str, **parameters: Any) -> list[str]:
    """The ids of a list, which holds posts however little they have in common unless ``parameters`` say otherwise."""
    return [hit.id for hit in searcher.related(*post_ids, **{"min_confidence": 0.0} | parameters).hits]


def _scores(searcher: Searcher, *post_ids: str, **parameters: Any) -> dict[str, float]:
    hits = searcher.related(*post_ids, **{"limit": 50, "diversity": 0, "min_confidence": 0.0} | parameters).hits
    return {hit.id: hit.score for hit in hits}


def _close(**expected: float) -> Any:
    return pytest.approx(expected, abs=2e-3)


# --- scores and order -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("example", [LOOKED_UP, AFRESH])
def test_most_related_posts_come_first_without_the_example(six: Searcher, example: Sequence[str]) -> None:
    found = _scores(six, *example)
    assert list(found) == ["near", "twin", "other", "middle", "far"]
    assert found == _close(
        near=0.96 - 0.0341, twin=0.96 - 0.0341, other=0.8 - 0.0285, middle=0.6 + 0.0083, far=0.0 + 0.1123
    )


def test_result_has_the_id_of_its_example(six: Searcher) -> None:
    result = six.related("a", limit=2)
    assert (result.post_id, result.limit, result.index_version) == ("a", 2, six.snapshot.version)
    assert six.related("a", "far").post_id is None
    assert six.related(texts=["up"]).post_id is None
    assert six.related("a", negative_texts=["up"]).post_id is None


@pytest.mark.parametrize("example", [LOOKED_UP, AFRESH])
def test_diversity_leaves_out_posts_similar_to_listed_ones(six: Searcher, example: Sequence[str]) -> None:
    assert _found(six, *example, limit=3, diversity=0) == ["near", "twin", "other"]
    # Likeness counts twice. After "near", "twin" gains 0.7·0.926 - 0.3·2 = 0.048, "other" 0.7·0.7715 - 0.6·0.768 =
    # 0.0793, "middle" 0.7·0.608 - 0.6·0.8 = -0.054 and "far" 0.7·0.1123 - 0 = 0.0786.
    assert _found(six, *example, limit=2, diversity=0.3) == ["near", "other"]
    # At 0.1, 0.9·0.926 - 0.1·2 = 0.633 against 0.9·0.772 - 0.2·0.768 = 0.541.
    assert _found(six, *example, limit=2, diversity=0.1) == ["near", "twin"]
    # At 1 only unlikeness counts, after the first: "far" has the cosine 0 with "near". The list is in order of score.
    assert _found(six, *example, limit=2, diversity=1) == ["near", "far"]
    assert _found(six, *example, limit=3, diversity=1) == ["near", "other", "far"]


def test_several_examples_count_as_their_mean(six: Searcher) -> None:
    found = _scores(six, "a", "far")
    assert list(found) == ["other", "near", "twin", "middle"]
    assert found == _close(other=0.7 - 0.0285, near=0.48 - 0.0341, twin=0.48 - 0.0341, middle=0.3 + 0.0083)


def test_text_can_be_an_example(six: Searcher) -> None:
    found = _scores(six, texts=["up"])
    assert found == _close(
        middle=0.8 + 0.0083, near=0.28 - 0.0341, twin=0.28 - 0.0341, far=0.1123, a=0.0 - 0.0237, other=0.0 - 0.0285
    )
    # Means of the cosines with "far", twice "up", and "ahead".
    mixed = _scores(six, "far", texts=["up", "ahead", "up"])
    assert mixed == _close(
        middle=0.55 + 0.0083, near=0.38 - 0.0341, twin=0.38 - 0.0341, other=0.35 - 0.0285, a=0.25 - 0.0237
    )
    assert list(mixed) == ["middle", "near", "twin", "other", "a"]


def test_negative_examples_subtract_half_their_similarity_and_are_not_listed(six: Searcher) -> None:
    found = _scores(six, "a", negative=["middle"])
    # Likeness to "middle": 0.96·0.6 + 0.28·0.8 = 0.8, 0.8·0.6 = 0.48 and 0.
    assert list(found) == ["other", "near", "twin", "far"]
    assert found == _close(other=0.8 - 0.24 - 0.0285, near=0.56 - 0.0341, twin=0.56 - 0.0341, far=0.1123)
    # The mean of "middle" and "up": 0.54, 0.24 and 0.
    found = _scores(six, "a", negative=["middle"], negative_texts=["up"])
    assert found == _close(other=0.8 - 0.12 - 0.0285, near=0.96 - 0.27 - 0.0341, twin=0.96 - 0.27 - 0.0341, far=0.1123)


def test_dissimilarity_to_a_negative_example_adds_nothing(tmp_path: Path) -> None:
    posts = [planted("a", (1.0, 0.0)), planted("b", (0.8, 0.6)), planted("c", (0.6, 0.8))]
    searcher = searcher_of(tmp_path / "version", posts, {"opposite": (-1.0, 0.0)}, scales=PLAIN)
    assert _scores(searcher, "a", negative_texts=["opposite"]) == pytest.approx(_scores(searcher, "a"), abs=1e-6)


def test_same_post_may_be_positive_and_negative_example(six: Searcher) -> None:
    found = _scores(six, "a", negative=["a"])
    assert found == _close(
        near=0.48 - 0.0341, twin=0.48 - 0.0341, other=0.4 - 0.0285, middle=0.3 + 0.0083, far=0.0 + 0.1123
    )


def test_explanations_are_optional_and_sum_up_to_the_score(six: Searcher) -> None:
    assert {hit.explanation for hit in six.related("a").hits} == {None}
    for hit in six.related("a", "far", negative=["middle"], min_confidence=0, explain=True).hits:
        assert isinstance(hit.explanation, Parts)
        assert hit.score == hit.explanation.score == pytest.approx(sum(hit.explanation.worth.values()))
    near = six.related("a", negative=["middle"], min_confidence=0, explain=True).hits[1].explanation
    assert isinstance(near, Parts)
    assert (near.meaning, near.unlike, near.crowd) == pytest.approx((0.96, 0.8, 4 * 0.0341), abs=2e-3)
    assert (near.words, near.time, near.tags, near.authors, near.series) == (0.0, 0.0, 0.0, 0.0, 0.0)


def test_time_tags_authors_and_series_are_part_of_the_score(tmp_path: Path) -> None:
    fields: dict[str, Any] = {"tags": ("x",), "authors": ("Ann",), "date": "2024-01-01"}
    posts = [
        planted("a", (1.0, 0.0), title="Letters Part 1", **fields),
        planted("b", (0.0, 1.0), title="Letters Part 2", **fields),
        planted("c", (0.0, 1.0), title="Engines", tags=("z",)),
    ]
    searcher = searcher_of(tmp_path / "version", posts, {}, scales=PLAIN)
    parts = searcher.related("a", min_confidence=0, explain=True).hits[0].explanation
    assert isinstance(parts, Parts)
    # Of three posts, two have the tag and the author: ln(1 + 1.5/2.5)/ln(1 + 2.5/1.5) = 0.4792 of the rarest. The tag
    # binds: 3 units, of which a random post has it with a chance of 1/2: ln 2/ln 20 = 0.2314; a half is a tag's unit.
    tags = 3 * 0.2314 / 0.5
    assert (parts.time, parts.tags, parts.authors, parts.series) == pytest.approx((1.0, tags, 0.4792, 1.0), abs=1e-3)
    assert parts.words > 0.1


# --- what may be listed -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"tags": ["x"]}, ["b", "c"]),
        ({"tags": ["x", "y"]}, ["c"]),
        ({"authors": ["Ann"]}, ["c"]),
        ({"language": "en"}, ["d"]),
        ({"language": "de"}, ["e"]),
        ({"date_from": "2024-01-01"}, ["b", "f"]),
        ({"date_to": dt.date(2023, 6, 1)}, ["d", "e"]),
        ({"date_from": "2023-01-01", "date_to": "2024-06-01", "tags": ["x"]}, ["b"]),
        ({"exclude": ["b", "f", "unknown", "a"]}, ["d", "c", "e"]),
        ({"exclude": ["b"], "tags": ["x"]}, ["c"]),
        ({"newer": False}, ["d", "c", "e"]),  # the day itself is not newer, and what has no day is not known to be
        ({"tags": ["unknown"]}, []),
        ({"min_confidence": 1.0}, []),
    ],
)
@pytest.mark.parametrize("example", [LOOKED_UP, AFRESH])
def test_only_posts_that_pass_the_filter_are_listed(
    described: Searcher, example: Sequence[str], condition: dict[str, Any], expected: list[str]
) -> None:
    assert sorted(_found(described, *example, limit=50, diversity=0, **condition)) == sorted(expected)
    assert sorted(_found(described, *example, limit=50, diversity=0.5, **condition)) == sorted(expected)


def test_newer_has_no_effect_for_an_example_without_a_date(described: Searcher) -> None:
    assert sorted(_found(described, "c", limit=50, newer=False)) == ["a", "b", "d", "e", "f"]
    assert sorted(_found(described, texts=["text"], limit=50, newer=False)) == ["a", "b", "c", "d", "e", "f"]


def test_newer_compares_with_the_newest_positive_example(described: Searcher) -> None:
    assert sorted(_found(described, "a", "c", "e", newer=False)) == ["d"]
    assert sorted(_found(described, "a", "b", newer=False)) == ["c", "d", "e"]
    assert sorted(_found(described, "a", negative=["f"], newer=False)) == ["c", "d", "e"]


@pytest.mark.parametrize(
    ("fields", "left_out"),
    [
        ({"teaser": "See [the other](https://site.example/posts/b) one."}, ["b"]),
        ({"body": "See [the other](/posts/c), [and](e 'Its title')."}, ["c", "e"]),
        ({"body": '<a class="x" href="https://www.site.example/posts/d/#top">the other</a>'}, ["d"]),
        ({"body": "<a href=../posts/b>b</a> <A HREF='c'>c</A>"}, ["b", "c"]),
        ({"body": "[One][1] of them.\n\n[1]: http://site.example/posts/e?from=feed"}, ["e"]),
        ({"body": "It is https://site.example/posts/c. And https://elsewhere.example/posts/d!"}, ["c"]),
        ({"body": "[Itself](#top), [mail](mailto:b@site.example), [broken](http://[/posts/b)."}, []),
    ],
)
def test_linked_posts_can_be_excluded(tmp_path: Path, fields: dict[str, Any], left_out: list[str]) -> None:
    posts = [
        planted("a", (1.0, 0.0), url="https://site.example/posts/a", **fields),
        *(planted(name, (0.8, 0.6), url=f"https://site.example/posts/{name}") for name in "bcde"),
        planted("without", (0.6, 0.8)),
    ]
    searcher = searcher_of(tmp_path / "version", posts, {}, scales=PLAIN)
    every = ["b", "c", "d", "e", "without"]
    assert sorted(_found(searcher, "a", limit=9)) == every
    expected = [name for name in every if name not in left_out]
    assert sorted(_found(searcher, "a", limit=9, exclude_linked=True)) == expected
    assert sorted(_found(searcher, "a", "a", limit=9, exclude_linked=True)) == expected


def test_links_of_texts_are_excluded_but_not_those_of_negative_examples(tmp_path: Path) -> None:
    text = "Read https://site.example/b first"
    posts = [
        planted("a", (1.0, 0.0)),
        planted("b", (0.8, 0.6), url="https://site.example/b"),
        planted("linking", (0.6, 0.8), teaser=text),
    ]
    searcher = searcher_of(tmp_path / "version", posts, {text: (1.0, 0.0)}, scales=PLAIN)
    assert sorted(_found(searcher, texts=[text], exclude_linked=True)) == ["a", "linking"]
    assert _found(searcher, "a", "linking", exclude_linked=True) == []
    assert _found(searcher, "a", negative=["linking"], exclude_linked=True) == ["b"]


def test_a_limit_cuts_the_list(six: Searcher) -> None:
    for limit in (1, 2, 3, 4, 5, MAX_RELATED):
        for diversity in (0, 0.3, 1):
            assert len(_found(six, "a", limit=limit, diversity=diversity)) == min(limit, 5)
    assert _found(six, "a", "near", "twin", "other", "middle", "far") == []
    for limit in (0, MAX_RELATED + 1):
        with pytest.raises(InvalidRequest, match="limit"):
            six.related("a", limit=limit)


@pytest.mark.parametrize("post_ids", [("unknown",), ("a", "A"), ("",)])
def test_an_unknown_post_is_named(six: Searcher, post_ids: Sequence[str]) -> None:
    with pytest.raises(PostNotFound) as caught:
        six.related(*post_ids)
    assert caught.value.post_id == post_ids[-1]


def test_an_unknown_negative_example_is_named(six: Searcher) -> None:
    with pytest.raises(PostNotFound, match="'nobody'"):
        six.related("a", negative=["nobody"])


def test_request_without_examples_is_refused(six: Searcher) -> None:
    with pytest.raises(InvalidRequest, match="positive: at least one"):
        six.related(negative=["a"])


def test_a_corpus_of_one_post_has_nothing_related(tmp_path: Path) -> None:
    searcher = searcher_of(tmp_path / "version", [planted("only", (1.0, 0.0))], {"text": (1.0, 0.0)})
    assert _found(searcher, "only") == _found(searcher, "only", "only") == []
    assert _found(searcher, texts=["text"]) == ["only"]


# --- confidence -------------------------------------------------------------------------------------------------------


def test_confidence_is_measured_against_posts_of_the_corpus(six: Searcher) -> None:
    hits = {hit.id: hit.confidence for hit in six.related("a", limit=50, min_confidence=0).hits}
    # "other" scores 0.7715 and "middle" 0.6083: with a tail from 0.5 that falls by 0.25, a share of
    # 0.2·e^-1.086 = 0.0675 and 0.2·e^-0.433 = 0.1297 of unrelated posts would; not one of six with 0.6574 and 0.4345.
    assert hits["other"] == pytest.approx(0.6574, abs=3e-3)
    assert hits["middle"] == pytest.approx(0.4345, abs=3e-3)
    assert hits["far"] == pytest.approx(0.0, abs=1e-6)  # 0.2·e^1.55 = 0.943 of them would


@pytest.mark.parametrize("example", [LOOKED_UP, AFRESH])
def test_min_confidence_is_never_undercut_to_fill_a_list(six: Searcher, example: Sequence[str]) -> None:
    for diversity in (0, 0.3, 1):
        assert sorted(_found(six, *example, min_confidence=0.5, diversity=diversity)) == ["near", "other", "twin"]
        assert len(_found(six, *example, min_confidence=0.5, diversity=diversity, limit=2)) == 2
        assert len(_found(six, *example, min_confidence=0.4, diversity=diversity)) == 4


def test_list_is_as_long_as_there_are_confident_posts(tmp_path: Path) -> None:
    vectors = np.random.default_rng(1).standard_normal((150, 4)).tolist()
    posts = [planted(str(place), tuple(vector)) for place, vector in enumerate(vectors)]
    scales = Scales(meaning=Scale(0.0, 1.0), words=Scale(0.0, 1.0), tail=Tail(0.0, 0.1))
    searcher = searcher_of(tmp_path / "version", posts, {}, scales=scales)
    for post_id in ("0", "1", "2"):
        every = searcher.related(post_id, limit=50, diversity=0, min_confidence=0).hits
        sure = sum(hit.confidence >= 0.9 for hit in every)
        assert 5 < sure < 50
        for limit in (3, sure, 50):
            for diversity in (0.0, 0.3, 1.0):
                hits = searcher.related(post_id, limit=limit, diversity=diversity, min_confidence=0.9).hits
                assert len(hits) == min(limit, sure)
                assert min(hit.confidence for hit in hits) >= 0.9 - 1e-6


def test_lists_hold_nothing_below_a_confidence_of_three_tenths_by_default(six: Searcher) -> None:
    for parameters in ({}, {"texts": ["up"]}, {"diversity": 0}, {"negative": ["middle"]}):
        every = six.related("a", **{"limit": 50, "min_confidence": 0} | parameters).hits
        shown = six.related("a", **{"limit": 50} | parameters).hits
        assert {hit.id for hit in shown} == {hit.id for hit in every if hit.confidence >= 0.3}
        assert len(shown) < len(every)
