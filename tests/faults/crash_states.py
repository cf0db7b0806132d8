"""Computes the states in which a power failure may leave a disk, from the system calls of a process.

The model is that of ALICE (Pillai et al., "All File Systems Are Not Created Equal", OSDI 2014). Data of a file are
durable once the file was synced, and an entry of a folder once the folder was synced. Before that, any part of them
may be on disk, in any order. A rename is one step, and is durable once the folder that it leads to was synced.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

ROOT = 0
BLOCK = 512
"""Bytes that a disk writes in one step."""


@dataclass(frozen=True, slots=True)
class Write:
    """Bytes that are written to a file."""

    node: int
    offset: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Resize:
    """A file that is cut or extended with zeros."""

    node: int
    size: int


@dataclass(frozen=True, slots=True)
class Link:
    """A new entry of a folder."""

    folder: int
    name: str
    node: int
    is_folder: bool = False


@dataclass(frozen=True, slots=True)
class Unlink:
    """An entry that is removed from a folder."""

    folder: int
    name: str


@dataclass(frozen=True, slots=True)
class Rename:
    """A file or folder that gets another entry, which replaces what has its name."""

    node: int
    folder: int
    name: str
    to_folder: int
    to_name: str


@dataclass(frozen=True, slots=True)
class Sync:
    """fsync or fdatasync of a file or folder."""

    node: int


Change = Write | Resize | Link | Unlink | Rename
Operation = Change | Sync
Paths = Mapping[str, bytes | None]
"""The content of every file by its path, and None for every folder."""


class Tree:
    """Files and folders by number. Folder ``ROOT`` contains all that can be reached by a path."""

    def __init__(self) -> None:
        self.files: dict[int, bytes] = {}
        self.folders: dict[int, dict[str, int]] = {ROOT: {}}

    @classmethod
    def read(cls, folder: Path) -> Tree:
        """Read a folder on disk, without what lies in ``cache/`` at its top."""
        tree = cls()
        tree._read(folder, ROOT)
        return tree

    def _read(self, folder: Path, number: int) -> None:
        for path in sorted(folder.iterdir()):
            if number == ROOT and path.name == "cache":
                continue
            node = self.new_node()
            self.folders[number][path.name] = node
            if path.is_dir():
                self.folders[node] = {}
                self._read(path, node)
            else:
                self.files[node] = path.read_bytes()

    def new_node(self) -> int:
        return max((*self.files, *self.folders)) + 1

    def copy(self) -> Tree:
        tree = Tree()
        tree.files = dict(self.files)
        tree.folders = {number: dict(entries) for number, entries in self.folders.items()}
        return tree

    def find(self, path: str) -> int | None:
        """Return the number of what has a path relative to the root; None if nothing has."""
        node: int | None = ROOT
        for name in filter(None, path.split("/")):
            node = None if node is None else self.folders.get(node, {}).get(name)
        return node

    def apply(self, change: Change) -> None:
        match change:
            case Write(node, offset, data):
                old = self.files[node].ljust(offset, b"\0")
                self.files[node] = old[:offset] + data + old[offset + len(data) :]
            case Resize(node, size):
                self.files[node] = self.files[node][:size].ljust(size, b"\0")
            case Link(folder, name, node, is_folder):
                self.folders[folder][name] = node
                (self.folders if is_folder else self.files).setdefault(node, {} if is_folder else b"")  # type: ignore[arg-type]
            case Unlink(folder, name):
                self.folders[folder].pop(name, None)
            case Rename(node, folder, name, to_folder, to_name):
                self.folders[folder].pop(name, None)  # missing if that entry never reached the disk
                self.folders[to_folder][to_name] = node

    def paths(self) -> Paths:
        found: dict[str, bytes | None] = {}
        self._collect(ROOT, "", found)
        return found

    def _collect(self, folder: int, prefix: str, found: dict[str, bytes | None]) -> None:
        for name, node in sorted(self.folders[folder].items()):
            if node in self.folders:
                found[prefix + name] = None
                self._collect(node, f"{prefix}{name}/", found)
            else:
                found[prefix + name] = self.files[node]


@dataclass(frozen=True, slots=True)
class Recording:
    """The operations of a process on a folder, in order."""

    before: Tree
    operations: Sequence[Operation]

    def after(self) -> Paths:
        """The folder as the process left it, with all that is not yet on disk."""
        return self.state([change for change in self.operations if not isinstance(change, Sync)])

    def state(self, changes: Sequence[Change]) -> Paths:
        """The folder with some changes. Those to files and folders whose entry is missing cannot be seen."""
        tree = self.before.copy()
        for operation in self.operations:  # what is written to a file may be on disk before its entry
            if isinstance(operation, Link):
                (tree.folders if operation.is_folder else tree.files)[operation.node] = (
                    {} if operation.is_folder else b""  # type: ignore[assignment]
                )
        for change in changes:
            tree.apply(change)
        return tree.paths()


@dataclass(frozen=True, slots=True)
class CrashState:
    """A folder as it may be after a power failure."""

    after: int
    """The number of operations before the failure."""
    kept: str
    """Which of the changes that were not durable are on disk."""
    paths: Paths

    @property
    def digest(self) -> bytes:
        sha256 = hashlib.sha256()
        for path, content in sorted(self.paths.items()):
            sha256.update(f"{path}\0{-1 if content is None else len(content)}\0".encode() + (content or b""))
        return sha256.digest()

    def write(self, folder: Path) -> None:
        """Write the state to an empty folder."""
        for path, content in self.paths.items():
            if content is None:
                (folder / path).mkdir()
            else:
                (folder / path).write_bytes(content)


@dataclass(frozen=True, slots=True)
class Choice:
    """A choice of what is on disk when the power fails."""

    after: int
    """The number of operations before the failure."""
    kept: str
    """Which of the changes that were not durable are on disk."""
    changes: Sequence[Change]
    """All changes that are on disk, in order."""

    def state(self, recording: Recording) -> CrashState:
        return CrashState(self.after, self.kept, recording.state(self.changes))


def choices(recording: Recording, points: Iterable[int] | None = None) -> Iterator[Choice]:
    """Yield what may be on disk when the power fails at some points, numbers of operations; by default at each."""
    for after in range(len(recording.operations) + 1) if points is None else points:
        yield from (Choice(after, *choice) for choice in _choices(recording.operations[:after]))


def distinct(states: Iterable[CrashState]) -> Iterator[CrashState]:
    """Yield each state once, whatever leads to it."""
    seen: set[bytes] = set()
    for state in states:
        if (digest := state.digest) not in seen:
            seen.add(digest)
            yield state


def _choices(operations: Sequence[Operation]) -> Iterator[tuple[str, list[Change]]]:
    """Yield the changes that may be on disk after some operations, with a name for the choice."""
    changes, pending = _pending(operations)

    def without(lost: Collection[int]) -> list[Change]:
        return [change for number, change in enumerate(changes) if number not in lost]

    for count in range(len(pending) + 1):
        yield f"the first {count} of {len(pending)} changes", without(set(pending[count:]))
    for place, number in enumerate(pending):
        yield f"only change {place} of {len(pending)}", without({*pending} - {number})
        yield f"all but change {place} of {len(pending)}", without({number})
    data = {number for number in pending if isinstance(changes[number], (Write, Resize))}
    yield "names without data", without(data)
    yield "data without names", without({*pending} - data)
    writes = {number: change for number in pending if isinstance(change := changes[number], Write)}
    if writes:
        last = max(writes)
        kept = len(writes[last].data) // 2 // BLOCK * BLOCK or len(writes[last].data) // 2
        torn = replace(writes[last], data=writes[last].data[:kept])
        yield "a part of the last write", [*changes[:last], torn, *changes[last + 1 :]]
        zeros = {number: replace(write, data=bytes(len(write.data))) for number, write in writes.items()}
        yield "sizes, and zeros for data", [zeros.get(number, change) for number, change in enumerate(changes)]


def _pending(operations: Sequence[Operation]) -> tuple[list[Change], list[int]]:
    """Return the changes among some operations, and the places of those that nothing made durable."""
    changes: list[Change] = []
    pending: list[int] = []
    for operation in operations:
        if isinstance(operation, Sync):
            pending = [number for number in pending if _syncing(changes[number]) != operation.node]
        else:
            pending.append(len(changes))
            changes.append(operation)
    return changes, pending


def _syncing(change: Change) -> int:
    """Return the file or folder whose sync makes a change durable."""
    match change:
        case Write(node) | Resize(node):
            return node
        case Link(folder) | Unlink(folder):
            return folder
        case Rename():
            return change.to_folder
