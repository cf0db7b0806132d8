"""An index survives a power failure, which loses any of the writes and names that were not yet synced."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from pathlib import Path
from typing import Protocol

import pytest

from semsearch.errors import DamagedVersion
from tests.faults import indexes, strace_log, traced
from tests.faults.crash_states import CrashState, Recording, Rename, Sync, Tree, choices, distinct
from tests.faults.tally import Tally

pytestmark = [pytest.mark.fault("power failure: unsynced writes lost"), pytest.mark.usefixtures("strace")]

SEED = 20261201
SAMPLE = 40
"""States in the quick part."""
CAMPAIGN = 200
"""States of each recording in the long part before its version is published; those from then on are all tried."""
LAST = 10
"""States at the end that are tried."""
FIRST_OF_ALL: tuple[str, ...] = ()


class Job(Protocol):
    __name__: str

    def __call__(self, index: Path, /) -> None: ...


def record(folder: Path, old: tuple[str, ...], job: Job) -> Recording:
    """Let a job change an index with some old versions, and record it."""
    index = folder / "index"
    index.mkdir()
    indexes.old_index(index, old)
    before = Tree.read(index)
    log = folder / "log"
    ended = traced.run(folder, job, index, strace=[*strace_log.OPTIONS, "-o", str(log)])
    assert ended.code == 0, ended
    recording = strace_log.read_log(log, index, before)
    assert recording.after() == Tree.read(index).paths()  # no call was overlooked
    return recording


def survive(states: Iterable[CrashState], folder: Path, tally: Tally, old: tuple[str, ...], new: str) -> None:
    for state in states:
        with tally.trying():
            index = folder / "state"
            index.mkdir()
            state.write(index)
            try:
                indexes.check(index, old, new)
                indexes.check_next(index)
            except Exception as error:
                raise AssertionError(f"{state.kept}, after {state.after} operations") from error
            shutil.rmtree(index)


def from_the_first_rename_on(recording: Recording) -> range:
    """The numbers of operations from which on something else than the unpublished version changes."""
    first = next(
        number
        for number, operation in enumerate(recording.operations)
        if isinstance(operation, Rename) and operation.folder != operation.to_folder
    )
    return range(first + 1, len(recording.operations) + 1)


def sample(recording: Recording, size: int) -> Iterator[CrashState]:
    """Return distinct states at random points, three quarters of them while the version is published."""
    late = from_the_first_rename_on(recording)
    share = size * 3 // 4
    return distinct(chain(at_random(recording, late, share), at_random(recording, range(late.start), size - share)))


def at_random(recording: Recording, points: range, count: int) -> Iterator[CrashState]:
    """Return some distinct states at random points."""
    rng = random.Random(SEED)
    found = list(choices(recording, rng.choices(points, k=count)))
    return islice(distinct(choice.state(recording) for choice in rng.sample(found, len(found))), count)


def test_a_sample_of_states_after_a_power_failure(tmp_path: Path, tally: Tally) -> None:
    recording = record(tmp_path, indexes.OLD, indexes.publish_new)
    survive(sample(recording, SAMPLE), tmp_path, tally, indexes.OLD, indexes.NEW)
    assert tally.count == SAMPLE


@pytest.mark.parametrize(
    ("old", "job", "new"),
    [(indexes.OLD, indexes.publish_new, indexes.NEW), (indexes.OLD, indexes.roll_back, indexes.OLD[-2])],
)
def test_what_was_reported_as_done_survives_a_power_failure(
    old: tuple[str, ...], job: Job, new: str, tmp_path: Path, tally: Tally
) -> None:
    recording = record(tmp_path, old, job)
    last = choices(recording, [len(recording.operations)])
    for state in islice(distinct(choice.state(recording) for choice in last), LAST):
        with tally.trying():
            index = tmp_path / "state"
            index.mkdir()
            state.write(index)
            assert indexes.check(index, old, new) == new, state.kept
            shutil.rmtree(index)


def test_a_publication_without_syncs_is_found_to_be_unsafe(tmp_path: Path) -> None:
    recording = record(tmp_path, indexes.OLD[:1], indexes.publish_new)
    unsynced = Recording(recording.before, [one for one in recording.operations if not isinstance(one, Sync)])
    *_, last = choices(unsynced, [len(unsynced.operations)])
    assert last.kept == "sizes, and zeros for data"
    (tmp_path / "state").mkdir()
    last.state(unsynced).write(tmp_path / "state")
    with pytest.raises(DamagedVersion):
        indexes.check(tmp_path / "state", indexes.OLD[:1])


@pytest.mark.campaign
@pytest.mark.timeout(900)
@pytest.mark.parametrize("old", [FIRST_OF_ALL, indexes.OLD[:1], indexes.OLD], ids=["first", "second", "full"])
def test_every_state_while_a_version_is_published(old: tuple[str, ...], tmp_path: Path, tally: Tally) -> None:
    recording = record(tmp_path, old, indexes.publish_new)
    late = from_the_first_rename_on(recording)
    published = (choice.state(recording) for choice in choices(recording, late))
    before = at_random(recording, range(late.start), CAMPAIGN)
    survive(distinct(chain(published, before)), tmp_path, tally, old, indexes.NEW)


@pytest.mark.campaign
def test_every_state_of_a_rollback(tmp_path: Path, tally: Tally) -> None:
    recording = record(tmp_path, indexes.OLD, indexes.roll_back)
    states = distinct(choice.state(recording) for choice in choices(recording))
    survive(states, tmp_path, tally, indexes.OLD, indexes.OLD[-2])
