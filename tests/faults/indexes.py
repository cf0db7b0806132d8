"""What must hold for an index after any fault: it is the old or the new one, and can be written again."""

from __future__ import annotations

import importlib
import re
import shutil
from contextlib import closing
from pathlib import Path

from semsearch.errors import IndexNotFound, PointerMissing
from semsearch.index import IndexFolder
from semsearch.index.storage.files import digest_folder
from tests.faults.traced import ERROR, Ended
from tests.index.builders import newest_valid, post, publish
from tests.rebuilding.fakes import FakeEncoder

OLD = ("first", "second", "third")
"""The only post of each version before the fault."""
NEW, NEXT = "fourth", "fifth"
"""The only post of the version that is published meanwhile, and of the one afterwards."""


def publish_new(index: Path) -> None:
    """Publish the version that a fault interrupts."""
    publish(IndexFolder(index), post(NEW))


def rebuild_new(index: Path) -> None:
    """Publish the version that a fault interrupts by a real rebuild, with an encoder that needs no model."""
    module = importlib.import_module("semsearch.rebuilding.rebuild")  # the package's own "rebuild" is the function
    setattr(module, "open_encoder", lambda *_, **__: FakeEncoder())  # noqa: B010
    module.rebuild_from([post(NEW)], index, source=Path("corpus"))


def publish_large(index: Path) -> None:
    """Publish a version whose files have some megabytes."""
    publish(IndexFolder(index), post(NEW, body=" ".join(f"word{number}" for number in range(60_000))))


def roll_back(index: Path) -> None:
    """Make the version before the current one the current one."""
    IndexFolder(index).rollback()


def old_index(folder: Path, posts: tuple[str, ...] = OLD) -> Path:
    """Make an index with a version of one post for each id."""
    for name in posts:
        publish(IndexFolder(folder), post(name))
    return folder


def copied(index: Path, to: Path) -> Path:
    """Copy an index to a folder that does not exist yet."""
    return Path(shutil.copytree(index, to))


def check(index: Path, old: tuple[str, ...] = OLD, new: str = NEW) -> str | None:
    """Check that the current version is the last old one or the new one, and that no version is damaged or lost.

    Only the oldest may be missing, since publishing the new version removes it. Returns the current version's post;
    None if there is no version.
    """
    folder = IndexFolder(index)
    versions = [_whole_post(folder, name) for name in folder.names()]
    assert versions in [list(old), [*old, new], [*old[1:], new]], versions
    try:
        current = _only_post(folder)
    except IndexNotFound:
        assert not old
        return None
    except PointerMissing:  # a first version that nothing names yet: the error says how to use it
        assert not old
        assert newest_valid(folder) == [new]
        return None
    assert current in (*old[-1:], new), current
    return current


_SENTENCE = re.compile(r"[^\n]*(was not changed|is in use now)[^\n]*; [a-z][^\n]*\n")
"""What, and after a semicolon the mend."""


def check_error(ended: Ended, current: str | None, new: str = NEW) -> None:
    """Check that a process succeeded, or printed one sentence that says which version is current."""
    assert ended.code in (0, ERROR), ended
    if ended.code == 0:
        assert current == new
    else:
        assert _SENTENCE.fullmatch(ended.output), ended.output
        assert (current == new) == ("is in use now" in ended.output)


def check_next(index: Path) -> None:
    """Check that another version can be published, and that nothing is left of the one that was interrupted."""
    publish(IndexFolder(index), post(NEXT))
    assert _only_post(IndexFolder(index)) == NEXT
    assert {path.name for path in index.iterdir()} - {"cache"} == {".lock", "CURRENT", "versions"}
    assert [path.name for path in (index / "versions").iterdir() if path.name not in IndexFolder(index).names()] == []


def check_next_of_damaged(index: Path) -> None:
    """Check that another version can be published although the current one is damaged."""
    publish(IndexFolder(index), post(NEXT))
    assert _only_post(IndexFolder(index)) == NEXT


def _whole_post(folder: IndexFolder, version: str) -> str:
    """The same as :func:`_only_post`, but a version whose files were all seen before is not opened again."""
    digests = digest_folder(folder.path / "versions" / version)
    key = (version, tuple((name, digest.sha256) for name, digest in digests.items()))
    if key not in _opened:
        _opened[key] = _only_post(folder, version)
    return _opened[key]


_opened: dict[tuple[str, tuple[tuple[str, str], ...]], str] = {}
"""The posts of versions that were opened, by their name and their content."""


def _only_post(folder: IndexFolder, version: str | None = None) -> str:
    """Open a version, which verifies the digests of all its files, and return the id of its post."""
    with closing(folder.open(version)) as snapshot:
        (found,) = snapshot.documents.get([0])
        assert found.title == post(found.id).title
        assert len(snapshot) == 1
        return found.id
