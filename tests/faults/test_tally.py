from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from tests.faults.tally import Tally, table


def report(properties: list[tuple[str, object]], **fields: Any) -> Any:
    return SimpleNamespace(**{"user_properties": properties, "skipped": False} | fields)


def test_what_raises_is_lost() -> None:
    properties: list[tuple[str, object]] = [("another", 1)]
    tally = Tally("EIO", properties)
    with tally.trying():
        pass
    with pytest.raises(KeyError), tally.trying():
        raise KeyError
    assert tally.count == 2
    assert [line.split() for line in table([report(properties)])] == [
        ["fault", "tried", "survived", "lost"],
        ["EIO", "2", "1", "1"],
    ]


def test_tests_of_one_kind_are_added_up_and_the_reason_of_skipped_ones_is_told() -> None:
    kinds: list[list[tuple[str, object]]] = [[], [], []]
    for properties in kinds[:2]:
        with Tally("EIO", properties).trying():
            pass
    Tally("kill", kinds[2])
    skipped = report(kinds[2], skipped=True, longrepr=("file", 1, "Skipped: strace is not installed"))
    assert [line.split(maxsplit=4) for line in table([report(kinds[0]), report(kinds[1]), skipped])[1:]] == [
        ["EIO", "2", "2", "0"],
        ["kill", "0", "0", "0", "Skipped: strace is not installed"],
    ]


def test_without_faults_there_is_no_table() -> None:
    assert table([report([])]) == []
