"""Readers that open an index again and again, while another process publishes, rolls back and removes versions."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from semsearch.index import IndexFolder
from tests.faults import indexes
from tests.faults.tally import Tally
from tests.forked import ForkedProcess
from tests.index.builders import post, publish

READERS = 2


def swap(index: Path, rounds: int) -> None:
    """Publish versions, and roll back after each second one."""
    folder = IndexFolder(index)
    for number in range(rounds):
        publish(folder, post(f"p{number}"))
        print(folder.current(), f"p{number}", flush=True)  # noqa: T201  (the test reads it)
        if number % 2:
            folder.rollback()


@pytest.mark.fault("swap under load")
@pytest.mark.parametrize("rounds", [6, pytest.param(100, marks=pytest.mark.campaign)])
def test_a_reader_always_gets_a_whole_version(rounds: int, three_old: Path, tmp_path: Path, tally: Tally) -> None:
    index = indexes.copied(three_old, tmp_path / "index")
    names = IndexFolder(index).names()
    ended = threading.Event()

    def read() -> list[tuple[str, list[str]]]:
        found: list[tuple[str, list[str]]] = []
        while not ended.is_set() or not found:
            with closing(IndexFolder(index).open_newest_valid()) as snapshot:
                ids = snapshot.documents.ids()
                assert [one.id for one in snapshot.documents.get(range(len(snapshot)))] == ids
                found.append((snapshot.version, ids))
        return found

    with ThreadPoolExecutor(READERS) as pool:
        readers = [pool.submit(read) for _ in range(READERS)]
        writer = ForkedProcess(swap, index, rounds)
        output, code = writer.end()
        ended.set()
    assert code == 0
    written = dict(line.split() for line in output.splitlines())
    written |= dict(zip(names, indexes.OLD, strict=True))
    for reader in readers:
        for version, ids in reader.result():
            with tally.trying():
                assert ids == [written[version]]
    indexes.check_next(index)
