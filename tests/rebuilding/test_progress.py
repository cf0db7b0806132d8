from __future__ import annotations

import pytest

from semsearch.rebuilding import Progress, Stage
from semsearch.rebuilding import progress as progress_module
from semsearch.rebuilding.progress import ProgressReporter, ignore_progress


class FakeTime:
    """A clock that the test advances."""

    now = 1_000.0

    def perf_counter(self) -> float:
        return self.now


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> FakeTime:
    fake = FakeTime()
    monkeypatch.setattr(progress_module, "time", fake)
    return fake


@pytest.mark.parametrize(
    ("posts", "seconds", "expected"), [(0, 0.0, None), (0, 5.0, None), (5, 0.0, None), (30, 4.0, 7.5)]
)
def test_posts_per_second_is_none_until_there_are_posts(posts: int, seconds: float, expected: float | None) -> None:
    assert Progress(Stage.POSTS, posts, seconds=seconds).posts_per_second == expected


@pytest.mark.parametrize(
    ("share", "seconds", "expected"), [(None, 9.0, None), (0.0, 9.0, None), (0.25, 10.0, 30.0), (1.0, 10.0, 0.0)]
)
def test_seconds_left_assumes_the_average_speed(share: float | None, seconds: float, expected: float | None) -> None:
    assert Progress(Stage.POSTS, 10, share=share, seconds=seconds).seconds_left == expected


def test_seconds_of_stages_add_up_to_the_total(time: FakeTime) -> None:
    progress = ProgressReporter(ignore_progress)
    for stage, seconds in zip(Stage, (1.0, 2.0, 4.0, 8.0, 16.0, 32.0), strict=True):
        if stage != Stage.MODEL:
            progress.enter(stage)
        time.now += seconds
        assert sum(progress.stages.values()) == progress.seconds
    assert progress.stages == dict(zip(Stage, (1.0, 2.0, 4.0, 8.0, 16.0, 32.0), strict=True))
    assert list(progress.stages) == list(Stage)


def test_a_skipped_stage_has_no_seconds(time: FakeTime) -> None:
    progress = ProgressReporter(ignore_progress)
    time.now += 1
    progress.enter(Stage.PUBLISH)
    time.now += 2
    assert progress.stages == {Stage.MODEL: 1, Stage.PUBLISH: 2}


def test_progress_has_the_seconds_of_its_stage(time: FakeTime) -> None:
    reported: list[Progress] = []
    progress = ProgressReporter(reported.append)
    time.now += 5
    progress.enter(Stage.POSTS)
    time.now += 2
    progress.report(8, 20, 4, 0.5)
    assert reported == [Progress(Stage.MODEL), Progress(Stage.POSTS, 8, 20, 4, 0.5, 2.0)]
    assert (reported[1].posts_per_second, reported[1].seconds_left) == (4, 2)
