"""What did a process do to a folder? Reads a log of strace into operations of the model of a disk."""

from __future__ import annotations

import os.path
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.faults.crash_states import Change, Link, Operation, Recording, Rename, Resize, Sync, Tree, Unlink, Write

CALLS = (
    "openat,creat,close,write,writev,pwrite64,lseek,ftruncate,fallocate,rename,renameat,renameat2,unlink,unlinkat,"
    "mkdir,mkdirat,rmdir,fsync,fdatasync,mmap,munmap,msync,link,linkat,symlink,symlinkat,sendfile,copy_file_range,"
    "pwritev,pwritev2,dup,dup2,dup3,fcntl,truncate"
)
OPTIONS = ("-y", "-xx", "-s", "100000000", "-e", f"trace={CALLS}")
"""Options of strace for a log that can be read here: all data, and all texts as hexadecimal numbers."""
_CALL = re.compile(r"(\w+)\((.*)\)\s+= (\S+)")
_TEXT = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')
_DESCRIPTOR = re.compile(r"(?:(\d+)|AT_FDCWD)(?:<([^>]*)>)?")


@dataclass(slots=True)
class _OpenFile:
    node: int
    offset: int
    is_appending: bool


def read_log(log: Path, folder: Path, before: Tree) -> Recording:
    """Read what a process did to ``folder``, whose content was ``before`` and now is what the process left.

    What it wrote through memory maps is not in the log, and is taken from the files. Raises ValueError for a system
    call that this module does not know.
    """
    reader = _Reader(folder, before)
    for name, arguments, result in _calls(log.read_text(encoding="ascii")):
        if not result.startswith(("-", "?")):
            reader.read(name, arguments, result)
    return Recording(before, reader.operations())


def _calls(log: str) -> Iterator[tuple[str, str, str]]:
    """Yield name, arguments and result of each call, in the order in which the calls ended."""
    unfinished: dict[str, str] = {}
    for line in log.splitlines():
        process, _, call = line.partition(" ")
        call = call.strip()
        if call.endswith("<unfinished ...>"):
            unfinished[process] = call.removesuffix("<unfinished ...>")
            continue
        if call.startswith("<... "):
            call = unfinished.pop(process) + call.partition("resumed>")[2]
        if match := _CALL.match(call):
            yield match[1], match[2], match[3]


def _decoded(text: str) -> bytes:
    return bytes.fromhex(text.replace("\\x", ""))


def _data(arguments: str) -> bytes:
    return b"".join(map(_decoded, _TEXT.findall(arguments)))


