from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings

from semsearch.index import Scales, Snapshot
from semsearch.relating.lists import write_lists
from semsearch.relating.scales import SAMPLE, measure
from tests.index.builders import write_version
from tests.relating.builders import corpora
from tests.search.fakes import Planted, planted, searcher_of

USUAL = Scales()
CLOSE, FAR = [(1.0, 0.0, 0.0), (0.96, 0.28, 0.0)], (0.0, 0.0, 1.0)


def _measured(folder: Path, posts: Sequence[Planted]) -> Scales:
    """What a version says that it was measured in."""
    return searcher_of(folder, posts, {}).snapshot.manifest.scales


def test_without_posts_there_is_nothing_to_measure_and_nothing_to_list(tmp_path: Path) -> None:
    folder = tmp_path / "version"
    folder.mkdir()
    write_version(folder, [])
    snapshot = Snapshot.open(folder)
    assert write_lists(folder, snapshot) == USUAL
    reopened = Snapshot.read(folder, snapshot.manifest)
    assert len(reopened.related) == len(reopened.related.centres) == 0


@pytest.mark.parametrize("count", [1, 2])
def test_one_or_two_posts_have_the_prior_scales(tmp_path: Path, count: int) -> None:
    assert _measured(tmp_path / "v", [planted(str(place), CLOSE[place]) for place in range(count)]) == USUAL


def test_scales_of_few_posts_stay_near_the_prior(tmp_path: Path) -> None:
    posts = [planted("a", CLOSE[0], title="violin"), planted("b", CLOSE[1], title="engine"), planted("c", FAR)]
    scales = _measured(tmp_path / "v", posts)
    # Three posts count 3/67 against 64/67 for what is usual. Of the pairs, from both sides, 0.96 twice and 0 four
    # times, the median is 0; of the closest, 0.96 twice and 0, it is 0.96. They have no words in common: the unit is
    # the least, 0.05.
    assert scales.meaning.start == pytest.approx(64 / 67 * 0.3, abs=1e-3)
    assert scales.meaning.unit == pytest.approx(3 / 67 * 0.96 + 64 / 67 * 0.4, abs=1e-3)
    assert scales.words.start == pytest.approx(64 / 67 * 0.02, abs=1e-6)
    assert scales.words.unit == pytest.approx(3 / 67 * 0.05 + 64 / 67 * 0.22, abs=1e-6)


def test_scales_of_many_posts_are_their_own(tmp_path: Path) -> None:
    # 320 in pairs that have the cosine 0.96, and at most 0.08 with others: they count 320/384, five sixths.
    posts = []
    for pair, corner in enumerate(np.eye(161)[:160]):
        beside = 0.96 * corner + 0.28 * np.eye(161)[160]
        posts += [planted(f"{pair}", tuple(corner), title=f"w{pair}x")]
        posts += [planted(f"{pair} again", tuple(beside), title=f"the w{pair}x")]
    scales = _measured(tmp_path / "v", posts)
    assert scales.meaning.start == pytest.approx(0.3 / 6, abs=1e-3)
    assert scales.meaning.unit == pytest.approx(0.96 * 5 / 6 + 0.4 / 6, abs=1e-3)
    # Each pair has its only word in common.
    assert scales.words.start == pytest.approx(0.02 / 6, abs=1e-6)
    assert scales.words.unit == pytest.approx(1.0 * 5 / 6 + 0.22 / 6, abs=1e-3)


def test_the_tail_is_fitted_to_the_highest_scores_of_the_median_post(tmp_path: Path) -> None:
    generator = np.random.default_rng(5)
    posts = [planted(str(place), tuple(generator.standard_normal(8))) for place in range(200)]
    searcher = searcher_of(tmp_path / "v", posts, {})
    finder, tail = searcher.related_finder, searcher.snapshot.manifest.scales.tail
    related = finder._relater
    examples = [related.features.of_post(ordinal) for ordinal in range(200)]
    pairs = [
        np.delete(related.scores(example, shared, np.arange(200)), ordinal)
        for ordinal, (example, shared) in enumerate(zip(examples, related.shared(examples), strict=True))
    ]
    # Of the pairs of the median post, a fifth score more than the start, and one in twenty ln 4 slopes more; less what
    # is usual elsewhere.
    share = 200 / 264
    low, high = np.median(np.quantile(pairs, (0.8, 0.95), axis=1), axis=1)
    assert tail.start == pytest.approx(share * low + (1 - share) * 0.5, abs=1e-3)
    assert tail.slope == pytest.approx(share * (high - low) / np.log(4) + (1 - share) * 0.3, abs=1e-3)


def test_a_corpus_of_duplicates_has_scales(tmp_path: Path) -> None:
    scales = _measured(tmp_path / "v", [planted(str(place), FAR, title="Same") for place in range(5)])
    assert all(np.isfinite([scales.meaning.unit, scales.words.unit, scales.tail.start, scales.tail.slope]))


@settings(max_examples=15, deadline=None)
@given(posts=corpora())
def test_units_and_slopes_are_positive_and_reproducible(
    tmp_path_factory: pytest.TempPathFactory, posts: list[Planted]
) -> None:
    snapshot = searcher_of(tmp_path_factory.mktemp("measured") / "v", posts, {}).snapshot
    scales = snapshot.manifest.scales
    assert scales.meaning.unit > 0
    assert scales.words.unit > 0
    assert scales.tail.slope > 0
    assert measure(snapshot, snapshot.related.centres) == scales


def test_of_many_posts_a_sample_is_measured(tmp_path: Path) -> None:
    # The sample is drawn the same way each time.
    generator = np.random.default_rng(6)
    count = SAMPLE + 50
    posts = [planted(str(place), tuple(generator.standard_normal(4))) for place in range(count)]
    searcher = searcher_of(tmp_path / "v", posts, {})
    assert measure(searcher.snapshot, searcher.snapshot.related.centres) == searcher.snapshot.manifest.scales
