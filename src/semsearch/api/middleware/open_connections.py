"""Which connections may stay open, which one is closed to make room, and whose pipelined request is next."""

from __future__ import annotations

import asyncio
from collections import Counter, OrderedDict, deque
from collections.abc import Callable
from enum import Enum
from typing import Protocol


class Activity(Enum):
    """What a connection does. The order is that in which connections are closed to make room."""

    IDLE = 0
    """No request has begun."""
    RECEIVING = 1
    """A request has begun and is not complete."""
    WORKING = 2
    """A complete request waits for its response. Such a connection is not closed to make room."""


class Connection(Protocol):
    """A connection that can be closed."""

    def close_to_make_room(self) -> None:
        """Close the connection now."""


class Pool:
    """Open connections, in the order in which they began to do what they do now."""

    def __init__(self) -> None:
        self._activities: dict[Connection, Activity] = {}
        self._waiting: dict[Activity, OrderedDict[Connection, None]] = {
            activity: OrderedDict() for activity in (Activity.IDLE, Activity.RECEIVING)
        }

    def __len__(self) -> int:
        """The number of connections."""
        return len(self._activities)

    def __contains__(self, connection: Connection) -> bool:
        """Whether a connection is one of them."""
        return connection in self._activities

    def set_activity(self, connection: Connection, activity: Activity) -> None:
        """Add a connection, or note what it does now."""
        before = self._activities.get(connection)
        if before is activity:
            return
        if before in self._waiting:
            del self._waiting[before][connection]
        self._activities[connection] = activity
        if activity in self._waiting:
            self._waiting[activity][connection] = None

    def remove(self, connection: Connection) -> None:
        """Remove a connection, if it is one of them."""
        activity = self._activities.pop(connection, None)
        if activity in self._waiting:
            del self._waiting[activity][connection]

    def longest_waiting(self, is_eligible: Callable[[Connection], bool]) -> Connection | None:
        """The connection that is idle longest, or else the one that has been sending its request longest."""
        connections = (connection for waiting in self._waiting.values() for connection in waiting)
        return next(filter(is_eligible, connections), None)


class OpenConnections:
    """The open connections of one server. Used from its event loop alone.

    Above a limit, a newcomer takes the place of the connection that is idle longest. Where none can be closed, it is a
    surplus connection: it is read far enough to answer health checks, and to refuse all else with a response.
    """

    def __init__(self) -> None:
        self._peers: dict[Connection, str] = {}
        self._per_peer: Counter[str] = Counter()
        self._admitted, self._surplus = Pool(), Pool()
        self._waiting_turns: deque[Callable[[], None]] = deque()

    def add(
        self, connection: Connection, peer: str, *, limit: int, limit_of_peer: int | None, max_surplus: int
    ) -> bool:
        """Add a connection, and close others that it takes the place of. False if there is no room for it.

        ``limit``: of admitted connections; ``limit_of_peer``: of those of one peer, None for no limit.
        """
        pool = self._admitted
        if limit_of_peer is not None and self._per_peer[peer] >= limit_of_peer:
            has_room = self._make_room(pool, lambda other: self._peers[other] == peer)
        else:
            has_room = len(pool) < limit or self._make_room(pool, lambda _: True)
        if not has_room:
            pool = self._surplus
            if len(pool) >= max_surplus and not self._make_room(pool, lambda _: True):
                return False
        self._peers[connection] = peer
        pool.set_activity(connection, Activity.IDLE)
        if pool is self._admitted:
            self._per_peer[peer] += 1
        return True

    def is_surplus(self, connection: Connection) -> bool:
        """Return whether a connection was accepted above the limit."""
        return connection in self._surplus

    def set_activity(self, connection: Connection, activity: Activity) -> None:
        """Note what a connection does now. Connections that are not there are ignored: they are closing."""
        for pool in (self._admitted, self._surplus):
            if connection in pool:
                pool.set_activity(connection, activity)

    def remove(self, connection: Connection) -> None:
        """Remove a connection, if it is there."""
        peer = self._peers.pop(connection, None)
        if peer is not None and connection in self._admitted:
            self._per_peer[peer] -= 1
            if not self._per_peer[peer]:
                del self._per_peer[peer]
        for pool in (self._admitted, self._surplus):
            pool.remove(connection)

    def wait_for_turn(self, begin: Callable[[], None]) -> None:
        """Call ``begin`` soon. The event loop calls one in each of its iterations, so that connections that pipeline
        do not delay those that send one request at a time."""
        self._waiting_turns.append(begin)
        if len(self._waiting_turns) == 1:
            asyncio.get_running_loop().call_soon(self._begin_next)

    def _begin_next(self) -> None:
        begin = self._waiting_turns.popleft()
        if self._waiting_turns:
            asyncio.get_running_loop().call_soon(self._begin_next)
        begin()

    def _make_room(self, pool: Pool, is_eligible: Callable[[Connection], bool]) -> bool:
        """Close the connection of a pool that waits longest; False if none may be closed."""
        connection = pool.longest_waiting(is_eligible)
        if connection is None:
            return False
        self.remove(connection)
        connection.close_to_make_room()
        return True
