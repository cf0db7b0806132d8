"""Obeys robots.txt and keeps a pause between the requests to a host."""

from __future__ import annotations

from collections.abc import Callable

import httpx

from semsearch.errors import DisallowedByRobots, ServerFailed
from semsearch.ingest.network.clock import Clock
from semsearch.ingest.network.limits import Limits
from semsearch.ingest.network.robots import Robots
from semsearch.ingest.network.urls import origin_of, parse_url

_PATH = "/robots.txt"


class Politeness:
    """The rules and the pace of each host. robots.txt is read once per host, before its first request."""

    def __init__(self, limits: Limits, clock: Clock, read_robots: Callable[[httpx.URL], Robots]) -> None:
        """``read_robots`` fetches and parses the robots.txt of this address."""
        self._limits, self._clock, self._read_robots = limits, clock, read_robots
        self._robots: dict[str, Robots | ServerFailed] = {}
        self._next: dict[str, float] = {}

    def before_request(self, url: httpx.URL) -> None:
        """Wait until the host may be asked. Raises DisallowedByRobots, and what reading robots.txt raises."""
        pause = self._limits.pause
        if url.path != _PATH:
            robots = self.robots_of(url)
            if not robots.allows(url.raw_path.decode("ascii")):
                raise DisallowedByRobots(str(url))
            pause = max(pause, min(robots.delay, self._limits.longest_pause))
        now = self._clock.monotonic()
        turn = max(now, self._next.get(url.host, now))
        if turn > now:
            self._clock.sleep(turn - now)
        self._next[url.host] = turn + pause

    def robots_of(self, url: httpx.URL) -> Robots:
        """The rules of the host of an address. Raises ServerFailed if they cannot be read; asks only once."""
        origin = origin_of(url)
        if origin not in self._robots:
            self._robots[origin] = Robots()  # for redirects of robots.txt itself
            try:
                self._robots[origin] = self._read_robots(parse_url(origin + _PATH))
            except ServerFailed as error:
                self._robots[origin] = error
            except BaseException:
                del self._robots[origin]
                raise
        robots = self._robots[origin]
        if isinstance(robots, ServerFailed):
            raise robots
        return robots
