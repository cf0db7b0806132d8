from __future__ import annotations

import pytest

from semsearch.rebuilding import Progress, Stage
from semsearch.rebuilding import progress as progress_module
from semsearch.rebuilding.progress import Clock, ignore


class FakeTime:
    """Goes on when told to."""

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
def test_posts_a_second_are_told_once_there_are_some(posts: int, seconds: float, expected: float | None) -> None:
    assert Progress(Stage.POSTS, posts, seconds=seconds).posts_per_second == expected


@pytest.mark.parametrize(
    ("share", "seconds", "expected"), [(None, 9.0, None), (0.0, 9.0, None), (0.25, 10.0, 30.0), (1.0, 10.0, 0.0)]
)
def test_what_is_left_goes_on_as_it_went(share: float | None, seconds: float, expected: float | None) -> None:
    assert Progress(Stage.POSTS, 10, share=share, seconds=seconds).seconds_left == expected


def test_the_seconds_of_the_stages_add_up_to_all_seconds(time: FakeTime) -> None:
    clock = Clock(ignore)
    for stage, seconds in zip(Stage, (1.0, 2.0, 4.0, 8.0, 16.0), strict=True):
        if stage != Stage.MODEL:
            clock.enter(stage)
        time.now += seconds
        assert sum(clock.stages.values()) == clock.seconds
    assert clock.stages == dict(zip(Stage, (1.0, 2.0, 4.0, 8.0, 16.0), strict=True))
    assert list(clock.stages) == list(Stage)


def test_a_stage_that_is_passed_over_took_no_time(time: FakeTime) -> None:
    clock = Clock(ignore)
    time.now += 1
    clock.enter(Stage.PUBLISH)
    time.now += 2
    assert clock.stages == {Stage.MODEL: 1, Stage.PUBLISH: 2}


def test_progress_is_of_the_stage_and_its_own_seconds(time: FakeTime) -> None:
    told: list[Progress] = []
    clock = Clock(told.append)
    time.now += 5
    clock.enter(Stage.POSTS)
    time.now += 2
    clock.report(8, 20, 4, 0.5)
    assert told == [Progress(Stage.MODEL), Progress(Stage.POSTS, 8, 20, 4, 0.5, 2.0)]
    assert (told[1].posts_per_second, told[1].seconds_left) == (4, 2)
