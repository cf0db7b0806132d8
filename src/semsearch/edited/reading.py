"""What does a file say that people edit? YAML in, values whose form is checked out, or an error with place and fix."""

from __future__ import annotations

import difflib
import stat
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from semsearch.errors import SemsearchError
from semsearch.text import clean

MAX_BYTES = 10_000_000

Wrong = Callable[[str], SemsearchError]
"""Makes the error of a file, out of what is wrong in it."""


def content_of(file: Path, wrong: Wrong) -> bytes | None:
    """The bytes of a file; None where none is there. Raises what ``wrong`` makes."""
    try:
        status = file.stat()
        if not stat.S_ISREG(status.st_mode):
            raise wrong("it is not a file; put a YAML file there, or name another")
        if status.st_size > MAX_BYTES:
            raise wrong(f"it has more than {MAX_BYTES:,} bytes; name the file that people edit")
        return file.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise wrong(f"it cannot be read: {error.strerror}; let this user read it") from error


def values_of(content: bytes, wrong: Wrong) -> Any:
    """What YAML says, in plain values; None where it says nothing. Raises what ``wrong`` makes.

    No error shows a line: it may hold a secret.
    """
    try:
        return yaml.load(content.decode("utf-8-sig"), _Loader)  # noqa: S506  (a SafeLoader, and stricter)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise wrong(f"line {line} is not UTF-8; save the file in it") from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        raise wrong(f"it is not YAML: {place}{error.problem or error.context}") from None
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise wrong(f"it is not YAML: {' '.join(str(error).split())}") from None


class _Loader(yaml.SafeLoader):
    """YAML without what is a mistake or an attack here: a key given twice, anchors that multiply."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            line = self.peek_event().start_mark.line + 1  # type: ignore[no-untyped-call]
            raise yaml.YAMLError(f"line {line}: no aliases (*name) here; write it out")
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        seen = set()
        for key in (key for key, _ in node.value if isinstance(key, yaml.ScalarNode)):
            if key.value in seen:
                raise yaml.YAMLError(f"line {key.start_mark.line + 1}: {key.value!r} is there twice; leave one out")
            seen.add(key.value)
        return super().construct_mapping(node, deep)


class Entries:
    """Checks the form of what a file says; each error names the entry, what is wrong, and the fix."""

    def __init__(self, wrong: Wrong) -> None:
        self.wrong = wrong

    def mapping(self, name: str, value: Any, known: Sequence[str]) -> Mapping[str, Any]:
        """Values by key, none of which may be unknown: a slip in its name must not go unnoticed."""
        if not isinstance(value, dict):
            raise self.error(name, "no keys are there", f"write {': …, '.join(known)}: …")
        for key in value:
            if key not in known:
                raise self.unknown(name, f"the key {key!r} is not known", key, known)
        return value

    def list(self, name: str, value: Any) -> list[Any]:
        """A list; an empty one where nothing is there."""
        if value is None:
            return []
        if not isinstance(value, list):
            raise self.error(name, "this is not a list", "write one, as in [one, other]")
        return value

    def texts(self, name: str, value: Any, what: str) -> tuple[str, ...]:
        """A list of texts, each once, cleaned as those of posts are. ``what`` each of them is: an id."""
        texts = self.list(name, value)
        for text in texts:
            if not isinstance(text, str) or not clean(text):
                raise self.error(name, f"{text!r} is not {what}", "write it between quotation marks")
        return tuple(dict.fromkeys(map(clean, texts)))

    def unknown(self, name: str, reason: str, given: object, known: Sequence[str]) -> SemsearchError:
        """The error for what is none of those known, which names the near one, or all."""
        near = difflib.get_close_matches(str(given), known, 1)
        return self.error(name, reason, f"did you mean {near[0]!r}?" if near else f"there are {', '.join(known)}")

    def error(self, name: str, reason: str, fix: str) -> SemsearchError:
        return self.wrong(f"{name}: {reason}; {fix}")
