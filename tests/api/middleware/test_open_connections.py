from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from hypothesis import given
from hypothesis import strategies as st

from semsearch.api.middleware.open_connections import Activity, OpenConnections


@dataclass(eq=False)
class FakeConnection:
    """Notes that it was closed."""

    is_closed: bool = False

    def close_to_make_room(self) -> None:
        self.is_closed = True


def test_the_limit_of_a_peer_closes_only_connections_of_that_peer() -> None:
    opened = OpenConnections()
    add = partial(opened.add, limit=10, max_surplus=1)
    other, first, second = FakeConnection(), FakeConnection(), FakeConnection()
    assert add(other, "192.0.2.1", limit_of_peer=1)
    assert add(first, "192.0.2.2", limit_of_peer=1)
    assert add(second, "192.0.2.2", limit_of_peer=1)
    assert [connection.is_closed for connection in (other, first, second)] == [False, True, False]
    opened.set_activity(second, Activity.WORKING)
    third = FakeConnection()
    assert add(third, "192.0.2.2", limit_of_peer=1)
    assert opened.is_surplus(third)
    assert not other.is_closed


def test_idle_connections_make_room_before_those_that_receive_and_the_longest_waiting_first() -> None:
    opened = OpenConnections()
    add = partial(opened.add, peer="here", limit=4, limit_of_peer=None, max_surplus=0)
    receiving, working, idle, idle_again = (FakeConnection() for _ in range(4))
    for connection in (receiving, working, idle_again, idle):
        assert add(connection)
    opened.set_activity(receiving, Activity.RECEIVING)
    opened.set_activity(working, Activity.WORKING)
    opened.set_activity(idle_again, Activity.WORKING)
    opened.set_activity(idle_again, Activity.IDLE)
    for closed in (idle, idle_again, receiving):
        assert not closed.is_closed
        newcomer = FakeConnection()
        assert add(newcomer)
        assert closed.is_closed
        opened.set_activity(newcomer, Activity.WORKING)
    assert not add(FakeConnection())
    assert not working.is_closed


steps = st.lists(st.tuples(st.integers(0, 5), st.sampled_from([*Activity, None])), max_size=40)


@given(steps)
def test_limits_hold_and_no_connection_at_work_is_closed(steps: list[tuple[int, Activity | None]]) -> None:
    opened, known = OpenConnections(), dict[int, FakeConnection]()
    for number, activity in steps:
        connection = known.get(number)
        if activity is None or connection is None:
            if connection is not None:
                opened.remove(connection)
            newcomer = FakeConnection()
            if opened.add(newcomer, "here", limit=2, limit_of_peer=None, max_surplus=1):
                known[number] = newcomer
            else:
                known.pop(number, None)
        else:
            was_closed = connection.is_closed
            opened.set_activity(connection, activity)
            if activity is Activity.WORKING and not was_closed:
                others = [FakeConnection() for _ in range(4)]
                for other in others:
                    opened.add(other, "here", limit=2, limit_of_peer=None, max_surplus=1)
                if not opened.is_surplus(connection):
                    assert not connection.is_closed
                for other in others:
                    opened.remove(other)
        is_open = [one for one in known.values() if not one.is_closed]
        assert len(is_open) <= 3
        assert sum(map(opened.is_surplus, is_open)) <= 1


def test_turns_are_taken_one_in_each_iteration_of_the_event_loop() -> None:
    async def taken_per_iteration() -> list[list[int]]:
        opened, iterations = OpenConnections(), [list[int]()]

        def turn(number: int) -> Callable[[], None]:
            return lambda: iterations[-1].append(number)

        for number in range(3):
            opened.wait_for_turn(turn(number))
        for _ in range(3):
            await asyncio.sleep(0)
            iterations.append([])
        return iterations[:-1]

    assert asyncio.run(taken_per_iteration()) == [[0], [1], [2]]
