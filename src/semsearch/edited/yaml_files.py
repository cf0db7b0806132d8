"""Read and check YAML files. Errors name the place in the file, what is wrong, and how to fix it."""

from __future__ import annotations

import difflib
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from semsearch.errors import SemsearchError
from semsearch.text import clean

MAX_BYTES = 10_000_000
FILE = "the file"
"""The name of the whole content in messages."""

_SafeLoader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The parser in C, where PyYAML was built with it: it takes a fifth of the time."""

ErrorFactory = Callable[[str], SemsearchError]
"""Makes the exception for a reason; the file is added by the factory."""


def read_content(file: Path, error: ErrorFactory) -> bytes | None:
    """The bytes of a file; None where it does not exist. Raises an exception of ``error`` where it cannot be read."""
    try:
        status = file.stat()
        if not stat.S_ISREG(status.st_mode):
            raise error("it is not a file; put a YAML file there, or name another")
        if status.st_size > MAX_BYTES:
            raise error(f"it is larger than {MAX_BYTES:,} bytes; check the path")
        return file.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as cause:
        raise error(f"it cannot be read: {cause.strerror}; give this user permission to read it") from cause


def parse_yaml(content: bytes, error: ErrorFactory) -> Any:
    """Parse YAML into plain values; None for an empty document. Raises an exception of ``error``.

    Messages never quote a line of the file, since it may hold a secret.
    """
    return parse_yaml_with_lines(content, error)[0]


def parse_yaml_with_lines(content: bytes, error: ErrorFactory) -> tuple[Any, Mapping[str, int]]:
    """:func:`parse_yaml`, and the line of each entry, from 1, by its name in messages (see EntryChecker)."""
    text = ""
    try:
        text = content.decode("utf-8-sig")
        _refuse_aliases(text)
        loader = _Loader(text)
        node = loader.get_single_node()
        if node is None:
            return None, {}
        return loader.construct_document(node), dict(_lines(node, ""))
    except UnicodeDecodeError as cause:
        line = content.count(b"\n", 0, cause.start) + 1
        raise error(f"line {line} is not UTF-8; save the file as UTF-8") from None
    except yaml.MarkedYAMLError as cause:
        mark = cause.problem_mark or cause.context_mark
        if mark and cause.context_mark and mark.line >= len(text.splitlines()):
            mark = cause.context_mark  # at the end of the file something is open: it tells where it begins
        place = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        raise error(f"it is not YAML: {place}{cause.problem or cause.context}") from None
    except (yaml.YAMLError, RecursionError, ValueError) as cause:
        raise error(f"it is not YAML: {' '.join(str(cause).split())}") from None


def _refuse_aliases(text: str) -> None:
    """Raise YAMLError if a text has aliases. Nested aliases expand exponentially."""
    if "*" in text:
        for event in yaml.parse(text, Loader=_SafeLoader):
            if isinstance(event, yaml.AliasEvent):
                line = event.start_mark.line + 1 if event.start_mark else 1
                raise yaml.YAMLError(f"line {line}: aliases (*name) are not allowed; repeat the value")


class _Loader(_SafeLoader):  # type: ignore[misc,valid-type]
    """A safe loader that also refuses duplicate keys."""

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        seen = set()
        for key in (key for key, _ in node.value if isinstance(key, yaml.ScalarNode)):
            if key.value in seen:
                raise yaml.YAMLError(f"line {key.start_mark.line + 1}: duplicate key {key.value!r}; remove one")
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def entry_name(parent: str, number: int) -> str:
    """The name of an entry of a list in messages; ``number`` counts from 1."""
    return f"{parent}, entry {number}"


def field_name(parent: str, key: object) -> str:
    """The name of the value of a key in messages. The file itself has the name ``FILE``."""
    return f"{parent}: {key}" if parent and parent != FILE else str(key)


def _lines(node: yaml.Node, name: str) -> Iterator[tuple[str, int]]:
    """Yield the name and the line of every entry of a document."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode):
                child = field_name(name, key.value)
                yield child, key.start_mark.line + 1
                yield from _lines(value, child)
    elif isinstance(node, yaml.SequenceNode):
        for number, value in enumerate(node.value, start=1):
            child = entry_name(name, number)
            yield child, value.start_mark.line + 1
            yield from _lines(value, child)


class EntryChecker:
    """Checks the types of parsed values. Each error names the entry, what is wrong, and how to fix it.

    ``name`` is the entry in messages, such as ``queries, entry 2``.
    """

    def __init__(self, make_error: ErrorFactory, lines: Mapping[str, int] | None = None) -> None:
        """``lines``: the lines of entries by name, which are put before messages."""
        self.make_error, self._lines = make_error, lines or {}

    def mapping(self, name: str, value: Any, known: Sequence[str]) -> Mapping[str, Any]:
        """Return a mapping. An unknown key is an error, so that a misspelt key is noticed."""
        if not isinstance(value, dict):
            raise self.error(name, "it is not a mapping", f"write {': …, '.join(known)}: …")
        for key in value:
            if key not in known:
                reason, fix = f"the key {key!r} is not known", suggestion(key, known)
                raise self.error(name, reason, fix, at=field_name(name, key))
        return value

    def list(self, name: str, value: Any) -> list[Any]:
        """Return a list; an empty one for None."""
        if value is None:
            return []
        if not isinstance(value, list):
            raise self.error(name, "this is not a list", "write one, as in [first, second]")
        return value

    def texts(self, name: str, value: Any, kind: str) -> tuple[str, ...]:
        """Return a list of distinct, cleaned texts. ``kind``: what each one is, such as ``an id``, for messages."""
        texts = self.list(name, value)
        for text in texts:
            if not isinstance(text, str) or not clean(text):
                raise self.error(name, f"{text!r} is not {kind}", "write it between quotation marks")
        return tuple(dict.fromkeys(map(clean, texts)))

    def unknown(self, name: str, reason: str, value: object, known: Sequence[str]) -> SemsearchError:
        """The error for an unknown value. It suggests the most similar known value, or lists all of them."""
        return self.error(name, reason, suggestion(value, known))

    def error(self, name: str, reason: str, fix: str, *, at: str | None = None) -> SemsearchError:
        """The error for an entry, with its line, reason and fix. ``at``: the entry whose line it has instead."""
        line = self._lines.get(at or name) or self._lines.get(name)
        return self.make_error(f"{f'line {line}, ' if line else ''}{name}: {reason}; {fix}")


def suggestion(value: object, known: Sequence[str]) -> str:
    """What to write in place of an unknown value: the most similar known one, or all of them."""
    near = difflib.get_close_matches(str(value), known, 1)
    return f"did you mean {near[0]!r}?" if near else f"known are {', '.join(known)}"