class _Reader:
    def __init__(self, folder: Path, before: Tree) -> None:
        self._folder, self._tree = folder, before.copy()
        self._next_node = before.new_node()
        self._operations: list[Operation] = []
        self._open: dict[int, _OpenFile] = {}
        self._maps: dict[str, int] = {}
        """The file of each memory map that can be written, by address."""
        self._mapped: list[tuple[int, int]] = []
        """Places among the operations where a map was written to its file."""

    def operations(self) -> list[Operation]:
        """The operations, with the data that were written through maps."""
        contents = {node: self._folder / path for path, node in self._nodes("", 0)}
        for place, node in self._mapped:
            if node in contents:
                self._operations[place] = Write(node, 0, contents[node].read_bytes())
        return self._operations

    def _nodes(self, prefix: str, folder: int) -> Iterator[tuple[str, int]]:
        for name, node in self._tree.folders[folder].items():
            if node in self._tree.folders:
                yield from self._nodes(f"{prefix}{name}/", node)
            else:
                yield prefix + name, node

    def read(self, name: str, text: str, result: str) -> None:
        arguments = text.split(", ")
        match name:
            case "openat" | "creat":
                self._open_file(name, arguments, int(result.partition("<")[0]))
            case "close":
                self._open.pop(self._number(arguments[0]), None)
            case "mkdir" | "mkdirat":
                self._create(self._path(arguments), is_folder=True)
            case "unlink" | "unlinkat" | "rmdir":
                if place := self._entry(self._path(arguments)):
                    self._add(Unlink(*place))
            case "rename" | "renameat" | "renameat2":
                self._rename(arguments, half=1 if name == "rename" else 2)
            case "mmap" | "msync" | "munmap":
                self._map(name, arguments, result)
            case "fcntl" if arguments[1].startswith("F_DUPFD"):
                self._use_file("dup", text, arguments, result)
            case "fcntl":
                pass
            case _:
                self._use_file(name, text, arguments, result)

    def _rename(self, arguments: list[str], half: int) -> None:
        old, new = self._path(arguments[:half]), self._path(arguments[half : 2 * half])
        if old and (source := self._entry(old)) and (target := self._entry(new)):
            self._add(Rename(self._found(old), *source, *target))

    def _map(self, name: str, arguments: list[str], result: str) -> None:
        if name != "mmap":
            self._unmap(arguments[0], ends=name == "munmap")
            return
        file = self._open.get(self._number(arguments[4]))
        if file and "PROT_WRITE" in arguments[2] and "MAP_SHARED" in arguments[3]:
            self._maps[result] = file.node

    def _unmap(self, address: str, *, ends: bool) -> None:
        node = self._maps.pop(address, None) if ends else self._maps.get(address)
        if node is not None:
            self._mapped.append((len(self._operations), node))
            self._operations.append(Write(node, 0, b""))

    def _use_file(self, name: str, text: str, arguments: list[str], result: str) -> None:
        file = self._open.get(self._number(arguments[0]))
        if file is None:
            return
        match name:
            case "write" | "writev":
                self._write(file, text, int(result))
            case "pwrite64":
                self._add(Write(file.node, int(arguments[-1]), _data(text)[: int(result)]))
            case "lseek":
                file.offset = int(result)
            case "ftruncate":
                self._add(Resize(file.node, int(arguments[1])))
            case "fallocate":
                end = int(arguments[2]) + int(arguments[3])
                self._add(Resize(file.node, max(end, len(self._tree.files[file.node]))))
            case "fsync" | "fdatasync":
                self._operations.append(Sync(file.node))
            case "dup" | "dup2" | "dup3":
                self._open[self._number(result)] = file  # both have one offset
            case _:
                raise ValueError(f"a system call that the model of the disk lacks: {name}")

    def _write(self, file: _OpenFile, text: str, size: int) -> None:
        if file.is_appending:
            file.offset = len(self._tree.files[file.node])
        self._add(Write(file.node, file.offset, _data(text)[:size]))
        file.offset += size

    def _open_file(self, name: str, arguments: list[str], descriptor: int) -> None:
        path = self._path(arguments)
        flags = "O_CREAT|O_TRUNC" if name == "creat" else arguments[2]
        self._open.pop(descriptor, None)
        if path is None:
            return
        node = self._tree.find(path)
        if node is None:
            if "O_CREAT" not in flags:
                return
            node = self._create(path)
        elif "O_TRUNC" in flags and self._tree.files[node]:
            self._add(Resize(node, 0))
        self._open[descriptor] = _OpenFile(node, 0, "O_APPEND" in flags)

    def _create(self, path: str | None, *, is_folder: bool = False) -> int:
        node = self._next_node
        self._next_node += 1
        if place := self._entry(path):
            self._add(Link(*place, node, is_folder))
        return node

    def _add(self, change: Change) -> None:
        self._tree.apply(change)
        self._operations.append(change)

    def _found(self, path: str) -> int:
        node = self._tree.find(path)
        if node is None:
            raise ValueError(f"{path} was moved, but not made")
        return node

    def _entry(self, path: str | None) -> tuple[int, str] | None:
        """Return the folder and the name of an entry; None if it is not in the folder that is watched."""
        if not path:
            return None
        parent, _, name = path.rpartition("/")
        folder = self._tree.find(parent)
        return None if folder is None else (folder, name)

    def _path(self, arguments: list[str]) -> str | None:
        """Return the path that the first one or two arguments name, relative to the folder; None if it is outside."""
        base = ""
        if match := _DESCRIPTOR.fullmatch(arguments[0]):
            base = os.fsdecode(_decoded(match[2] or ""))
            arguments = arguments[1:]
        text = _TEXT.match(arguments[0])
        path = os.path.normpath(os.path.join(base, os.fsdecode(_decoded(text[1])) if text else ""))  # noqa: PTH118
        inside = os.path.relpath(path, self._folder)
        return None if inside.startswith("..") or inside.split("/")[0] == "cache" else "" if inside == "." else inside

    @staticmethod
    def _number(argument: str) -> int:
        match = _DESCRIPTOR.match(argument)
        return int(match[1]) if match and match[1] else -1
