"""An index whose files belong to somebody else, or may not be written or read, stays whole, and the error says why."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from semsearch.index import IndexFolder
from tests.faults import indexes, traced
from tests.faults.tally import Tally

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs users and permissions as POSIX systems have them")

NOBODY = 65534


@pytest.fixture
def index(three_old: Path) -> Iterator[Path]:
    """A copy of an index that everybody may write, in a folder that everybody may enter."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o777)
    copy = indexes.copied(three_old, folder / "index")
    for path in (copy, *copy.rglob("*")):
        path.chmod(0o777 if path.is_dir() else 0o666)
    yield copy
    for path in (copy, *copy.rglob("*")):
        if path.is_dir():
            path.chmod(0o777)
    shutil.rmtree(folder)


def protect(path: Path, mode: int) -> None:
    path.chmod(mode)


def run_as_nobody(scratch: Path, index: Path, job: Callable[[Path], None]) -> None:
    """Run a job as a user without rights, if the tests run as root, who has all of them."""
    job(scratch)  # imports what root may read, but perhaps nobody else
    if os.geteuid() == 0:
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
    job(index)


def open_current(index: Path) -> None:
    with closing(IndexFolder(index).open()) as snapshot:
        snapshot.documents.ids()


def run(index: Path, job: Callable[[Path], None], tmp_path: Path, three_old: Path) -> traced.Ended:
    scratch = indexes.copied(three_old, tmp_path / "scratch")
    return traced.run(tmp_path, run_as_nobody, scratch, index, job)


@pytest.mark.fault("read-only or foreign files")
@pytest.mark.parametrize(
    ("path", "mode"),
    [(".", 0o555), ("versions", 0o555), ("CURRENT", 0o000), (".lock", 0o444), ("building", 0o555)],
)
@pytest.mark.parametrize("job", [indexes.publish_new, indexes.roll_back])
def test_what_may_not_be_written(
    job: Callable[[Path], None], path: str, mode: int, index: Path, tmp_path: Path, three_old: Path, tally: Tally
) -> None:
    (index / "building").mkdir(mode=0o777, exist_ok=True)
    (index / "building" / "left").mkdir()
    before = (index / path).stat().st_mode & 0o777
    protect(index / path, mode)
    new = indexes.OLD[-2] if job is indexes.roll_back else indexes.NEW
    with tally.trying():
        ended = run(index, job, tmp_path, three_old)
        protect(index / path, before)
        current = indexes.check(index, new=new)
        assert ended.code in (0, traced.ERROR), ended
        if ended.code:
            assert ended.output.count("\n") == 1
            assert "give this user permission" in ended.output
            assert current == indexes.OLD[-1]
        elif path == "CURRENT" and job is indexes.roll_back:  # without a pointer, that to the newest version is made
            assert current == indexes.OLD[-1]
        else:
            assert current == new
        indexes.check_next(index)


@pytest.mark.fault("read-only or foreign files")
@pytest.mark.parametrize(
    "path", [".", "versions", "CURRENT", "manifest.json", "posts.sqlite", "lexical", "whole.faiss"]
)
def test_what_may_not_be_read(path: str, index: Path, tmp_path: Path, three_old: Path, tally: Tally) -> None:
    inside = index / "versions" / IndexFolder(index).current() / path
    protected = inside if path != "." and inside.exists() else index / path
    before = protected.stat().st_mode & 0o777
    protect(protected, 0o000)
    with tally.trying():
        ended = run(index, open_current, tmp_path, three_old)
        protect(protected, before)
        assert (ended.code, ended.output.count("\n")) == (traced.ERROR, 1), ended
        assert "give this user permission" in ended.output
        assert "damaged" not in ended.output
        assert indexes.check(index) == indexes.OLD[-1]


@pytest.mark.fault("read-only or foreign files")
def test_versions_that_somebody_else_wrote_do_not_hinder_a_new_one(
    index: Path, tmp_path: Path, three_old: Path, tally: Tally
) -> None:
    for path in (index / "versions").rglob("*"):
        protect(path, 0o755 if path.is_dir() else 0o444)
    with tally.trying():
        ended = run(index, indexes.publish_new, tmp_path, three_old)
        assert ended.code == 0, ended
        with closing(IndexFolder(index).open()) as snapshot:
            assert snapshot.documents.ids() == [indexes.NEW]
