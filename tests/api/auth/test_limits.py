from __future__ import annotations

import copy
import math
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semsearch.api.auth.limits import Allowance, Limiter, headers, identity_of_address

rates = st.integers(1, 20) | st.sampled_from([59, 60, 61, 600, 7_000])
starts = st.sampled_from([0.0, 0.1, 1_000_000.7, 1_790_000_000.123])
TICK = 1e-6
"""Seconds by which a request may come too early."""
gaps = st.lists(st.floats(0, 0.01) | st.floats(0, 20) | st.floats(0, 200), max_size=60)


def burst(per_minute: int) -> int:
    return max(1, per_minute // 6)


def times(start: float, between: Sequence[float]) -> list[float]:
    found = [start]
    for seconds in between:
        found.append(found[-1] + seconds)
    return found


# --- how often --------------------------------------------------------------------------------------------------------


def test_a_sixth_of_a_minutes_requests_may_come_at_once_and_then_one_whenever_one_is_back() -> None:
    limiter = Limiter()
    assert [limiter.ask("a", 60, 100.0).allowed for _ in range(12)] == [True] * 10 + [False] * 2
    assert [limiter.ask("a", 60, 101.0).allowed for _ in range(2)] == [True, False]
    assert [limiter.ask("a", 60, 103.5).allowed for _ in range(3)] == [True, True, False]
    assert [limiter.ask("a", 60, 200.0).allowed for _ in range(11)] == [True] * 10 + [False]


def test_an_allowance_says_what_is_left() -> None:
    limiter = Limiter()
    assert limiter.ask("a", 12, 0.0) == Allowance(True, 2, 10, remaining=1, reset_seconds=5, retry_after=0)
    assert limiter.ask("a", 12, 1.5) == Allowance(True, 2, 10, remaining=0, reset_seconds=9, retry_after=0)
    assert limiter.ask("a", 12, 1.6) == Allowance(False, 2, 10, remaining=0, reset_seconds=9, retry_after=4)
    assert limiter.ask("a", 12, 5.0) == Allowance(True, 2, 10, remaining=0, reset_seconds=10, retry_after=0)


@given(rates, starts)
def test_what_is_left_falls_by_one_each_time(per_minute: int, start: float) -> None:
    limiter = Limiter()
    left = [limiter.ask("a", per_minute, start).remaining for _ in range(burst(per_minute))]
    assert left == list(reversed(range(burst(per_minute))))
    assert not limiter.ask("a", per_minute, start).allowed


@given(rates, starts, gaps)
def test_no_window_has_more_than_the_burst_and_what_comes_back_in_it(
    per_minute: int, start: float, between: list[float]
) -> None:
    limiter = Limiter()
    let = [now for now in times(start, between) if limiter.ask("a", per_minute, now).allowed]
    for first in range(len(let)):
        for last in range(first, len(let)):
            back = (let[last] - let[first] + TICK) / (60 / per_minute - TICK)
            assert last - first + 1 <= burst(per_minute) + back


@given(rates, starts, st.lists(st.floats(0, 10), max_size=60))
def test_who_keeps_to_the_rate_is_never_refused(per_minute: int, start: float, late: list[float]) -> None:
    limiter = Limiter()
    for now in times(start, [60 / per_minute + more for more in late]):
        assert limiter.ask("a", per_minute, now).allowed


@given(rates, starts)
def test_who_keeps_to_the_rate_for_long_is_never_refused(per_minute: int, start: float) -> None:
    limiter = Limiter()
    assert all(limiter.ask("a", per_minute, start + n * 60 / per_minute).allowed for n in range(300))


@given(rates, starts, gaps)
def test_who_waits_as_long_as_was_said_is_answered(per_minute: int, start: float, between: list[float]) -> None:
    limiter = Limiter()
    for now in times(start, between):
        while (told := limiter.ask("a", per_minute, now)).allowed:
            assert told.retry_after == 0
        assert told.retry_after >= 1
        assert told.remaining == 0
        assert copy.deepcopy(limiter).ask("a", per_minute, now + told.retry_after).allowed


@given(rates, rates, starts, st.lists(st.tuples(st.booleans(), st.floats(0, 5)), max_size=60))
def test_identities_are_independent(one: int, other: int, start: float, asked: list[tuple[bool, float]]) -> None:
    together, alone = Limiter(), Limiter()
    for (mine, _), now in zip(asked, times(start, [gap for _, gap in asked]), strict=False):
        if mine:
            assert together.ask("a", one, now) == alone.ask("a", one, now)
        else:
            together.ask("b", other, now)


@given(st.lists(st.tuples(rates, st.floats(0, 1e10)), max_size=60))
def test_whatever_the_clock_and_the_rate_do_the_wait_is_no_longer_than_one_request_takes(
    asked: list[tuple[int, float]],
) -> None:
    limiter = Limiter()
    for per_minute, now in asked:
        said = limiter.ask("a", per_minute, now)
        assert 0 <= said.remaining < said.limit == burst(per_minute)
        assert 0 <= said.retry_after <= math.ceil(60 / per_minute) + 1
        assert 0 <= said.reset_seconds <= said.window_seconds + 1
        assert said.allowed == (said.retry_after == 0)


# --- how many ---------------------------------------------------------------------------------------------------------


def test_whoever_has_all_back_is_forgotten() -> None:
    limiter = Limiter()
    for n in range(10_000):
        limiter.ask(f"{n}", 60, n / 10)  # of which each is back after a second
    assert len(limiter) < 50


@given(st.lists(st.tuples(st.integers(0, 40), st.floats(0, 3)), max_size=200))
def test_no_more_are_known_than_may_be_and_the_crowd(asked: list[tuple[int, float]]) -> None:
    limiter, now = Limiter(8), 0.0
    for n, gap in asked:
        now += gap
        limiter.ask(f"{n}", 6, now)
        assert len(limiter) <= 9


def test_others_however_many_make_nobody_forgotten_who_is_short_of_requests() -> None:
    limiter = Limiter(100)
    while limiter.ask("a", 60, 0.0).allowed:
        pass
    let = sum(limiter.ask(f"{n}", 6, 0.5).allowed for n in range(10_000))
    assert not limiter.ask("a", 60, 0.5).allowed
    assert let == 100  # 99 of their own, and one that all others share


def test_there_is_room_again_when_others_have_theirs_back() -> None:
    limiter = Limiter(100)
    for n in range(200):
        limiter.ask(f"{n}", 6, 0.0)
    assert all(limiter.ask(f"new {n}", 6, 11.0).allowed for n in range(100))


def test_a_clock_that_went_back_leaves_no_one_behind() -> None:
    limiter = Limiter(100)
    for n in range(100):
        limiter.ask(f"{n}", 6, 1_000.0)
    assert all(limiter.ask(f"new {n}", 6, 0.0).allowed for n in range(100))


# --- what is said -----------------------------------------------------------------------------------------------------


def test_an_answer_says_what_is_left() -> None:
    limiter = Limiter()
    assert headers(limiter.ask("a", 600, 0.0), "address") == {
        "RateLimit-Policy": '"address";q=100;w=10',
        "RateLimit": '"address";r=99;t=1',
    }


def test_a_refusal_says_when_to_come_again() -> None:
    limiter = Limiter()
    limiter.ask("a", 4, 0.0)
    assert headers(limiter.ask("a", 4, 2.0), "key") == {
        "RateLimit-Policy": '"key";q=1;w=15',
        "RateLimit": '"key";r=0;t=13',
        "Retry-After": "13",
    }


# --- who --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("host", "identity"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:DB8:1:2::", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::", "2001:db8:1:3::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::1", "::/64"),
        ("testclient", "testclient"),
        ("192.0.2.256", "192.0.2.256"),
        ("a" * 1_000, "a" * 64),
        ("unix", "unknown"),
        ("", "unknown"),
        (None, "unknown"),
    ],
)
def test_an_identity_is_an_address_or_what_one_connection_has_of_them(host: str | None, identity: str) -> None:
    assert identity_of_address(host) == identity
