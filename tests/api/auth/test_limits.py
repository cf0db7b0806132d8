from __future__ import annotations

import copy
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semsearch.api.auth.limits import Allowance, RateLimiter, identity_of_address, rate_limit_headers

rates = st.integers(1, 20) | st.sampled_from([59, 60, 61, 600, 7_000])
starts = st.sampled_from([0.0, 0.1, 1_000_000.7, 1_790_000_000.123])
TICK = 1e-6
"""Tolerated earliness of a request, in seconds."""
gaps = st.lists(st.floats(0, 0.01) | st.floats(0, 20) | st.floats(0, 200), max_size=60)


def burst(per_minute: int) -> int:
    return max(1, per_minute // 6)


def times(start: float, between: Sequence[float]) -> list[float]:
    found = [start]
    for seconds in between:
        found.append(found[-1] + seconds)
    return found


# --- rate -------------------------------------------------------------------------------------------------------------


def test_a_burst_is_a_sixth_of_a_minutes_requests_and_then_the_rate_applies() -> None:
    limiter = RateLimiter()
    assert [limiter.acquire("a", 60, 100.0).allowed for _ in range(12)] == [True] * 10 + [False] * 2
    assert [limiter.acquire("a", 60, 101.0).allowed for _ in range(2)] == [True, False]
    assert [limiter.acquire("a", 60, 103.5).allowed for _ in range(3)] == [True, True, False]
    assert [limiter.acquire("a", 60, 200.0).allowed for _ in range(11)] == [True] * 10 + [False]


def test_an_allowance_has_the_limit_and_what_remains() -> None:
    limiter = RateLimiter()
    assert limiter.acquire("a", 12, 0.0) == Allowance(True, 2, 10, remaining=1, reset_seconds=5, retry_after=0)
    assert limiter.acquire("a", 12, 1.5) == Allowance(True, 2, 10, remaining=0, reset_seconds=9, retry_after=0)
    assert limiter.acquire("a", 12, 1.6) == Allowance(False, 2, 10, remaining=0, reset_seconds=9, retry_after=4)
    assert limiter.acquire("a", 12, 5.0) == Allowance(True, 2, 10, remaining=0, reset_seconds=10, retry_after=0)


@given(rates, starts)
def test_remaining_decreases_by_one_per_request(per_minute: int, start: float) -> None:
    limiter = RateLimiter()
    left = [limiter.acquire("a", per_minute, start).remaining for _ in range(burst(per_minute))]
    assert left == list(reversed(range(burst(per_minute))))
    assert not limiter.acquire("a", per_minute, start).allowed


@given(rates, starts, gaps)
def test_no_window_allows_more_than_the_burst_and_the_rate(per_minute: int, start: float, between: list[float]) -> None:
    limiter = RateLimiter()
    allowed = [now for now in times(start, between) if limiter.acquire("a", per_minute, now).allowed]
    for first in range(len(allowed)):
        for last in range(first, len(allowed)):
            back = (allowed[last] - allowed[first] + TICK) / (60 / per_minute - TICK)
            assert last - first + 1 <= burst(per_minute) + back


@given(rates, starts, st.lists(st.floats(0, 10), max_size=60))
def test_requests_at_the_rate_are_never_refused(per_minute: int, start: float, late: list[float]) -> None:
    limiter = RateLimiter()
    for now in times(start, [60 / per_minute + more for more in late]):
        assert limiter.acquire("a", per_minute, now).allowed


@given(rates, starts)
def test_requests_at_exactly_the_rate_are_not_refused_in_the_long_run(per_minute: int, start: float) -> None:
    limiter = RateLimiter()
    assert all(limiter.acquire("a", per_minute, start + n * 60 / per_minute).allowed for n in range(300))


@given(rates, starts, gaps)
def test_a_request_after_retry_after_is_allowed(per_minute: int, start: float, between: list[float]) -> None:
    limiter = RateLimiter()
    for now in times(start, between):
        while (allowance := limiter.acquire("a", per_minute, now)).allowed:
            assert allowance.retry_after == 0
        assert allowance.retry_after >= 1
        assert allowance.remaining == 0
        assert copy.deepcopy(limiter).acquire("a", per_minute, now + allowance.retry_after).allowed


@given(rates, rates, starts, st.lists(st.tuples(st.booleans(), st.floats(0, 5)), max_size=60))
def test_identities_are_independent(one: int, other: int, start: float, requests: list[tuple[bool, float]]) -> None:
    together, alone = RateLimiter(), RateLimiter()
    for (mine, _), now in zip(requests, times(start, [gap for _, gap in requests]), strict=False):
        if mine:
            assert together.acquire("a", one, now) == alone.acquire("a", one, now)
        else:
            together.acquire("b", other, now)


@given(st.lists(st.tuples(rates, st.floats(0, 1e10)), max_size=60))
def test_the_wait_is_bounded_whatever_the_clock_and_the_rate_do(
    requests: list[tuple[int, float]],
) -> None:
    limiter = RateLimiter()
    for per_minute, now in requests:
        allowance = limiter.acquire("a", per_minute, now)
        assert 0 <= allowance.remaining < allowance.limit == burst(per_minute)
        assert 0 <= allowance.retry_after <= 60
        assert 0 <= allowance.reset_seconds <= 60
        assert allowance.allowed == (allowance.retry_after == 0)


@given(rates, starts, st.integers(0, 1_000))
def test_an_expensive_request_counts_as_several(per_minute: int, start: float, requests: int) -> None:
    limiter, several = RateLimiter(), RateLimiter()
    limiter.acquire("a", per_minute, start)
    charged = limiter.charge("a", per_minute, requests, start)
    for _ in range(1 + requests):
        counted = several.acquire("a", per_minute, start)
    assert charged.remaining == counted.remaining
    assert limiter.acquire("a", per_minute, start).allowed is several.acquire("a", per_minute, start).allowed
    assert limiter.acquire("a", per_minute, start + 60).allowed


@given(rates, starts, st.integers(0, 1_000))
def test_an_expensive_request_is_paid_for_before_the_next_within_a_minute(
    per_minute: int, start: float, requests: int
) -> None:
    limiter, interval = RateLimiter(), 60 / per_minute
    limiter.acquire("a", per_minute, start)
    limiter.charge("a", per_minute, requests, start)
    wait = min((1 + requests) * interval, 60) - (burst(per_minute) - 1) * interval
    if wait > 0.02:
        assert not limiter.acquire("a", per_minute, start + wait - 0.01).allowed
    assert limiter.acquire("a", per_minute, start + max(wait, 0) + 0.01).allowed


# --- eviction ---------------------------------------------------------------------------------------------------------


def test_identities_with_their_full_limit_are_evicted() -> None:
    limiter = RateLimiter()
    for n in range(10_000):
        limiter.acquire(f"{n}", 60, n / 10)  # each limit is full again after a second
    assert len(limiter) < 50


@given(st.lists(st.tuples(st.integers(0, 40), st.floats(0, 3)), max_size=200))
def test_the_number_of_identities_is_limited(requests: list[tuple[int, float]]) -> None:
    limiter, now = RateLimiter(8), 0.0
    for n, gap in requests:
        now += gap
        limiter.acquire(f"{n}", 6, now)
        assert len(limiter) <= 9


def test_an_identity_without_requests_left_is_never_evicted() -> None:
    limiter = RateLimiter(100)
    while limiter.acquire("a", 60, 0.0).allowed:
        pass
    allowed = sum(limiter.acquire(f"{n}", 6, 0.5).allowed for n in range(10_000))
    assert not limiter.acquire("a", 60, 0.5).allowed
    assert allowed == 100  # 99 of their own, and the shared one


def test_there_is_room_again_once_limits_are_full_again() -> None:
    limiter = RateLimiter(100)
    for n in range(200):
        limiter.acquire(f"{n}", 6, 0.0)
    assert all(limiter.acquire(f"new {n}", 6, 11.0).allowed for n in range(100))


def test_identities_are_evicted_after_the_clock_went_back() -> None:
    limiter = RateLimiter(100)
    for n in range(100):
        limiter.acquire(f"{n}", 6, 1_000.0)
    assert all(limiter.acquire(f"new {n}", 6, 0.0).allowed for n in range(100))


# --- headers ----------------------------------------------------------------------------------------------------------


def test_headers_have_the_limit_and_what_remains() -> None:
    limiter = RateLimiter()
    assert rate_limit_headers(limiter.acquire("a", 600, 0.0), "address") == {
        "RateLimit-Policy": '"address";q=100;w=10',
        "RateLimit": '"address";r=99;t=1',
    }


def test_headers_of_a_refusal_have_retry_after() -> None:
    limiter = RateLimiter()
    limiter.acquire("a", 4, 0.0)
    assert rate_limit_headers(limiter.acquire("a", 4, 2.0), "key") == {
        "RateLimit-Policy": '"key";q=1;w=15',
        "RateLimit": '"key";r=0;t=13',
        "Retry-After": "13",
    }


# --- identity ---------------------------------------------------------------------------------------------------------


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
def test_an_identity_is_an_ipv4_address_or_an_ipv6_network(host: str | None, identity: str) -> None:
    assert identity_of_address(host) == identity
