"""The model of a disk finds what ALICE found in other programs: it can tell a safe sequence from an unsafe one."""

from __future__ import annotations

from tests.faults.crash_states import ROOT, Link, Operation, Paths, Recording, Rename, Sync, Tree, Unlink, Write
from tests.faults.crash_states import choices as all_choices

FILE, NEW = 1, 2


def before() -> Tree:
    tree = Tree()
    tree.files[FILE] = b"old"
    tree.folders[ROOT]["file"] = FILE
    return tree


def states(*operations: Operation) -> list[Paths]:
    recording = Recording(before(), operations)
    return [choice.state(recording).paths for choice in all_choices(recording)]


def contents(*operations: Operation) -> set[bytes | None]:
    """What ``file`` may contain after a power failure; None if it is missing."""
    return {paths.get("file") for paths in states(*operations)}


WRITTEN = (Link(ROOT, "new", NEW), Write(NEW, 0, b"new text"))
RENAMED = Rename(NEW, ROOT, "new", ROOT, "file")


def test_a_file_that_is_synced_and_then_renamed_has_the_old_or_the_new_content() -> None:
    assert contents(*WRITTEN, Sync(NEW), RENAMED, Sync(ROOT)) == {b"old", b"new text"}


def test_a_file_that_is_renamed_without_sync_may_be_empty_torn_or_zero() -> None:
    found = contents(*WRITTEN, RENAMED, Sync(ROOT))
    assert {b"old", b"new text", b"", b"new ", bytes(8)} <= found


def test_a_rename_that_was_not_synced_may_be_lost_at_the_end() -> None:
    done = (*WRITTEN, Sync(NEW), RENAMED)
    recording = Recording(before(), done)
    last = [choice.state(recording).paths["file"] for choice in all_choices(recording, [len(done)])]
    assert set(last) == {b"old", b"new text"}
    synced = Recording(before(), (*done, Sync(ROOT)))
    last = [choice.state(synced).paths["file"] for choice in all_choices(synced, [len(done) + 1])]
    assert set(last) == {b"new text"}


def test_writing_in_place_may_mix_old_and_new() -> None:
    assert contents(Write(FILE, 0, b"n"), Write(FILE, 2, b"w"), Sync(FILE)) >= {b"old", b"nlw", b"nld", b"olw"}


def test_the_sync_of_a_file_does_not_make_its_entry_durable() -> None:
    done = (*WRITTEN, Sync(NEW))
    recording = Recording(before(), done)
    last = [choice.state(recording).paths for choice in all_choices(recording, [len(done)])]
    assert [dict(paths) for paths in last[:2]] == [{"file": b"old"}, {"file": b"old", "new": b"new text"}]


def test_changes_of_two_files_may_be_on_disk_in_any_order() -> None:
    removed = {"new": b"new text"}
    assert removed in states(*WRITTEN, Sync(NEW), Unlink(ROOT, "file"))
    assert {"file": b"old"} in states(*WRITTEN, Sync(NEW), Unlink(ROOT, "file"))
    assert {} in states(*WRITTEN, Sync(NEW), Unlink(ROOT, "file"))


def test_what_lies_in_a_folder_that_is_not_on_disk_cannot_be_seen() -> None:
    folder, file = 5, 6
    made = (Link(ROOT, "folder", folder, is_folder=True), Link(folder, "inside", file), Sync(folder))
    recording = Recording(before(), made)
    last = [choice.state(recording).paths for choice in all_choices(recording, [3])]
    assert last[0] == {"file": b"old"}
    assert last[1] == {"file": b"old", "folder": None, "folder/inside": b""}
