from __future__ import annotations

import re
import time

from semsearch.serving.timing import Timing, server_timing


def test_only_stages_that_took_place_are_reported() -> None:
    timing = Timing()
    assert list(timing.stages()) == []
    timing.end_step(timing.begin_step())
    assert [stage for stage, _ in timing.stages()] == ["queue", "rank"]
    timing.encode = 0.002
    assert dict(timing.stages())["encode"] == 0.002


def test_the_queue_ends_with_the_first_step_and_steps_add_up() -> None:
    timing = Timing(submitted=time.perf_counter() - 1)
    begun = timing.begin_step()
    queue = timing.queue
    assert queue is not None
    assert 1 <= queue < 2
    timing.end_step(begun - 2)
    timing.end_step(timing.begin_step() - 3)
    assert timing.queue == queue
    assert timing.rank is not None
    assert 5 <= timing.rank < 6


def test_the_header_is_in_milliseconds() -> None:
    timing = Timing(queue=0.0001, encode=0.002, rank=0.0015)
    value = server_timing(timing, time.perf_counter() - 10, is_cached=False)
    assert value.startswith("queue;dur=0.100, encode;dur=2.000, rank;dur=1.500, total;dur=10")
    assert re.fullmatch(r"cache;desc=hit, total;dur=\d+\.\d{3}", server_timing(Timing(), 0.0, is_cached=True))
