from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.faults import indexes, traced
from tests.faults.tally import Tally, pytest_terminal_summary

__all__ = ["pytest_terminal_summary"]  # pytest finds its hook in this module


@pytest.fixture
def tally(request: pytest.FixtureRequest) -> Tally:
    """The count of the kind of faults that the test names with the mark ``fault``."""
    mark = request.node.get_closest_marker("fault")
    return Tally(mark.args[0], request.node.user_properties)


@pytest.fixture
def strace(tally: Tally) -> None:
    """Skip the test if processes cannot be traced."""
    if reason := traced.why_not():
        pytest.skip(reason)


@pytest.fixture(scope="session")
def three_old(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index with the maximum of versions, so that publishing one removes one. Tests must not change it."""
    return indexes.old_index(tmp_path_factory.mktemp("old") / "index")


@pytest.fixture
def interrupt(three_old: Path, tmp_path: Path) -> Callable[..., tuple[Path, traced.Ended]]:
    """A function that runs a job on a copy of ``three_old`` with some options of strace.

    A log that is named ``log`` lies beside the copy.
    """
    count = 0

    def run(job: Callable[[Path], None], strace: Sequence[str]) -> tuple[Path, traced.Ended]:
        nonlocal count
        count += 1
        folder = tmp_path / f"{count}"
        folder.mkdir()
        index = indexes.copied(three_old, folder / "index")
        options = [str(folder / "log") if option == "log" else option for option in strace]
        return index, traced.run(folder, job, index, strace=options)

    return run
