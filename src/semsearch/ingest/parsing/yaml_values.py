"""YAML as people write it in front matter: all scalars are text except null, true and false."""

from __future__ import annotations

import re
from collections.abc import Hashable
from typing import Any

import yaml

MAX_NODES = 100_000
"""Of one document, where each use of an alias counts as often as what it stands for."""
_INDENTATION = re.compile(r"^[ \t]*(?:-[ \t]+)*", re.MULTILINE)
_BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_TEXT = "tag:yaml.org,2002:str"
_TAGS = {
    **dict.fromkeys(_BOOLEANS, "tag:yaml.org,2002:bool"),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), "tag:yaml.org,2002:null"),
}
"""Scalars that are no texts, and their tags."""


class InvalidYaml(Exception):
    """A text is not YAML, or too large with its aliases."""

    def __init__(self, reason: str, line: int | None = None) -> None:
        self.line = line
        """From 1, in the text."""
        super().__init__(reason)


class _Loader(yaml.CSafeLoader):
    """The C loader, which resolves null, true and false, and keeps all other scalars as text."""

    def resolve(self, kind: type[yaml.Node], value: str, implicit: tuple[bool, bool]) -> str:
        """Return the tag of a node that has none. ``implicit``: whether a scalar is written without quotes."""
        if kind is not yaml.ScalarNode:
            return ""
        return _TAGS.get(value, _TEXT) if implicit[0] else _TEXT

    def descend_resolver(self, current_node: Any, current_index: Any) -> None:
        """Do nothing: no tag depends on the place of a node."""

    def ascend_resolver(self) -> None:
        """Do nothing, as well."""


def load(text: str) -> Any:
    """Parse one YAML document into dict (text keys), list, str, bool and None. Raises InvalidYaml.

    A tab in an indentation or after the dash of a list, which YAML forbids, counts as spaces if nothing else helps.
    """
    try:
        return _load(text)
    except InvalidYaml:
        without_tabs = _INDENTATION.sub(lambda match: match[0].replace("\t", "  "), text)
        if without_tabs == text:
            raise
        return _load(without_tabs)


def _load(text: str) -> Any:
    try:
        loader = _Loader(text)
        try:
            node = loader.get_single_node()
        finally:
            loader.dispose()
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "not YAML"
        raise InvalidYaml(str(problem), mark.line + 1 if mark else None) from error
    except (ValueError, RecursionError) as error:
        raise InvalidYaml(f"not YAML: {error}") from error
    return None if node is None else _Values().of(node)


class _Values:
    """Makes values of nodes; counts them, so that aliases cannot multiply without bound."""

    def __init__(self) -> None:
        self._count = 0
        self._open: set[int] = set()

    def of(self, node: yaml.Node) -> Any:
        self._count += 1
        if self._count > MAX_NODES:
            raise InvalidYaml(f"more than {MAX_NODES:,} values, counting each use of an alias", _line(node))
        if isinstance(node, yaml.ScalarNode):
            return _scalar(node)
        if id(node) in self._open or len(self._open) > 100:
            raise InvalidYaml("nested too deeply, or an alias within itself", _line(node))
        self._open.add(id(node))
        try:
            if isinstance(node, yaml.SequenceNode):
                return [self.of(child) for child in node.value]
            return self._mapping(node)
        finally:
            self._open.discard(id(node))

    def _mapping(self, node: yaml.Node) -> dict[str, Any]:
        """The first of two equal keys counts, merged mappings (``<<``) count least."""
        result: dict[str, Any] = {}
        merged: list[dict[str, Any]] = []
        for key_node, value_node in node.value:
            key, value = self.of(key_node), self.of(value_node)
            if key == "<<":
                merged += [
                    entry for entry in (value if isinstance(value, list) else [value]) if isinstance(entry, dict)
                ]
            elif isinstance(key, Hashable):
                result.setdefault("" if key is None else str(key), value)
        for entry in merged:
            for key, value in entry.items():
                result.setdefault(key, value)
        return result


def _scalar(node: yaml.ScalarNode) -> str | bool | None:
    if node.tag.endswith(":null"):
        return None
    if node.tag.endswith(":bool"):
        return _BOOLEANS.get(node.value, str(node.value))
    return str(node.value)


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1
